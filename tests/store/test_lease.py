"""Who leads: a dead leader is succeeded, a living one never; a term that is over decides nothing. PostgreSQL only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Deposed, Fence, StoreDown
from bot.store.database import Database
from bot.store.lease import FileLease, SqlLease, lease_of
from bot.store.opening import open_store
from bot.store.tables import lease
from bot.timing import REAL, Timing
from tests.store.silence import Silence

MINUTE = 60_000


class Clock:
    """Seconds since this process started, as a test says."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Replica:
    """One process: its own connections, clock and lease."""

    def __init__(self, database: Database, timing: Timing = REAL) -> None:
        self.database = database
        self.clock = Clock()
        self.lease = SqlLease(database, timing, clock=self.clock)

    async def looks(self, *pauses: float) -> Fence | None:
        """Look once and then once after each pause; gives what the last look gave."""
        fence = await self.lease.acquire()
        for pause in pauses:
            assert fence is None
            self.clock.at += pause
            fence = await self.lease.acquire()
        return fence


@pytest_asyncio.fixture
async def replicas(postgres_url: str) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as closing:
        stores = [await closing.enter_async_context(open_store(postgres_url)) for _ in range(2)]
        yield [Replica(store.database) for store in stores]


async def ages(database: Database, ms: int) -> None:
    """The last beat becomes older (or, as after a step of the database's clock, newer than now)."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(lease).values(beat_at=lease.c.beat_at - ms))

    await database.run(work)


async def test_a_lease_that_nobody_ever_had_is_taken_and_kept(replicas: list[Replica]) -> None:
    one, two = replicas
    fence = await one.looks()
    assert fence
    assert fence.epoch == 1
    assert await two.looks(3, 3, 3, 3, 3) is None
    assert await one.lease.renew(fence)
    assert one.lease.guard()
    assert not two.lease.guard()


async def test_a_leader_that_is_dead_is_succeeded(replicas: list[Replica]) -> None:
    one, two = replicas
    old = await one.looks()
    assert old
    await ages(one.database, 13_000)
    new = await two.looks(2, 2)
    assert new == Fence(new.owner if new else "", 2)
    assert not await one.lease.renew(old)
    assert not one.lease.guard()
    assert two.lease.guard()


async def test_a_leader_whose_beats_go_on_is_not_dead_however_old_they_look(replicas: list[Replica]) -> None:
    """The database's clock was set forward by ten minutes after each beat, or back."""
    one, two = replicas
    fence = await one.looks()
    assert fence
    for step in (10 * MINUTE, -10 * MINUTE):
        for _ in range(4):
            assert await one.lease.renew(fence)
            await ages(one.database, step)
            assert await two.looks(2) is None


async def test_a_dead_leader_is_succeeded_though_the_clock_went_back(replicas: list[Replica]) -> None:
    one, two = replicas
    await one.looks()
    await ages(one.database, -10 * MINUTE)
    assert await two.looks(2, 2)


async def test_a_beat_that_is_young_is_waited_for(replicas: list[Replica]) -> None:
    one, two = replicas
    await one.looks()
    await ages(one.database, 5_000)
    assert await two.looks(2, 2, 2) is None


async def test_a_process_that_slept_looks_again_before_it_takes_anything(replicas: list[Replica]) -> None:
    """After the machine slept everybody's beat is old, and the leader is about to beat again."""
    one, two = replicas
    await one.looks()
    assert await two.looks(2) is None
    await ages(one.database, 60_000)
    assert await two.looks(60) is None
    assert await two.looks(2, 2)


