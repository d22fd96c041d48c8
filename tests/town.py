"""The real desk over the real adapters, against the sandbox in the test's own loop; time is what the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Middleware
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import build_desk
from bot.card import Card
from bot.errors import BotError
from bot.pulumi import PulumiClient, Timeouts
from bot.services.desk import Desk, Where
from bot.settings import Settings
from bot.slack.files import Courier
from bot.store.opening import open_store
from handlers.errors import worded
from sandbox.app import Sandbox, create
from sandbox.slack import seed

ANN = Where(user=seed.ANN, team=seed.TEAM, channel=seed.PLATFORM)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass
class Town:
    """A desk, the sandbox it works in, and somebody who asks."""

    desk: Desk
    sandbox: Sandbox
    courier: Courier
    where: Where = ANN

    async def asks(self, line: str) -> Card:
        """The card that a command line brings, errors in words included."""
        try:
            async with asyncio.timeout(20):
                return (await self.desk.answer(self.desk.parse(line), self.where)).card
        except BotError as error:
            return worded(error, self.desk.console)


@asynccontextmanager
async def town(
    folder: Path,
    *,
    profile: Literal["seed", "current"] = "current",
    now: Callable[[], datetime] = lambda: NOON,
    weather: Middleware | None = None,
    **env: str,
) -> AsyncIterator[Town]:
    """A sandbox on a free port and a desk that talks to it; `weather` comes over every request to the sandbox.

    The client waits for nothing between its tries, and at most a second for an answer.
    """
    sandbox = create(profile=profile, now=lambda: now().timestamp())
    sandbox.app.middlewares.extend([weather] if weather else [])
    runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = settings_for(sandbox, address, folder, **env)
    try:
        async with aiohttp.ClientSession() as session, open_store(settings.database_url) as store:
            base = settings.slack_api_url + "/"
            slack = AsyncWebClient(token=sandbox.slack.bot_token, base_url=base, session=session)
            limits = Timeouts(total=1) if weather else Timeouts()
            pulumi = PulumiClient(
                settings.pulumi_api_url, settings.pulumi_access_token, clock=now, sleep=_at_once, timeouts=limits
            )
            desk = build_desk(settings, slack, pulumi, store.settings, seed.TEAM, clock=now)
            yield Town(desk, sandbox, Courier(slack, session))
            await pulumi.aclose()
    finally:
        await runner.cleanup()


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
