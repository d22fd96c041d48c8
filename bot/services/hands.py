"""Work that is begun and not waited for: so many pieces at a time, each of them once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from functools import partial

import structlog

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]


class Hands:
    """Pieces of work by their keys. One that is asked for while it is under way is done once more afterwards."""

    def __init__(self, most: int) -> None:
        self._slots = asyncio.Semaphore(most)
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}
        self._again: dict[Hashable, Work] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._tasks

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def take(self, key: Hashable, work: Work) -> None:
        """Begin, or do it again afterwards. `work` catches its errors itself."""
        if key in self._tasks:
            self._again[key] = work
            return
        task = asyncio.create_task(self._held(work), name=f"look at {key}")
        self._tasks[key] = task
        task.add_done_callback(partial(self._put_down, key))

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def stop(self) -> None:
        """End all of it; returns when it has ended."""
        self._again.clear()
        for task in self._tasks.values():
            task.cancel()
        await self.idle()

    async def _held(self, work: Work) -> None:
        async with self._slots:
            await work()

    def _put_down(self, key: Hashable, task: asyncio.Task[None]) -> None:
        del self._tasks[key]
        if not task.cancelled() and (error := task.exception()):
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a hand dropped its work", "exception": error}
            )
        if again := self._again.pop(key, None):
            self.take(key, again)
