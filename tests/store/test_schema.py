"""What the tables themselves refuse, whoever writes."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import trail, trail_head
from bot.trail import EMPTY, Head

ROW = {"seq": 1, "at": 1, "subject": "R-1", "deed": "asked", "body": "{}", "hash": "0" * 64}


async def _written(connection: AsyncConnection) -> None:
    await connection.execute(trail.insert().values(ROW))


@pytest.mark.parametrize(
    "change",
    [
        "update trail set body = '[]'",
        "update trail set seq = 7 where seq = 1",
        "delete from trail",
        "delete from trail where seq = 1",
    ],
)
async def test_a_row_of_the_trail_stays_as_it_was_written(database: Database, change: str) -> None:
    await database.run(_written)

    async def tampering(connection: AsyncConnection) -> None:
        await connection.execute(text(change))

    with pytest.raises(IntegrityError, match="the trail is append-only"):
        await database.run(tampering)

    async def rows(connection: AsyncConnection) -> list[dict[str, object]]:
        return [dict(row) for row in (await connection.execute(select(trail))).mappings()]

    assert await database.read(rows) == [ROW]


async def test_the_trail_of_postgresql_is_not_emptied_either(postgres_database: Database) -> None:
    async def emptying(connection: AsyncConnection) -> None:
        await connection.execute(text("truncate trail"))

    with pytest.raises(IntegrityError, match="the trail is append-only"):
        await postgres_database.run(emptying)


async def test_the_trail_begins_with_its_head(database: Database) -> None:
    async def head(connection: AsyncConnection) -> Head:
        return Head(*(await connection.execute(select(trail_head.c.seq, trail_head.c.hash))).one())

    assert await database.read(head) == EMPTY
