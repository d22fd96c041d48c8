"""The messages we own, as rows: what Slack should show, and what it shows. Posts and edits are the same thing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.card import Card
from bot.codec import decode, encode
from bot.records import Fence, Posting, Priority, Wanted
from bot.store.database import Database, milliseconds, moment
from bot.store.tables import message

_DEAD = 200
_TURNS = 20  # of each channel, posts and edits each, in one look


class SqlMessages:
    """The `Messages` port on the table `message`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def want(self, wanted: Sequence[Wanted], *, fence: Fence | None = None) -> None:
        """Want these to be shown; a key that is known gets a new revision if its card is another one."""

        async def work(connection: AsyncConnection) -> None:
            await write_wanted(self._database, connection, wanted)

        await self._database.run(work, fence=fence)

    async def dirty(self, now: datetime, limit: int = 100) -> list[Posting]:
        """What Slack does not show as it should and is due; replies only when their parent is posted.

        A few of each channel, so that a flood in one leaves the others their turn.
        """
        root = message.alias("root")
        turn = func.row_number().over(
            partition_by=(message.c.channel, message.c.ts.is_(None)), order_by=(message.c.priority, message.c.id)
        )
        due = and_(
            message.c.dead_reason.is_(None),
            or_(message.c.ts.is_(None), message.c.want_rev > message.c.shown_rev),
            message.c.not_before <= milliseconds(now),
            or_(message.c.parent_id.is_(None), root.c.ts.is_not(None)),
        )
        found = (
            select(message, root.c.ts.label("root_ts"), turn.label("turn"))
            .select_from(message.outerjoin(root, message.c.parent_id == root.c.id))
            .where(due)
            .subquery()
        )
        mine = found.c.turn <= _TURNS
        chosen = select(found).where(mine).order_by(found.c.priority, found.c.id).limit(limit)

        async def work(connection: AsyncConnection) -> list[Posting]:
            return [_posting(row) for row in await connection.execute(chosen)]

        return await self._database.read(work)

    async def clean(self, keys: Sequence[str]) -> list[Posting]:
        """Those that Slack shows as wanted: only they may show something newer for a while."""
        shown = (message.c.ts.is_not(None), message.c.want_rev == message.c.shown_rev, message.c.dead_reason.is_(None))
        chosen = select(message, message.c.ts.label("root_ts")).where(message.c.key.in_(list(keys)), *shown)

        async def work(connection: AsyncConnection) -> list[Posting]:
            return [_posting(row) for row in await connection.execute(chosen)]

        return await self._database.read(work)

    async def begin(self, message_id: int, now: datetime) -> bool:
        """Note that a post is about to be made; False when the row has a `ts` already."""
        where = (message.c.id == message_id, message.c.ts.is_(None))
        return await self._set(where, post_started_at=milliseconds(now)) == 1

    async def posted(self, message_id: int, channel: str, ts: str, revision: int) -> None:
        """Note that Slack shows that revision, there, under `ts`."""
        mine = or_(message.c.ts.is_(None), message.c.ts == ts)
        values = {"channel": channel, "ts": ts, "shown_rev": revision, "attempts": 0, "not_before": 0}
        await self._set((message.c.id == message_id, mine), **values)

    async def shown(self, message_id: int, revision: int) -> None:
        """Note that an edit to that revision arrived."""
        where = (message.c.id == message_id, message.c.shown_rev < revision)
        await self._set(where, shown_rev=revision, attempts=0, not_before=0)

    async def repaint(self, message_id: int) -> None:
        """Note that what Slack shows is not known: the row gets another revision."""
        await self._set((message.c.id == message_id,), want_rev=message.c.want_rev + 1)

    async def wait(self, message_id: int, until: datetime, *, started: bool) -> None:
        """Try again later. `started` False: the post provably never arrived."""
        values = {} if started else {"post_started_at": None}
        due, tried = milliseconds(until), message.c.attempts + 1
        await self._set((message.c.id == message_id,), not_before=due, attempts=tried, **values)

    async def vanished(self, message_id: int, *, most: int) -> bool:
        """People deleted it: post it again (another generation), unless that was done `most` times."""
        where = (message.c.id == message_id, message.c.generation < most)
        values = {"ts": None, "post_started_at": None, "generation": message.c.generation + 1, "shown_rev": 0}
        return await self._set(where, **values) == 1

    async def bury(self, message_id: int, reason: str) -> list[str]:
        """Give it up, and the replies that wait for it; gives the keys of all."""
        waiting = and_(message.c.parent_id == message_id, message.c.ts.is_(None))
        where = and_(or_(message.c.id == message_id, waiting), message.c.dead_reason.is_(None))

        async def work(connection: AsyncConnection) -> list[str]:
            keys = (await connection.execute(select(message.c.key).where(where))).scalars().all()
            await connection.execute(update(message).where(where).values(dead_reason=reason[:_DEAD]))
            return list(keys)

        return await self._database.run(work)

    async def touch(self, subject: str) -> None:
        """Somebody clicked on a card of the subject: show its newest revision once more."""
        root = (message.c.subject == subject, message.c.parent_id.is_(None), message.c.ts.is_not(None))
        await self._set(root, want_rev=message.c.want_rev + 1)

    async def place(self, key: str) -> tuple[str, str] | None:
        """The channel and the `ts` of a message, once it is posted."""
        chosen = select(message.c.channel, message.c.ts).where(message.c.key == key, message.c.ts.is_not(None))

        async def work(connection: AsyncConnection) -> tuple[str, str] | None:
            row = (await connection.execute(chosen)).first()
            return (row.channel, row.ts) if row else None

        return await self._database.read(work)

    async def _set(self, where: Iterable[Any], **values: Any) -> int:  # noqa: ANN401  # SQL expressions
        changed = update(message).where(*where).values(**values)

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(changed)).rowcount

        return await self._database.run(work)


async def write_wanted(database: Database, connection: AsyncConnection, wanted: Sequence[Wanted]) -> None:
    """Inside a transaction that holds the lock of their subject: say what these messages should show now."""
    for each in wanted:
        parent = None
        if each.parent:
            parent = (await connection.execute(select(message.c.id).where(message.c.key == each.parent))).scalar_one()
        row = database.insert(message).values(
            key=each.key,
            subject=each.subject,
            channel=each.channel,
            parent_id=parent,
            thread_ts=each.thread,
            broadcast=each.broadcast,
            want=encode(each.card),
            want_rev=1,
            shown_rev=0,
            generation=0,
            priority=int(each.priority),
            not_before=0,
            attempts=0,
        )
        if each.once:
            await connection.execute(row.on_conflict_do_nothing(index_elements=["key"]))
            continue
        newer = {"want": row.excluded.want, "want_rev": message.c.want_rev + 1}
        other = message.c.want != row.excluded.want
        await connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=newer, where=other))


def _posting(row: Row[Any]) -> Posting:
    return Posting(
        id=row.id,
        key=row.key,
        subject=row.subject,
        channel=row.channel,
        card=decode(Card, row.want),
        revision=row.want_rev,
        ts=row.ts,
        started=moment(row.post_started_at),
        parent_ts=row.root_ts or row.thread_ts,
        broadcast=row.broadcast,
        generation=row.generation,
        priority=Priority(row.priority),
        attempts=row.attempts,
    )
