"""The one process that works in the background: it takes the lease, runs the loops, and renews until it has to stop."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from bot.records import Deposed, Fence, StoreDown
from bot.timing import Timing

log = structlog.get_logger()

Loop = Callable[[Fence], Awaitable[None]]


class Lease(Protocol):
    """Who leads. Every method takes a few seconds at most and raises StoreDown when the database did not do it."""

    async def acquire(self) -> Fence | None:
        """Look once; gives a term when nobody else leads."""

    async def renew(self, fence: Fence, /) -> bool:
        """Go on leading; False when another term has begun."""

    async def hand_over(self, fence: Fence, /) -> None:
        """End the term, so that another process leads at its next look."""

    def guard(self) -> bool:
        """Whether nobody else can lead yet."""


async def _nowhere(_: str) -> None:
    """No crash is tried here."""


class Leader:
    """Runs `loops`, each with the term it works for, while this process leads.

    A loop is cancelled when the term ends or the process stops; what it has in the air it shields itself, and it
    returns when that has ended. A loop that raises is logged and started again; Deposed ends the term.
    """

    def __init__(
        self, lease: Lease, loops: Sequence[Loop], timing: Timing, reach: Callable[[str], Awaitable[None]] = _nowhere
    ) -> None:
        self._lease = lease
        self._loops = loops
        self._timing = timing
        self._reach = reach
        self._leading = False

    def guard(self) -> bool:
        """Whether this process leads for certain; asked for the last time right before a call is sent."""
        return self._leading and self._lease.guard()

    async def run(self, stop: asyncio.Event) -> None:
        """Lead whenever nobody else does, until `stop`; then end what is in the air and hand the lease over."""
        while not stop.is_set():
            try:
                if fence := await self._acquire():
                    await self._lead(fence, stop)
            except Exception:
                log.exception("leading failed")  # whatever it was: nobody leads for ever
            look = self._timing.look
            await _until(stop, look + random.uniform(0, look / 4))  # noqa: S311  # jitter

    async def _acquire(self) -> Fence | None:
        await self._reach("acquire:before")
        try:
            fence = await self._lease.acquire()
        except StoreDown as error:
            log.warning("the lease can't be looked at", cause=str(error))
            return None
        await self._reach("acquire:after")
        return fence

    async def _lead(self, fence: Fence, stop: asyncio.Event) -> None:
        log.info("leading", term=fence.epoch)
        self._leading = True
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._keep(fence), name="renew the lease")
                working = [group.create_task(self._work(loop, fence), name=_name(loop)) for loop in self._loops]
                await stop.wait()
                await self._finish(working)
                renewing.cancel()
        except* Deposed as gone:
            log.warning("stepped down", term=fence.epoch, cause=str(gone.exceptions[0]))
        else:
            await self._hand_over(fence)
        finally:
            self._leading = False

    async def _keep(self, fence: Fence) -> None:
        """Renew on this event loop: one that is blocked must look dead. Raises Deposed when the term is over."""
        pause = self._timing.beat
        while True:
            await asyncio.sleep(pause)
            pause = self._timing.beat if await self._renewed(fence) else self._timing.beat / 3

    async def _renewed(self, fence: Fence) -> bool:
        await self._reach("renew:before")
        try:
            held = await self._lease.renew(fence)
        except StoreDown as error:
            log.warning("the lease can't be renewed", cause=str(error))
            if not self._lease.guard():
                self._over("the lease could not be renewed in time")
            return False
        await self._reach("renew:after")
        if not held:
            self._over("another process leads")
        return True

    def _over(self, why: str) -> None:
        self._leading = False
        raise Deposed(why)

    async def _work(self, loop: Loop, fence: Fence) -> None:
        """Once the loop returns, nothing is left to be done by it."""
        while True:
            try:
                return await loop(fence)
            except Deposed:
                self._leading = False
                raise
            except StoreDown as error:
                log.warning("a loop waits for the database", loop=_name(loop), cause=str(error))
            except Exception:
                log.exception("a loop failed", loop=_name(loop))
            await asyncio.sleep(self._timing.retry.total_seconds())

    async def _finish(self, working: Sequence[asyncio.Task[None]]) -> None:
        """No new work; what is in the air may end, and the lease is renewed meanwhile."""
        for task in working:
            task.cancel()
        if working:
            _, late = await asyncio.wait(working, timeout=self._timing.drain)
            for task in late:
                log.warning("cancelled at shutdown", task=task.get_name())
                task.cancel()

    async def _hand_over(self, fence: Fence) -> None:
        self._leading = False
        await self._reach("hand_over:before")
        try:
            await self._lease.hand_over(fence)
        except StoreDown as error:
            log.warning("the lease was not handed over", cause=str(error))
            return
        await self._reach("hand_over:after")
        log.info("handed over", term=fence.epoch)


def _name(loop: Loop) -> str:
    return getattr(loop, "__qualname__", type(loop).__name__)


async def _until(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
