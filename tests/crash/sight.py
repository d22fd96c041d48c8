"""What an onlooker sees of the bot: its rows, Slack's messages, the calls at Pulumi; and what was promised of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.approvals import Deed, Request, State
from bot.card import Card
from bot.codec import decode, encode
from bot.records import Record
from bot.services.cards import display, request_card, root
from bot.slack.blocks import to_message
from bot.store.database import Database
from bot.store.opening import open_readonly
from bot.store.requests import SqlRequests
from bot.store.tables import message
from bot.store.trail import SqlTrail
from bot.trail import broken
from sandbox.app import Sandbox
from sandbox.slack.content import stored_text
from sandbox.slack.model import Message

REPEAT = "This may be a repeat"
TOLD = {Deed.VOTED, Deed.APPROVED, Deed.REJECTED, Deed.WITHDRAWN, Deed.EXPIRED, Deed.REMINDED, Deed.STALE}
TOLD |= {Deed.SUCCEEDED, Deed.FAILED, Deed.UNKNOWN, Deed.RELEASED}
ENDS = {Deed.REJECTED, Deed.WITHDRAWN, Deed.EXPIRED, Deed.STALE, Deed.SUCCEEDED, Deed.FAILED}


@dataclass
class Witness:
    """Notes what reaches the two services, whatever becomes of the answer. `posts`: id that the client gave → texts."""

    calls: list[str] = field(default_factory=list)
    posts: dict[str, list[str]] = field(default_factory=dict)

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Outermost: it sees the calls that a fault keeps from being handled, too."""
        if request.path.startswith("/pulumi/api/") and request.method not in {"GET", "HEAD"}:
            body = await request.text()
            self.calls.append(f"{request.method} {request.path.removeprefix('/pulumi/api/')} {body}")
        return await handler(request)

    def observe(self, change: str, found: Message, _: Message) -> None:
        """For the ledger."""
        if change == "added" and found.client_msg_id:
            self.posts.setdefault(found.client_msg_id, []).append(found.text)

    @property
    def repeats(self) -> int:
        """Posts of something that was posted before."""
        return sum(len(texts) - 1 for texts in self.posts.values())


@dataclass(frozen=True)
class Sight:
    """The rows, read beside the bot; and what both services have seen."""

    database: Database
    sandbox: Sandbox
    witness: Witness

    async def find(self, name: str) -> Request | None:
        """The request whose line has this word."""
        requests = await SqlRequests(self.database, display).find()
        return next((each for each in requests if name in each.line), None)

    async def one(self, name: str) -> Request:
        """The same, where it is known to be there."""
        found = await self.find(name)
        assert found, f"no request about {name}"
        return found

    async def rows(self, subject: str) -> list[Row[Any]]:
        """The messages of one request."""

        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            chosen = select(message).where(message.c.subject == subject).order_by(message.c.id)
            return list(await connection.execute(chosen))

        return await self.database.read(work)

    async def records(self) -> list[Record]:
        """The whole trail."""
        return await SqlTrail(self.database).rows(limit=100_000)

    async def idle(self, name: str) -> bool:
        """Whether nothing is due for a request any more, and nothing is to be shown."""
        request = await self.find(name)
        if request is None or not (request.state.final or (request.state is State.UNKNOWN and not request.next_check)):
            return False
        rows = await self.rows(request.id)
        return bool(rows) and all(row.dead_reason or (row.ts and row.shown_rev >= row.want_rev) for row in rows)

    async def broken(self, name: str) -> list[str]:
        """Every promise about one request that is not kept; nobody works on it any more."""
        request = await self.one(name)
        records = [each for each in await self.records() if each.subject == request.id]
        rows = await self.rows(request.id)
        found = [*self._called(request, name), *_stuck(request), *_told(request, records, rows), *self._shown(rows)]
        found += [f"the card does not say {request.state}"] * (_root(rows).want != encode(request_card(request)))
        return [f"{request.id} ({name}): {each}" for each in found]

    async def broken_at_large(self) -> list[str]:
        """The promises about everything."""
        trail = SqlTrail(self.database)
        first = broken(await self.records(), await trail.head())
        unmarked = [texts for texts in self.witness.posts.values() for text in texts[1:] if REPEAT not in text]
        doubled = [f"said twice without a mark: {texts[-1]}" for texts in unmarked]
        return [*doubled, *([f"the trail: {first.text}"] if first else [])]

    def seen(self, name: str) -> list[str]:
        """The mutating calls that Pulumi saw about it."""
        return [call for call in self.witness.calls if name in call]

    def _called(self, request: Request, name: str) -> Iterator[str]:
        calls = self.seen(name)
        if len(calls) > 1:
            yield f"{len(calls)} calls: {calls}"
        if request.state is State.SUCCEEDED and len(calls) != 1:
            yield f"done with {len(calls)} calls"
        if calls and not request.sent_at:
            yield "called without an intent"

    def _shown(self, rows: Iterable[Row[Any]]) -> Iterator[str]:
        for row in rows:
            slack = self.sandbox.slack.ledger.find(row.channel, row.ts or "")
            card = decode(Card, row.want)
            if row.dead_reason or row.ts is None or row.shown_rev < row.want_rev:
                yield f"{row.key} is not shown: {row.dead_reason}"
            elif slack is None:
                yield f"{row.key} is not in Slack"
            elif slack.text not in _texts(card):
                yield f"{row.key} shows {slack.text!r}, not {to_message(card).text!r}"


