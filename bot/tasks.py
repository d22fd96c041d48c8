"""Work that goes on after the ack: every task is held, named, logged when it fails, and awaited at the end."""

import asyncio
from collections.abc import Coroutine

import structlog

log = structlog.get_logger()


class Tasks:
    """A registry of running tasks. A task that raises is logged; it never takes the process along."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None], *, name: str) -> None:
        """Run `work` on the current loop."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("task failed", task=task.get_name(), exc_info=error)

    async def drain(self, grace: float) -> None:
        """Wait at most `grace` seconds for everything that runs, then cancel what is left."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace)
            for task in late:
                log.warning("cancelled at shutdown", task=task.get_name())
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
