"""Who leads: one row with the database's clock. On SQLite the lock of the file says it, and nothing is written."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Row, cast, extract, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Fence
from bot.store.database import LEASE, Database
from bot.store.tables import lease
from bot.timing import Timing

_APART: Final = 2  # looks' times between the two that must have seen the same
_STALE: Final = 4  # looks' times after which the look before says nothing: this process slept meanwhile
_HANDED_OVER: Final = 0


def awake() -> float:
    """Seconds that go on while the machine sleeps, where the system has such a clock."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def lease_of(database: Database, timing: Timing) -> "FileLease | SqlLease":
    """The lease of that kind of database."""
    return FileLease() if database.dialect == "sqlite" else SqlLease(database, timing)


class FileLease:
    """Held by whoever has the file open, for as long as it is open."""

    async def acquire(self) -> Fence | None:
        """The only term there is."""
        return Fence("local", 1)

    async def renew(self, _: Fence) -> bool:
        """Nothing to be done."""
        return True

    async def hand_over(self, _: Fence) -> None:
        """Nothing to be done: closing the file does it."""

    def guard(self) -> bool:
        """Whether a call may be sent."""
        return True


@dataclass(frozen=True, slots=True)
class _Looked:
    """The same term and beat were seen from the look at `first` to the look at `last`."""

    epoch: int
    beat_at: int
    first: float
    last: float


class SqlLease:
    """The row of one partition. Each method takes at most 2.5 s and raises StoreDown when the database did not do it.

    A leader whose beat stands still is succeeded; an outage, a step of the clock or a sleep of this process is none.
    """

    def __init__(self, database: Database, timing: Timing, *, clock: Callable[[], float] = awake) -> None:
        self._database = database
        self._timing = timing
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._looked: _Looked | None = None
        self._held: float | None = None

    async def acquire(self) -> Fence | None:
        """Look once; gives the new term when this look showed that nobody leads, or that it is this process."""
        started = self._clock()
        try:
            fence = await self._database.run(self._look, urgent=True)
        except BaseException:
            self._looked = None
            raise
        if fence:
            self._held, self._looked = started, None
        return fence

    async def renew(self, fence: Fence) -> bool:
        """Go on leading; False when another term has begun."""
        started = self._clock()
        held = await self._beat(fence, _now())
        self._held = started if held else None
        return held

    async def hand_over(self, fence: Fence) -> None:
        """End the term, so that the next look of anybody begins another."""
        self._held = None
        await self._beat(fence, _HANDED_OVER)

    def guard(self) -> bool:
        """Whether the last renewal that succeeded began so recently that nobody else can lead yet."""
        return self._held is not None and self._clock() - self._held < self._timing.guard

    async def _beat(self, fence: Fence, at: ColumnElement[int] | int) -> bool:
        mine = (lease.c.name == LEASE, lease.c.owner == fence.owner, lease.c.epoch == fence.epoch)
        beat = update(lease).where(*mine).values(beat_at=at)

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(beat)).rowcount == 1

        return await self._database.run(work, urgent=True)

    async def _look(self, connection: AsyncConnection) -> Fence | None:
        chosen = select(lease.c.owner, lease.c.epoch, lease.c.beat_at, _now().label("now"))
        row = (await connection.execute(chosen.where(lease.c.name == LEASE))).first()
        if row is None:
            first = self._database.insert(lease).values(name=LEASE, owner=self._owner, epoch=1, beat_at=_now())
            made = (await connection.execute(first.on_conflict_do_nothing())).rowcount == 1
            return Fence(self._owner, 1) if made else None
        if row.owner == self._owner or row.beat_at == _HANDED_OVER or self._is_dead(row):
            return await self._take(connection, row)
        return None

    async def _take(self, connection: AsyncConnection, row: Row[Any]) -> Fence | None:
        """The key column changes, so this waits for the transactions that the old term has open."""
        same = (lease.c.name == LEASE, lease.c.epoch == row.epoch, lease.c.beat_at == row.beat_at)
        taken = update(lease).where(*same).values(owner=self._owner, epoch=row.epoch + 1, beat_at=_now())
        won = (await connection.execute(taken)).rowcount == 1
        return Fence(self._owner, row.epoch + 1) if won else None

    def _is_dead(self, row: Row[Any]) -> bool:
        """Whether looks far enough apart, without a long pause, saw one beat that is far from the database's now."""
        at, before, look = self._clock(), self._looked, self._timing.look
        same = (
            before and (before.epoch, before.beat_at) == (row.epoch, row.beat_at) and at - before.last < _STALE * look
        )
        first = before.first if before and same else at
        self._looked = _Looked(row.epoch, row.beat_at, first, at)
        return abs(row.now - row.beat_at) > self._timing.lease * 1000 and at - first >= _APART * look


def _now() -> ColumnElement[int]:
    """PostgreSQL's clock at this very statement, in milliseconds."""
    return cast(extract("epoch", func.clock_timestamp()) * 1000, BigInteger)
