"""The trail as rows, over both databases: appended in one order, refused to be changed, read beside the bot."""

import asyncio
import contextlib

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import steps
from bot.auditor import main
from bot.records import StoreDown
from bot.services.auditing import verify
from bot.services.cards import display
from bot.store.database import Database
from bot.store.requests import SqlRequests
from bot.store.tables import trail
from bot.store.trail import SqlTrail, append
from bot.trail import Break, Entry, Head
from tests.unit.test_steps import ANN, NOON, request


def row(number: int) -> Entry:
    return Entry(at=NOON, subject=f"R-{number}", deed="asked", body={"user": "ANN", "text": f"number {number}"})


async def write(database: Database, *entries: Entry) -> None:
    async def work(connection: AsyncConnection) -> None:
        await append(database, connection, entries)

    await database.run(work)


async def without_guards(database: Database, *statements: str) -> None:
    """What somebody with the database's password could do."""

    async def work(connection: AsyncConnection) -> None:
        names = ["trail_refuses_change", "trail_refuses_truncate"]
        if database.dialect == "sqlite":
            names = ["trail_refuses_update", "trail_refuses_delete"]
        on = " on trail" if database.dialect == "postgresql" else ""
        for statement in (*(f"drop trigger if exists {name}{on}" for name in names), *statements):
            await connection.execute(text(statement))

    await database.run(work)


async def test_rows_are_numbered_and_chained(database: Database) -> None:
    await write(database, row(1), row(2))
    await write(database, row(3))
    rows = await SqlTrail(database).rows()
    assert [(each.seq, each.subject) for each in rows] == [(1, "R-1"), (2, "R-2"), (3, "R-3")]
    assert rows[0].at == NOON
    assert await verify(SqlTrail(database)) == Head(3, rows[-1].hash)


async def test_an_empty_trail_is_whole(database: Database) -> None:
    assert await verify(SqlTrail(database)) == await SqlTrail(database).head() == Head()


async def test_writers_at_once_make_one_chain(database: Database) -> None:
    await asyncio.gather(*(write(database, row(each)) for each in range(20)))
    found = await verify(SqlTrail(database))
    assert isinstance(found, Head)
    assert found.seq == 20


async def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await append(database, connection, [row(1)])
        raise LookupError

    with contextlib.suppress(LookupError):
        await database.run(work)
    await write(database, row(2))
    assert [each.seq for each in await SqlTrail(database).rows()] == [1]


@pytest.mark.parametrize("change", [update(trail).values(deed="never"), delete(trail)])
async def test_the_database_refuses_to_change_a_row(database: Database, change: object) -> None:
    await write(database, row(1))

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(change)  # type: ignore[call-overload]  # either of the two

    with pytest.raises((DBAPIError, StoreDown), match="append-only"):
        await database.run(work)


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("update trail set body = replace(body, 'ANN', 'BO') where seq = 2", 2),
        ("update trail set at = at + 1 where seq = 1", 1),
        ("delete from trail where seq = 2", 2),
        ("delete from trail where seq = 3", 3),
        ("delete from trail", 1),
        ("update trail set seq = 4 where seq = 3", 3),
        ("insert into trail (seq, at, subject, deed, body, hash) values (4, 0, '', '', '', '')", 4),
    ],
)
async def test_whoever_changes_it_all_the_same_is_found_out(database: Database, statement: str, seq: int) -> None:
    await write(database, row(1), row(2), row(3))
    await without_guards(database, statement)
    found = await verify(SqlTrail(database))
    assert isinstance(found, Break)
    assert found.seq == seq


async def test_rows_about_one_subject_and_about_one_person(database: Database) -> None:
    requests, rows = SqlRequests(database, display), SqlTrail(database)
    await requests.open(steps.ask(request()))
    await requests.change("R-7F3KQ", lambda found: steps.withdraw(found, ANN, NOON))
    await rows.note(NOON, "BO", "linked", {"user": "BO", "login": "bo-dev"})
    assert [each.deed for each in await rows.of("R-7F3KQ")] == ["asked", "withdrawn"]
    assert [each.seq for each in await rows.newest()] == [3, 2, 1]
    assert [each.seq for each in await rows.newest(3, 1)] == [2]
    assert [each.seq for each in await rows.newest(person="ANN")] == [2, 1]
    assert [each.seq for each in await rows.newest(person="BO")] == [3]


async def test_the_command_line_reads_beside_the_running_bot(
    database: Database, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`database` is open, and stays so."""
    await write(database, row(1), Entry(at=NOON, subject="R-2", deed="asked", body={"text": "=cmd()", "user": "ANN"}))
    assert await asyncio.to_thread(main, ["verify"], lambda: url) == 0
    assert "The trail is whole: 2 rows, head " in capsys.readouterr().out
    assert await asyncio.to_thread(main, ["export", "--database", url], lambda: "nowhere") == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].startswith("seq,at,subject,deed,user")
    assert table[1].startswith("1,2026-11-24T12:00:00.000Z,R-1,asked,ANN,,number 1")
    assert ",'=cmd()," in table[2]
    assert await asyncio.to_thread(main, ["export", "--format", "jsonl"], lambda: url) == 0
    assert '"body": {"text": "number 1", "user": "ANN"}' in capsys.readouterr().out.splitlines()[0]
    await without_guards(database, "delete from trail where seq = 1")
    assert await asyncio.to_thread(main, ["verify"], lambda: url) == 1
    assert capsys.readouterr().out == "The trail is broken at row 1. Row 1 is missing.\n"
