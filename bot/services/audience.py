"""Who is told of a happening: channels that subscribed, and the one that the stack's own tag names. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.filters import Pattern
from bot.happenings import Happening, Kind
from bot.model import StackRef
from bot.records import Subscribed
from bot.routing import ROUTED
from bot.subscriptions import Mute


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Channels (or people) by what they asked for. `routed` is the channel that a tag names, "" for none."""

    wants: frozenset[str]
    hushed: frozenset[str]
    fixes: frozenset[str]
    follows: frozenset[str]
    named: tuple[tuple[str, str], ...] = ()

    @property
    def anybody(self) -> bool:
        """Whether there is somebody, muted or not."""
        return bool(self.wants or self.hushed or self.follows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Everybody's subscriptions and mutes, as they were read."""

    subscribed: Sequence[Subscribed]
    mutes: Mapping[str, Sequence[Mute]]
    now: datetime

    def needs_tags(self, happening: Happening) -> bool:
        """Whether the stack's tags have to be read to know who is told."""
        open_to = [
            each for each in self.subscribed if not each.parked and each.subscription.could_want(happening.stack)
        ]
        return bool(happening.kinds & ROUTED) or any(each.subscription.needs_tags for each in open_to)

    def audience(self, happening: Happening, routed: str = "") -> Audience:
        """Who is told. ValueError where tags decide and were not read."""
        there = [each for each in self.subscribed if not each.parked]
        asked = {each.channel for each in there if each.subscription.wants(happening)}
        asked |= {routed} if routed and happening.kinds & ROUTED else set()
        follows = set[str]()
        if Kind.STARTED in happening.kinds:
            follows = {each.channel for each in there if each.subscription.follows(happening)}
        fixed = Kind.RECOVERED in happening.kinds
        hushed = {each for each in asked | follows if self._hushed(each, happening.stack, fixed=fixed)}
        return Audience(
            wants=frozenset(asked - hushed),
            hushed=frozenset(asked & hushed),
            fixes=frozenset(self._fixes(there, happening, routed) - hushed),
            follows=frozenset(follows - hushed),
            named=tuple(self._named(happening.stack)),
        )

    def _fixes(self, there: Iterable[Subscribed], happening: Happening, routed: str) -> set[str]:
        """Who asked for recoveries: an incident's end is one, whatever else the update is."""
        if happening.update is None or happening.update.preview:
            return set()
        found = {
            each.channel
            for each in there
            if Kind.RECOVERED in each.subscription.wanted_kinds and each.subscription.could_want(happening.stack)
        }
        return found | ({routed} if routed else set())

    def _hushed(self, channel: str, stack: StackRef, *, fixed: bool) -> bool:
        """A mute until it is fixed ends with the fix, which is heard."""
        mutes = self.mutes.get(channel, ())
        return any(each.covers(stack, self.now) and not (fixed and each.until is None) for each in mutes)

    def _named(self, stack: StackRef) -> Iterable[tuple[str, str]]:
        """Subscriptions about this stack alone."""
        for each in self.subscribed:
            if each.subscription.targets == (Pattern.of(stack),):
                yield each.channel, each.subscription.key
