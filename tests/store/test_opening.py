"""Opening the store: what is put is there after a restart, one process to a file, and migrations make the tables."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import StoreDown
from bot.store.address import StoreError, _parameters, engine_for, parsed
from bot.store.database import Database
from bot.store.migrate import config, migrate
from bot.store.opening import bring_up_to_date, open_readonly, open_store
from bot.store.settings import SqlSettings
from bot.store.tables import NEWEST
from tests.store import server


async def test_a_setting_outlives_the_process(url: str) -> None:
    async with open_store(url) as store:
        await store.settings.put("C1", "target", "acme/shop/dev")
        await store.settings.put("C1", "target", "acme/shop/prod")
        await store.settings.put("U1", "target", "acme/web/prod")
    async with open_store(url) as store:
        assert await store.settings.get("C1", "target") == "acme/shop/prod"
        await store.settings.put("C1", "target", None)
        assert await store.settings.get("C1", "target") is None
        assert await store.settings.get("U1", "target") == "acme/web/prod"


async def test_a_second_process_is_told_so(sqlite_url: str) -> None:
    async with open_store(sqlite_url):
        with pytest.raises(StoreError, match="in use by another process"):
            async with open_store(sqlite_url):
                pass


@pytest.mark.parametrize(
    "url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "nonsense", "postgres://ann:secret@h/db?sslcert=x"]
)
async def test_an_address_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL") as caught:
        async with open_store(url):
            pass
    assert "secret" not in str(caught.value)


async def test_a_schema_that_is_known_to_be_the_newest_is(database: Database) -> None:
    """The start skips Alembic for it."""

    async def work(connection: AsyncConnection) -> tuple[str, ...]:
        return await connection.run_sync(lambda sync: tuple(ScriptDirectory.from_config(config(sync)).get_heads()))

    assert await database.read(work) == (NEWEST,)


async def test_migrations_make_exactly_the_tables(database: Database) -> None:
    await migrate(database)  # again: nothing to do
    await database.alter("BEGIN", lambda sync: command.check(config(sync)))


async def _at(url: str, revision: str) -> None:
    async with open_store(url) as store:
        await store.database.run(lambda connection: _stamp(connection, revision))


async def _stamp(connection: AsyncConnection, revision: str) -> None:
    await connection.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})


async def test_a_newer_schema_is_tolerated(url: str) -> None:
    await _at(url, "9999")
    async with open_store(url) as store:
        assert await store.settings.get("C1", "target") is None
    assert await bring_up_to_date(url) == ("9999", "9999")


async def test_postgresql_that_is_older_is_refused(postgres_url: str) -> None:
    await _at(postgres_url, "0001")
    with pytest.raises(StoreError, match=r"at 0001, not \d+; run: python -m bot migrate"):
        async with open_store(postgres_url):
            pass


async def test_postgresql_is_migrated_by_hand_and_by_two_at_once(postgres: Path) -> None:
    await server.execute(postgres, "CREATE DATABASE by_hand")
    url = server.url_of(postgres, "by_hand")
    with pytest.raises(StoreError, match="no revision"):
        async with open_store(url):
            pass
    await asyncio.gather(*(bring_up_to_date(url) for _ in range(4)))
    async with open_store(url) as store:
        await store.settings.put("C1", "target", "acme/shop/dev")
    await server.execute(postgres, "DROP DATABASE by_hand")


@asynccontextmanager
async def open_engine(file: Path) -> AsyncIterator[Database]:
    database = Database(engine_for(parsed(f"sqlite:///{file}")), "sqlite")
    yield database
    await database.aclose()


async def test_sqlite_migrates_itself_from_every_revision(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    async with open_engine(file) as database:
        await migrate(database, "0001")
    assert await bring_up_to_date(f"sqlite:///{file}") == ("0001", NEWEST)
    async with open_store(f"sqlite:///{file}") as store:
        await store.database.alter("BEGIN", lambda sync: command.check(config(sync)))


async def test_a_migration_that_dies_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last statement of 0002 fails; the tables before it are gone with it, and the next start succeeds."""
    url = f"sqlite:///{tmp_path}/bot.db"
    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.bulk_insert", _dies)
        with pytest.raises(RuntimeError, match="died"):
            await bring_up_to_date(url)
    assert await bring_up_to_date(url) == ("", NEWEST)


def _dies(*_: object, **__: object) -> None:
    raise RuntimeError("died")


async def test_the_command_line_reads_beside_a_running_bot(url: str) -> None:
    async with open_store(url) as store, open_readonly(url) as beside:
        await store.settings.put("C1", "target", "acme/shop/dev")
        assert await SqlSettings(beside).get("C1", "target") == "acme/shop/dev"
        with pytest.raises(StoreDown):
            await SqlSettings(beside).put("C1", "target", "acme/shop/prod")


async def test_the_command_line_reads_when_no_bot_runs(url: str) -> None:
    async with open_store(url) as store:
        await store.settings.put("C1", "target", "acme/shop/dev")
    async with open_readonly(url) as beside:
        assert await SqlSettings(beside).get("C1", "target") == "acme/shop/dev"


async def test_there_has_to_be_something_to_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no"):
        async with open_readonly(f"sqlite:///{tmp_path}/bot.db"):
            pass


@pytest.mark.parametrize(
    ("url", "place", "tls"),
    [
        ("postgres://ann:p%40ss@db.example:5433/bot", "postgresql+asyncpg://ann:p%40ss@db.example:5433/bot", None),
        ("postgresql://ann@h/bot?sslmode=require&channel_binding=require", "postgresql+asyncpg://ann@h/bot", "require"),
        ("postgresql+asyncpg://ann@/bot?host=/run/pg", "postgresql+asyncpg://ann@/bot?host=%2Frun%2Fpg", None),
        ("postgres://ann@h/bot?sslmode=disable&sslrootcert=x.pem", "postgresql+asyncpg://ann@h/bot", "disable"),
    ],
)
def test_addresses_are_taken_as_hosting_platforms_write_them(url: str, place: str, tls: str | None) -> None:
    given, address = _parameters(parsed(url))
    assert address.render_as_string(hide_password=False) == place
    assert given.get("ssl") == tls


def test_certificates_are_checked_where_the_address_says_so() -> None:
    for mode, named in (("verify-full", True), ("verify-ca", False)):
        context = _parameters(parsed(f"postgres://ann@h/bot?sslmode={mode}&sslrootcert=system"))[0]["ssl"]
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname is named
