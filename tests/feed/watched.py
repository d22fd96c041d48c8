"""A feed over the sandbox in the test's own loop, and who writes down what it tells. Time is what the test says."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.happenings import Happening
from bot.model import StackRef
from bot.pulumi import Timeouts
from bot.records import Fence, Known
from bot.services.feed import Feed
from bot.services.looks import Looks
from bot.services.previews import Previews
from bot.store.stacks import SqlStacks, forget_known, write_known
from bot.store.tables import setting
from bot.timing import FAST, Timing
from bot.wiring import Reach, nothing
from sandbox.app import Sandbox
from tests.town import NOON, Ground, Town, bot, ground

FENCE = Fence("local", 1)
QUICKLY = Timeouts(total=1)
QUICK = replace(FAST, feed=0.05, feed_quiet=0.1)


@dataclass
class Time:
    """Now, for the bot and for the sandbox."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Counted:
    """Calls of Pulumi's API, by what they are for."""

    calls: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/pulumi/api/"):
            self.calls[_kind(request.path)] += 1
            self.reads[request.path.removeprefix("/pulumi/api/stacks/").removesuffix("/updates")] += 1
        return await handler(request)


def _kind(path: str) -> str:
    parts = path.split("/")
    if path.endswith("/user/stacks"):
        return "list"
    if "updates" in parts:
        return "previews" if parts[-1] == "previews" else "updates"
    return "stack" if "stacks" in parts else parts[-1]


@dataclass
class Scribe:
    """Tells nobody; keeps the feed's memory as it has to be kept."""

    town: Town
    told: list[Happening] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    fails: int = 0

    async def tell(
        self, known: Known | None, happenings: Sequence[Happening], fence: Fence, *, gone: StackRef | None = None
    ) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("a bug")
        database = self.town.services.world.store.database

        async def work(connection: AsyncConnection) -> None:
            if gone:
                await forget_known(database, connection, gone)
            elif known:
                await write_known(database, connection, known)
            for number, each in enumerate(happenings):
                name = f"{time.monotonic_ns()}-{number}"
                await connection.execute(insert(setting).values(scope="told", name=name, value=_line(each)))

        await database.run(work, fence=fence)
        self.told += happenings

    async def moved(self, old: StackRef, new: StackRef, fence: Fence | None = None) -> None:
        self.moves.append((str(old), str(new)))

    @property
    def lines(self) -> list[str]:
        """What was told, in order."""
        return [_line(each) for each in self.told]


def _line(happening: Happening) -> str:
    label = f"{happening.update.label} " if happening.update else ""
    return f"{happening.stack} {label}" + "+".join(sorted(happening.kinds))


@dataclass
class Watched:
    """The sandbox with a feed over it, which comes and goes."""

    ground: Ground
    folder: Path
    time: Time
    counted: Counted
    alarms: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sandbox(self) -> Sandbox:
        return self.ground.sandbox

    @asynccontextmanager
    async def running(self, timing: Timing = QUICK, reach: Reach = nothing) -> AsyncIterator["Running"]:
        """One term; what it told is in `said` afterwards, too."""
        async with bot(self.ground, self.folder, now=self.time, limits=QUICKLY, timing=timing, reach=reach) as town:
            running = Running(self, town)
            task, other = asyncio.create_task(running.feed.run(FENCE)), asyncio.create_task(running.previews.run(FENCE))
            try:
                yield running
            finally:
                for each in (task, other):
                    each.cancel()
                    with suppress(asyncio.CancelledError):
                        await each
                self.said += running.scribe.lines
                self.moves += running.scribe.moves

    async def control(self, path: str, body: dict[str, object]) -> None:
        """Something that is done to Pulumi behind its API's back."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.ground.address}/control/pulumi/{path}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text


class Running:
    """One term of the feed."""

    def __init__(self, watched: Watched, town: Town) -> None:
        self.watched, self.town = watched, town
        world = town.services.world
        self.scribe = Scribe(town)
        self.stacks = SqlStacks(world.store.database)
        pulumi, timing = world.pulumi, world.timing
        self.looks = Looks(pulumi, self.stacks, self.scribe, clock=world.clock, reach=world.reach)
        orgs = town.services.resolver.orgs
        self.feed = Feed(pulumi, orgs, self.looks, timing=timing, reach=world.reach, alarm=self._alarm, calm=self._calm)
        self.previews = Previews(
            pulumi, self.looks, town.services.subscriptions, self.scribe, clock=world.clock, timing=timing
        )

    async def _alarm(self, cause: str, text: str) -> None:
        self.watched.alarms.append(cause)

    async def _calm(self, cause: str) -> None:
        if self.watched.alarms[-1:] == [cause]:
            self.watched.alarms.append(f"no longer {cause}")

    async def written(self) -> list[str]:
        """What was told in all terms, as the transactions that told it have it: whoever is killed may not know."""
        chosen = select(setting.c.value).where(setting.c.scope == "told").order_by(setting.c.name)

        async def work(connection: AsyncConnection) -> list[str]:
            return list((await connection.execute(chosen)).scalars())

        return await self.town.services.world.store.database.read(work)

    async def complete(self) -> None:
        """Until everything was looked at once, and a while later."""
        await until(lambda: self.looks.first.complete)
        self.watched.time.passes(10)

    async def scans(self, most: int = 3) -> None:
        """Until the stacks were listed so often from now on."""
        before = self.watched.counted.calls["list"]
        orgs = 2 * most * 4  # pages
        await until(lambda: self.watched.counted.calls["list"] >= before + orgs)


async def until(what: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  # it is a question of the test
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    now, counted = Time(), Counted()
    async with ground(now=now, weather=counted.note) as at:
        yield Watched(at, folder, now, counted)
