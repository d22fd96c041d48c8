"""Finds what is due among the requests, and sees to it. Only the leader runs it.

A loop that scans is its own recovery: whatever anybody dropped, by an error or a kill, is found like everything else.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

import structlog

from bot import steps
from bot.approvals import Request, State
from bot.errors import BotError
from bot.ports import Clock
from bot.records import Deposed, Fence, Requests, StoreDown
from bot.services.execution import Execution
from bot.services.pulse import Pulse
from bot.timing import Timing

log = structlog.get_logger()

_SLOTS = 8  # requests in hand at a time; each makes at most one call


class Clerk:
    """One scan after another, and sooner when told that something was decided (`wake`)."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        requests: Requests,
        execution: Execution,
        *,
        clock: Clock,
        timing: Timing,
        guard: Callable[[], bool],
        pulse: Pulse,
    ) -> None:
        self._requests = requests
        self._execution = execution
        self._clock = clock
        self._timing = timing
        self._guard = guard
        self._hands: dict[str, asyncio.Task[None]] = {}
        self._tries: dict[str, int] = {}
        self._resting: dict[str, float] = {}
        self._pulse = pulse
        self._busy = True

    def wake(self) -> None:
        """Look now."""
        self._pulse.wake()

    async def run(self, fence: Fence) -> None:
        """Work until cancelled. A call in the air then ends by itself, and its answer is stored before this returns."""
        try:
            while True:
                await self._scan(fence)
                await self._pulse.next(busy=self._busy)
        finally:
            await self._drain()

    async def _scan(self, fence: Fence) -> None:
        self._pulse.heard()
        try:
            due = await self._requests.due(self._clock())
            self._start(due, fence)
            self._busy = bool(due)
        except StoreDown as error:
            self._busy = True
            log.warning("requests can't be read", error=str(error))

    async def _drain(self) -> None:
        """Wait for what is in the air."""
        if self._hands:
            await asyncio.wait(list(self._hands.values()))

    def _start(self, due: Iterable[Request], fence: Fence) -> None:
        now = asyncio.get_running_loop().time()
        for each in due:
            idle = each.id not in self._hands and self._resting.get(each.id, 0) <= now
            if idle and len(self._hands) < _SLOTS:
                self._hands[each.id] = asyncio.create_task(self._held(each, fence), name=f"work on {each.id}")

    async def _held(self, request: Request, fence: Fence) -> None:
        """One row in its own hands: an error is logged and left to a later scan, each time after a longer rest."""
        try:
            await self._work(request, fence)
            self._tries.pop(request.id, None)
            self._resting.pop(request.id, None)
        except (Deposed, StoreDown) as error:
            log.warning("left to a later look", request=request.id, error=type(error).__name__)
        except BotError as error:
            log.warning("a request waits", request=request.id, cause=str(error))
            self._rest(request)
        except Exception:
            log.exception("a request could not be worked on", request=request.id)
            self._rest(request)
        finally:
            del self._hands[request.id]

    def _rest(self, request: Request) -> None:
        tries = self._tries[request.id] = self._tries.get(request.id, 0) + 1
        rest = self._timing.retry.total_seconds() * 2 ** min(tries - 1, 6)
        self._resting[request.id] = asyncio.get_running_loop().time() + rest

    async def _work(self, request: Request, fence: Fence) -> None:
        now, do = self._clock(), self._execution
        match request.state:
            case State.PENDING if request.expires <= now:
                await do.change(request, steps.expire, "expire", fence)
            case State.PENDING:
                await do.change(request, partial(steps.remind, at=self._timing.reminders), "remind", fence)
            case State.APPROVED if request.execute_by is None or request.execute_by <= now:
                await do.change(request, steps.expire, "expire", fence)
            case State.APPROVED if not request.waits:
                await do.carry_out(request, fence, self._guard)
            case State.EXECUTING if not self._pressed(request):
                await do.recover(request, fence)
            case State.UNKNOWN:
                await do.look(request, fence)

    def _pressed(self, request: Request) -> bool:
        """Whether a replica may still be making the call for somebody's press: those are not in these hands."""
        if not request.waits:
            return False
        begun = request.sent_at or request.claimed
        return begun is not None and self._clock() < begun + self._timing.checks[0]
