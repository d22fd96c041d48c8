"""What will be stored of what was heard, while it is being decided. Pure; the steps are `failures` and `telling`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot import incidents
from bot.bursts import Burst
from bot.card import Card
from bot.chronicle import Edition, Ledger
from bot.happenings import Happening, Kind
from bot.incidents import Incident, Stamp, identity
from bot.model import UpdateInfo
from bot.operations.base import Scene
from bot.records import Wanted, Watch
from bot.services.incident_cards import root
from bot.services.notices import Story

DELETED: Final = "the stack was deleted"  # why a subscription rests


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A happening with all that was read for it, and who is to be told.

    `wants` are channels that want it and are not muted, `hushed` those that are; `fixes` are those that want to hear of
    recoveries. `follows` show updates live. `named` are subscriptions (channel, key) about this stack alone.
    """

    happening: Happening
    story: Story | None = None
    cause: str = ""
    wants: frozenset[str] = frozenset()
    hushed: frozenset[str] = frozenset()
    fixes: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()
    named: tuple[tuple[str, str], ...] = ()


def stamp_of(update: UpdateInfo, at: datetime, scene: Scene) -> Stamp:
    """What an incident keeps of an update."""
    when, url = update.ended or update.started or at, scene.console.update(update) or ""
    return Stamp(
        update_id=identity(update), version=update.version, label=update.label, at=when, url=url, kind=update.kind
    )


def notice_subject(update_id: str) -> str:
    """What plain messages about an update belong to."""
    return f"notice/{update_id}"


@dataclass
class Draft:
    """Begins as what is stored; every step adds to it."""

    ledger: Ledger
    scene: Scene
    incidents: dict[str, Incident] = field(init=False)
    changed: set[str] = field(default_factory=set)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    watches: list[Watch] = field(default_factory=list)
    bursts: dict[str, Burst] = field(default_factory=dict)
    loud: bool = False
    parked: tuple[tuple[str, str], ...] = ()
    resumed: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        self.incidents = {each.id: each for each in self.ledger.incidents}

    def edition(self) -> Edition:
        """What is to be stored."""
        return Edition(
            incidents=tuple(self.incidents[each] for each in sorted(self.changed)),
            wanted=tuple(self.wanted.values()),
            watches=tuple(self.watches),
            bursts=self.bursts,
            loud=self.loud,
            parked=self.parked,
            resumed=self.resumed,
            reason=DELETED,
        )

    @property
    def open(self) -> list[Incident]:
        """What still makes the stack fail."""
        return [each for each in self.incidents.values() if each.open]

    def put(self, incident: Incident) -> None:
        """It is so from now on."""
        if self.incidents.get(incident.id) != incident:
            self.incidents[incident.id] = incident
            self.changed.add(incident.id)

    def burst(self, channel: str) -> Burst:
        """A channel's newest failures."""
        return self.bursts.get(channel) or self.ledger.bursts.get(channel) or Burst()

    def stands(self, key: str) -> bool:
        """Whether there is, or will be, such a message; one that was given up is never wanted again."""
        return key in self.wanted or key in self.ledger.keys or key in self.ledger.dead

    def want(self, wanted: Wanted) -> None:
        """Show this; of what is known by its key, this instead."""
        self.wanted[wanted.key] = wanted

    def say(self, line: Wanted) -> None:
        """Say this in a thread, once; nothing where the thread was given up."""
        if line.parent not in self.ledger.dead and line.key not in self.ledger.keys | self.ledger.dead:
            self.want(line)

    def show(self, incident_id: str) -> None:
        """Its cards anew; what was wanted of them just now keeps its place."""
        incident = self.incidents[incident_id]
        for place in incident.places:
            if not place.summed and place.key not in self.ledger.dead:
                before = self.wanted.get(place.key)
                self.want(root(incident, place, parent=before.parent if before else ""))

    def notice(self, update: UpdateInfo, channel: str, kind: Kind, card: Card) -> None:
        """A message of its own about an update, once."""
        key = f"update/{identity(update)}/{kind}/{channel}"
        if not self.stands(key):
            self.want(Wanted(key=key, subject=notice_subject(identity(update)), channel=channel, card=card))

    def informed(self, among: Iterable[Incident]) -> None:
        """Whoever waited for the next run of these has it."""
        for incident in list(among):
            if incident.waiting:
                self.put(incidents.informed(incident))
                self.show(incident.id)
