"""One look at one stack: its updates are read down to what is known, and what is new is told and remembered at once."""

from collections.abc import Awaitable, Callable, Container, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog

from bot.discovery import FirstLook, blank, boundary, deleted, is_same_stack, looked, moved, news, origin_of
from bot.errors import BotError, MissingRoute, NotFound
from bot.happenings import Happening
from bot.model import Result, StackRef, StackSummary, UpdateInfo
from bot.ports import Clock, PulumiApi
from bot.records import Fence, Known

log = structlog.get_logger()

Reach = Callable[[str], Awaitable[None]]

_PAGE: Final = 10  # updates a call


class Stacks(Protocol):
    """The feed's memory. A row that something is told of is stored by the transaction which tells it."""

    async def all(self) -> list[Known]:
        """Every stack that was looked at."""

    async def begin(self, now: datetime) -> FirstLook:
        """When a bot on this database first looked: now, unless that was noted before."""

    async def complete(self, fence: Fence) -> None:
        """Note that every stack was looked at once."""

    async def put(self, known: Sequence[Known], fence: Fence) -> None:
        """Store rows that nothing is to be told of."""


class Tells(Protocol):
    """Who tells people. Whatever a method raises, nothing is stored then."""

    async def tell(
        self, known: Known | None, happenings: Sequence[Happening], fence: Fence, *, gone: StackRef | None = None
    ) -> None:
        """Store everything wanted of these, and the feed's memory, in one transaction; the same again is nothing.

        Either `known` is remembered, or `gone` is forgotten.
        """

    async def moved(self, old: StackRef, new: StackRef, fence: Fence | None = None) -> None:
        """A stack got another name: what was said of it is said of it there."""


class NotYet(BotError):
    """Something else has to be known first; a later look will."""


