"""What happens at Pulumi that a channel may be told of. Pure: no I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model import Result, StackRef, UpdateInfo


class Kind(StrEnum):
    """What a happening is, in the words that people subscribe with; in the order in which they are listed."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RECOVERED = "recovered"
    CANCELED = "canceled"
    DESTROYED = "destroyed"
    REFRESHED = "refreshed"
    POLICY = "policy"
    STUCK = "stuck"
    PREVIEWS = "previews"
    CREATED = "created"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to one stack, which may be several kinds at once.

    `update` is None where it is about the stack itself (created, deleted). `tags` are the stack's; None: not read.
    """

    stack: StackRef
    kinds: frozenset[Kind]
    at: datetime
    update: UpdateInfo | None = None
    tags: Mapping[str, str] | None = None


_PLAIN = {
    Result.NOT_STARTED: Kind.STARTED,
    Result.RUNNING: Kind.STARTED,
    Result.SUCCEEDED: Kind.SUCCEEDED,
    Result.FAILED: Kind.FAILED,
    Result.CANCELLED: Kind.CANCELED,
}
_OF_SUCCESS = {"destroy": Kind.DESTROYED, "refresh": Kind.REFRESHED}


def kinds_of(update: UpdateInfo, *, after_failure: bool = False, policy: bool = False) -> frozenset[Kind]:
    """What an update is as it stands; empty where its state is not known. A preview is only that, whatever its result.

    `after_failure`: the stack's last change before it failed. `policy`: a mandatory policy refused it.
    """
    if update.preview:
        return frozenset({Kind.PREVIEWS})
    kinds = {_PLAIN[update.result]} if update.result in _PLAIN else set()
    if update.result is Result.SUCCEEDED:
        kinds |= {_OF_SUCCESS[update.kind]} if update.kind in _OF_SUCCESS else set()
        kinds |= {Kind.RECOVERED} if after_failure else set()
    if update.result is Result.FAILED and policy:
        kinds.add(Kind.POLICY)
    return frozenset(kinds)
