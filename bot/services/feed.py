"""Finds out what happens at Pulumi: one list of the stacks after another, and a look at those that changed.

Only the leader runs it. A loop that lists is its own recovery: whatever was dropped, by an error or a kill, still
differs from what is known, and is found by the next list. Hints only make it faster.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from bot.discovery import looked, needs_look, unchanged
from bot.errors import BotError, Forbidden, NotFound, PulumiError, RateLimited, Unauthorized
from bot.model import StackRef, StackSummary
from bot.ports import PulumiApi
from bot.records import Fence
from bot.services.hands import Hands
from bot.services.looks import Looks, Reach
from bot.timing import Timing
from bot.webhooks import Hint

log = structlog.get_logger()

Alarm = Callable[[str, str], Awaitable[None]]

_AT_ONCE: Final = 8  # stacks that are read at a time
_LONGEST: Final = 5  # times that a wait after an error doubles
_ORGS_FOR: Final = 20  # quiet intervals for which the organizations of the token are believed
_ALERT: Final = 2  # quiet intervals after a hint in which the lists come faster
_FEW: Final = 10  # stacks of an organization that may vanish at once, or half of it


@dataclass(slots=True)
class _Listed:
    """One list of everything: the stacks, and the organizations of which all of them came."""

    lines: dict[StackRef, StackSummary] = field(default_factory=dict)
    orgs: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Rest:
    """When a stack that could not be read may be read again."""

    until: float = 0.0
    tries: int = 0
    refused: bool = False


class Feed:
    """`hint` may be called at any time. `alarm` is told, with a word for each cause, what people have to see to.

    `calm` is told at every look that goes well what is no cause any more.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        pulumi: PulumiApi,
        orgs: Callable[[], Awaitable[Sequence[str]]],
        looks: Looks,
        *,
        timing: Timing,
        reach: Reach,
        alarm: Alarm,
        calm: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._pulumi = pulumi
        self._ask_orgs = orgs
        self._looks = looks
        self._timing = timing
        self._reach = reach
        self._alarm = alarm
        self._calm = calm
        self._hints: dict[StackRef, Hint] = {}
        self._wake = asyncio.Event()
        self._forget()

    def _forget(self) -> None:
        """As at the start of a term."""
        self._hands = Hands(_AT_ONCE)
        self._before: Mapping[StackRef, StackSummary] = {}
        self._orgs: tuple[Sequence[str], float] = ((), 0.0)
        self._rests: dict[StackRef, _Rest] = {}
        self._read_at: dict[StackRef, float] = {}
        self._missing: set[StackRef] = set()
        self._next = 0.0
        self._limits, self._quiet_until = 0, 0.0
        self._hinted_at: float | None = None
        self._heard: float | None = None
        self._alarmed: set[str] = set()

    def hint(self, hint: Hint | StackRef | None) -> None:
        """Look at that stack now, or at everything; said several times it is one look."""
        if isinstance(hint, StackRef):
            hint = Hint(hint, "look")
        if hint is None or hint.stack is None or hint.stack not in self._looks.known:
            self._next = 0.0
        elif not self._is_old(hint):
            self._hints[hint.stack] = hint
        self._wake.set()

    def _is_old(self, hint: Hint) -> bool:
        """Whether the end of the update that it is about is known already."""
        known = self._looks.known.get(hint.stack) if hint.stack else None
        version = known.version if known and known.result.final else None
        return hint.version is not None and version is not None and hint.version <= version

    async def run(self, fence: Fence) -> None:
        """Look until cancelled. Nothing of it has to be ended: what was not stored is found again."""
        self._forget()
        self._heard = asyncio.get_running_loop().time()
        await self._begin()
        try:
            while True:
                await self._turn(fence)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), max(self._next, self._quiet_until) - self._now())
                    await asyncio.sleep(self._timing.feed_gather)
        finally:
            await self._hands.stop()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _begin(self) -> None:
        """On a new database, the stacks are listed just before the moment of the first look, too."""
        await self._looks.load()
        listed = _Listed() if self._looks.known else await self._list()
        if await self._looks.begin():
            self._before = listed.lines

    async def _turn(self, fence: Fence) -> None:
        if self._wake.is_set():
            self._wake.clear()
            self._hinted_at = self._now()
        hints, self._hints = self._hints, {}
        for stack in hints:
            self._look(stack, fence)
        if self._now() >= max(self._next, self._quiet_until):
            await self._scan(fence)

    async def _scan(self, fence: Fence) -> None:
        """List everything, and begin to look at what needs it."""
        self._next = self._now() + self._timing.feed_quiet  # a hint meanwhile brings it forward
        await self._reach("list:before")
        listed = await self._list()
        await self._reach("list:after")
        self._note(listed)
        for line in listed.lines.values():
            if self._is_due(line):
                self._look(line.stack, fence, line, listed.lines)
        await self._looks.save(fence)
        await self._complete(listed, fence)
        self._find_missing(listed, fence)
        if self._next:
            self._next = min(self._next, self._now() + self._pause(listed))

    def _pause(self, listed: _Listed) -> float:
        """Seconds to the next list."""
        hinted = self._hinted_at is not None and self._now() - self._hinted_at < _ALERT * self._timing.feed_quiet
        busy = hinted or self._hands or self._missing or any(line.running for line in listed.lines.values())
        return self._timing.feed if busy else self._timing.feed_quiet

    async def _list(self) -> _Listed:
        """Every stack of every organization that answers."""
        listed = _Listed()
        try:
            orgs = await self._allowed()
            for org, lines in zip(orgs, await asyncio.gather(*map(self._of, orgs)), strict=True):
                if lines is not None:
                    listed.orgs.add(org.casefold())
                    listed.lines |= {line.stack: line for line in lines}
        except PulumiError as error:
            await self._failed(error)
        if listed.orgs:
            self._heard, self._limits = self._now(), 0
            await self._well()
        elif self._heard is not None and self._now() - self._heard > self._timing.feed_blind:
            await self._alert("blind", "Pulumi has not answered for a while: nobody is told what happens there.")
        return listed

    async def _well(self) -> None:
        """Stacks are seen: whatever was told of that is over, by whomever."""
        for cause in ("token", "blind"):
            self._alarmed.discard(cause)
            if self._calm:
                await self._calm(cause)

    async def _allowed(self) -> Sequence[str]:
        """The organizations, asked for now and then."""
        orgs, until = self._orgs
        if not orgs or self._now() >= until:
            orgs = await self._ask_orgs()
            self._orgs = (orgs, self._now() + _ORGS_FOR * self._timing.feed_quiet)
        return orgs

    async def _of(self, org: str) -> list[StackSummary] | None:
        """An organization's stacks; None where not all of them could be read."""
        try:
            return [line async for line in self._pulumi.stacks(org)]
        except PulumiError as error:
            await self._failed(error)
            return None

    async def _failed(self, error: PulumiError) -> None:
        log.warning("stacks can't be listed", error=type(error).__name__, cause=str(error))
        if isinstance(error, RateLimited):
            self._limited(error)
        if isinstance(error, Unauthorized):
            await self._alert("token", "Pulumi refuses my token: nobody is told what happens there.")

    def _limited(self, error: RateLimited) -> None:
        """Be quiet for as long as Pulumi says, or longer each time, up to five times."""
        self._limits = min(self._limits + 1, 5)
        wait = error.retry_after.total_seconds() if error.retry_after else self._limits * self._timing.feed_limited
        self._quiet_until = max(self._quiet_until, self._now() + wait)
        log.warning("asked pulumi too often", seconds=round(wait))

    async def _alert(self, cause: str, text: str) -> None:
        """Tell people, once for each outage."""
        if cause not in self._alarmed:
            self._alarmed.add(cause)
            await self._alarm(cause, text)

    def _note(self, listed: _Listed) -> None:
        """At the very first look most stacks have no news: their last update had ended before."""
        before, self._before = self._before, {}
        lines = [line for stack, line in listed.lines.items() if stack in before and stack not in self._looks.known]
        self._looks.note([each for each in lines if unchanged(before[each.stack], each, self._looks.first)])

    def _is_due(self, line: StackSummary) -> bool:
        """Whether to look at it now. What runs, and was seen to run, shows its end in the list: it can wait a while."""
        known, now = self._looks.known.get(line.stack), self._now()
        if line.stack in self._hands or not needs_look(known, line):
            return False
        if rest := self._rests.get(line.stack):
            return now >= rest.until
        same = known is not None and looked(known) and not known.result.final and known.seen == line.last_update
        return not same or now - self._read_at.get(line.stack, 0.0) >= self._timing.feed_quiet

    def _look(
        self, stack: StackRef, fence: Fence, line: StackSummary | None = None, listed: Collection[StackRef] = ()
    ) -> None:
        self._hands.take(stack, partial(self._held, stack, partial(self._looks.look, stack, fence, line, listed)))

    async def _held(self, stack: StackRef, work: Callable[[], Awaitable[None]]) -> None:
        """One stack in its own hands: an error is logged and left to a later list, each time after a longer rest."""
        if self._now() < self._quiet_until:
            return
        try:
            await work()
            self._read_at[stack] = self._now()
            self._rests.pop(stack, None)
        except RateLimited as error:
            self._limited(error)
        except (NotFound, Forbidden) as error:
            log.info("a stack can't be looked at", stack=str(stack), cause=str(error))
            self._rest(stack, refused=True)
            if isinstance(error, NotFound) and stack in self._looks.known:
                self.hint(None)  # it may be gone
        except BotError as error:
            log.warning("a stack is looked at later", stack=str(stack), error=type(error).__name__, cause=str(error))
            self._rest(stack)
        except Exception:
            log.exception("a stack could not be looked at", stack=str(stack))
            self._rest(stack)

    def _rest(self, stack: StackRef, *, refused: bool = False) -> None:
        rest = self._rests.setdefault(stack, _Rest())
        rest.until = self._now() + self._timing.feed * 2 ** min(rest.tries, _LONGEST)
        rest.tries += 1
        rest.refused = refused

    async def _complete(self, listed: _Listed, fence: Fence) -> None:
        """Once everything was looked at, what has no row is new. What can't be read holds nothing up."""
        if self._looks.first.complete or len(listed.orgs) < len(self._orgs[0]) or not listed.orgs:
            return
        if all(stack in self._looks.known or self._is_refused(stack) for stack in listed.lines):
            await self._looks.complete(fence)

    def _is_refused(self, stack: StackRef) -> bool:
        return stack in self._rests and self._rests[stack].refused

    def _find_missing(self, listed: _Listed, fence: Fence) -> None:
        """What two lists in a row lack is asked for, once it is clear that no new stack is the old one."""
        known = [stack for stack in self._looks.known if stack.org.casefold() in listed.orgs]
        missing = {stack for stack in known if stack not in listed.lines}
        gone, self._missing = missing & self._missing, missing
        if not gone or any(stack not in self._looks.known and not self._is_refused(stack) for stack in listed.lines):
            return
        if len(missing) > max(_FEW, len(known) // 2):
            log.error("most stacks can't be seen any more: nobody is told that they are gone", stacks=len(missing))
            return
        for stack in gone:
            if stack not in self._hands:
                self._hands.take(stack, partial(self._held, stack, partial(self._looks.bury, stack, fence)))
