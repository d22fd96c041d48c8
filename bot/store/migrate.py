"""Alembic on our own connection, without an alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine


def config(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already open."""
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return made


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the newest revision; a database that is there already is a no-op."""
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
