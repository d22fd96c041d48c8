"""The trail as rows: appended under the lock of its head, the last lock of a transaction; never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Record
from bot.store.database import Database, moment
from bot.store.tables import request, trail, trail_head
from bot.trail import EMPTY, Entry, Head, at_ms, follow

_NAME = "main"


async def append(database: Database, connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Add rows to the chain. The caller commits right afterwards: whoever else appends waits for it."""
    head = await _locked_head(database, connection)
    rows = []
    for entry in entries:
        head = follow(head, entry)
        said = {"at": at_ms(entry.at), "subject": entry.subject, "deed": entry.deed, "body": entry.text}
        rows.append({"seq": head.seq, "hash": head.hash, **said})
    if rows:
        await connection.execute(trail.insert(), rows)
        moved = update(trail_head).where(trail_head.c.name == _NAME).values(seq=head.seq, hash=head.hash)
        await connection.execute(moved)


async def _locked_head(database: Database, connection: AsyncConnection) -> Head:
    if found := await _head(connection, lock=True):
        return found
    first = database.insert(trail_head).values(name=_NAME, seq=EMPTY.seq, hash=EMPTY.hash)
    await connection.execute(first.on_conflict_do_nothing())
    return await _head(connection, lock=True) or EMPTY


async def _head(connection: AsyncConnection, *, lock: bool = False) -> Head | None:
    chosen = select(trail_head.c.seq, trail_head.c.hash).where(trail_head.c.name == _NAME)
    row = (await connection.execute(chosen.with_for_update() if lock else chosen)).first()
    return Head(row.seq, row.hash or EMPTY.hash) if row else None


class SqlTrail:
    """The `Trail` port on the tables `trail` and `trail_head`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, subject: str) -> list[Record]:
        """All rows about one subject, oldest first."""
        return await self._records(select(trail).where(trail.c.subject == subject).order_by(trail.c.seq))

    async def rows(self, after: int = 0, limit: int = 500) -> list[Record]:
        """Rows from above a number on, oldest first."""
        return await self._records(select(trail).where(trail.c.seq > after).order_by(trail.c.seq).limit(limit))

    async def newest(self, before: int | None = None, limit: int = 10, person: str = "") -> list[Record]:
        """Rows from below a number on, newest first; with `person` those about their own requests and link."""
        chosen = select(trail).order_by(trail.c.seq.desc()).limit(limit)
        if before is not None:
            chosen = chosen.where(trail.c.seq < before)
        if person:
            own = select(request.c.id).where(request.c.requester == person)
            chosen = chosen.where(or_(trail.c.subject == person, trail.c.subject.in_(own)))
        return await self._records(chosen)

    async def head(self) -> Head:
        """Where the chain ends, by what is written beside it."""
        return await self._database.read(_head) or EMPTY

    async def note(self, at: datetime, subject: str, deed: str, body: dict[str, str]) -> None:
        """Add a row that belongs to no request."""

        async def work(connection: AsyncConnection) -> None:
            await append(self._database, connection, [Entry(at=at, subject=subject, deed=deed, body=body)])

        await self._database.run(work)

    async def _records(self, chosen: Select[Any]) -> list[Record]:
        async def work(connection: AsyncConnection) -> list[Record]:
            return [_record(row) for row in await connection.execute(chosen)]

        return await self._database.read(work)


def _record(row: Row[Any]) -> Record:
    at = moment(row.at)
    return Record(seq=row.seq, at=at, subject=row.subject, deed=row.deed, body=row.body, hash=row.hash)
