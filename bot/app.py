"""The composition root: settings → adapters → services → listeners → run."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError
from bot.health import Health
from bot.intake import Intake, bolt_app, identity
from bot.lifecycle import stop_on_signals
from bot.policy_check import policy_of
from bot.ports import PulumiApi
from bot.pulumi import CachedPulumi, Memory, PulumiClient, Timeouts
from bot.settings import Settings
from bot.slack.files import Courier
from bot.slack.modals import Modals
from bot.store.opening import bring_up_to_date, open_store
from bot.tasks import Tasks
from bot.timing import REAL, Timing
from bot.web import Gate, Site, listener, server
from bot.wiring import Reach, Services, World, nothing
from handlers import register
from handlers.answers import Answers
from handlers.incidents import Incidents
from handlers.linking import Linking
from handlers.ordering import Ordering
from handlers.votes import Votes

log = structlog.get_logger()

_GRACE = 10.0  # seconds for answers that are under way at SIGTERM
_PULUMI = Timeouts(read=10, total=15)  # below the patience of an answer, so that it can still say what was slow


async def run(settings: Settings, *, reach: Reach = nothing, timing: Timing = REAL) -> int:
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
        world = World(
            settings=settings,
            policy=policy_of(settings.policy_file),
            slack=client,
            posting=_posting(client),
            pulumi=pulumi,
            connect=partial(_connected, settings, pulumi),
            store=store,
            team=me.team_id or "",
            clock=_now,
            timing=timing,
            reach=reach,
        )
        services = Services(world)
        closing.push_async_callback(services.accounts.aclose)
        await services.accounts.renew()
        tasks = Tasks()
        closing.push_async_callback(tasks.drain, _GRACE)
        app = bolt_app(client, me, _secret(settings.slack_signing_secret) or "unused in socket mode")
        listen(app, world, services, tasks)
        intake = Intake(app, _secret(settings.slack_app_token) if settings.mode == "socket" else None)
        health = Health(store.settings, intake.connected, pulumi)
        gate = Gate(_secret(settings.slack_signing_secret) or "") if settings.mode == "http" else None
        _announce(listening)
        log.info("listening", command=settings.slash_command, mode=settings.mode)
        leading = asyncio.create_task(services.leader.run(stop), name="lead")
        await intake.run(server(Site(health.parts, app, gate, services.deliveries)), listening, stop)
        log.info("stopping")
        await leading
    return 0


def listen(app: AsyncApp, world: World, services: Services, tasks: Tasks) -> None:
    """Everything that Slack can send, tied to the services."""
    session, modals = _session(world.slack), Modals(world.posting)
    answers = Answers(services.desk, Courier(world.slack, session), tasks)
    votes = Votes(services.decisions, services.execution, answers, modals, session)
    ordering = Ordering(answers, modals, session)
    pressed = Incidents(services.handling, answers, session)
    linking = Linking(services.accounts, answers, modals, session, tasks, clock=world.clock)
    register(
        app,
        world.settings.slash_command,
        answers,
        world.slack,
        session,
        verbs={**votes.verbs, **linking.verbs, **ordering.verbs, **pressed.verbs},
        submitted={**votes.submitted, **linking.submitted, **ordering.submitted},
        closed=linking.closed,
        forms={**votes.forms, "link": linking.commanded},
        rooms=services.rooms,
    )


async def diagnose(settings: Settings) -> int:
    """Print what this deployment still lacks; the exit status is 1 when something has to be mended."""
    from bot.doctor import Grade, Patient, examine  # noqa: PLC0415  # a bot that runs needs none of it

    async with _slack(settings) as slack, _pulumi(settings) as pulumi:

        async def store() -> None:
            async with open_store(settings.database_url):
                pass

        app_token = _secret(settings.slack_app_token) if settings.mode == "socket" else None
        patient = Patient(
            slack=slack,
            app_token=app_token,
            pulumi=pulumi,
            orgs=settings.pulumi_orgs,
            store=store,
            clock=_now,
            policy=partial(policy_of, settings.policy_file),
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


def _posting(client: AsyncWebClient) -> AsyncWebClient:
    """The same session without the library's own retries: what was sent once is never sent again by itself."""
    return AsyncWebClient(
        token=client.token,
        base_url=client.base_url,
        session=client.session,
        timeout=client.timeout,
        trust_env_in_session=False,
        retry_handlers=[],
    )


def _session(client: AsyncWebClient) -> aiohttp.ClientSession:
    if client.session is None:
        raise TypeError("the client was made without its session")
    return client.session


@asynccontextmanager
async def _pulumi(settings: Settings) -> AsyncIterator[CachedPulumi]:
    client = PulumiClient(settings.pulumi_api_url, settings.pulumi_access_token, clock=_now, timeouts=_PULUMI)
    cached = CachedPulumi(client, Memory())
    try:
        yield cached
    finally:
        await cached.aclose()
        await client.aclose()


@asynccontextmanager
async def _connected(settings: Settings, service: CachedPulumi, token: SecretStr) -> AsyncIterator[PulumiApi]:
    """Pulumi as somebody else, with the memory that all tokens share."""
    client = PulumiClient(settings.pulumi_api_url, token, clock=_now, timeouts=_PULUMI, own=True)
    cached = CachedPulumi(client, service.memory)
    try:
        yield cached
    finally:
        await cached.aclose()
        await client.aclose()


def _now() -> datetime:
    return datetime.now(UTC)
