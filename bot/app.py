"""The composition root: settings → adapters → services → listeners → run."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.console import Console
from bot.errors import ChatError
from bot.lifecycle import stop_on_signals, watch_socket
from bot.operations import CATALOGUE
from bot.ports import Clock, PulumiApi
from bot.ports import Settings as SettingsStore
from bot.pulumi import CachedPulumi, PulumiClient, Timeouts
from bot.services.chores import Chores
from bot.services.desk import Desk
from bot.services.resolve import Defaults, Resolver
from bot.settings import Settings
from bot.slack.chat import Responder, SlackDirectory, call
from bot.store.sql import open_store
from bot.tasks import Tasks
from handlers import register
from handlers.answers import Answers

log = structlog.get_logger()

_GRACE = 10.0  # seconds for answers that are under way at SIGTERM
_PULUMI = Timeouts(read=10, total=15)  # below the patience of an answer, so that it can still say what was slow
_PING = 5.0  # seconds; a dropped connection is noticed at the next one


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way. Raises ChatError when Slack refuses the token."""
    stop = stop_on_signals(asyncio.get_running_loop())
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(_slack(settings))
        pulumi = await closing.enter_async_context(_pulumi(settings))
        store = await closing.enter_async_context(open_store(settings.database_url))
        me = await _identity(client, stop)
        if me is None:
            return
        tasks = Tasks()
        closing.push_async_callback(tasks.drain, _GRACE)
        app = _bolt(client, me)
        desk = build_desk(settings, client, pulumi, store, team=me.team_id or "", clock=_now)
        register(app, settings.slash_command, Answers(desk, Responder(_session(client)), tasks))
        await _serve(app, settings, stop)
        log.info("stopping")


def build_desk(  # noqa: PLR0913  # the world, handed in
    settings: Settings, client: AsyncWebClient, pulumi: PulumiApi, store: SettingsStore, team: str, *, clock: Clock
) -> Desk:
    """The services over their adapters; `clock` is business time."""
    console = Console.of(settings.pulumi_api_url, settings.pulumi_console_url)
    directory, defaults = SlackDirectory(client), Defaults(store)
    resolver = Resolver(pulumi, defaults, console, settings.pulumi_orgs)
    chores = Chores(
        pulumi=pulumi, directory=directory, defaults=defaults, resolver=resolver, command=settings.slash_command
    )
    return Desk(
        pulumi=pulumi,
        directory=directory,
        resolver=resolver,
        chores=chores,
        clock=clock,
        console=console,
        team=team,
        command=settings.slash_command,
        catalogue=CATALOGUE,
    )


@asynccontextmanager
async def _slack(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    """One session for every call to Slack."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_url + "/",
            session=session,
            timeout=10,
            trust_env_in_session=False,
        )


def _session(client: AsyncWebClient) -> aiohttp.ClientSession:
    if client.session is None:
        raise TypeError("the client was made without its session")
    return client.session


@asynccontextmanager
async def _pulumi(settings: Settings) -> AsyncIterator[PulumiApi]:
    client = PulumiClient(settings.pulumi_api_url, settings.pulumi_access_token, clock=_now, timeouts=_PULUMI)
    cached = CachedPulumi(client)
    try:
        yield cached
    finally:
        await cached.aclose()
        await client.aclose()


def _now() -> datetime:
    return datetime.now(UTC)


async def _identity(client: AsyncWebClient, stop: asyncio.Event) -> AuthorizeResult | None:
    """Who the bot is, asked once, before it listens. Waits for Slack to be there; None when told to stop meanwhile."""
    while not stop.is_set():
        try:
            said = await call(client, "auth.test")
        except ChatError as error:
            if error.code != "no_answer":
                raise
            log.warning("slack can't be reached; trying again")
            await asyncio.wait([asyncio.ensure_future(stop.wait())], timeout=2)
            continue
        return AuthorizeResult(
            enterprise_id=said.get("enterprise_id"),
            team_id=said["team_id"],
            bot_id=said.get("bot_id"),
            bot_user_id=said["user_id"],
            bot_token=client.token,
        )
    return None


def _bolt(client: AsyncWebClient, me: AuthorizeResult) -> AsyncApp:
    async def authorize(**_: object) -> AuthorizeResult:
        return me

    bolt = logging.getLogger(AsyncApp.__module__)
    bolt.setLevel(logging.ERROR)  # it warns that SLACK_BOT_TOKEN is set and not used, which is how it is meant
    app = AsyncApp(
        client=client,
        authorize=authorize,
        process_before_response=True,
        signing_secret="unused",  # noqa: S106  # Socket Mode is authenticated by its connection
        logger=bolt,
    )
    bolt.setLevel(logging.WARNING)
    return app


async def _serve(app: AsyncApp, settings: Settings, stop: asyncio.Event) -> None:
    handler = AsyncSocketModeHandler(app, settings.slack_app_token.get_secret_value(), ping_interval=_PING)
    connecting = asyncio.create_task(handler.connect_async(), name="connect")
    gc.collect()
    gc.freeze()  # what start-up made stays; the collector need not walk it while events are folded
    log.info("listening", command=settings.slash_command, mode="socket")
    try:
        await watch_socket(handler.client, stop)
    finally:
        connecting.cancel()
        await handler.close_async()
