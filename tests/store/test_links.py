"""Linked accounts as rows, over both databases: ciphertext that is bound to its person, keys that rotate."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Linked, LinkUnreadable
from bot.store.database import Database
from bot.store.links import SqlLinks
from bot.store.opening import open_store
from bot.store.tables import link
from bot.store.trail import SqlTrail
from tests.unit.test_steps import NOON

OLD, NEW = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
TOKEN = SecretStr("pul-canary-5f1c9")
ANN, BO = (Linked(user=name, login=f"{name.lower()}-dev", name=name.title(), at=NOON) for name in ("ANN", "BO"))


def links_of(database: Database, *keys: SecretStr) -> SqlLinks:
    return SqlLinks(database, keys or (OLD,), clock=lambda: NOON)


@pytest.fixture
def links(database: Database) -> SqlLinks:
    return links_of(database)


async def sealed(database: Database, user: str) -> bytes:
    async def work(connection: AsyncConnection) -> bytes:
        stored: bytes = (await connection.execute(select(link.c.token).where(link.c.user_id == user))).scalar_one()
        return stored

    return await database.read(work)


async def test_what_was_linked_is_there_until_it_is_dropped(links: SqlLinks) -> None:
    assert (await links.get("ANN"), await links.token("ANN")) == (None, None)
    await links.put(ANN, TOKEN)
    assert (await links.get("ANN"), await links.token("ANN")) == (ANN, TOKEN)
    assert await links.drop("ANN") is True
    assert await links.drop("ANN") is False
    assert (await links.get("ANN"), await links.token("ANN")) == (None, None)


async def test_linking_anew_replaces(links: SqlLinks) -> None:
    await links.put(ANN, TOKEN)
    await links.put(replace(ANN, login="ann-two"), SecretStr("pul-second"))
    assert await links.token("ANN") == SecretStr("pul-second")
    assert await links.by_login("ann-dev") == []


async def test_a_login_is_found_whatever_the_case_of_its_letters(links: SqlLinks) -> None:
    await links.put(ANN, TOKEN)
    await links.put(replace(BO, login="Ann-DEV"), TOKEN)
    assert [each.user for each in await links.by_login("ANN-dev")] == ["ANN", "BO"]


async def test_every_link_is_in_the_trail_and_no_token_is(links: SqlLinks, database: Database) -> None:
    await links.put(ANN, TOKEN)
    await links.put(ANN, TOKEN)  # the same again, as after a commit whose answer was lost
    await links.put(replace(ANN, login="ann-two"), TOKEN)
    await links.drop("ANN")
    rows = await SqlTrail(database).of("ANN")
    assert [(row.deed, row.body) for row in rows] == [
        ("linked", '{"login":"ann-dev","user":"ANN"}'),
        ("linked", '{"login":"ann-two","login_before":"ann-dev","user":"ANN"}'),
        ("unlinked", '{"login":"ann-two","user":"ANN"}'),
    ]


async def test_rows_that_changed_places_open_for_nobody(links: SqlLinks, database: Database) -> None:
    await links.put(ANN, TOKEN)
    await links.put(BO, SecretStr("pul-bo"))
    stolen = await sealed(database, "ANN")

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(link).where(link.c.user_id == "BO").values(token=stolen))

    await database.run(work)
    with pytest.raises(LinkUnreadable):
        await links.token("BO")
    assert await links.token("ANN") == TOKEN


async def test_a_login_that_was_exchanged_opens_for_nobody(links: SqlLinks, database: Database) -> None:
    await links.put(ANN, TOKEN)

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(link).values(login="bo-dev"))

    await database.run(work)
    with pytest.raises(LinkUnreadable):
        await links.token("ANN")


async def test_keys_rotate(database: Database) -> None:
    """An older key still opens, the start encrypts anew, and then the older key may go."""
    await links_of(database, OLD).put(ANN, TOKEN)
    both = links_of(database, NEW, OLD)
    assert await both.token("ANN") == TOKEN
    assert (await both.renew(), await both.renew()) == (1, 0)
    assert await links_of(database, NEW).token("ANN") == TOKEN
    with pytest.raises(LinkUnreadable):
        await links_of(database, OLD).token("ANN")


async def test_a_row_of_a_key_that_is_gone_stops_nothing(database: Database) -> None:
    await links_of(database, OLD).put(ANN, TOKEN)
    await links_of(database, NEW).put(BO, TOKEN)
    only_new = links_of(database, NEW)
    assert await only_new.renew() == 0
    assert (await only_new.get("ANN"), await only_new.token("BO")) == (ANN, TOKEN)
    with pytest.raises(LinkUnreadable):
        await only_new.token("ANN")


@pytest_asyncio.fixture
async def folder(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Path]:
    async with open_store(sqlite_url) as store:
        await links_of(store.database).put(ANN, TOKEN)
        yield tmp_path


def test_no_byte_of_the_database_is_the_token(folder: Path) -> None:
    for each in folder.iterdir():
        assert TOKEN.get_secret_value().encode() not in each.read_bytes(), each