async def test_an_outage_buries_nobody(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any beat counts as old here, as after a long outage; the looks before it say nothing any more."""
    async with Silence.before(postgres_url) as silence, AsyncExitStack() as closing:
        one, two = [
            Replica((await closing.enter_async_context(open_store(address))).database, replace(REAL, lease=-1))
            for address in (postgres_url, silence.url)
        ]
        fence = await one.looks()
        assert fence
        assert await two.looks(2) is None
        with monkeypatch.context() as short:
            short.setattr("bot.store.database._URGENT", 0.1)
            silence.falls()
            with pytest.raises(StoreDown):
                await two.looks()
        silence.ends()
        two.clock.at += 2
        assert await two.looks() is None
        assert await one.lease.renew(fence)
        assert await two.looks(2) is None
        assert await two.looks(2)


async def test_what_is_handed_over_is_taken_at_once(replicas: list[Replica]) -> None:
    one, two = replicas
    fence = await one.looks()
    assert fence
    await one.lease.hand_over(fence)
    assert not one.lease.guard()
    new = await two.looks()
    assert new
    assert new.epoch == 2
    await one.lease.hand_over(fence)  # too late: it is another one's
    assert await two.lease.renew(new)


async def test_whoever_led_last_leads_again_at_once(replicas: list[Replica]) -> None:
    """After an outage that nobody else used, or when the answer to its own taking was lost."""
    one, _ = replicas
    old = await one.looks()
    new = await one.looks()
    assert old
    assert new == Fence(old.owner, old.epoch + 1)


async def test_of_many_that_want_it_one_wins(postgres_url: str) -> None:
    async with AsyncExitStack() as closing:
        stores = [await closing.enter_async_context(open_store(postgres_url)) for _ in range(5)]
        many = [Replica(store.database) for store in stores]
        for epoch in (1, 2, 3):
            fences = [fence for fence in await asyncio.gather(*(each.looks() for each in many)) if fence]
            assert [fence.epoch for fence in fences] == [epoch]
            winner = next(each for each in many if each.lease.guard())
            await winner.lease.hand_over(fences[0])


async def test_the_guard_counts_from_the_start_of_the_last_renewal_that_succeeded(replicas: list[Replica]) -> None:
    one, _ = replicas
    fence = await one.looks()
    assert fence
    one.clock.at += REAL.guard - 0.1
    assert one.lease.guard()
    one.clock.at += 0.2
    assert not one.lease.guard()
    assert await one.lease.renew(fence)
    assert one.lease.guard()


async def test_a_takeover_waits_for_what_the_old_term_is_deciding(replicas: list[Replica]) -> None:
    """And renewals wait for nobody."""
    one, two = replicas
    old = await one.looks()
    assert old
    inside, leave = asyncio.Event(), asyncio.Event()
    order = list[str]()

    async def deciding(connection: AsyncConnection) -> None:
        inside.set()
        await leave.wait()
        order.append("decided")

    async def taking() -> Fence | None:
        fence = await two.lease.acquire()
        order.append("taken")
        return fence

    decision = asyncio.create_task(one.database.run(deciding, fence=old))
    await inside.wait()
    assert await one.lease.renew(old)
    await one.lease.hand_over(old)
    takeover = asyncio.create_task(taking())
    await waiting_for_a_lock(one.database)
    leave.set()
    assert await takeover
    await decision
    assert order == ["decided", "taken"]
    with pytest.raises(Deposed):
        await one.database.run(deciding, fence=old)


async def waiting_for_a_lock(database: Database) -> None:
    """Until some transaction waits for another one."""

    async def work(connection: AsyncConnection) -> int:
        waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        return int((await connection.execute(text(waits))).scalar_one())

    async with asyncio.timeout(5):
        while not await database.read(work):  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)


async def test_renewals_go_on_while_sixteen_decisions_overlap(replicas: list[Replica]) -> None:
    one, _ = replicas
    fence = await one.looks()
    assert fence
    done = 0

    async def deciding(connection: AsyncConnection) -> None:
        nonlocal done
        await connection.execute(select(lease.c.epoch))
        await asyncio.sleep(0.005)
        done += 1

    async def decides() -> None:
        for _ in range(10):
            await one.database.run(deciding, fence=fence)

    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(decides())
        renewals = 0
        while done < 160:
            assert await one.lease.renew(fence)
            renewals += 1
    assert renewals > 10


async def test_on_sqlite_the_file_is_the_lease(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        held = lease_of(store.database, REAL)
        assert isinstance(held, FileLease)
        fence = await held.acquire()
        assert fence
        assert await held.renew(fence)
        assert held.guard()
        await held.hand_over(fence)
        await store.database.run(_nothing, fence=fence)


async def _nothing(_: AsyncConnection) -> None:
    pass
