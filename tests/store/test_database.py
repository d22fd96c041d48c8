"""Transactions: all or nothing, within a limit, tried again when that may help, and never a word too much."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Deposed, Fence, StoreDown
from bot.store.database import Database, _Failure, milliseconds, moment
from bot.store.lease import lease_of
from bot.store.opening import open_store
from bot.store.tables import lease, setting
from bot.timing import REAL
from tests.store.silence import Silence

Work = Callable[[AsyncConnection], Awaitable[int]]


def put(name: str, value: str = "") -> Callable[[AsyncConnection], Awaitable[None]]:
    """Work that adds a row."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(setting.insert().values(scope="C1", name=name, value=value))

    return work


async def names(database: Database) -> list[str]:
    async def work(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(setting.c.name).order_by(setting.c.name))).scalars())

    return await database.read(work)


async def test_work_is_stored_and_its_answer_given(database: Database) -> None:
    async def work(connection: AsyncConnection) -> str:
        await put("a")(connection)
        await put("b")(connection)
        return "done"

    assert await database.run(work) == "done"
    assert await names(database) == ["a", "b"]


async def test_work_that_raises_stores_nothing_and_its_error_comes_through(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await put("a")(connection)
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await database.run(work)
    assert await names(database) == []


async def test_a_timeout_of_the_work_itself_comes_through(database: Database) -> None:
    async def work(_: AsyncConnection) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        await database.run(work)


async def test_a_row_that_is_there_already_is_the_works_own_error(database: Database) -> None:
    await database.run(put("a", "secret"))
    with pytest.raises(IntegrityError) as caught:
        await database.run(put("a", "secret"))
    assert "secret" not in str(caught.value)
    assert await names(database) == ["a"]


async def test_what_the_database_refuses_is_told_without_values(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text("insert into nowhere values (:value)"), {"value": "secret"})

    with pytest.raises(StoreDown, match="nowhere") as caught:
        await database.run(work)
    assert "secret" not in str(caught.value)


async def test_a_cancelled_transaction_stores_nothing_and_the_next_one_works(database: Database) -> None:
    entered = asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        await put("a")(connection)
        entered.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(database.run(work))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.run(put("b"))
    assert await names(database) == ["b"]


async def test_many_at_once_are_all_stored(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(setting).values(value=setting.c.value + "x"))

    await database.run(put("a"))
    await asyncio.gather(*(database.run(work) for _ in range(40)))

    async def length(connection: AsyncConnection) -> int:
        return int((await connection.execute(select(func.length(setting.c.value)))).scalar_one())

    assert await database.read(length) == 40


async def test_what_hangs_ends_within_the_limit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.database._LIMIT", 0.3)
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    slow = text("select pg_sleep(30)" if database.dialect == "postgresql" else endless)

    async def work(connection: AsyncConnection) -> None:
        await put("a")(connection)
        await connection.execute(slow)

    started = time.monotonic()
    with pytest.raises(StoreDown, match=r"within 0\.3 s"):
        await database.run(work)
    assert time.monotonic() - started < 1
    await database.run(put("b"))
    assert await names(database) == ["b"]


async def test_a_file_that_somebody_else_writes_to_is_waited_for_within_the_limit(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(sqlite_url) as store:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("begin immediate")
        with monkeypatch.context() as short:
            short.setattr("bot.store.database._LIMIT", 0.2)
            with pytest.raises(StoreDown, match="within"):
                await store.database.run(put("a"))
        other.execute("rollback")
        other.close()
        await store.database.run(put("b"))
        assert await names(store.database) == ["b"]


async def test_a_transaction_that_may_write_has_the_write_lock_from_the_start(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)

        async def work(_: AsyncConnection) -> None:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("begin immediate")

        await store.database.run(work)
        other.execute("begin immediate")
        await store.database.read(_nothing)
        other.close()


async def _nothing(connection: AsyncConnection) -> None:
    await connection.execute(select(setting.c.name))


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (ConnectionRefusedError(111, "refused"), True),
        (OSError(-2, "Name or service not known"), True),
        (sqlite3.OperationalError("database is locked"), True),
        (sqlite3.OperationalError("disk I/O error"), False),
        (ValueError("no"), False),
    ],
)
def test_what_may_work_when_it_is_tried_again(error: Exception, passing: bool) -> None:  # noqa: FBT001  # a case
    assert _Failure(error).passing is passing


async def test_postgresql_itself_ends_what_hangs(postgres_url: str) -> None:
    async with open_store(postgres_url) as store:

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(text("set local statement_timeout = '50ms'"))
            await connection.execute(text("select pg_sleep(30)"))

        with pytest.raises(StoreDown, match="statement timeout"):
            await store.database.run(work)


