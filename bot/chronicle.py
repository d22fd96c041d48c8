"""What is told of a stack, as one transaction: what it finds, and what it stores. Pure; `bot.store.news` does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.bursts import Burst
from bot.incidents import Incident
from bot.model import StackRef
from bot.records import Fence, Known, Wanted, Watch
from bot.subscriptions import Mute


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What was stored when the transaction began.

    `incidents` are the stack's: the open ones, and the latest that are over. `keys` are messages that stand, or will;
    `dead` are those that were given up. `bursts` are of the channels that were asked about.
    """

    known: Known | None = None
    incidents: tuple[Incident, ...] = ()
    keys: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    bursts: Mapping[str, Burst] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What the transaction stores. `loud`: mutes of the stack that last until it is fixed end everywhere.

    `parked` are subscriptions (channel and key) that rest from now on, with the reason; `resumed` no longer do.
    """

    incidents: tuple[Incident, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    watches: tuple[Watch, ...] = ()
    bursts: Mapping[str, Burst] = field(default_factory=dict)
    loud: bool = False
    parked: tuple[tuple[str, str], ...] = ()
    resumed: tuple[tuple[str, str], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is to be told of one stack: the feed's memory of it (`known`, or with `gone` none any more).

    `subjects` are those of messages whose keys matter, `channels` those where a failure may be told, `decide` is pure.
    """

    stack: StackRef
    decide: Callable[[Ledger], Edition]
    known: Known | None = None
    gone: bool = False
    subjects: Sequence[str] = ()
    channels: Sequence[str] = ()


class News(Protocol):
    """Incidents and what is told, each change one transaction under the stack's own lock."""

    async def tell(self, telling: Telling, fence: Fence) -> None:
        """Store what is decided, together with the feed's memory."""

    async def incident(self, incident_id: str) -> Incident | None:
        """One incident as it stands."""

    async def of(self, stack: StackRef) -> list[Incident]:
        """The incidents of a stack that are open."""

    async def press(
        self,
        incident_id: str,
        step: Callable[[Incident], Incident],
        show: Callable[[Incident], Sequence[Wanted]],
        *,
        mute: tuple[str, Mute] | None = None,
    ) -> Incident:
        """Take a pure step under the row's lock, show it, and `mute` a channel. LookupError: there is no incident."""

    async def moved(self, old: StackRef, new: StackRef, *, fence: Fence | None = None) -> None:
        """Follow a stack to its new name."""
