"""From DATABASE_URL to an engine: a SQLite file, or PostgreSQL as hosting platforms write its address."""

import sqlite3
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import BotError
from bot.store.database import CONNECTIONS

_CONNECT: Final = 3.0  # seconds
_TRIES: Final = 3
_IDLE: Final = 240  # seconds after which a connection is not trusted: firewalls forget it without a word
_OURS: Final[dict[str, Any]] = {
    "isolation_level": "AUTOCOMMIT",
    "pool_reset_on_return": None,
    "hide_parameters": True,
    "max_overflow": 0,
}
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON")
_UNUSED: Final = {"channel_binding", "connect_timeout", "gssencmode", "pgbouncer", "pool_timeout", "connection_limit"}


class StoreError(BotError):
    """The database cannot be used; the message says why and what to do."""


def parsed(url: str) -> URL:
    """The address. Raises StoreError, without the address in it, when it cannot be one of ours."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("DATABASE_URL is no database address; use sqlite:///var/bot.db or postgresql://…") from None
    backend = address.get_backend_name()
    if backend in {"postgres", "postgresql"}:
        return _postgresql(address)
    if backend != "sqlite":
        raise StoreError(f"DATABASE_URL: {backend} is neither sqlite nor postgresql")
    if not address.database or address.database == ":memory:":
        raise StoreError("DATABASE_URL needs a file, such as sqlite:///var/bot.db")
    return address.set(drivername="sqlite+aiosqlite")


def _postgresql(address: URL) -> URL:
    known = {"host", "port", "sslmode", "ssl", "sslrootcert", "application_name"}
    if unknown := sorted(set(address.query) - known - _UNUSED):
        raise StoreError(f"DATABASE_URL: the parameter {unknown[0]} is not supported; leave it out")
    return address.set(drivername="postgresql+asyncpg")


def file_of(address: URL) -> Path | None:
    """The SQLite file, or None for PostgreSQL."""
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


def engine_for(address: URL, *, readonly: bool = False) -> AsyncEngine:
    """An engine in autocommit, for a Database. Nothing is connected yet; no value is shown in an error."""
    if file := file_of(address):
        return _sqlite_engine(address, file, readonly=readonly)
    parameters, bare = _parameters(address)
    size = CONNECTIONS["postgresql"] + 1
    return create_async_engine(
        bare, connect_args=parameters, pool_size=size, pool_recycle=_IDLE, pool_use_lifo=True, **_OURS
    )


def _sqlite_engine(address: URL, file: Path, *, readonly: bool) -> AsyncEngine:
    if readonly:
        address = address.set(database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"})
    engine = create_async_engine(address, pool_size=1, **_OURS)
    event.listen(engine.sync_engine, "connect", _read_only if readonly else _tune)
    event.listen(engine.sync_engine, "invalidate", _roll_back)
    return engine


def _parameters(address: URL) -> tuple[dict[str, Any], URL]:
    """What asyncpg is told beside the address, whose query keeps only where the server is.

    Neither it nor SQLAlchemy keeps prepared statements: behind a pooler the next transaction has another session.
    """
    query = {name: value if isinstance(value, str) else value[-1] for name, value in address.query.items()}
    given: dict[str, Any] = {"timeout": _CONNECT, "statement_cache_size": 0, "prepared_statement_cache_size": 0}
    given["server_settings"] = {"application_name": query.get("application_name", "pulumi-chatops")}
    if mode := query.get("sslmode") or query.get("ssl"):
        given["ssl"] = _tls(mode, query.get("sslrootcert", ""))
    places = {name: value for name, value in address.query.items() if name in {"host", "port"}}
    return given, address.set(query=places)


def _tls(mode: str, roots: str) -> str | ssl.SSLContext:
    """The mode as asyncpg knows it too; with certificates to trust, a context of our own."""
    if mode == "disable" or (mode not in {"verify-ca", "verify-full"} and not roots):
        return mode
    context = ssl.create_default_context(cafile=None if roots in {"", "system"} else roots)
    context.check_hostname = mode == "verify-full"
    return context


def _tune(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _read_only(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _roll_back(connection: DBAPIConnection, _: ConnectionPoolEntry, __: BaseException | None) -> None:
    """Closing does not end a transaction while somebody still holds a cursor, and the write lock would stay.

    The interrupt that was meant for a statement can meet this instead: it must not keep the connection from closing.
    """
    for _try in range(_TRIES):
        with suppress(sqlite3.OperationalError):
            connection.rollback()
            return
