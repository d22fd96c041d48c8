"""The composition root: settings → adapters → services → listeners → run."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime

import aiohttp
import structlog
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.console import Console
from bot.doctor import Grade, Patient, examine
from bot.errors import BotError
from bot.health import Health
from bot.intake import Intake, bolt_app, identity
from bot.lifecycle import stop_on_signals
from bot.operations import CATALOGUE
from bot.ports import Clock, PulumiApi
from bot.ports import Settings as SettingsStore
from bot.pulumi import CachedPulumi, PulumiClient, Timeouts
from bot.services.chores import Chores
from bot.services.desk import Desk
from bot.services.resolve import Defaults, Resolver
from bot.settings import Settings
from bot.slack.chat import SlackDirectory
from bot.slack.files import Courier
from bot.store.opening import bring_up_to_date, open_store
from bot.tasks import Tasks
from bot.web import Gate, Site, listener, server
from handlers import register
from handlers.answers import Answers

log = structlog.get_logger()

_GRACE = 10.0  # seconds for answers that are under way at SIGTERM
_PULUMI = Timeouts(read=10, total=15)  # below the patience of an answer, so that it can still say what was slow


async def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, finish what is under way, return 0. Raises BotError when it can't run."""
    stop = stop_on_signals(asyncio.get_running_loop())
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(_slack(settings))
        pulumi = await closing.enter_async_context(_pulumi(settings))
        store = await closing.enter_async_context(open_store(settings.database_url))
        listening = closing.enter_context(_listening(settings))
        me = await identity(client, stop)
        if me is None:
            return 0
        tasks = Tasks()
        closing.push_async_callback(tasks.drain, _GRACE)
        app = bolt_app(client, me, _secret(settings.slack_signing_secret) or "unused in socket mode")
        desk = build_desk(settings, client, pulumi, store.settings, team=me.team_id or "", clock=_now)
        session = _session(client)
        answers = Answers(desk, Courier(client, session), tasks)
        register(app, settings.slash_command, answers, client, session)
        intake = Intake(app, _secret(settings.slack_app_token) if settings.mode == "socket" else None)
        health = Health(store.settings, intake.connected, pulumi)
        gate = Gate(_secret(settings.slack_signing_secret) or "") if settings.mode == "http" else None
        _announce(listening)
        log.info("listening", command=settings.slash_command, mode=settings.mode)
        await intake.run(server(Site(health.parts, app, gate)), listening, stop)
        log.info("stopping")
    return 0


async def diagnose(settings: Settings) -> int:
    """Print what this deployment still lacks; the exit status is 1 when something has to be mended."""
    async with _slack(settings) as slack, _pulumi(settings) as pulumi:

        async def store() -> None:
            async with open_store(settings.database_url):
                pass

        app_token = _secret(settings.slack_app_token) if settings.mode == "socket" else None
        patient = Patient(
            slack=slack, app_token=app_token, pulumi=pulumi, orgs=settings.pulumi_orgs, store=store, clock=_now
        )
        findings = await examine(patient)
    print(*findings, sep="\n")  # noqa: T201  # the report
    return int(any(finding.grade is Grade.BAD for finding in findings))


async def migrate(settings: Settings) -> int:
    """Bring the database's schema up to date, and say what was done."""
    before, after = await bring_up_to_date(settings.database_url)
    done = f"up to date: {after}" if before >= after else f"migrated from {before or 'nothing'} to {after}"
    print(f"The database is {done}.")  # noqa: T201  # the report
    return 0


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    try:
        found = listener(settings.host, settings.port)
    except OSError as error:
        raise BotError(f"it can't listen on {settings.host}:{settings.port} ({error.strerror}); set PORT") from None
    with found:
        yield found


def _announce(listening: socket.socket) -> None:
    """Say where, on standard output: whoever started the bot on port 0 reads this line."""
    host, port = listening.getsockname()[:2]
    print(f"The bot listens at http://{host}:{port}/", flush=True)  # noqa: T201


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def build_desk(  # noqa: PLR0913  # the world, handed in
    settings: Settings, client: AsyncWebClient, pulumi: PulumiApi, store: SettingsStore, team: str, *, clock: Clock
) -> Desk:
    """The services over their adapters; `clock` is business time."""
    console = Console.of(settings.pulumi_api_url, settings.pulumi_console_url)
    directory, defaults = SlackDirectory(client), Defaults(store)
    resolver = Resolver(pulumi, defaults, console, clock=clock, orgs=settings.pulumi_orgs)
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