class Looks:
    """What is known in this term, and how more is learnt. `pulumi` must remember nothing."""

    def __init__(  # the world, handed in
        self, pulumi: PulumiApi, stacks: Stacks, herald: Tells, *, clock: Clock, reach: Reach
    ) -> None:
        self._pulumi = pulumi
        self._stacks = stacks
        self._herald = herald
        self._clock = clock
        self._reach = reach
        self.known: dict[StackRef, Known] = {}
        self._unsaved: dict[StackRef, Known] = {}
        self.first = FirstLook(at=datetime.max.replace(tzinfo=UTC), complete=False)

    async def load(self) -> None:
        """What the rows say."""
        self.known, self._unsaved = {each.stack: each for each in await self._stacks.all()}, {}

    async def begin(self) -> bool:
        """When it all began; True where that is now."""
        now = self._clock()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as it is stored
        self.first = await self._stacks.begin(now)
        return self.first.at == now

    async def complete(self, fence: Fence) -> None:
        """Every stack was looked at once."""
        await self.save(fence)
        await self._stacks.complete(fence)
        self.first = replace(self.first, complete=True)

    def note(self, lines: Sequence[StackSummary]) -> None:
        """Remember stacks that had nothing to tell yet."""
        at = self._clock()
        known = {line.stack: blank(line.stack, at, line.last_update) for line in lines}
        self.known |= known
        self._unsaved |= known

    async def save(self, fence: Fence) -> None:
        """Store what nothing was to be told of, all at once. Until then it would only be looked at again."""
        if rows := dict(self._unsaved):
            await self._reach("feed:before")
            await self._stacks.put(list(rows.values()), fence)
            await self._reach("feed:after")
            self._unsaved = {stack: row for stack, row in self._unsaved.items() if rows.get(stack) != row}

    async def look(
        self, stack: StackRef, fence: Fence, line: StackSummary | None = None, listed: Container[StackRef] = ()
    ) -> None:
        """Read what is new, tell it, remember it. `line` is how the stack was listed, among `listed` others.

        Raises PulumiError, StoreDown, Deposed; NotYet where it is not clear whether the stack is a new one.
        """
        at, before = self._clock(), self.known.get(stack)
        await self._reach("updates:before")
        updates = await self._read(stack, before or blank(stack, at))
        await self._reach("updates:after")
        origin = None if before or not self.first.complete else self._origin(stack, line, updates, listed)
        known = before or (moved(origin, stack) if origin else blank(stack, at))
        created = self.first.complete and not before and not origin
        found = news(known, updates, self.first, seen=_seen(line, updates), at=at, created=created)
        if origin:
            await self._herald.moved(origin.stack, stack, fence)
        if found.happenings or origin:
            await self._tell(found.known, found.happenings, fence)
        elif _differs(before, found.known):
            self._unsaved[stack] = found.known
        self.known[stack] = found.known
        if origin:
            log.info("a stack has another name", old=str(origin.stack), new=str(stack))
            await self._forget(origin.stack, (), fence)

    async def bury(self, stack: StackRef, fence: Fence) -> None:
        """A stack that is listed no more: if it really is gone, tell that and forget it."""
        try:
            await self._pulumi.stack(stack)
        except NotFound:
            old = self.known[stack]
            others = (each for each in self.known.values() if each.stack != stack)
            told = () if any(is_same_stack(old, each) for each in others) else (deleted(stack, self._clock()),)
            await self._forget(stack, told, fence)

    async def _forget(self, stack: StackRef, happenings: Sequence[Happening], fence: Fence) -> None:
        await self._reach("feed:before")
        await self._herald.tell(None, happenings, fence, gone=stack)
        await self._reach("feed:after")
        self.known.pop(stack, None)
        self._unsaved.pop(stack, None)

    async def _tell(self, known: Known, happenings: Sequence[Happening], fence: Fence) -> None:
        await self._reach("feed:before")
        await self._herald.tell(known, happenings, fence)
        await self._reach("feed:after")
        self._unsaved.pop(known.stack, None)

    async def _read(self, stack: StackRef, known: Known) -> list[UpdateInfo]:
        """Updates, newest first: whole pages, down to the boundary. What follows it says how long it failed."""
        found, met = list[UpdateInfo](), -1
        async for each in self._pulumi.updates(stack, page_size=_PAGE):
            if met < 0 and boundary(known, each, self.first):
                met = len(found)
            found.append(each)
            if met >= 0 and len(found) % _PAGE == 0:
                break
        for index in _unclear(found[: met + 1] if met >= 0 else found):
            found[index] = await self._settled(stack, found[index])
        return found

    async def _settled(self, stack: StackRef, update: UpdateInfo) -> UpdateInfo:
        """The update as its status has it, where the list does not say how it ended."""
        try:
            result = await self._pulumi.status(stack, update.update_id or "")
        except (NotFound, MissingRoute):
            return update
        return replace(update, result=result) if result is not Result.UNKNOWN else update

    def _origin(
        self, stack: StackRef, line: StackSummary | None, updates: Sequence[UpdateInfo], listed: Container[StackRef]
    ) -> Known | None:
        """What a new stack was called before, if it is none. NotYet while its old name is still listed."""
        origin = origin_of(stack, line, updates, self.known.values())
        if origin and origin.stack in listed and looked(origin):
            raise NotYet(f"{stack} has the updates of {origin.stack}, which is still there")
        return origin if origin and origin.stack not in listed else None


def _unclear(updates: Sequence[UpdateInfo]) -> Iterator[int]:
    """Those that neither run, for only the newest can, nor are known to have ended."""
    for index, each in enumerate(updates):
        running = index == 0 and each.result is not Result.UNKNOWN
        if each.update_id and not each.result.final and not running:
            yield index


def _seen(line: StackSummary | None, updates: Sequence[UpdateInfo]) -> datetime | None:
    """`lastUpdate` as it was listed; without a list what it will be: the start of an update that has ended."""
    if line:
        return line.last_update
    return updates[0].started if updates and updates[0].result.final else None


def _differs(before: Known | None, after: Known) -> bool:
    return before is None or replace(before, at=after.at) != after
