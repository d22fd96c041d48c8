"""The store over SQLAlchemy Core. One file and one process for now: SQLite, guarded by a lock beside the file."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import delete, event, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from bot.errors import BotError
from bot.store.tables import NEWEST, setting

_LIMIT = 6  # seconds for any transaction


class StoreError(BotError):
    """The database cannot be used; the message says why and what to do."""


class SqlSettings:
    """The `Settings` port on the table `setting`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, scope: str, name: str) -> str | None:
        """The stored value, or None."""
        chosen = select(setting.c.value).where(setting.c.scope == scope, setting.c.name == name)
        async with asyncio.timeout(_LIMIT), self._engine.connect() as connection:
            return (await connection.execute(chosen)).scalar_one_or_none()

    async def put(self, scope: str, name: str, value: str | None) -> None:
        """Store a value, or forget it with None."""
        where = (setting.c.scope == scope, setting.c.name == name)
        async with asyncio.timeout(_LIMIT), self._engine.begin() as connection:
            if value is None:
                await connection.execute(delete(setting).where(*where))
                return
            row = insert(setting).values(scope=scope, name=name, value=value)
            await connection.execute(row.on_conflict_do_update(index_elements=["scope", "name"], set_={"value": value}))


@asynccontextmanager
async def open_store(url: str) -> AsyncIterator[SqlSettings]:
    """Lock the database, bring its schema up to date, and close it all at the end. Raises StoreError."""
    address = _address(url)
    with _locked(Path(address.database or "")):
        engine = create_async_engine(address, poolclass=StaticPool)
        event.listen(engine.sync_engine, "connect", _tune)
        try:
            await _bring_up_to_date(engine)
            yield SqlSettings(engine)
        finally:
            await engine.dispose()


async def _bring_up_to_date(engine: AsyncEngine) -> None:
    """Migrate, unless the schema is the newest one already: Alembic is not even imported then, which starts sooner."""
    async with engine.connect() as connection:
        tables = await connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'alembic_version'"))
        known = tables.first() and (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    if known != NEWEST:
        from bot.store.migrate import migrate  # noqa: PLC0415  # see above

        await migrate(engine)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise StoreError("DATABASE_URL is no database address; use sqlite:///var/bot.db") from None
    if address.get_backend_name() != "sqlite":
        raise StoreError(f"DATABASE_URL: {address.get_backend_name()} comes with approvals; use sqlite:///var/bot.db")
    if not address.database or address.database == ":memory:":
        raise StoreError("DATABASE_URL needs a file, such as sqlite:///var/bot.db")
    return address.set(drivername="sqlite+aiosqlite")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """An exclusive lock on a side file: a second process stops here with a clear error."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(file.name + ".lock").open("a") as side:
        try:
            fcntl.flock(side, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError(f"{file} is in use by another process; a SQLite file serves one bot") from None
        yield


def _tune(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
