"""The feed's memory as rows, and hints on their way to the leader, over both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.discovery import FirstLook, blank
from bot.model import Result, StackRef
from bot.records import Deposed, Fence
from bot.store.database import Database
from bot.store.hints import SqlHints
from bot.store.lease import lease_of
from bot.store.stacks import SqlStacks, forget_known, write_known
from bot.timing import FAST
from bot.webhooks import Hint
from tests.unit.test_steps import NOON

PROD, DEV = StackRef("acme", "shop", "prod"), StackRef("acme", "shop", "dev")
SEEN = replace(
    blank(PROD, NOON, NOON - timedelta(minutes=3)),
    version=7,
    update_id="8f9f2b5a-41d2-4f0e-8a53-3b6d1c1d7a10",
    result=Result.FAILED,
    failing=NOON - timedelta(hours=2),
)


@pytest.fixture
def rows(database: Database) -> SqlStacks:
    return SqlStacks(database)


async def term(database: Database) -> Fence:
    """The one that lasts."""
    fence = await lease_of(database, FAST).acquire()
    assert fence
    return fence


async def test_the_first_look_is_noted_once(rows: SqlStacks, database: Database) -> None:
    assert await rows.begin(NOON) == FirstLook(at=NOON, complete=False)
    assert await rows.begin(NOON + timedelta(hours=1)) == FirstLook(at=NOON, complete=False)
    await rows.complete(await term(database))
    assert await rows.begin(NOON + timedelta(hours=1)) == FirstLook(at=NOON, complete=True)
    assert await rows.all() == [], "it is no stack"


async def test_what_is_known_comes_back_as_it_was(rows: SqlStacks, database: Database) -> None:
    never = blank(DEV, NOON)
    await rows.begin(NOON)
    fence = await term(database)
    await rows.put([SEEN, never], fence)
    assert await rows.all() == [never, SEEN]
    mended = replace(SEEN, version=8, update_id="another", result=Result.SUCCEEDED, failing=None, at=NOON)
    await rows.put([mended], fence)
    assert await rows.all() == [never, mended]


async def test_a_row_is_written_and_forgotten_within_anothers_transaction(rows: SqlStacks, database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await write_known(database, connection, SEEN)
        await write_known(database, connection, blank(DEV, NOON))
        await forget_known(database, connection, DEV)
        await forget_known(database, connection, DEV)

    await database.run(work)
    assert await rows.all() == [SEEN]


async def test_who_no_longer_leads_stores_nothing(postgres_database: Database) -> None:
    rows = SqlStacks(postgres_database)
    await rows.begin(NOON)
    for late in (rows.put([SEEN], Fence("gone", 1)), rows.complete(Fence("gone", 1))):
        with pytest.raises(Deposed):
            await late
    assert await rows.all() == []
    assert not (await rows.begin(NOON)).complete


async def test_hints_are_taken_once(database: Database) -> None:
    hints = SqlHints(database)
    await hints.leave(Hint(PROD, "stack_update", version=7))
    await hints.leave(Hint(PROD, "stack_update", version=8))
    await hints.leave(Hint(PROD, "stack_preview", preview=True))
    await hints.leave(Hint(None, "stack"))
    found = await hints.take()
    assert sorted(map(str, found)) == sorted(
        map(str, [Hint(PROD, "stack_update"), Hint(PROD, "stack_preview", preview=True), Hint(None, "stack")])
    )
    assert await hints.take() == []
