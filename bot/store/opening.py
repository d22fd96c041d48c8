"""Opening the store: one bot on a SQLite file, which is brought up to date, or any number of them on PostgreSQL."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import StoreDown
from bot.store.address import StoreError, engine_for, file_of, parsed
from bot.store.database import Database
from bot.store.settings import SqlSettings
from bot.store.tables import NEWEST

_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = {"afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "sshfs"}
_TABLE: Final = {
    "sqlite": text("select name from sqlite_master where name = 'alembic_version'"),
    "postgresql": text("select to_regclass('alembic_version')::text"),
}


@dataclass(frozen=True, slots=True)
class Store:
    """The database and what is kept in it."""

    database: Database
    settings: SqlSettings


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[Store]:
    """Open the database for a bot, and close it at the end. Raises StoreError when it can't serve.

    A SQLite file is locked and migrated; of PostgreSQL the schema must be new enough, and may be newer.
    """
    async with _opened(parsed(url)) as database:
        version = await _version(database)
        if version < NEWEST and database.dialect == "postgresql":
            raise StoreError(f"the database is at {version or 'no revision'}, not {NEWEST}; run: python -m bot migrate")
        if version < NEWEST:
            await _migrate(database)
        yield Store(database, SqlSettings(database))


@asynccontextmanager
async def open_readonly(url: str) -> AsyncIterator[Database]:
    """Open the database for `read` only, beside a running bot. Raises StoreError when there is none to be read."""
    address = parsed(url)
    if (file := file_of(address)) and not file.exists():
        raise StoreError(f"there is no {file} to read")
    async with _closing(address, readonly=True) as database:
        version = await _version(database)
        if version < NEWEST:
            raise StoreError(f"the database is at {version or 'no revision'}, not {NEWEST}; start the bot once")
        yield database


async def bring_up_to_date(url: str) -> tuple[str, str]:
    """Migrate whatever database it is; gives the revision before ("" for none) and after."""
    async with _opened(parsed(url)) as database:
        before = await _version(database)
        if before < NEWEST:
            await _migrate(database)
        return before, await _version(database)


async def _migrate(database: Database) -> None:
    from bot.store.migrate import migrate  # noqa: PLC0415  # Alembic's import takes longer than the whole start

    await migrate(database)


@asynccontextmanager
async def _opened(address: URL) -> AsyncIterator[Database]:
    file = file_of(address)
    with _locked(file) if file else nullcontext():
        async with _closing(address) as database:
            yield database


@asynccontextmanager
async def _closing(address: URL, *, readonly: bool = False) -> AsyncIterator[Database]:
    engine = engine_for(address, readonly=readonly)
    database = Database(engine, "sqlite" if file_of(address) else "postgresql", readonly=readonly)
    try:
        yield database
    finally:
        await database.aclose()


async def _version(database: Database) -> str:
    """The revision of the schema, "" when there is none yet. Raises StoreError when the database does not answer."""

    async def work(connection: AsyncConnection) -> str:
        if (await connection.execute(_TABLE[database.dialect])).scalar() is None:
            return ""
        return (await connection.execute(text("select version_num from alembic_version"))).scalar() or ""

    try:
        return await database.read(work)
    except StoreDown as error:
        raise StoreError(f"the database of DATABASE_URL can't be used ({error})") from None


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """An exclusive lock on a side file: a second process stops here with a clear error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if kind := _network(file.parent):
        raise StoreError(f"{file} is on a network file system ({kind}), where locks can't be trusted; use a local disk")
    with file.with_name(file.name + ".lock").open("a") as side:
        try:
            fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"{file} is in use by another process; a SQLite file serves one bot") from None
        yield


def _network(folder: Path) -> str:
    """The kind of network file system a folder is on; "" when it is local, or the system does not say."""
    device = folder.stat().st_dev
    mount = f"{os.major(device)}:{os.minor(device)}"
    for line in _MOUNTS.read_text().splitlines() if _MOUNTS.exists() else ():
        where, _, what = line.partition(" - ")
        kind = what.split()[0] if what else ""
        if where.split()[2] == mount and kind.removeprefix("fuse.") in _NETWORK:
            return kind
    return ""
