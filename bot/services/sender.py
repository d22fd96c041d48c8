"""Makes Slack show what is wanted: posts what has no `ts`, edits what is behind. Only the leader runs it.

A post is announced in the row before it is made. Found announced without a `ts`, and not in the air here, it is made
again after a while, marked as a possible repeat: Slack's answer was lost, and a look would need a history scope.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from bot.card import Card
from bot.errors import ChatError
from bot.ports import Chat, Clock
from bot.records import Fence, Messages, Posting, Priority, StoreDown
from bot.services.pacer import Pacer
from bot.services.pulse import Pulse
from bot.timing import Timing

log = structlog.get_logger()

Reach = Callable[[str], Awaitable[None]]

_NAMES: Final = uuid.UUID("6f1f0d0e-6d0c-4f5b-9a53-3b6d1c1d7a10")  # ours, so that a key gives the same id everywhere
_MOST: Final = 3  # times that a message which people deleted is posted again
_GONE: Final = {"message_not_found"}
_LATER: Final = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_AIR: Final = 8  # posts and edits at a time, each


class Sender:
    """One scan after another, and sooner when told that something is wanted (`wake`)."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        messages: Messages,
        chat: Chat,
        *,
        clock: Clock,
        timing: Timing,
        guard: Callable[[], bool],
        reach: Reach,
        pulse: Pulse,
        buried: Callable[[str, str, list[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._messages = messages
        self._chat = chat
        self._clock = clock
        self._timing = timing
        self._guard = guard
        self._reach = reach
        self._hands: dict[int, asyncio.Task[None]] = {}
        self._offers: dict[str, Card] = {}
        self._pulse = pulse
        self._buried = buried
        self._busy = True

    def wake(self) -> None:
        """Look now: something was just stored."""
        self._pulse.wake()

    def offer(self, key: str, card: Card) -> None:
        """Show this for now in a message that is shown as wanted. It may be dropped, and only the newest counts."""
        self._offers[key] = card

    def retract(self, key: str) -> None:
        """Offer nothing for it any more."""
        self._offers.pop(key, None)

    async def run(self, _: Fence) -> None:
        """Send until cancelled. What is in the air then ends by itself."""
        pacer = Pacer(self._timing, asyncio.get_running_loop().time)
        try:
            while True:
                await self._scan(pacer)
                await self._pulse.next(busy=self._busy or bool(self._offers))
        finally:
            await self._drain()

    async def _scan(self, pacer: Pacer) -> None:
        self._pulse.heard()
        try:
            dirty = await self._messages.dirty(self._clock())
            self._start(dirty, pacer)
            self._busy = bool(dirty)
            await self._show_offers(pacer)
        except StoreDown as error:
            self._busy = True
            log.warning("messages can't be read", error=str(error))

    async def _drain(self) -> None:
        """Wait for what is in the air."""
        if self._hands:
            await asyncio.wait(list(self._hands.values()))

    def _start(self, postings: list[Posting], pacer: Pacer) -> None:
        settled = self._clock() - self._timing.settle
        for each in postings:
            if each.id in self._hands or len(self._hands) >= 2 * _AIR:
                continue
            if each.ts is None and each.started and each.started > settled:
                continue  # a dead process's post may still be on its way
            if each.ts is None and pacer.may_post(each.channel):
                self._take(each, partial(self._post, each, pacer))
            elif each.ts is not None and pacer.may_edit(each.id, min(each.priority, Priority.NOTE)):
                self._take(each, partial(self._edit, each, each.ts, pacer))

    async def _show_offers(self, pacer: Pacer) -> None:
        """Progress comes from memory: the one that waits longest first, and only while the minute has room."""
        if not self._offers:
            return
        shown = {each.key: each for each in await self._messages.clean(list(self._offers))}
        for key in [key for key in self._offers if key in shown]:
            posting = replace(shown[key], card=self._offers[key])
            if posting.id not in self._hands and posting.ts and pacer.may_edit(posting.id, Priority.PROGRESS):
                del self._offers[key]
                self._take(posting, partial(self._progress, posting, posting.ts, pacer))

    def _take(self, posting: Posting, work: Callable[[], Awaitable[None]]) -> None:
        async def held() -> None:
            try:
                await work()
            except Exception:
                log.exception("a message could not be sent", key=posting.key)
                await self._later(posting, started=True)
            finally:
                del self._hands[posting.id]

        self._hands[posting.id] = asyncio.create_task(held(), name=f"send {posting.key}")

    async def _post(self, posting: Posting, pacer: Pacer) -> None:
        await self._reach("post_intent:before")
        if not self._guard() or not await self._messages.begin(posting.id, self._clock()):
            return
        await self._reach("post_intent:after")
        if not self._guard():
            return
        try:
            await self._reach("post:before")
            card, key = _marked(posting), _uuid(posting)
            channel, ts = await self._chat.post(
                posting.channel, card, thread=posting.parent_ts, key=key, broadcast=posting.broadcast
            )
            await self._reach("post:after")
        except ChatError as error:
            await self._refused(posting, error, pacer, "post")
            return
        await self._fact("posted", partial(self._messages.posted, posting.id, channel, ts, posting.revision))

    async def _edit(self, posting: Posting, ts: str, pacer: Pacer) -> None:
        if not self._guard():
            return
        try:
            await self._reach("edit:before")
            await self._chat.edit(posting.channel, ts, posting.card)
            await self._reach("edit:after")
        except ChatError as error:
            await self._refused(posting, error, pacer, "edit")
            return
        if not self._guard():
            await self._repaint(posting)  # late: somebody else may have edited it meanwhile
            return
        await self._fact("shown", partial(self._messages.shown, posting.id, posting.revision))

    async def _repaint(self, posting: Posting) -> None:
        await self._fact("dirty", partial(self._messages.repaint, posting.id))

    async def _fact(self, point: str, store: Callable[[], Awaitable[None]]) -> None:
        """Store what is known about Slack, again and again until the database is back, whoever leads by then."""
        await self._reach(f"{point}:before")
        while True:
            try:
                await store()
                break
            except StoreDown:
                log.warning("a fact waits for the database", point=point)
                await asyncio.sleep(self._timing.scan)
        await self._reach(f"{point}:after")

    async def _progress(self, posting: Posting, ts: str, pacer: Pacer) -> None:
        """An edit that no row wants. If it may have arrived late or not at all, the row is painted over once more."""
        if not self._guard():
            return
        try:
            await self._reach("progress:before")
            await self._chat.edit(posting.channel, ts, posting.card)
            await self._reach("progress:after")
        except ChatError as error:
            if error.code == "ratelimited":
                pacer.bar("edit", (error.retry_after or timedelta(seconds=30)).total_seconds())
            else:
                await self._repaint(posting)
            return
        if not self._guard():
            await self._repaint(posting)

    async def _refused(self, posting: Posting, error: ChatError, pacer: Pacer, what: str) -> None:
        log.warning("slack refused", method=error.method, code=error.code, key=posting.key)
        if error.code == "ratelimited":
            pacer.bar(what, (error.retry_after or timedelta(seconds=30)).total_seconds())
        if error.code == "no_answer" or error.code.startswith("http_"):
            if what == "edit":
                await self._repaint(posting)
            await self._later(posting, started=True)
        elif error.code in _LATER:
            await self._later(posting, started=False)
        elif error.code in _GONE and await self._messages.vanished(posting.id, most=_MOST):
            return
        else:
            await self._give_up(posting, error.code)

    async def _later(self, posting: Posting, *, started: bool) -> None:
        wait = self._timing.retry * 2 ** min(posting.attempts, 6)
        try:
            await self._messages.wait(posting.id, self._clock() + wait, started=started)
        except StoreDown:
            log.warning("a message waits for the database", key=posting.key)

    async def _give_up(self, posting: Posting, reason: str) -> None:
        dead = await self._messages.bury(posting.id, reason)
        log.error("messages given up", keys=dead, reason=reason)
        if self._buried and dead:
            await self._buried(posting.channel, reason, dead)


def _uuid(posting: Posting) -> str:
    return str(uuid.uuid5(_NAMES, f"{posting.key}#{posting.generation}"))


def _marked(posting: Posting) -> Card:
    if posting.started is None:
        return posting.card
    return posting.card.noting("This may be a repeat: Slack's answer to the first one was lost.")
