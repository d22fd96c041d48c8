"""The real desk over the real adapters, against the sandbox in the test's own loop; time is what the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Middleware
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.card import Card
from bot.errors import BotError
from bot.policy import Policy
from bot.policy_check import CHANGES
from bot.ports import PulumiApi
from bot.pulumi import PulumiClient, Timeouts
from bot.services.desk import Desk, Where
from bot.settings import Settings
from bot.slack.files import Courier
from bot.store.opening import open_store
from bot.timing import FAST, Timing
from bot.wiring import Reach, Services, World, nothing
from handlers.errors import worded
from sandbox.app import Sandbox, create
from sandbox.slack import seed

ANN = Where(user=seed.ANN, team=seed.TEAM, channel=seed.PLATFORM)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


POLICY = """
[groups]
approvers = ["@sre"]
"""


@dataclass
class Town:
    """The services of one bot, the sandbox they work in, and somebody who asks."""

    services: Services
    sandbox: Sandbox
    courier: Courier
    where: Where = ANN

    @property
    def desk(self) -> Desk:
        """Answers command lines."""
        return self.services.desk

    async def asks(self, line: str) -> Card:
        """The card that a command line brings, errors in words included."""
        try:
            async with asyncio.timeout(20):
                return (await self.desk.answer(self.desk.parse(line), self.where)).card
        except BotError as error:
            return worded(error, self.desk.console)


@dataclass(frozen=True)
class Ground:
    """A sandbox that is served at an address; bots may come and go."""

    sandbox: Sandbox
    address: str


@asynccontextmanager
async def ground(
    *,
    profile: Literal["seed", "current"] = "current",
    now: Callable[[], datetime] = lambda: NOON,
    weather: Middleware | None = None,
) -> AsyncIterator[Ground]:
    """A sandbox on a free port; `weather` comes over every request to it."""
    sandbox = create(profile=profile, now=lambda: now().timestamp())
    sandbox.app.middlewares.extend([weather] if weather else [])
    runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Ground(sandbox, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


@asynccontextmanager
async def bot(
    at: Ground,
    folder: Path,
    *,
    now: Callable[[], datetime] = lambda: NOON,
    limits: Timeouts = Timeouts(),  # noqa: B008  # frozen
    timing: Timing = FAST,
    reach: Reach = nothing,
    policy: str = POLICY,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[Town]:
    """The services of one bot over that sandbox. Its leader does not run until it is told to."""
    settings = settings_for(at.sandbox, at.address, folder, **(env or {}))

    @asynccontextmanager
    async def connect(token: SecretStr) -> AsyncIterator[PulumiApi]:
        own = token != settings.pulumi_access_token
        client = PulumiClient(settings.pulumi_api_url, token, clock=now, sleep=_at_once, timeouts=limits, own=own)
        try:
            yield client
        finally:
            await client.aclose()

    async with (
        aiohttp.ClientSession() as session,
        open_store(settings.database_url) as store,
        connect(settings.pulumi_access_token) as pulumi,
    ):
        base = settings.slack_api_url + "/"
        slack = AsyncWebClient(token=at.sandbox.slack.bot_token, base_url=base, session=session, retry_handlers=[])
        world = World(
            settings=settings,
            policy=Policy.parse(policy, CHANGES),
            slack=slack,
            posting=slack,
            pulumi=pulumi,
            connect=connect,
            store=store,
            team=seed.TEAM,
            clock=now,
            timing=timing,
            reach=reach,
        )
        services = Services(world)
        try:
            yield Town(services, at.sandbox, Courier(slack, session))
        finally:
            await services.accounts.aclose()


@asynccontextmanager
async def town(
    folder: Path,
    *,
    profile: Literal["seed", "current"] = "current",
    now: Callable[[], datetime] = lambda: NOON,
    weather: Middleware | None = None,
    **env: str,
) -> AsyncIterator[Town]:
    """A sandbox on a free port and a bot that talks to it.

    The client waits for nothing between its tries, and in bad weather at most a second for an answer.
    """
    limits = Timeouts(total=1) if weather else Timeouts()
    async with (
        ground(profile=profile, now=now, weather=weather) as at,
        bot(at, folder, now=now, limits=limits, env=env) as place,
    ):
        yield place


async def _at_once(_: float) -> None:
    """No waiting between tries."""


def settings_for(sandbox: Sandbox, address: str, folder: Path, **env: str) -> Settings:
    """Settings that lead into a sandbox."""
    values: dict[str, object] = {
        "slack_bot_token": sandbox.slack.bot_token,
        "slack_app_token": sandbox.slack.app_token,
        "slack_api_url": f"{address}/slack/api",
        "pulumi_api_url": f"{address}/pulumi",
        "pulumi_console_url": "https://app.pulumi.com",
        "pulumi_access_token": sandbox.pulumi.token,
        "database_url": f"sqlite:///{folder}/bot.db",
    }
    return Settings.model_validate({**values, **env})
