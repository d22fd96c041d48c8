"""Bots that live in the test's own loop and die there at a named point: nothing of theirs runs or stores afterwards."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.approvals import Verdict
from bot.errors import BotError
from bot.services.desk import Where
from bot.store.database import Database
from bot.timing import Timing
from bot.wiring import Services
from sandbox.app import create
from sandbox.slack import seed
from tests.crash.sight import Witness, watching
from tests.crash.telling import Died, Teller, Trap, bury
from tests.crash.timing import QUICK
from tests.e2e.conversation import PEOPLE
from tests.town import POLICY, Ground, bot

RULES = f'{POLICY}\n[[rule]]\nmatch = {{ stack = "acme/*/prod*" }}\napprovals = 2\n'
LIFE: contextvars.ContextVar["Life | None"] = contextvars.ContextVar("life", default=None)
AT: contextvars.ContextVar[str] = contextvars.ContextVar("at", default="")
"""The point that whoever runs passed last; its transactions, tasks of their own, inherit it."""
_DATABASE = ("Database._queued", "_ended")  # whoever waits for a transaction abandons it, and it closes what it has


@dataclass(eq=False)
class Life:
    """One bot from its start to its end."""

    ground: Ground
    url: str
    folder: Path
    timing: Timing
    trap: Trap | None = None
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    dead: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    passed: list[str] = field(default_factory=list)
    holds: frozenset[str] = frozenset()
    held: asyncio.Event = field(default_factory=asyncio.Event)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    _up: asyncio.Event = field(default_factory=asyncio.Event)
    _services: Services | None = None
    _main: asyncio.Task[None] | None = None

    @property
    def services(self) -> Services:
        assert self._services
        return self._services

    async def start(self) -> None:
        """Until it listens, as it were. Its loops run from then on."""
        self._main = self._in_it(self._live(), "a bot")
        await asyncio.wait({self._main, asyncio.create_task(self._up.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if self._main.done():
            self._main.result()

    async def _live(self) -> None:
        env = {"database_url": self.url}
        how = {"now": lambda: datetime.now(UTC), "timing": self.timing, "reach": self.reach, "policy": RULES}
        async with bot(self.ground, self.folder, env=env, **how) as town:  # type: ignore[arg-type]  # how it lives
            self._services = town.services
            _mortal(town.services.world.store.database, self.dead)
            self._up.set()
            await town.services.leader.run(self.stop)
        self.dead.set()

    def _in_it(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """A task whose whole offspring is this bot's."""
        context = contextvars.copy_context()
        context.run(LIFE.set, self)
        return context.run(asyncio.create_task, work, name=name)

    async def reach(self, point: str) -> None:
        """The named points: at the one of the trap it dies, at those of `holds` it waits until it is freed."""
        self.passed.append(point)
        AT.set(point)
        if point in self.holds:
            self.held.set()
            await self.freed.wait()
        if self.trap and self.trap.springs(point):
            self.dead.set()
            await asyncio.Event().wait()

    async def does(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Somebody's business with the bot. Raises Died when they never hear of it again."""
        task, death = self._in_it(work, "a person's business"), asyncio.create_task(self.dead.wait())
        await asyncio.wait({task, death}, return_when=asyncio.FIRST_COMPLETED)
        death.cancel()
        if not task.done():
            raise Died
        with suppress(BotError):
            return await task

    async def kill(self) -> None:
        """As kill -9 would: what was sent stays sent, nothing more is sent or stored."""
        self.dead.set()
        assert self._main
        self._main.cancel()
        for turn in range(20):
            alive = [each for each in self.tasks if not each.done() and _name(each) not in _DATABASE]
            if not alive:
                return
            for each in alive:
                if each is not self._main or turn:  # the first may have met the end of its term, and gone on
                    each.cancel()
            await asyncio.wait(alive, timeout=1)
        raise AssertionError(f"they live on: {[*map(str, self.tasks)]}")


def _name(task: asyncio.Task[Any]) -> str:
    return str(getattr(task.get_coro(), "__qualname__", ""))


def _mortal(database: Database, dead: asyncio.Event) -> None:
    """No transaction begins after death; its caller waits for ever."""
    within = database._within

    async def guarded(*how: Any) -> Any:
        if dead.is_set():
            await asyncio.Event().wait()
        return await within(*how)

    setattr(database, "_within", guarded)  # noqa: B010  # a method of this one alone


def track(loop: asyncio.AbstractEventLoop) -> None:
    """Every task knows whose it is: it inherits that from who made it."""

    def make(loop: asyncio.AbstractEventLoop, work: Any, **how: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **how)
        if life := LIFE.get():
            life.tasks.add(task)
        return task

    loop.set_task_factory(make)


@asynccontextmanager
async def serving(patience: float = 1) -> AsyncIterator[tuple[Ground, Witness]]:
    """A sandbox, at the real time, and who notes what reaches it. Slack waits `patience` times as long as it does."""
    sandbox, witness = create(scale=patience), Witness()
    sandbox.app.middlewares.insert(0, witness.note)
    sandbox.slack.ledger.observers.append(witness.observe)
    runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Ground(sandbox, f"http://127.0.0.1:{runner.addresses[0][1]}"), witness
    finally:
        await runner.cleanup()


@dataclass
class Lives(Teller):
    """Bots in this loop. What people do goes straight to the services."""

    folder: Path = Path()
    timing: Timing = QUICK
    now: Life | None = None

    async def alive(self, trap: Trap | None = None, life: float = 600) -> asyncio.Event:
        """The bot that lives, or the next one."""
        timing = replace(self.timing, life=timedelta(seconds=life))
        if self.now and (self.now.dead.is_set() or self.now.timing != timing):
            await self.kill()
        if self.now is None:
            self.now = Life(self.ground, self.url, self.folder, timing, trap)
            await self.now.start()
        self.now.trap = trap
        return self.now.dead

    async def kill(self) -> None:
        """Whoever lives, dies."""
        if self.now:
            await self.now.kill()
            self.now = None
            await bury(self.url)

    def _where(self, who: str) -> Where:
        return Where(user=PEOPLE[who], team=seed.TEAM, channel=seed.PLATFORM)

    async def ask(self, line: str) -> None:
        """Ann types it."""
        assert self.now
        desk = self.now.services.desk
        await self.now.does(desk.answer(desk.parse(line), self._where("ann")))

    async def approve(self, who: str, request_id: str) -> None:
        """A vote, as the form sends it."""
        assert self.now
        vote = self.now.services.decisions.vote
        await self.now.does(vote(request_id, self._where(who), Verdict.APPROVE, comment="", typed=""))

    async def press(self, who: str, verb: str, request_id: str) -> None:
        """A button of the card."""
        assert self.now
        decisions = self.now.services.decisions
        if verb == "touch":
            await self.now.does(decisions.touched(request_id))
        else:
            await self.now.does(getattr(decisions, verb)(request_id, self._where(who)))

    async def stop(self) -> None:
        """SIGTERM; then this life is over."""
        assert self.now
        self.now.stop.set()
        await self.now.dead.wait()


@asynccontextmanager
async def lives(url: str, folder: Path, timing: Timing = QUICK) -> AsyncIterator[Lives]:
    """A sandbox, a database, and bots one after another."""
    track(asyncio.get_running_loop())
    async with serving() as (ground, witness), watching(url, ground.sandbox, witness) as sight:
        found = Lives(ground, url, sight, folder=folder, timing=timing)
        try:
            yield found
        finally:
            if found.now:
                await found.now.kill()