async def test_every_transaction_has_its_limits_and_leaves_none_behind(postgres_url: str) -> None:
    async with open_store(postgres_url) as store:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")

        async def work(connection: AsyncConnection) -> list[str]:
            return [(await connection.execute(text(f"show {name}"))).scalar_one() for name in names]

        assert await store.database.run(work) == await store.database.read(work) == ["5s", "2s", "3s"]
        async with store.database.engine.connect() as connection:
            assert await work(connection) == ["0", "0", "0"]


async def test_a_deadlock_is_tried_again(postgres_url: str) -> None:
    async with open_store(postgres_url) as store:
        for name in ("a", "b"):
            await store.database.run(put(name))
        met, rounds = asyncio.Barrier(2), list[str]()

        def crossing(first: str, second: str) -> Callable[[AsyncConnection], Awaitable[None]]:
            async def work(connection: AsyncConnection) -> None:
                rounds.append(first)
                await _add(connection, first)
                if len(rounds) <= 2:
                    await met.wait()
                await _add(connection, second)

            return work

        await asyncio.gather(store.database.run(crossing("a", "b")), store.database.run(crossing("b", "a")))
        assert len(rounds) == 3
        assert await values(store.database) == ["xx", "xx"]


async def _add(connection: AsyncConnection, name: str) -> None:
    await connection.execute(update(setting).where(setting.c.name == name).values(value=setting.c.value + "x"))


async def values(database: Database) -> list[str]:
    async def work(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(setting.c.value))).scalars())

    return await database.read(work)


async def test_a_lost_connection_is_tried_again(postgres_url: str) -> None:
    async with open_store(postgres_url) as store:
        rounds = list[int]()

        async def work(connection: AsyncConnection) -> None:
            rounds.append(1)
            if len(rounds) == 1:
                await connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
            await put("a")(connection)

        await store.database.run(work)
        assert await names(store.database) == ["a"]
        assert len(rounds) == 2


async def test_a_silent_database_is_down_within_the_limit(silent: tuple[Database, Silence]) -> None:
    database, silence = silent
    await database.run(put("a"))
    silence.falls()
    started = time.monotonic()
    with pytest.raises(StoreDown, match="within"):
        await asyncio.gather(*(database.run(put(name)) for name in "bcdefghijkl"))
    assert time.monotonic() - started < 1.5
    async with asyncio.timeout(0.5):  # and no connection is kept for the sake of a good end
        while database._open:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)
    silence.ends()
    await database.run(put("z"))
    assert await names(database) == ["a", "z"]


async def test_a_database_that_is_not_there_is_named_without_its_password(unused_tcp_port: int) -> None:
    with pytest.raises(Exception, match=r"refused|Connect") as caught:
        async with open_store(f"postgres://ann:secret@127.0.0.1:{unused_tcp_port}/db?sslmode=disable"):
            pass
    assert "secret" not in str(caught.value)


@pytest_asyncio.fixture
async def silent(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Database, Silence]]:
    """A database behind a proxy that can fall silent; limits are short."""
    async with Silence.before(postgres_url) as silence, open_store(silence.url) as store:
        monkeypatch.setattr("bot.store.database._LIMIT", 0.5)
        monkeypatch.setattr("bot.store.database._URGENT", 0.3)
        yield store.database, silence
        silence.ends()


async def test_the_lease_needs_no_more_than_its_own_connection(postgres_url: str) -> None:
    """However many transactions wait, a renewal goes on."""
    async with open_store(postgres_url) as store:
        held = lease_of(store.database, REAL)
        fence = await held.acquire()
        assert fence
        full, leave = asyncio.Event(), asyncio.Event()
        inside = list[int]()

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(select(lease.c.epoch))
            inside.append(1)
            if len(inside) == 8:
                full.set()
            await leave.wait()

        tasks = [asyncio.create_task(store.database.run(work, fence=fence)) for _ in range(20)]
        await full.wait()
        assert await held.renew(fence)
        leave.set()
        await asyncio.gather(*tasks)


async def test_a_term_that_is_over_decides_nothing(postgres_url: str) -> None:
    async with open_store(postgres_url) as store:
        fence = await lease_of(store.database, REAL).acquire()
        assert fence
        await store.database.run(put("a"), fence=fence)
        for stale in (Fence(fence.owner, fence.epoch + 1), Fence("another", fence.epoch)):
            with pytest.raises(Deposed):
                await store.database.run(put("b"), fence=stale)
        assert await names(store.database) == ["a"]


async def test_moments_survive_their_columns() -> None:
    assert moment(None) is None
    assert milliseconds(moment(1_764_000_000_123)) == 1_764_000_000_123
