"""`subscribe`, `unsubscribe`, `subscriptions`: what a channel, or a person in direct messages, is told of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.card import Card
from bot.errors import Refusal, UsageError
from bot.operations import Draft
from bot.operations.wording import plural
from bot.ports import Clock
from bot.records import Subscribed, Subscriptions
from bot.services.hindsight import look_back
from bot.services.resolve import Where
from bot.services.subscription_cards import Told, ended, explained, listed, subscribed
from bot.services.targets import Ears, Targets, words_of
from bot.subscription_line import adds
from bot.subscriptions import Subscription

_MOST: Final = 50  # subscriptions of one channel


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was stored, in place of what."""

    now: Subscribed
    before: Subscribed | None


class Subscribing:
    """One method for each of its commands."""

    def __init__(self, subscriptions: Subscriptions, targets: Targets, *, clock: Clock, command: str) -> None:
        self._subscriptions = subscriptions
        self._targets = targets
        self._clock = clock
        self._command = command

    @property
    def commands(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """Name → what answers it."""
        return {"subscribe": self._subscribe, "unsubscribe": self._unsubscribe, "subscriptions": self._list}

    async def _subscribe(self, draft: Draft, where: Where) -> Told:
        words = words_of(draft)
        if not words:
            return explained(self._command, next(iter(await self._targets.orgs()), "acme")), None
        ears = await self._targets.ears(where)
        known = await self._subscriptions.of(ears.id)
        wanted = await self._wanted(words, where, known)
        new = {each.key for each in wanted} - {each.subscription.key for each in known}
        if len(known) + len(new) > _MOST:
            text = f"More than {_MOST} subscriptions in one channel are too many."
            raise Refusal(text, ("subscriptions",), "One for acme/* or tag:team=payments says as much as many.")
        kept = [await self._keep(ears, each, where) for each in wanted]
        found = await look_back(wanted, await self._targets.orgs(), await self._targets.api(where))
        card = subscribed([(each.now, each.before) for each in kept], ears, found)
        return _told(card, ears, f"subscribe {wanted[0].line}" if len(wanted) == 1 else f"subscribe {' '.join(words)}")

    async def _wanted(self, words: Sequence[str], where: Where, known: Sequence[Subscribed]) -> list[Subscription]:
        """One for each target, with full names; with `+` what there is already is added to."""
        asked = await self._targets.complete(await self._targets.read(words, where, "subscribe"), where, "subscribe")
        there = {each.subscription.key: each.subscription for each in known} if adds(words) else {}
        return [await self._added(words, where, each, there.get(each.key)) for each in asked.apart]

    async def _added(
        self, words: Sequence[str], where: Where, asked: Subscription, before: Subscription | None
    ) -> Subscription:
        if before is None:
            return asked
        return replace(await self._targets.read(words, where, "subscribe", before), targets=asked.targets)

    async def _keep(self, ears: Ears, wanted: Subscription, where: Where) -> _Kept:
        now = Subscribed(channel=ears.id, subscription=wanted, by=where.user, at=self._clock())
        return _Kept(now, await self._subscriptions.put(now))

    async def _unsubscribe(self, draft: Draft, where: Where) -> Told:
        words = words_of(draft)
        ears = await self._targets.ears_or_deaf(where)
        known = await self._subscriptions.of(ears.id)
        keys = await self._keys(words, where, [each.subscription for each in known])
        gone = [key for key in keys if await self._subscriptions.remove(ears.id, key)]
        if not gone:
            raise _nothing(words, known)
        lines = [each.subscription.line for each in known if each.subscription.key in gone]
        return _told(ended(gone, lines, ears), ears, " ".join(("unsubscribe", *gone)))

    async def _keys(self, words: Sequence[str], where: Where, known: Sequence[Subscription]) -> list[str]:
        """What is to be ended: what the words name, everything for `all`, the only one there is for no words."""
        typed = " ".join(words).casefold()
        if typed == "all" or (not words and len(known) == 1):
            return [each.key for each in known]
        if not words:
            return []
        if typed in {each.key for each in known}:
            return [typed]
        try:
            asked = await self._targets.read(words, where, "unsubscribe")
        except UsageError as error:
            error.commands = _offers(known)
            raise
        _only_targets(asked, known)
        asked = await self._targets.complete(asked, where, "unsubscribe")
        return [each.key for each in asked.apart]

    async def _list(self, _: Draft, where: Where) -> Told:
        ears = await self._targets.ears_or_deaf(where)
        found = await self._subscriptions.of(ears.id)
        now = self._clock()
        mutes = [each for each in (await self._subscriptions.mutes()).get(ears.id, []) if not each.over(now)]
        return listed(found, mutes, ears), None if ears.own else "subscriptions"


def _told(card: Card, ears: Ears, line: str) -> Told:
    """The whole channel sees it; in direct messages there is nobody else."""
    return (card, None) if ears.own else (card, line, None, True)


def _only_targets(asked: Subscription, known: Sequence[Subscription]) -> None:
    """Whole subscriptions are ended; a kind or a term is left out by saying so."""
    tags = tuple(term for term in asked.terms if term.field == "tag")
    if asked == Subscription(targets=asked.targets, terms=tags):
        return
    there = next((each for each in known if each.key in {one.key for one in asked.apart}), None)
    hint = f"To be told less, say it again without that: subscribe {there.line}" if there else ""
    raise Refusal("unsubscribe takes stacks and nothing else.", _offers(known), hint)


def _offers(known: Sequence[Subscription]) -> tuple[str, ...]:
    return tuple(f"unsubscribe {each.key}" for each in known[:5]) or ("subscribe",)


def _nothing(words: Sequence[str], known: Sequence[Subscribed]) -> Refusal:
    offers = _offers([each.subscription for each in known])
    if not known:
        return Refusal("There is no subscription here.", offers)
    if not words:
        return Refusal(f"Which of the {plural(len(known), 'subscription')} here?", offers, "unsubscribe all ends them.")
    return Refusal(f"There is no subscription for {' '.join(words)} here.", offers, "There is:")
