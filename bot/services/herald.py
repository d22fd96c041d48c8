"""Tells channels what happened to a stack. Everything is read first; then one transaction decides and stores it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot.chronicle import News, Telling
from bot.console import Console
from bot.errors import ChatError, ClientError, PulumiError
from bot.happenings import Happening, Kind
from bot.incidents import cause_key
from bot.model import Result, StackRef, UpdateInfo
from bot.operations.base import Scene
from bot.operations.reports import Report, report
from bot.ports import ChannelBook, Clock, PulumiApi
from bot.records import Fence, Known, Subscriptions
from bot.routing import Routing, routed
from bot.services.audience import Audience, Ears
from bot.services.credits import Credits
from bot.services.draft import Heard
from bot.services.notices import Story
from bot.services.telling import decided, subjects

log = structlog.get_logger()

_PATIENCE: Final = timedelta(minutes=10)  # after its end a failure is told of without its events, if need be
_DEPTH: Final = 25  # updates among which the last good one is looked for


class Herald:
    """One fenced transaction per stack: the feed's memory, incidents, the messages wanted, the watches that begin."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        *,
        news: News,
        subscriptions: Subscriptions,
        pulumi: PulumiApi,
        credits_: Credits,
        channels: ChannelBook,
        console: Console,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._news = news
        self._subscriptions = subscriptions
        self._pulumi = pulumi
        self._credits = credits_
        self._channels = channels
        self._console = console
        self._clock = clock
        self._changed = changed

    async def tell(
        self, known: Known | None, happenings: Sequence[Happening], fence: Fence, *, gone: StackRef | None = None
    ) -> None:
        """Tell of what happened to one stack, oldest first, and store what the feed knows of it.

        `known` is the feed's new memory of the stack, or `gone` is the stack that it forgets. Saying the same again
        changes nothing. Raises PulumiError and ChatError when something could not be read, StoreDown, Deposed: nothing
        is stored then, and the feed tells it again.
        """
        stack = gone or (known.stack if known else None) or next((each.stack for each in happenings), None)
        if stack is None:
            return
        now = self._clock()
        heard = await self._all_heard(happenings, now) if happenings else []
        scene = Scene(now=now, console=self._console)
        telling = Telling(
            stack=stack,
            decide=lambda ledger: decided(heard, ledger, scene),
            known=known,
            gone=gone is not None,
            subjects=sorted({each for one in heard if one.happening.update for each in subjects(one.happening.update)}),
            channels=sorted(
                {channel for each in heard if Kind.FAILED in each.happening.kinds for channel in each.wants}
            ),
        )
        await self._news.tell(telling, fence)
        if heard:
            self._changed()

    async def moved(self, old: StackRef, new: StackRef, fence: Fence | None = None) -> None:
        """A stack got another name or another organization: what was said of it is said of it there."""
        await self._subscriptions.moved(old, new, fence=fence)
        await self._news.moved(old, new, fence=fence)

    async def _all_heard(self, happenings: Sequence[Happening], now: datetime) -> list[Heard]:
        ears = Ears(subscribed=await self._subscriptions.all(), mutes=await self._subscriptions.mutes(), now=now)
        tags = partial(self._tagged, ears, {})
        return [await self._heard(each, ears, tags) for each in happenings]

    async def _tagged(self, ears: Ears, read: dict[StackRef, dict[str, str]], happening: Happening) -> Happening:
        """With the stack's tags, read once, where they are needed."""
        if happening.tags is not None or not ears.needs_tags(happening):
            return happening
        if happening.stack not in read:
            try:
                read[happening.stack] = dict((await self._pulumi.stack(happening.stack)).tags)
            except ClientError as error:  # gone, or no longer to be seen
                log.info("no tags", stack=str(happening.stack), cause=type(error).__name__)
                read[happening.stack] = {}
        return replace(happening, tags=read[happening.stack])

    async def _heard(
        self, happening: Happening, ears: Ears, tags: Callable[[Happening], Awaitable[Happening]]
    ) -> Heard:
        happening = await tags(happening)
        routing = routed(happening.tags or {})
        channel = await self._routed(routing) if happening.tags else ""
        if happening.update is None:
            return _for(ears.audience(happening, channel), happening)
        found: Report | None = None
        if Kind.FAILED in happening.kinds and self._matters(ears, happening, channel):
            found = await self._read(happening.update)
            happening = _reread(happening, found)
        audience = ears.audience(happening, channel)
        story = await self._story(happening, found, routing, audience)
        conclusion = found.found if found else None
        return _for(audience, happening, story, cause_key(happening.stack, conclusion))

    def _matters(self, ears: Ears, happening: Happening, channel: str) -> bool:
        """Whether anybody may be told, once its events have said what it really is."""
        kinds = frozenset({*happening.kinds, Kind.POLICY, Kind.CANCELED})
        return any(
            ears.audience(replace(happening, kinds=each), channel).anybody
            for each in (kinds, happening.kinds, frozenset({Kind.CANCELED}))
        )

    async def _routed(self, routing: Routing) -> str:
        """The id of the channel that a tag names, "" where the bot can't post."""
        if not routing.channel:
            return ""
        try:
            name = routing.channel
            found = await (self._channels.named(name[1:]) if name[0] == "#" else self._channels.channel(name))
        except ChatError as error:
            if error.code in {"ratelimited", "no_answer"}:
                raise
            found = None
        if found and found.joined and not found.archived and not found.foreign:
            return found.id
        log.info("a tag names a channel where I can't post", channel=routing.channel)
        return ""

    async def _read(self, update: UpdateInfo) -> Report:
        """The update with its events; without them where they are not to be had, or not for a long while."""
        try:
            return await report(self._pulumi, update)
        except ClientError:
            return Report(update=update, found=None)
        except PulumiError:
            if update.ended and self._clock() - update.ended < _PATIENCE:
                raise
            return Report(update=update, found=None)

    async def _story(self, happening: Happening, found: Report | None, routing: Routing, audience: Audience) -> Story:
        update = happening.update
        if update is None:
            raise TypeError("a story is about an update")
        conclusion = found.found if found else None
        if Kind.FAILED not in happening.kinds or not audience.anybody:
            return Story(update=update, found=conclusion)
        return Story(
            update=update,
            found=conclusion,
            author=await self._credits.author(update),
            called=await self._credits.called(routing),
            owners=self._credits.owners(happening.tags or {}, routing),
            last_good=await self._last_good(update),
        )

    async def _last_good(self, update: UpdateInfo) -> UpdateInfo | None:
        """The newest update before it that went well, as far back as one page goes."""
        seen = 0
        try:
            async for each in self._pulumi.updates(update.stack, page_size=_DEPTH):
                seen += 1
                older = each.version is None or update.version is None or each.version < update.version
                if older and each.result is Result.SUCCEEDED and each.update_id != update.update_id:
                    return each
                if seen == _DEPTH:
                    break
        except PulumiError as error:
            log.info("no history", stack=str(update.stack), cause=type(error).__name__)
        return None


def _reread(happening: Happening, found: Report) -> Happening:
    """What it really is, by its events: cancelled, or refused by a policy."""
    kinds = set(happening.kinds)
    if found.update.result is Result.CANCELLED:
        kinds = (kinds - {Kind.FAILED, Kind.POLICY}) | {Kind.CANCELED}
    elif found.found and found.found.policies.mandatory:
        kinds.add(Kind.POLICY)
    return replace(happening, update=found.update, kinds=frozenset(kinds))


def _for(audience: Audience, happening: Happening, story: Story | None = None, cause: str = "") -> Heard:
    return Heard(
        happening=happening,
        story=story,
        cause=cause,
        wants=audience.wants,
        hushed=audience.hushed,
        fixes=audience.fixes,
        follows=audience.follows,
        named=audience.named,
    )