def _texts(card: Card) -> tuple[str, ...]:
    """How a card may read in Slack: as it is, or with the mark of a repeat."""
    marked = card.noting(f"{REPEAT}: Slack's answer to the first one was lost.")
    return tuple(stored_text(to_message(each).text) for each in (card, marked))


def _root(rows: Iterable[Row[Any]]) -> Row[Any]:
    return next(row for row in rows if row.parent_id is None and row.key.count("/") == 1)


def _stuck(request: Request) -> Iterator[str]:
    if not request.state.final and not (request.state is State.UNKNOWN and request.next_check is None):
        yield f"stuck in {request.state}"


def _told(request: Request, records: list[Record], rows: list[Row[Any]]) -> Iterator[str]:
    """What the trail tells happened once where it can happen once only, and each deed of it is told in the thread."""
    deeds = Counter(each.deed for each in records)
    for deed in (Deed.ASKED, Deed.APPROVED, *ENDS):
        if deeds[deed] > 1:
            yield f"{deed} {deeds[deed]} times"
    if sum(deeds[each] for each in ENDS) != int(request.state.final):
        yield f"ended {sum(deeds[each] for each in ENDS)} times"
    if deeds[Deed.VOTED] + deeds[Deed.APPROVED] != len(request.votes):
        yield f"{len(request.votes)} votes, counted {deeds[Deed.VOTED] + deeds[Deed.APPROVED]} times"
    for deed in (Deed.CLAIMED, Deed.SENT):
        if deeds[deed] > 1 + deeds[Deed.RELEASED]:
            yield f"{deed} {deeds[deed]} times, released {deeds[Deed.RELEASED]} times"
    told = {row.key for row in rows}
    silent = sum(each.deed == Deed.RELEASED and '"text"' not in each.body for each in records)
    notes = sum(each.deed in TOLD for each in records) - silent
    if root(request.id) not in told or len(told) != 1 + notes:
        yield f"{len(told)} messages are wanted, the trail tells of a card and {notes} notes: {sorted(told)}"


@asynccontextmanager
async def watching(url: str, sandbox: Sandbox, witness: Witness) -> AsyncIterator[Sight]:
    """Look at a database that a bot may have open."""
    async with open_readonly(url) as database:
        yield Sight(database, sandbox, witness)


async def until(what: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Ask until it is so."""
    async with asyncio.timeout(seconds):
        while True:
            if await what():
                return
            await asyncio.sleep(0.02)
