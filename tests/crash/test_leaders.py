"""A leader that stood still while another one took over: whatever it meant to do, it does not do any more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.approvals import State
from bot.store.lease import SqlLease
from tests.crash.lives import Life, Lives, lives
from tests.crash.sight import until
from tests.crash.stories import DEV, done
from tests.crash.timing import QUICK

pytestmark = pytest.mark.postgres
SENDS = {"mutate:before", "post_intent:after", "post:before", "edit:before"}


@asynccontextmanager
async def zombie(bots: Lives, *holds: str) -> AsyncIterator[Life]:
    """It leads, and whoever comes to those points stands still there."""
    life = Life(bots.ground, bots.url, bots.folder, QUICK, holds=frozenset(holds))
    await life.start()

    async def leads() -> bool:
        return life.services.leader.guard()

    await until(leads)
    try:
        yield life
    finally:
        await life.kill()


async def successor(bots: Lives) -> None:
    """The next one leads, once the zombie's time is over."""
    await bots.alive()

    async def leads() -> bool:
        return bool(bots.now and bots.now.services.leader.guard())

    await until(leads)


@pytest.mark.parametrize(("point", "calls"), [("claim:before", 1), ("intent:before", 1), ("intent:after", 0)])
async def test_a_leader_that_lost_its_term_makes_no_call(
    postgres_url: str, tmp_path: Path, point: str, calls: int
) -> None:
    """It stands still at `point`. Whether its intent was a call nobody else can know: then there is none at all."""
    async with lives(postgres_url, tmp_path) as bots, zombie(bots, point) as first:
        bots.now = first
        await bots.ask(f"stack tag set {DEV} name yes")
        await bots.approve("bo", (await bots.sight.one("name")).id)
        async with asyncio.timeout(10):
            await first.held.wait()
        first.holds |= {"renew:before"}
        bots.now = None
        await successor(bots)
        await until(lambda: bots.sight.idle("name"))
        first.freed.set()
        await until(lambda: _stepped_down(first))
        await until(lambda: bots.sight.idle("name"))
        assert (await bots.sight.one("name")).state is (State.SUCCEEDED if calls else State.UNKNOWN)
        assert len(bots.sight.seen("name")) == calls
        assert "mutate:before" not in first.passed
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]


async def test_a_leader_whose_guard_ran_out_sends_nothing(postgres_url: str, tmp_path: Path) -> None:
    """Its loops still turn, and see what is due: only its lease is not renewed."""
    async with lives(postgres_url, tmp_path) as bots, zombie(bots) as first:
        first.holds |= {"renew:before"}
        await successor(bots)
        begun = len(first.passed)
        await done(bots, bots.sight, "name")
        assert not SENDS & set(first.passed[begun:])
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]
        assert len(bots.sight.seen("name")) == 1
        assert bots.sight.witness.repeats == 0
        first.freed.set()
        await until(lambda: _stepped_down(first))


async def _stepped_down(life: Life) -> bool:
    return not life.services.leader._leading


@pytest.mark.parametrize("method", ["acquire", "renew"])
async def test_an_error_that_nobody_expects_ends_the_term_and_not_the_bot(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """What a driver raises besides its own errors: the same process leads again."""
    failing, real = 1, getattr(SqlLease, method)

    async def fails_once(lease: SqlLease, *term: Any) -> Any:
        nonlocal failing
        failing -= 1
        if failing == 0:
            raise RuntimeError("out of the blue")
        return await real(lease, *term)

    monkeypatch.setattr(SqlLease, method, fails_once)
    async with lives(postgres_url, tmp_path) as bots:
        await successor(bots)

        async def failed() -> bool:
            return failing < 0

        await until(failed)
        await done(bots, bots.sight, "name")
        assert bots.kills == 0


async def test_two_presses_on_two_replicas_make_one_call(postgres_url: str, tmp_path: Path) -> None:
    """A call that waits for its requester's press has no leader and no fence: only the empty `sent_at` guards it."""
    async with lives(postgres_url, tmp_path) as bots, replicas(bots, 2) as (first, second):
        bots.now = first
        await bots.ask(f"stack tag set {DEV} name yes")
        await bots.approve("bo", (await bots.sight.one("name")).id)
        bots.now = None
        request = await bots.sight.one("name")
        both = [each.does(each.services.execution.carry_out(request, None, lambda: True)) for each in (first, second)]
        await asyncio.gather(*both)
        assert len(bots.sight.seen("name")) == 1
        for each in (first, second):
            each.holds = frozenset()
            each.freed.set()
        await until(lambda: bots.sight.idle("name"))
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]


@asynccontextmanager
async def replicas(bots: Lives, number: int) -> AsyncIterator[list[Life]]:
    """None of them leads before it is freed. Each announces its call when all of them have claimed it."""
    barrier = asyncio.Barrier(number)
    found = [_Abreast(bots.ground, bots.url, bots.folder, QUICK, holds=frozenset({"acquire:before"})) for _ in "12"]
    for each in found:
        each.barrier = barrier
        await each.start()
    try:
        yield list(found)
    finally:
        for each in found:
            await each.kill()


class _Abreast(Life):
    """One of several that arrive at the intent at the same time."""

    barrier: asyncio.Barrier

    async def reach(self, point: str) -> None:
        """As every life; the intent is waited for by all."""
        await super().reach(point)
        if point == "intent:before":
            await self.barrier.wait()
