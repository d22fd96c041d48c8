"""Alembic on our own connection, without an alembic.ini."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bot.store.database import Database

# One transaction for everything: a process that dies in the middle leaves the schema as it was. Who migrates at the
# same time waits for the table of revisions, and then finds nothing to do.
_BEGIN: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "BEGIN; SET LOCAL lock_timeout = '60s'; "
    "CREATE TABLE IF NOT EXISTS alembic_version "
    "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); "
    "LOCK TABLE alembic_version IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout = '10s'",
}


def config(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already open."""
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return made


async def migrate(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; where it is that new already, nothing is done. It takes as long as it takes."""
    await database.alter(_BEGIN[database.dialect], lambda sync: command.upgrade(config(sync), revision))
