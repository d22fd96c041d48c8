"""`watch` and `unwatch`: where a running update is shown while it moves."""

from collections.abc import Awaitable, Callable, Mapping

from bot.card import Card, Channel, Line, Run, Text, Tone
from bot.console import Console
from bot.errors import MissingRoute, NotFound, Refusal
from bot.model import Result, StackRef, UpdateInfo
from bot.operations import Draft, Scene
from bot.operations.reports import newest
from bot.ports import ChannelBook, Clock, PulumiApi
from bot.records import Priority, Wanted, Watch, Watches, live_root, live_subject
from bot.services.accounts import Accounts
from bot.services.live_cards import info_of, starting_card, stopped_card
from bot.services.resolve import Question, Resolver, Where

Told = tuple[Card, str | None]


class Watching:
    """One method for each of its commands. `changed` is called once something is to be followed, or no longer."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        watches: Watches,
        resolver: Resolver,
        accounts: Accounts,
        book: ChannelBook,
        console: Console,
        *,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._watches = watches
        self._resolver = resolver
        self._accounts = accounts
        self._book = book
        self._console = console
        self._clock = clock
        self._changed = changed

    @property
    def commands(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """Name → what answers it."""
        return {"watch": self._watch, "unwatch": self._unwatch}

    async def _watch(self, draft: Draft, where: Where) -> Told:
        stack = await self._stack(draft, where)
        if isinstance(stack, Question):
            return _asked(stack), None
        await self._must_be_in(where.channel)
        update = await self._running(await self._accounts.api(where.user, own=False), stack)
        if update is None or update.update_id is None:
            text = "It can be followed once it runs. status tells how the last update ended."
            return Card(
                f"Nothing runs on {stack}", Tone.PLAIN, (Text((text,)),), (Run("Status", f"status {stack}"),)
            ), None
        watch = Watch(
            update_id=update.update_id,
            stack=stack,
            version=update.version,
            kind=update.kind,
            at=update.started or self._clock(),
        )
        if not await self._watches.begin(watch, (_root(watch, where.channel, starting_card(update, self._scene())),)):
            return Card(f"It is over already · {stack}", Tone.PLAIN, (), (Run("Status", f"status {stack}"),)), None
        self._changed()
        told: Line = ("I post it in ", Channel(where.channel), " and keep it up to date until it ends.")
        return Card(f"Following {update.label} of {stack}", Tone.GOOD, (Text(told),)), None

    async def _unwatch(self, draft: Draft, where: Where) -> Told:
        stack = await self._stack(draft, where)
        if isinstance(stack, Question):
            return _asked(stack), None
        stopped = False
        for watch in [each for each in await self._watches.live() if each.stack == stack]:
            card = stopped_card(info_of(watch), self._scene())
            stopped |= await self._watches.stop(watch.update_id, live_root(watch.update_id, where.channel), card)
        self._changed()
        if not stopped:
            return Card(f"Nothing of {stack} is followed here", Tone.PLAIN), None
        return Card(f"No longer followed here · {stack}", Tone.GOOD), None

    async def _stack(self, draft: Draft, where: Where) -> StackRef | Question:
        found = await self._resolver.stack(draft, where)
        if found is None:
            return Question("Which stack?", ("status",))
        return found

    async def _must_be_in(self, channel_id: str) -> None:
        channel = await self._book.channel(channel_id)
        if channel is None or not (channel.joined or channel.direct) or channel.archived:
            raise Refusal("I can't post in this channel.", hint="Invite me here: /invite @pulumi")

    async def _running(self, pulumi: PulumiApi, stack: StackRef) -> UpdateInfo | None:
        """The update that runs now, as Pulumi names it; a list may not have it yet."""
        try:
            update = await newest(pulumi.fresh, stack)
        except NotFound:
            raise Refusal(f"{stack} doesn't exist, or my token cannot see it.", ("stack ls",)) from None
        except MissingRoute:
            return None
        return update if update and update.result in {Result.RUNNING, Result.NOT_STARTED} else None

    def _scene(self) -> Scene:
        return Scene(now=self._clock(), console=self._console)


def _root(watch: Watch, channel: str, card: Card) -> Wanted:
    key = live_root(watch.update_id, channel)
    return Wanted(key=key, subject=live_subject(watch.update_id), channel=channel, card=card, priority=Priority.NOTE)


def _asked(question: Question) -> Card:
    return Card(question.text, Tone.PLAIN, (), tuple(Run(option, option) for option in question.options))


def _nothing(stack: StackRef) -> Card:
    text = "It can be followed once it runs. status tells how the last update ended."
    return Card(f"Nothing runs on {stack}", Tone.PLAIN, (Text((text,)),), (Run("Status", f"status {stack}"),))
