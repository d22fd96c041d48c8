"""When a loop of the leader looks again: at once when told that something was stored, else after a while."""

import asyncio
from contextlib import suppress

from bot.timing import Timing


class Pulse:
    """`alone`: no other process writes to the database, so that without a word there is nothing new but what is due.

    A look that found something is followed by the next one soon.
    """

    def __init__(self, timing: Timing, *, alone: bool) -> None:
        self._timing = timing
        self._alone = alone
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    def heard(self) -> None:
        """A look begins: what was said until now is known to it."""
        self._wake.clear()

    async def next(self, *, busy: bool) -> None:
        """Until the next look."""
        pause = self._timing.idle if self._alone and not busy else self._timing.scan
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), pause)
