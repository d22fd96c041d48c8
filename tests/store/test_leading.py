"""Two whole leaders over PostgreSQL: one works, the other follows when it stops or falls silent."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from bot.records import Fence
from bot.services.leader import Leader
from bot.store.lease import lease_of
from bot.store.opening import open_store
from bot.timing import Timing
from tests.store.silence import Silence

FAST = Timing(look=0.05, beat=0.05, guard=0.3, lease=0.4, drain=0.5, retry=timedelta(milliseconds=20))


class Replica:
    """A process in this one: its own store and leader; `working` while its loop runs."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.working = asyncio.Event()
        self.idle = asyncio.Event()

    async def run(self, url: str) -> None:
        async with open_store(url) as store:
            await Leader(lease_of(store.database, FAST), [self._loop], FAST).run(self.stop)

    async def _loop(self, _: Fence) -> None:
        self.working.set()
        self.idle.clear()
        try:
            await asyncio.Event().wait()
        finally:
            self.working.clear()
            self.idle.set()


async def test_a_leader_that_stops_hands_over_and_one_that_falls_silent_is_succeeded(postgres_url: str) -> None:
    async with asyncio.timeout(20), AsyncExitStack() as closing, asyncio.TaskGroup() as group:
        silence = await closing.enter_async_context(Silence.before(postgres_url))
        one, two, three = Replica(), Replica(), Replica()
        first = group.create_task(one.run(postgres_url))
        await one.working.wait()
        second = group.create_task(two.run(silence.url))
        one.stop.set()
        await first
        await two.working.wait()
        silence.falls()
        third = group.create_task(three.run(postgres_url))
        await two.idle.wait()
        await three.working.wait()
        silence.ends()
        assert not two.working.is_set()
        for each in (two, three):
            each.stop.set()
        await asyncio.gather(second, third)
