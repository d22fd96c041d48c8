"""The store's contract is tested over both databases: ask for `database`, `store` or `url`."""

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.database import Database
from bot.store.opening import Store, bring_up_to_date, open_store
from tests.need import need
from tests.store import server

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """The folder of a server's socket; one server for each worker."""
    binaries = server.server_binaries() or need("PostgreSQL: apt-get install postgresql, or set PG_BIN")
    with server.serving(binaries) as folder:
        yield folder


@pytest.fixture(scope="session")
def template(postgres: Path) -> str:
    """The name of a migrated database, to be cloned."""
    server.run(postgres, "CREATE DATABASE migrated")
    asyncio.run(bring_up_to_date(server.url_of(postgres, "migrated")))
    return "migrated"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("template") / "bot.db"
    asyncio.run(bring_up_to_date(f"sqlite:///{file}"))
    return file


@pytest_asyncio.fixture
async def postgres_url(postgres: Path, template: str) -> AsyncIterator[str]:
    """A PostgreSQL database of this test's own."""
    name = f"t_{uuid.uuid4().hex}"
    await server.execute(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield server.url_of(postgres, name)
    await server.execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    """A SQLite database of this test's own."""
    shutil.copy(migrated_file, tmp_path / "bot.db")
    return f"sqlite:///{tmp_path}/bot.db"


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty, migrated database, of either kind."""
    chosen = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(chosen))


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """The store, as the bot opens it."""
    async with open_store(url) as opened:
        yield opened


@pytest.fixture
def database(store: Store) -> Database:
    """The database alone."""
    return store.database


@pytest_asyncio.fixture
async def postgres_database(postgres_url: str) -> AsyncIterator[Database]:
    """For what only PostgreSQL can do."""
    async with open_store(postgres_url) as opened:
        yield opened.database
