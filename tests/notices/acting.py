"""What the feed would do, by hand: look at one stack's updates and tell the herald; and what Slack then shows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.card import Card
from bot.codec import decode
from bot.happenings import Happening, Kind, kinds_of
from bot.incidents import Incident
from bot.model import Result, StackRef, UpdateInfo
from bot.operations import Scene
from bot.operations.words import split
from bot.records import Fence, Known, Subscribed
from bot.slack.blocks import to_message
from bot.store.tables import message
from bot.subscription_line import parse
from sandbox.pulumi.world import Update
from sandbox.slack import seed
from tests.live import Clock
from tests.town import Town, town

PROD = "acme/shop/prod"
FENCE = Fence("test", 1)
OPS = seed.PLATFORM


@dataclass(frozen=True)
class Row:
    """A message as it is wanted."""

    key: str
    card: Card
    thread: str
    aloud: bool
    revision: int

    @property
    def text(self) -> str:
        return to_message(self.card).text


@dataclass
class Newsroom:
    """One bot whose feed is this test."""

    town: Town
    clock: Clock
    told: dict[StackRef, Known] = field(default_factory=dict)

    async def subscribe(self, line: str, channel: str = OPS) -> None:
        wanted = Subscribed(channel=channel, subscription=parse(split(line)), by=seed.ANN, at=self.clock())
        await self.town.services.subscriptions.put(wanted)

    def play(self, scenario: str, stack: str = PROD, **how: Any) -> Update:
        """Something happens at Pulumi, from beginning to end."""
        how = {"speed": 0, **how}
        return self.town.sandbox.pulumi.play(stack, scenario, **how)

    async def newest(self, stack: str = PROD) -> UpdateInfo:
        async for update in self.town.services.world.pulumi.fresh.updates(StackRef.parse(stack), page_size=1):
            return update
        raise AssertionError("it never ran")

    def known(self, update: UpdateInfo) -> Known:
        before = self.told.get(update.stack)
        failing = (before and before.failing) or self.clock() if update.result is Result.FAILED else None
        return Known(
            stack=update.stack,
            seen=update.started,
            version=update.version,
            update_id=update.update_id,
            result=update.result,
            failing=failing,
            at=self.clock(),
        )

    def happening(self, update: UpdateInfo) -> Happening:
        before = self.told.get(update.stack)
        kinds = kinds_of(update, after_failure=bool(before and before.failing))
        return Happening(stack=update.stack, kinds=kinds, at=update.ended or self.clock(), update=update)

    async def tell(self, update: UpdateInfo, fence: Fence = FENCE) -> Happening:
        """As the feed tells it once it sees it."""
        happening, known = self.happening(update), self.known(update)
        await self.town.services.herald.tell(known, [happening], fence)
        self.told[update.stack] = known
        return happening

    async def happens(self, scenario: str, stack: str = PROD, **how: Any) -> UpdateInfo:
        """It is played and told of."""
        self.play(scenario, stack, **how)
        self.clock.leap(minutes=1)
        update = await self.newest(stack)
        await self.tell(update)
        return update

    async def tells(self, kind: Kind, stack: str, at: datetime | None = None) -> None:
        """A stack came or went."""
        ref = StackRef.parse(stack)
        happening = Happening(stack=ref, kinds=frozenset({kind}), at=at or self.clock())
        known = Known(
            stack=ref, seen=None, version=None, update_id=None, result=Result.UNKNOWN, failing=None, at=self.clock()
        )
        gone = ref if kind is Kind.DELETED else None
        await self.town.services.herald.tell(None if gone else known, [happening], FENCE, gone=gone)

    async def wanted(self, channel: str = OPS) -> list[Row]:
        """The messages that a channel is to have, oldest first."""

        async def work(connection: AsyncConnection) -> list[Row]:
            parent = message.alias("parent")
            both = message.outerjoin(parent, message.c.parent_id == parent.c.id)
            chosen = select(message, parent.c.key.label("thread")).select_from(both).order_by(message.c.id)
            rows = await connection.execute(chosen.where(message.c.channel == channel))
            return [Row(row.key, decode(Card, row.want), row.thread or "", row.broadcast, row.want_rev) for row in rows]

        return await self.town.services.world.store.database.read(work)

    @property
    def scene(self) -> Scene:
        return Scene(now=self.clock(), console=self.town.services.console)

    def idle(self, stack: str) -> bool:
        """Whether something can be played on it, and this bot sees it."""
        cloud = self.town.sandbox.pulumi
        found = cloud.stack(stack)
        return not (found.hidden or found.forbidden or cloud.theatre.running(found))

    async def incidents(self, stack: str = PROD) -> list[Incident]:
        """Those that are open."""
        return await self.town.services.news.of(StackRef.parse(stack))


@asynccontextmanager
async def newsroom(folder: Path) -> AsyncIterator[Newsroom]:
    clock = Clock()
    async with town(folder, now=clock) as place:
        yield Newsroom(place, clock)


def said(rows: Sequence[Row]) -> list[str]:
    """How each begins; replies are indented, and marked where the channel sees them."""
    return [f"{'  ' if row.thread else ''}{'! ' if row.aloud else ''}{row.card.title}" for row in rows]
