"""The stacks that a subscription or a mute names, as full names: what is typed short or wrong is looked up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.errors import Refusal
from bot.filters import Pattern, wild
from bot.model import StackRef
from bot.operations import Draft, near_words
from bot.ports import PulumiApi
from bot.services.accounts import Accounts
from bot.services.channels import Channels
from bot.services.resolve import Defaults, Resolver, Where
from bot.subscription_line import parse
from bot.subscriptions import Subscription


def words_of(draft: Draft) -> list[str]:
    """The words behind a command that takes any."""
    return [str(word) for said in draft.values.values() if isinstance(said, tuple) for word in said]


@dataclass(frozen=True, slots=True)
class Ears:
    """Where it is told: a channel by its id, or with `own` the direct messages of the person whose id it is."""

    id: str
    own: bool


class Targets:
    """Reads words in the light of a channel's default, the organizations there are, and the stacks in them."""

    def __init__(self, defaults: Defaults, resolver: Resolver, accounts: Accounts, channels: Channels) -> None:
        self._defaults = defaults
        self._resolver = resolver
        self._accounts = accounts
        self._channels = channels

    async def ears(self, where: Where) -> Ears:
        """Who is told when somebody says so there. Raises Refusal where the bot can't post."""
        channel = await self._channels.told(where.channel)
        return Ears(channel.id, own=False) if channel else Ears(where.user, own=True)

    async def ears_or_deaf(self, where: Where) -> Ears:
        """The same, also where the bot can post no more: what was said there can be looked at and ended."""
        try:
            return await self.ears(where)
        except Refusal:
            return Ears(where.channel, own=False)

    async def api(self, where: Where) -> PulumiApi:
        """What this person's look-ups use. Raises NeedsLink."""
        return await self._accounts.api(where.user, own=False)

    async def orgs(self) -> Sequence[str]:
        """The organizations that may be named."""
        return await self._resolver.orgs()

    async def read(
        self, words: Sequence[str], where: Where, verb: str, before: Subscription | None = None
    ) -> Subscription:
        """The words as they stand. A channel has no part in its people's own defaults. Raises UsageError."""
        direct = where.channel.startswith("D")
        here = await (self._defaults.find(where) if direct else self._defaults.channel(where))
        return parse(words, here=here, orgs=await self.orgs(), before=before, verb=verb)

    async def complete(self, asked: Subscription, where: Where, verb: str) -> Subscription:
        """The same with full names. Raises Refusal for a stack that is not there; `verb` begins what is offered."""
        if not any(_short(target) or target.exact for target in asked.targets):
            return asked
        api = await self.api(where)
        known = [each.stack for org in await self.orgs() async for each in api.stacks(org)]
        return replace(asked, targets=tuple(sorted({_full(each, known, asked, verb) for each in asked.targets})))


def _short(target: Pattern) -> bool:
    """Whether it is `project/stack` in whatever organization."""
    return target.org == "*" and not wild(target.project + target.stack)


def _full(target: Pattern, known: Iterable[StackRef], asked: Subscription, verb: str) -> Pattern:
    if not _short(target) and not target.exact:
        return target
    found = [stack for stack in known if target.covers(stack)]
    if len(found) > 1:
        return target
    if found:
        return Pattern.of(found[0])
    names = {name: stack for stack in known for name in (str(stack), f"{stack.project}/{stack.stack}")}
    typed = str(target).removeprefix("*/")
    near = dict.fromkeys(names[name] for name in near_words(typed, names, 6))
    lines = [f"{verb} {replace(asked, targets=(Pattern.of(stack),)).line}" for stack in near][:3]
    hint = "Close:" if lines else "For stacks that are yet to come, say acme/shop/* or acme/shop/new*."
    raise Refusal(f"{typed} isn't a stack, or I may not see it.", tuple(lines), hint)
