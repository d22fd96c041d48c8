"""One database behind one small interface: whole transactions with a limit on our side, over SQLite or PostgreSQL.

The driver is in autocommit and the transaction is ours: `BEGIN` takes SQLite's write lock at once. On PostgreSQL it
sets limits for this transaction only, in the same round trip: nothing is asked of a session, which a pooler may share.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NoReturn, TypeVar, overload

import structlog
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.records import Deposed, Fence, StoreDown
from bot.store.tables import lease

log = structlog.get_logger()

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
Insert = sqlite.Insert | postgresql.Insert
Dialect = Literal["sqlite", "postgresql"]

LEASE: Final = "main"  # the partition whose leader the fences are about
CONNECTIONS: Final = {"sqlite": 1, "postgresql": 8}  # for all but the lease, which has one more
_LIMIT: Final = 6.0  # seconds for any transaction, everything included
_URGENT: Final = 2.5
_SHORT: Final = 0.05  # more than a statement of ours takes by itself
_PAUSES: Final = (0.02, 0.1, 0.4)  # before a transaction is tried again
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_LIMITS: Final = (
    "SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '2s'; "
    "SET LOCAL idle_in_transaction_session_timeout = '3s'"
)
_WRITE: Final = {"sqlite": "BEGIN IMMEDIATE", "postgresql": f"BEGIN; {_LIMITS}"}
_READ: Final = {"sqlite": "BEGIN", "postgresql": f"BEGIN READ ONLY; {_LIMITS}"}
# Serialization, deadlock, lock timeout, the server shutting down or starting, idle too long, and a table that another
# process made at the same moment: the same may work now.
_PASSING: Final = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "25P03", "23505", "42P07"}


class Database:
    """Transactions on one engine. Every method takes at most 6 s and raises StoreDown where it was not done in time."""

    def __init__(self, engine: AsyncEngine, dialect: Dialect, *, readonly: bool = False) -> None:
        self.engine = engine
        self.dialect: Dialect = dialect
        self._begin = (_READ if readonly else _WRITE)[dialect]
        self._slots = asyncio.Semaphore(CONNECTIONS[dialect])
        self._open: dict[asyncio.Task[Any] | None, Any] = {}  # transaction → the driver's connection
        self._leaving: set[asyncio.Task[None]] = set()

    def insert(self, table: Table) -> Insert:
        """The dialect's own insert, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        return sqlite.insert(table) if self.dialect == "sqlite" else postgresql.insert(table)

    async def run(self, work: Work[T], *, fence: Fence | None = None, urgent: bool = False) -> T:
        """Do `work` in one transaction and commit; with a fence only while its term lasts, else Deposed.

        The transaction is tried again after a deadlock, a lock that was not had, or a lost connection, so `work` must
        be repeatable, and recognise its own earlier success; it begins no other transaction. What it raises comes
        through, IntegrityError included, and nothing is stored then. `urgent` is for the lease: 2.5 s, no queue.
        """

        async def fenced(connection: AsyncConnection) -> T:
            if fence and self.dialect == "postgresql":  # on SQLite the lock of the file is the lease
                await _hold(connection, fence)
            return await work(connection)

        return await self._within(_URGENT if urgent else _LIMIT, self._begin, fenced)

    async def read(self, work: Work[T]) -> T:
        """Do `work`, which only reads, in one transaction that waits for no writer."""
        return await self._within(_LIMIT, _READ[self.dialect], work)

    async def alter(self, begin: str, change: Callable[[Connection], None]) -> None:
        """Change the schema in one transaction that starts with `begin` and has no limit. Raises StoreDown."""

        async def work(connection: AsyncConnection) -> None:
            await connection.begin()  # so that Alembic sees that the transaction is not its own
            await connection.run_sync(change)

        await self._queued(self._slots, begin, work)

    async def aclose(self) -> None:
        """Close every connection, those that were dropped included."""
        while self._leaving:
            await asyncio.wait(self._leaving)
        await self.engine.dispose()

    async def _within(self, limit: float, begin: str, work: Work[T]) -> T:
        """In a task of its own: whoever waits for it goes on when the time is up, whatever the driver is doing."""
        urgent = limit == _URGENT and self.dialect == "postgresql"
        task = asyncio.create_task(self._queued(None if urgent else self._slots, begin, work))
        try:
            await asyncio.wait({task}, timeout=limit)
        except BaseException:
            self._abandon(task)
            raise
        if not task.done():
            self._abandon(task)
            raise StoreDown(f"the database did not do it within {limit:g} s")
        return task.result()

    async def _queued(self, queue: asyncio.Semaphore | None, begin: str, work: Work[T]) -> T:
        async with queue or nullcontext():
            return await self._again_and_again(begin, work)

    async def _again_and_again(self, begin: str, work: Work[T]) -> T:
        for pause in (*_PAUSES, None):
            try:
                async with self._connection() as (connection, driver):
                    return await _transaction(connection, driver, begin, work)
            except _Failure as failure:
                if pause is None or not failure.passing:
                    raise StoreDown(str(failure)) from None
                log.info("transaction tried again", cause=str(failure))
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
        raise AssertionError  # the last round returns or raises

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[AsyncConnection, Any]]:
        """A connection with its driver's own; one that is left in the middle of something is closed for good."""
        with _failures(Exception):
            connection = await self.engine.connect()
            driver = (await connection.get_raw_connection()).driver_connection
        task, clean = asyncio.current_task(), False
        self._open[task] = driver
        try:
            yield connection, driver
            clean = True
        except Exception:
            clean = await _rolled_back(driver)
            raise
        finally:
            del self._open[task]
            if not clean:
                await _closed_for_good(connection, driver)
            await connection.close()

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        """End it without waiting for it; SQLite's only connection is free again once it really has ended."""
        driver: Any = self._open.get(task)
        if hasattr(driver, "terminate"):  # PostgreSQL: not a word to the server, which may not listen
            driver.terminate()
        task.cancel()
        ending = asyncio.create_task(_ended(task, driver), name="end a transaction")
        self._leaving.add(ending)
        ending.add_done_callback(self._leaving.discard)


