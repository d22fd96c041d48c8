"""The leader: loops run while the lease is held, and end when it is not; what is in the air ends by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.records import Deposed, Fence, StoreDown
from bot.services.leader import Leader
from bot.timing import Timing

FAST = Timing(look=0.02, beat=0.02, guard=0.1, lease=0.2, drain=0.5, retry=timedelta(milliseconds=5))
Loop = Callable[[Fence], Awaitable[None]]


class Paper:
    """A lease as a test says: `held` is who leads by it, `down` that the database does not answer."""

    def __init__(self) -> None:
        self.term = 0
        self.held = True
        self.down = False
        self.safe = True
        self.renewals = 0
        self.unanswered = 0
        self.handed: list[int] = []

    async def acquire(self) -> Fence | None:
        self._answer()
        self.term += self.held
        return Fence("me", self.term) if self.held else None

    async def renew(self, _: Fence) -> bool:
        self._answer()
        self.renewals += 1
        return self.held

    async def hand_over(self, fence: Fence) -> None:
        self._answer()
        self.handed.append(fence.epoch)

    def guard(self) -> bool:
        return self.safe

    def _answer(self) -> None:
        if self.down:
            self.unanswered += 1
            raise StoreDown("silent")


class Loops:
    """A loop that notes when it starts and ends."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    async def __call__(self, fence: Fence) -> None:
        self.notes.append(f"start {fence.epoch}")
        try:
            await asyncio.Event().wait()
        finally:
            self.notes.append(f"end {fence.epoch}")


@asynccontextmanager
async def leading(lease: Paper, *loops: Loop, **more: Callable[[str], Awaitable[None]]) -> AsyncIterator[Leader]:
    leader, stop = Leader(lease, loops, FAST, **more), asyncio.Event()
    running = asyncio.create_task(leader.run(stop))
    yield leader
    stop.set()
    await asyncio.wait_for(running, 5)
    assert not leader.guard()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.002)


async def test_loops_run_while_the_lease_is_renewed_and_it_is_handed_over_at_the_end() -> None:
    lease, loop = Paper(), Loops()
    async with leading(lease, loop) as leader:
        await until(lambda: lease.renewals > 3)
        assert leader.guard()
    assert loop.notes == ["start 1", "end 1"]
    assert lease.handed == [1]


async def test_who_does_not_lead_waits_and_does_nothing() -> None:
    lease, loop = Paper(), Loops()
    lease.held = False
    async with leading(lease, loop) as leader:
        assert not leader.guard()
        lease.held = True
        await until(leader.guard)
    assert loop.notes == ["start 1", "end 1"]


async def test_another_term_ends_the_loops_and_the_next_one_starts_them_again() -> None:
    lease, loop = Paper(), Loops()
    async with leading(lease, loop) as leader:
        await until(leader.guard)
        lease.held = False
        await until(lambda: "end 1" in loop.notes)
        assert not leader.guard()
        lease.held = True
        await until(lambda: "start 2" in loop.notes)
    assert lease.handed == [2]


async def test_a_loop_that_was_deposed_ends_the_term() -> None:
    lease, loop = Paper(), Loops()

    async def deciding(fence: Fence) -> None:
        if fence.epoch == 1:
            raise Deposed("term 1 is over")
        await asyncio.Event().wait()

    async with leading(lease, loop, deciding) as leader:
        await until(lambda: "start 2" in loop.notes and leader.guard())
    assert loop.notes[:3] == ["start 1", "end 1", "start 2"]


async def test_a_silent_database_is_waited_for_while_the_guard_holds() -> None:
    lease, loop = Paper(), Loops()
    async with leading(lease, loop) as leader:
        await until(leader.guard)
        lease.down = True
        await until(lambda: lease.unanswered > 3)
        lease.down = False
        before = lease.renewals
        await until(lambda: lease.renewals > before)
    assert loop.notes == ["start 1", "end 1"]


async def test_when_the_guard_has_run_out_the_loops_end() -> None:
    lease, loop = Paper(), Loops()
    async with leading(lease, loop) as leader:
        await until(leader.guard)
        lease.down, lease.safe = True, False
        await until(lambda: "end 1" in loop.notes)
        lease.down, lease.safe = False, True
        await until(lambda: "start 2" in loop.notes)


@pytest.mark.parametrize("error", [StoreDown("silent"), RuntimeError("a bug")])
async def test_a_loop_that_fails_is_started_again_and_the_others_go_on(error: Exception) -> None:
    lease, loop, rounds = Paper(), Loops(), list[int]()

    async def failing(fence: Fence) -> None:
        rounds.append(fence.epoch)
        raise error

    async with leading(lease, loop, failing):
        await until(lambda: len(rounds) > 3)
    assert set(rounds) == {1}
    assert loop.notes == ["start 1", "end 1"]


async def test_what_is_in_the_air_at_the_stop_ends_while_the_lease_is_renewed() -> None:
    lease, notes = Paper(), list[str]()

    async def calling(_: Fence) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            before = lease.renewals
            await until(lambda: lease.renewals > before + 2)
            notes.append("answered" if not lease.handed else "too late")

    async with leading(lease, calling) as leader:
        await until(leader.guard)
    assert notes == ["answered"]
    assert lease.handed == [1]


async def test_a_database_that_is_down_does_not_end_the_process() -> None:
    lease, loop = Paper(), Loops()
    lease.down = True
    async with leading(lease, loop) as leader:
        lease.down = False
        await until(leader.guard)
        lease.down = True
    assert lease.handed == []


async def test_every_point_is_reached_before_and_after() -> None:
    lease, points = Paper(), list[str]()

    async def reach(point: str) -> None:
        points.append(point)

    async with leading(lease, reach=reach):
        await until(lambda: lease.renewals > 0)
    assert points[:4] == ["acquire:before", "acquire:after", "renew:before", "renew:after"]
    assert points[-2:] == ["hand_over:before", "hand_over:after"]
