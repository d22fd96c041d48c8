"""One cause of failure of one stack, from the first time to the fix. Pure: every step gives a new value.

Steps that say nothing new give the same value. A failure that is older than the fix never opens anything again.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.card import Card
from bot.conclusions import Conclusion
from bot.model import StackRef, UpdateInfo
from bot.urns import STACK_TYPE

_COUNTED: Final = 50  # updates that are known by id; what is older is known by its version
_APPLYING: Final = {"update", "destroy"}  # what brings a stack to what its program says
_NAMES: Final = uuid.UUID("3a0f6d0e-52a4-4c0b-8b59-0f0a6f6f8f11")  # ours, for updates that have no id
# What differs between two failures of one cause: ids of requests and clouds, hashes, UUIDs, numbers.
_IDS: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b(?=[a-z]*\d)[a-z0-9]{7,}\b|\d+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One update, as far as an incident speaks of it. `url` is its page, "" where there is none."""

    update_id: str
    version: int | None
    label: str
    at: datetime
    url: str = ""
    kind: str = "update"

    def before(self, other: "Stamp") -> bool:
        """Whether it came earlier: by the versions where both have one, else by the time."""
        if self.version is not None and other.version is not None:
            return self.version < other.version
        return self.at < other.at

    def mends(self, failed: "Stamp") -> bool:
        """Whether going well it shows that what failed is well: a refresh only looks at what is there."""
        return failed.before(self) and (self.kind == failed.kind or self.kind in _APPLYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an incident is shown: a message in a channel. `thread` is the key of the message that heads its thread.

    `summed`: it is only a line of a summary, whose key `key` is. `muted_by` is who wants no more of it there.
    """

    channel: str
    key: str
    thread: str
    summed: bool = False
    muted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A cause that makes a stack fail. Its id is that of the update that opened it.

    `card` is what was told of its latest failure; what changes afterwards is added when it is shown. `waiting` are the
    people who want to see the next run. `updates` are the latest ones that were counted.
    """

    id: str
    stack: StackRef
    cause: str
    count: int
    updates: tuple[str, ...]
    first: Stamp
    latest: Stamp
    card: Card
    places: tuple[Place, ...] = ()
    on_it: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    fixed_by: Stamp | None = None

    @property
    def open(self) -> bool:
        """Whether the stack still fails because of it, as far as is known."""
        return self.fixed_by is None

    def place(self, channel: str) -> Place | None:
        """Where it is shown in a channel."""
        return next((each for each in self.places if each.channel == channel), None)

    def counts(self, stamp: Stamp) -> bool:
        """Whether that failure is counted already."""
        full = len(self.updates) == _COUNTED
        return stamp.update_id in self.updates or (full and stamp.before(self.latest))


def opened(stack: StackRef, cause: str, stamp: Stamp, card: Card) -> Incident:
    """The first failure with that cause."""
    return Incident(
        id=stamp.update_id,
        stack=stack,
        cause=cause,
        count=1,
        updates=(stamp.update_id,),
        first=stamp,
        latest=stamp,
        card=card,
    )


def again(incident: Incident, stamp: Stamp, card: Card) -> Incident:
    """One more failure with the same cause; what is shown is the newest."""
    if incident.counts(stamp):
        return incident
    counted = replace(incident, count=incident.count + 1, updates=(*incident.updates, stamp.update_id)[-_COUNTED:])
    if stamp.before(incident.latest):
        return replace(counted, first=stamp) if stamp.before(incident.first) else counted
    return replace(counted, latest=stamp, card=card)


def late(incident: Incident, stamp: Stamp) -> bool:
    """Whether that failure came before the fix, whenever it is heard of."""
    return incident.fixed_by is not None and not incident.fixed_by.before(stamp)


def fixed(incident: Incident, stamp: Stamp) -> Incident:
    """An update went well that is newer than all the failures: it is over, and so is every silence about it."""
    if not incident.open or not stamp.mends(incident.latest):
        return incident
    loud = tuple(replace(each, muted_by="") for each in incident.places)
    return replace(incident, fixed_by=stamp, places=loud)


def shown(incident: Incident, place: Place) -> Incident:
    """It is shown there from now on."""
    others = tuple(each for each in incident.places if each.channel != place.channel)
    return replace(incident, places=(*others, place))


def taken(incident: Incident, user: str) -> Incident:
    """Somebody is on it; said again, they no longer are."""
    others = tuple(each for each in incident.on_it if each != user)
    return replace(incident, on_it=others if user in incident.on_it else (*others, user))


def muted(incident: Incident, channel: str, user: str) -> Incident:
    """No more of it in that channel until it is fixed."""
    if not incident.open:
        return incident
    places = tuple(replace(each, muted_by=user) if each.channel == channel else each for each in incident.places)
    return replace(incident, places=places)


def loud(incident: Incident, channel: str) -> Incident:
    """It is told there again."""
    places = tuple(replace(each, muted_by="") if each.channel == channel else each for each in incident.places)
    return replace(incident, places=places)


def awaited(incident: Incident, user: str) -> Incident:
    """Somebody wants to see the stack's next run."""
    return incident if user in incident.waiting else replace(incident, waiting=(*incident.waiting, user))


def informed(incident: Incident) -> Incident:
    """Whoever waited for the next run has seen it."""
    return replace(incident, waiting=()) if incident.waiting else incident


def identity(update: UpdateInfo) -> str:
    """The update's id, or one that is made of its name where the server gives none."""
    begun = update.started.isoformat() if update.started else ""
    return update.update_id or str(uuid.uuid5(_NAMES, f"{update.stack} {update.version} {begun}"))


def cause_key(stack: StackRef, conclusion: Conclusion | None) -> str:
    """What two failures of one cause have in common: the stack, what failed, the words without digits and ids.

    Failures of which nothing is known are alike.
    """
    failed = sorted({each.resource.urn for each in conclusion.failures} if conclusion else ())
    failed = [urn for urn in failed if f"::{STACK_TYPE}::" not in urn]
    words = [_IDS.sub("", line).casefold() for line in conclusion.cause] if conclusion else []
    text = "\n".join([str(stack), *failed, "", *words])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
