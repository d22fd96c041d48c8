"""What is new about a stack: from what is known of it, a line of List Stacks and its updates. Pure: no I/O, no clock.

Pulumi's times are whole seconds. What ended in the second of the first look is told: better twice than never.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.happenings import Happening, Kind, kinds_of
from bot.model import Result, StackRef, StackSummary, UpdateInfo
from bot.records import Known

_SECOND: Final = timedelta(seconds=1)
_APPLYING: Final = {"update", "destroy"}  # what shows, going well, that whatever failed is well; a refresh only looks
_STARTED: Final = {Result.NOT_STARTED, Result.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """When a bot on this database first looked at Pulumi: what ended before is history, and is told to nobody.

    `complete`: every stack that there was has been looked at, so that one without a row is a new one.
    """

    at: datetime
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What to remember of a stack, and what to tell, oldest first. `again`: the stack was deleted and made again."""

    known: Known
    happenings: tuple[Happening, ...]
    again: bool = False


def blank(stack: StackRef, at: datetime, seen: datetime | None = None) -> Known:
    """What is known of a stack whose updates nobody has looked at."""
    return Known(stack=stack, seen=seen, version=None, update_id=None, result=Result.UNKNOWN, failing=None, at=at)


def looked(known: Known) -> bool:
    """Whether there is an update that is known."""
    return known.version is not None or known.update_id is not None


def needs_look(known: Known | None, line: StackSummary) -> bool:
    """Whether the stack's updates have to be read: something began, or what is known of it was not the end.

    Also where the stack was looked at in the very second in which its last update began: another may hide in it.
    """
    if known is None or line.running or known.seen != line.last_update:
        return True
    hiding = known.seen is not None and abs(known.at - known.seen) < _SECOND
    return hiding or (looked(known) and not known.result.final)


def unchanged(before: StackSummary, line: StackSummary, first: FirstLook) -> bool:
    """Whether a stack had nothing to tell yet: the same line before and after the moment of the first look.

    Only if its last update began an hour before that. Some servers never say that one runs.
    """
    old = line.last_update is None or first.at - line.last_update > timedelta(hours=1)
    return old and not line.running and (before.running, before.last_update) == (False, line.last_update)


def boundary(known: Known, update: UpdateInfo, first: FirstLook) -> bool:
    """Whether reading newest first may end with this one: it is the known one, or history, as all before it are."""
    return _same(known, update) or _history(update, first)


def news(  # noqa: PLR0913  # what is remembered has these parts
    known: Known,
    updates: Sequence[UpdateInfo],
    first: FirstLook,
    *,
    seen: datetime | None,
    at: datetime,
    created: bool = False,
) -> News:
    """From updates, newest first and read down to the `boundary`, to what is new.

    `seen` is `lastUpdate` as it was listed before they were read, None while one runs. `created`: as no stack of this
    name was there before, that is news, too.
    """
    met = next((index for index, each in enumerate(updates) if _same(known, each)), None)
    again = looked(known) and met is None
    if again:
        known, created = blank(known.stack, known.at), first.complete
    fresh, failing = updates if met is None else updates[: met + 1], known.failing
    broken = next((each.kind for each in updates[met or 0 :] if each.result is Result.FAILED), "")
    happenings = [Happening(stack=known.stack, kinds=frozenset({Kind.CREATED}), at=at)] if created else []
    for update in reversed(fresh):
        mends = update.kind in {*_APPLYING, broken}
        if found := _told(known, update, first, after_failure=mends and failing is not None):
            happenings.append(found)
        if update.result is Result.FAILED:
            failing, broken = failing or update.started or update.ended, update.kind
        elif update.result is Result.SUCCEEDED and mends:
            failing = None
    known = _remembered(known.stack, updates, seen=seen, failing=failing, at=at)
    return News(known=known, happenings=tuple(happenings), again=again)


def deleted(stack: StackRef, at: datetime) -> Happening:
    """The stack is no longer there."""
    return Happening(stack=stack, kinds=frozenset({Kind.DELETED}), at=at)


def previewed(previews: Iterable[UpdateInfo], told: Container[str], since: datetime) -> Iterator[Happening]:
    """Previews that ended from then on and were not told of, oldest first."""
    for each in sorted(previews, key=lambda each: each.ended or each.started or since):
        ended = each.ended or each.started
        if each.update_id and each.update_id not in told and each.result.final and ended and ended >= _floor(since):
            yield Happening(stack=each.stack, kinds=kinds_of(each), at=ended, update=each)


def origin_of(
    stack: StackRef, line: StackSummary | None, updates: Sequence[UpdateInfo], known: Iterable[Known]
) -> Known | None:
    """What was known of a stack under another name: its newest update is among these."""
    ids = {each.update_id for each in updates if each.update_id}
    now = blank(stack, datetime.max.replace(tzinfo=UTC), line.last_update if line else None)
    others = (each for each in known if each.stack != stack)
    return next((each for each in others if each.update_id in ids or is_same_stack(each, now)), None)


def is_same_stack(old: Known, new: Known) -> bool:
    """Whether two names are one stack's: by the update that is known of both.

    Of a stack whose updates nobody looked at, the name without the organization has to do, with the same last update.
    """
    if looked(old):
        return old.update_id is not None and old.update_id == new.update_id
    names = (old.stack.project, old.stack.stack) == (new.stack.project, new.stack.stack)
    return names and old.seen is not None and old.seen == new.seen


def moved(known: Known, to: StackRef) -> Known:
    """The same under its new name."""
    return replace(known, stack=to)


def _remembered(
    stack: StackRef, updates: Sequence[UpdateInfo], *, seen: datetime | None, failing: datetime | None, at: datetime
) -> Known:
    if not updates:
        return replace(blank(stack, at, seen), failing=failing)
    new = updates[0]
    return Known(
        stack=stack,
        seen=seen,
        version=new.version,
        update_id=new.update_id,
        result=new.result,
        failing=failing,
        at=at,
    )


def _told(known: Known, update: UpdateInfo, first: FirstLook, *, after_failure: bool) -> Happening | None:
    """What an update is to be told as, if that is news."""
    mine = _same(known, update)
    if _history(update, first) or (mine and known.result.final):
        return None
    if not update.result.final and ((mine and known.result in _STARTED) or not _began_after(update, first)):
        return None
    kinds = kinds_of(update, after_failure=after_failure)
    at = (update.ended if update.result.final else None) or update.started or known.at
    return Happening(stack=known.stack, kinds=kinds, at=at, update=update) if kinds else None


def _same(known: Known, update: UpdateInfo) -> bool:
    """Whether it is the known update. Versions count only where there is no id: some servers say 1 for ever."""
    if known.update_id is not None and update.update_id is not None:
        return known.update_id == update.update_id
    return known.update_id == update.update_id and known.version is not None and known.version == update.version


def _history(update: UpdateInfo, first: FirstLook) -> bool:
    ended = update.ended or update.started
    return update.result.final and (ended is None or ended < _floor(first.at))


def _began_after(update: UpdateInfo, first: FirstLook) -> bool:
    return update.started is None or update.started >= _floor(first.at)


def _floor(at: datetime) -> datetime:
    return at.replace(microsecond=0)
