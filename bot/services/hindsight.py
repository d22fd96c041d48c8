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

    updates: Sequence[UpdateInfo]
    tags: Mapping[str, str]


async def look_back(wanted: Sequence[Subscription], orgs: Sequence[str], api: PulumiApi) -> Hindsight | None:
    """Look; None where Pulumi does not say in time. A stack that can't be read is left out."""
    try:
        async with asyncio.timeout(_SECONDS):
            return await _look(wanted, orgs, api)
    except (PulumiError, TimeoutError):
        return None


async def _look(wanted: Sequence[Subscription], orgs: Sequence[str], api: PulumiApi) -> Hindsight:
    found = {each.stack: each for one in wanted for each in await _stacks(one, orgs, api)}
    newest = sorted(found.values(), key=lambda each: (each.running, each.last_update or _EVER), reverse=True)[:STACKS]
    slots = asyncio.Semaphore(_AT_ONCE)
    tags = any(each.needs_tags for each in wanted)

    async def past(stack: StackRef) -> _Past | None:
        async with slots:
            return await _past(stack, api, tags=tags)

    pasts = [each for each in await asyncio.gather(*(past(each.stack) for each in newest)) if each]
    told = sorted((one for each in pasts for one in _told(each)), key=lambda one: one[0].at, reverse=True)[:UPDATES]
    posted = sum(any(each.wants(one) for each in wanted for one in happenings) for happenings in told)
    return Hindsight(matching=len(found), stacks=len(pasts), updates=len(told), posted=posted)


async def _stacks(wanted: Subscription, orgs: Sequence[str], api: PulumiApi) -> list[StackSummary]:
    tag = _tag(wanted)
    named = [org for org in orgs if not wanted.targets or any(fits(org, each.org) for each in wanted.targets)]
    return [each for org in named async for each in api.stacks(org, tag=tag) if wanted.could_want(each.stack)]


def _tag(wanted: Subscription) -> tuple[str, str | None] | None:
    """The one tag that all stacks it is about have."""
    tags = [term.value for term in wanted.terms if term.field == "tag"]
    if len(tags) != 1 or wild(tags[0]):
        return None
    name, equals, value = tags[0].partition("=")
    return name, value if equals else None


async def _past(stack: StackRef, api: PulumiApi, *, tags: bool) -> _Past | None:
    try:
        of_stack = (await api.stack(stack)).tags if tags else {}
        return _Past(await _updates(stack, api), of_stack)
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
