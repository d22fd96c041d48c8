"""Follows running updates: events → fold → what is offered to the sender, milestones, the end. Only the leader runs it.

Nothing of the progress is stored. After a takeover the events are read again from the first: the same view comes out,
and keys that name content see to it that nothing is said twice.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.card import Card
from bot.conclusions import Conclusion
from bot.console import Console
from bot.errors import BotError, MissingRoute, NotFound, PulumiError, RateLimited
from bot.model import Result, StackRef, UpdateInfo
from bot.operations import Scene
from bot.operations.reports import Past, Report, past
from bot.operations.update_card import verdict
from bot.ports import Clock, PulumiApi
from bot.records import Deposed, Fence, Priority, StoreDown, Wanted, Watch, Watches, live_root, live_subject
from bot.services.live_cards import Usual, ended_note, info_of, lost_card, milestones, progress_card
from bot.services.pulse import Pulse
from bot.services.sender import Sender
from bot.timing import Timing
from bot.updates import UpdateView, fold_page
from bot.verdict import conclude

log = structlog.get_logger()

Reach = Callable[[str], Awaitable[None]]

_LIKE: Final = 5  # updates that say what is usual
_SILENCE: Final = timedelta(hours=24)


@dataclass(slots=True)
class _Sight:
    """One update as it is seen now."""

    watch: Watch
    update: UpdateInfo
    usual: Usual = field(default_factory=Usual)
    view: UpdateView = field(default_factory=UpdateView)
    heard: datetime | None = None
    busy: bool = True
    said: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    looked: datetime | None = None


class _Over(Exception):
    """Nothing is left to follow."""


class Follow:
    """One task for each update that is followed. `ended` is told of a stack whose update is over."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        watches: Watches,
        pulumi: PulumiApi,
        sender: Sender,
        console: Console,
        *,
        clock: Clock,
        timing: Timing,
        reach: Reach,
        ended: Callable[[StackRef], None],
        pulse: Pulse,
    ) -> None:
        self._watches = watches
        self._pulumi = pulumi
        self._sender = sender
        self._console = console
        self._clock = clock
        self._timing = timing
        self._reach = reach
        self._ended = ended
        self._hands: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, float] = {}
        self._pulse = pulse

    def wake(self) -> None:
        """Look now: somebody wants to follow something."""
        self._pulse.wake()

    async def run(self, fence: Fence) -> None:
        """Follow until cancelled; whoever leads next begins anew."""
        try:
            while True:
                await self._scan(fence)
                await self._pulse.next(busy=bool(self._hands))
        finally:
            for task in self._hands.values():
                task.cancel()
            if self._hands:
                await asyncio.wait(list(self._hands.values()))

    async def _scan(self, fence: Fence) -> None:
        self._pulse.heard()
        try:
            found = await self._watches.live()
        except StoreDown as error:
            log.warning("watches can't be read", cause=str(error))
            return
        now = asyncio.get_running_loop().time()
        for watch in found:
            if watch.update_id not in self._hands and self._resting.get(watch.update_id, 0) <= now:
                task = asyncio.create_task(self._held(watch, fence), name=f"follow {watch.update_id}")
                self._hands[watch.update_id] = task

    async def _held(self, watch: Watch, fence: Fence) -> None:
        """An error is logged, and the update is followed anew after a rest."""
        rest = self._timing.retry.total_seconds()
        try:
            await self._follow(watch, fence)
        except RateLimited as error:
            rest = max(rest, (error.retry_after or timedelta(seconds=30)).total_seconds())
        except NotFound:
            await self._lose(watch, "Pulumi no longer knows it: the stack was deleted, renamed or transferred.", fence)
        except _Over:
            return
        except BotError as error:
            log.warning("an update is followed anew", update=watch.update_id, cause=str(error))
        except Exception:
            log.exception("an update can't be followed", update=watch.update_id)
        finally:
            self._resting[watch.update_id] = asyncio.get_running_loop().time() + rest
            del self._hands[watch.update_id]

    async def _follow(self, watch: Watch, fence: Fence) -> None:
        sight = _Sight(watch, await self._info(watch), heard=self._clock())
        sight.usual = await self._usual(watch.stack)
        try:
            async for _ in self._events(sight, fence):
                await self._tell(sight, fence)
        except MissingRoute:
            log.info("no events on this server", update=watch.update_id)
        await self._end(sight, fence)

    async def _events(self, sight: _Sight, fence: Fence) -> AsyncIterator[None]:
        watch = sight.watch

        async def wait() -> None:
            await self._wait(sight, fence)

        pages = self._pulumi.events(watch.stack, watch.update_id, wait=wait)
        while True:
            await self._reach("events:before")
            try:
                page = await anext(pages)
            except StopAsyncIteration:
                return
            await self._reach("events:after")
            fold_page(sight.view, page)
            sight.heard, sight.busy = self._clock(), True
            yield

    async def _wait(self, sight: _Sight, fence: Fence) -> None:
        """Between two looks: the clock on the message moves on, soon after news and more slowly in silence."""
        if sight.heard and self._clock() - sight.heard > _SILENCE:
            await self._lose(sight.watch, "There was no news of it for a day.", fence)
            raise _Over
        await self._offer(sight)
        await asyncio.sleep(self._timing.follow if sight.busy else self._timing.follow_quiet)
        sight.busy = False

    async def _tell(self, sight: _Sight, fence: Fence) -> None:
        found = conclude(sight.view, over=False)
        news = [(key, card) for key, card in milestones(found) if key not in sight.said]
        if news:
            await self._reach("milestones:before")
            await self._watches.say(
                sight.watch.update_id, lambda channel: _notes(sight.watch, channel, news), fence=fence
            )
            await self._reach("milestones:after")
            sight.said |= {key for key, _ in news}
            self._sender.wake()
        await self._offer(sight, found)

    async def _offer(self, sight: _Sight, found: Conclusion | None = None) -> None:
        found = found or conclude(sight.view, over=False)
        card = progress_card(sight.update, found, sight.usual, self._scene(), heard=sight.heard)
        for channel in await self._places(sight):
            self._sender.offer(live_root(sight.watch.update_id, channel), card)

    async def _places(self, sight: _Sight) -> list[str]:
        """Where it is shown, at most some seconds old."""
        now = self._clock()
        if sight.looked is None or now - sight.looked >= timedelta(seconds=self._timing.follow_quiet):
            sight.places, sight.looked = await self._watches.channels(sight.watch.update_id), now
        return sight.places

    async def _end(self, sight: _Sight, fence: Fence) -> None:
        """The final card, the line for the channel, and the watch's end, in one transaction."""
        update = await self._final(sight)
        if not update.result.final:
            raise BotError(f"{update.stack} {update.label} has no events and is not over")
        found = conclude(sight.view, result=update.result)
        report = Report(
            update=replace(update, result=found.outcome if found.outcome.final else update.result), found=found
        )
        card = verdict(report, self._scene(), await self._past(update))
        watch = sight.watch
        await self._reach("final:before")
        await self._watches.say(
            watch.update_id,
            lambda channel: _final(watch, channel, card, ended_note(report.update)),
            over=True,
            fence=fence,
        )
        await self._reach("final:after")
        for channel in await self._watches.channels(watch.update_id):
            self._sender.retract(live_root(watch.update_id, channel))
        self._sender.wake()
        self._ended(watch.stack)

    async def _lose(self, watch: Watch, why: str, fence: Fence) -> None:
        card = lost_card(watch, why)
        with suppress(StoreDown, Deposed):
            await self._watches.say(
                watch.update_id, lambda channel: _root(watch, channel, card), over=True, fence=fence
            )
        self._sender.wake()

    async def _info(self, watch: Watch) -> UpdateInfo:
        """What is known of the update besides its events; the little that its watch knows where nobody says."""
        with suppress(PulumiError):
            async for update in self._pulumi.updates(watch.stack, page_size=_LIKE):
                if update.update_id == watch.update_id:
                    return update
                if update.version is not None and watch.version is not None and update.version < watch.version:
                    break
        return info_of(watch)

    async def _final(self, sight: _Sight) -> UpdateInfo:
        """How it ended: the status is the proof, the list has the rest."""
        status = await self._pulumi.status(sight.watch.stack, sight.watch.update_id)
        update = await self._info(sight.watch)
        return replace(update, result=status if status.final else update.result, ended=update.ended or self._clock())

    async def _usual(self, stack: StackRef) -> Usual:
        done: list[UpdateInfo] = []
        with suppress(PulumiError):
            async for update in self._pulumi.updates(stack, page_size=_LIKE):
                if update.result is Result.SUCCEEDED and update.kind == "update":
                    done.append(update)
                if len(done) == _LIKE:
                    break
        lasted = sorted(each.ended - each.started for each in done if each.started and each.ended)
        counted = [sum(each.changes.values()) for each in done if each.changes]
        return Usual(resources=counted[0] if counted else None, lasts=lasted[len(lasted) // 2] if lasted else None)

    async def _past(self, update: UpdateInfo) -> Past | None:
        with suppress(PulumiError):
            return await past(self._pulumi, await self._pulumi.stack(update.stack))
        return None

    def _scene(self) -> Scene:
        return Scene(now=self._clock(), console=self._console)


def _root(watch: Watch, channel: str, card: Card) -> tuple[Wanted, ...]:
    key = live_root(watch.update_id, channel)
    return (Wanted(key=key, subject=live_subject(watch.update_id), channel=channel, card=card),)


def _notes(watch: Watch, channel: str, news: list[tuple[str, Card]]) -> tuple[Wanted, ...]:
    parent = live_root(watch.update_id, channel)
    return tuple(
        Wanted(
            key=f"{parent}/{_digest(key)}",
            subject=live_subject(watch.update_id),
            channel=channel,
            card=card,
            parent=parent,
            priority=Priority.PROGRESS,
        )
        for key, card in news
    )


def _digest(key: str) -> str:
    """A URN may be longer than a key."""
    kind, _, what = key.partition("/")
    return f"{kind}/{hashlib.sha256(what.encode()).hexdigest()[:24]}"


def _final(watch: Watch, channel: str, card: Card, note: Card) -> tuple[Wanted, ...]:
    parent, about = live_root(watch.update_id, channel), live_subject(watch.update_id)
    reply = Wanted(key=f"{parent}/end", subject=about, channel=channel, card=note, parent=parent)
    reply = replace(reply, broadcast=True, once=True)  # a failure that was told of says more
    return (*_root(watch, channel, card), reply)
