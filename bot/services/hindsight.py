"""What a subscription would have posted: it is held against the newest updates of the stacks that it is about."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.errors import PulumiError
from bot.filters import fits, wild
from bot.happenings import Happening, Kind, kinds_of
from bot.model import Result, StackRef, StackSummary, UpdateInfo
from bot.ports import PulumiApi
from bot.subscriptions import Subscription

STACKS: Final = 20  # that are looked at, those that changed last
UPDATES: Final = 20  # that are counted, over all of them
UNCOUNTED: Final = frozenset({Kind.POLICY, Kind.STUCK, Kind.PREVIEWS, Kind.CREATED, Kind.DELETED})  # not in the list
_AT_ONCE: Final = 4
_SECONDS: Final = 8.0  # for all of it
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindsight:
    """How many stacks it is about, and of how many updates in how many of those it would have posted how many."""

    matching: int
    stacks: int
    updates: int
    posted: int


@dataclass(frozen=True, slots=True)
class _Past:
    """The newest updates of a stack, newest first."""

    stack: StackRef
    updates: Sequence[UpdateInfo]
    tags: Mapping[str, str]

    @property
    def bare(self) -> Happening:
        """The stack alone."""
        return Happening(stack=self.stack, kinds=frozenset(), at=_EVER, tags=self.tags)


async def look_back(wanted: Sequence[Subscription], orgs: Sequence[str], api: PulumiApi) -> Hindsight | None:
    """Look; None where that tells nothing, or not in time. A stack that can't be read is left out."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await _look(wanted, orgs, api)
    except (PulumiError, TimeoutError):
        return None


async def _look(wanted: Sequence[Subscription], orgs: Sequence[str], api: PulumiApi) -> Hindsight | None:
    found = {each.stack: each for one in wanted for each in await _stacks(one, orgs, api)}
    newest = sorted(found.values(), key=lambda each: (each.running, each.last_update or _EVER), reverse=True)[:STACKS]
    slots = asyncio.Semaphore(_AT_ONCE)
    tags = any(each.needs_tags for each in wanted)

    async def past(stack: StackRef) -> _Past | None:
        async with slots:
            return await _past(stack, api, tags=tags)

    read = [each for each in await asyncio.gather(*(past(each.stack) for each in newest)) if each]
    pasts = [each for each in read if any(one.could_want(each.stack) and one.tagged(each.bare) for one in wanted)]
    if newest and not (pasts if len(found) > STACKS else read):
        return None
    return _counted(wanted, pasts, matching=len(pasts) if tags else len(found))


def _counted(wanted: Sequence[Subscription], pasts: Sequence[_Past], *, matching: int) -> Hindsight:
    told = sorted((one for each in pasts for one in _told(each)), key=lambda one: one[0].at, reverse=True)[:UPDATES]
    posted = sum(any(each.wants(one) for each in wanted for one in happenings) for happenings in told)
    return Hindsight(matching=matching, stacks=len(pasts), updates=len(told), posted=posted)


async def _stacks(wanted: Subscription, orgs: Sequence[str], api: PulumiApi) -> list[StackSummary]:
    """What it may be about, as far as names say, and Pulumi's own search by tag."""
    named = [org for org in orgs if not wanted.targets or any(fits(org, each.org) for each in wanted.targets)]
    found = [each for org in named for tag in _tags(wanted) async for each in api.stacks(org, tag=tag)]
    return [each for each in found if wanted.could_want(each.stack)]


def _tags(wanted: Subscription) -> list[tuple[str, str | None] | None]:
    """Tags of which each stack it is about has one, to be searched by; None for any."""
    terms = [term for term in wanted.terms if term.field == "tag"]
    for group in sorted({term.group for term in terms}):
        values = [term.value for term in terms if term.group == group]
        if not any(map(wild, values)):
            return [
                (name, value if equals else None) for name, equals, value in (each.partition("=") for each in values)
            ]
    return [None]


async def _past(stack: StackRef, api: PulumiApi, *, tags: bool) -> _Past | None:
    try:
        of_stack = (await api.stack(stack)).tags if tags else {}
        return _Past(stack, await _updates(stack, api), of_stack)
    except PulumiError:
        return None


async def _updates(stack: StackRef, api: PulumiApi) -> list[UpdateInfo]:
    updates: list[UpdateInfo] = []
    async for update in api.updates(stack, page_size=UPDATES):
        updates.append(update)
        if len(updates) == UPDATES:
            break
    return updates


def _told(past: _Past) -> Iterable[list[Happening]]:
    """For each update what there was to tell: that it began, and how it ended."""
    for place, update in enumerate(past.updates):
        before = next((each.result for each in past.updates[place + 1 :] if each.result.final), None)
        ended = kinds_of(update, after_failure=before is Result.FAILED)
        at = update.ended or update.started or _EVER
        yield [
            Happening(stack=update.stack, kinds=kinds, at=at, update=update, tags=past.tags)
            for kinds in (frozenset({Kind.STARTED}), ended)
        ]
