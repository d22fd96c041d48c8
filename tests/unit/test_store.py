"""The store: what is put is there after a restart, one process at a time, and migrations make the tables."""

from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.migrate import config, migrate
from bot.store.sql import StoreError, open_store
from bot.store.tables import NEWEST


async def test_a_setting_outlives_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    async with open_store(url) as store:
        await store.put("C1", "target", "acme/shop/dev")
        await store.put("C1", "target", "acme/shop/prod")
        await store.put("U1", "target", "acme/web/prod")
    async with open_store(url) as store:
        assert await store.get("C1", "target") == "acme/shop/prod"
        await store.put("C1", "target", None)
        assert await store.get("C1", "target") is None
        assert await store.get("U1", "target") == "acme/web/prod"


async def test_a_second_process_is_told_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    async with open_store(url):
        with pytest.raises(StoreError, match="in use by another process"):
            async with open_store(url):
                pass


@pytest.mark.parametrize("url", ["postgres://host/db", "sqlite://", "sqlite:///:memory:", "nonsense"])
async def test_an_address_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(StoreError, match="DATABASE_URL"):
        async with open_store(url):
            pass


async def test_a_schema_that_is_known_to_be_the_newest_is(tmp_path: Path) -> None:
    """The start skips Alembic for it."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    async with engine.connect() as connection:
        heads = await connection.run_sync(lambda sync: ScriptDirectory.from_config(config(sync)).get_heads())
    await engine.dispose()
    assert heads == [NEWEST]


async def test_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    await migrate(engine)
    await migrate(engine)  # again: nothing to do
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.check(config(sync)))
    await engine.dispose()
