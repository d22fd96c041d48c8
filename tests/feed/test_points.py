"""Killed at every named point of the feed: every end is told, none twice."""

import asyncio

import pytest

from bot.wiring import Reach
from tests.feed.watched import Watched, until

STACKS = ("acme/shop/dev", "acme/shop/prod", "acme/web/prod")
POINTS = [f"{name}:{when}" for name in ("list", "updates", "feed") for when in ("before", "after")]


def deadly(deadly_point: str, nth: int) -> tuple[asyncio.Event, Reach]:
    """A bot that stands still from the nth time on that it comes by there."""
    dead, left = asyncio.Event(), [nth]

    async def reach(point: str) -> None:
        left[0] -= point == deadly_point
        if left[0] <= 0:
            dead.set()
            await asyncio.Event().wait()

    return dead, reach


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_loses_no_end_and_tells_none_twice(pulumi: Watched, point: str, nth: int) -> None:
    """Once in the first look, and once in the middle of news."""
    pulumi.sandbox.pulumi.play(STACKS[0], "mixed-change")
    pulumi.time.passes(10)
    early = "after" if point.startswith("feed") and nth == 3 else "in"  # the first look stores all at once
    if early == "in":
        dead, reach = deadly(point, nth)
        async with pulumi.running(reach=reach):
            await until(dead.is_set)
    pulumi.time.passes(600)
    async with pulumi.running() as feed:
        await feed.complete()
        await feed.scans(1)
    versions = [pulumi.sandbox.pulumi.play(each, "mixed-change", speed=0).version for each in STACKS]
    pulumi.time.passes(60)
    dead, reach = deadly(point, nth)
    async with pulumi.running(reach=reach):
        await until(dead.is_set)
    async with pulumi.running() as feed:
        await until(lambda: not any(feed.looks.known.get(each) is None for each in feed.looks.known))
        await feed.scans()
        ends = [line.rsplit(" ", 1)[0] for line in await feed.written() if "started" not in line]
    first = [f"{STACKS[0]} v{versions[0] - 1}"] if early == "in" else []
    later = {f"{each} v{number}" for each, number in zip(STACKS, versions, strict=True)}
    assert set(ends) - set(first) == later
    assert set(first) <= set(ends)
    assert len(ends) == len(set(ends))