class _Failure(Exception):
    """What the driver raised. The text names neither the address nor a value."""

    def __init__(self, cause: Exception) -> None:
        found = cause.driver_exception if isinstance(cause, DBAPIError) else cause
        first = next(iter(str(found).splitlines()), "")
        super().__init__(f"{type(found).__name__}: {first}"[:200])
        state = str(getattr(found, "sqlstate", None) or "")
        lost = isinstance(cause, OSError) or (isinstance(cause, DBAPIError) and cause.connection_invalidated)
        self.passing = lost or state in _PASSING or state.startswith("08") or "is locked" in first


@contextmanager
def _failures(*kinds: type[Exception]) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except kinds as error:
        raise _Failure(error) from error


async def _transaction(connection: AsyncConnection, driver: Any, begin: str, work: Work[T]) -> T:  # noqa: ANN401
    await _send(driver, begin)
    with _failures(DBAPIError, ConnectionError):
        result = await work(connection)
    await _send(driver, "COMMIT")
    return result


async def _send(driver: Any, script: str) -> None:  # noqa: ANN401
    """Past SQLAlchemy, which would make round trips of the script. Both drivers have `execute`."""
    with _failures(Exception):
        if await driver.execute(script) == "ROLLBACK" and script == "COMMIT":
            raise ConnectionError("PostgreSQL rolled back instead")


async def _rolled_back(driver: Any) -> bool:  # noqa: ANN401
    try:
        await _send(driver, "ROLLBACK")
    except _Failure:
        return False
    return True


async def _closed_for_good(connection: AsyncConnection, driver: Any) -> None:  # noqa: ANN401
    with suppress(Exception):
        if hasattr(driver, "terminate"):
            driver.terminate()
        await connection.invalidate()


async def _ended(task: asyncio.Task[Any], driver: Any) -> None:  # noqa: ANN401
    """Stop what SQLite runs in its thread, until the cancelled transaction has ended.

    Not at once: an interrupt that comes between two statements would meet the rollback while a cursor is still open.
    """
    await asyncio.wait({task}, timeout=_SHORT)
    while not task.done():
        if hasattr(driver, "interrupt"):
            with suppress(Exception):  # it is closed already
                await driver.interrupt()
        await asyncio.wait({task}, timeout=_SHORT)
    if not task.cancelled() and (error := task.exception()):
        log.info("an abandoned transaction ended", cause=type(error).__name__)


async def _hold(connection: AsyncConnection, fence: Fence) -> None:
    """Keep the term from ending before this transaction does; its renewals go on."""
    mine = (lease.c.name == LEASE, lease.c.owner == fence.owner, lease.c.epoch == fence.epoch)
    held = select(lease.c.epoch).where(*mine).with_for_update(read=True, key_share=True)
    if (await connection.execute(held)).first() is None:
        _deposed(fence)


def _deposed(fence: Fence) -> NoReturn:
    raise Deposed(f"term {fence.epoch} is over")


def milliseconds(at: datetime) -> int:
    """A moment as a column stores it."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


@overload
def moment(ms: int) -> datetime: ...
@overload
def moment(ms: int | None) -> datetime | None: ...
def moment(ms: int | None) -> datetime | None:
    """What a column stores as a moment."""
    return None if ms is None else _EPOCH + timedelta(milliseconds=ms)
