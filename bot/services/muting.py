"""`mute`, `unmute`: no word of some stacks in a channel for a while."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import Refusal
from bot.filters import Pattern
from bot.operations import Draft, Moment
from bot.ports import Clock
from bot.records import Subscriptions
from bot.services.resolve import Where
from bot.services.subscription_cards import Told, muted, unmuted
from bot.services.targets import Targets, words_of
from bot.subscriptions import Mute, Subscription

_FIXED: Final = {"until-fixed", "fixed", "until-recovered"}
_LONGEST: Final = timedelta(days=30)
_USUAL: Final = timedelta(hours=1)  # for patterns, which are never fixed
_TIME: Final = re.compile(r"\d+[a-z]+|\d{4}-\d\d-\d\d.*", re.IGNORECASE)


class Muting:
    """One method for each of its commands."""

    def __init__(self, subscriptions: Subscriptions, targets: Targets, *, clock: Clock) -> None:
        self._subscriptions = subscriptions
        self._targets = targets
        self._clock = clock

    @property
    def commands(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """Name → what answers it."""
        return {"mute": self._mute, "unmute": self._unmute}

    async def _mute(self, draft: Draft, where: Where) -> Told:
        now = self._clock()
        words, until = _apart(words_of(draft), now)
        ears = await self._targets.ears(where)
        targets = await self._named(words, where, "mute")
        mutes = [Mute(target=each, until=_end(each, until, now), by=where.user) for each in targets]
        for each in mutes:
            await self._subscriptions.mute(ears.id, each, now)
        line = " ".join(("mute", *words_of(draft)))
        return (muted(mutes, ears), None) if ears.own else (muted(mutes, ears), line, None, True)

    async def _unmute(self, draft: Draft, where: Where) -> Told:
        words = words_of(draft)
        ears = await self._targets.ears_or_deaf(where)
        known = (await self._subscriptions.mutes()).get(ears.id, [])
        wanted: Sequence[Pattern | None] = [None]
        if words and words != ["all"]:
            there = [each.target for each in known if str(each.target).casefold() == " ".join(words).casefold()]
            wanted = there or await self._named(words, where, "unmute")
        gone = [each for target in wanted for each in await self._subscriptions.unmute(ears.id, target)]
        if not gone:
            offers = tuple(f"unmute {each.target}" for each in known[:5])
            raise Refusal(
                f"{' '.join(words) or 'Nothing'} isn't muted here." if words else "Nothing is muted here.", offers
            )
        line = " ".join(("unmute", *words))
        return (unmuted(gone, ears), None) if ears.own else (unmuted(gone, ears), line, None, True)

    async def _named(self, words: Sequence[str], where: Where, verb: str) -> tuple[Pattern, ...]:
        asked = await self._targets.read(words, where, verb)
        if asked != Subscription(targets=asked.targets):
            text = f"{verb} takes stacks and nothing else of a subscription."
            raise Refusal(text, hint=f"For example: {verb} acme/shop/prod{' 2h' if verb == 'mute' else ''}")
        return (await self._targets.complete(asked, where, verb)).targets


def _apart(words: Sequence[str], now: datetime) -> tuple[list[str], datetime | str | None]:
    """The stacks' words, and how long: a time, "fixed", or None where nothing was said."""
    rest = [word for word in words if word.lower() not in {"for", "until"}]
    if rest and rest[-1].lower() in _FIXED:
        return rest[:-1], "fixed"
    if not rest or not _TIME.fullmatch(rest[-1]):
        return rest, None
    try:
        said = Moment.parse(rest[-1])
    except ValueError:
        raise Refusal(f'A time is 30m, 1h, 2d, or until-fixed; not "{rest[-1]}".') from None
    until = said.at or now + (said.ago or timedelta(0))
    if not now < until <= now + _LONGEST:
        raise Refusal("A mute lasts from now on, for 30 days at most.", hint="unsubscribe ends it for good.")
    return rest[:-1], until


def _end(target: Pattern, until: datetime | str | None, now: datetime) -> datetime | None:
    if isinstance(until, datetime):
        return until
    if target.exact:
        return None
    if until:
        text = f"{target} can't be until-fixed: that is about one stack."
        raise Refusal(text, (f"mute {target} 1h",), "For several, say how long.")
    return now + _USUAL
