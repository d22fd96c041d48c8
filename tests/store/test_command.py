"""`python -m bot migrate` as an operator runs it."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.store.tables import NEWEST
from tests.store import server

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "PULUMI_ACCESS_TOKEN": "pul-1"}


async def bot(command: str, url: str) -> tuple[int | None, str]:
    """The exit status and everything that was said."""
    env = {**os.environ, **SECRETS, "DATABASE_URL": url}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", command, cwd=ROOT, env=env, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


@pytest.mark.slow
@pytest.mark.postgres
async def test_postgresql_is_migrated_and_the_second_time_says_so(postgres: Path) -> None:
    await server.execute(postgres, "CREATE DATABASE fresh")
    url = server.url_of(postgres, "fresh")
    assert await bot("migrate", url) == (0, f"The database is migrated from nothing to {NEWEST}.\n")
    assert await bot("migrate", url) == (0, f"The database is up to date: {NEWEST}.\n")
    await server.execute(postgres, "DROP DATABASE fresh")


@pytest.mark.slow
async def test_a_database_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    status, said = await bot("migrate", f"postgres://ann:secret@/app?host={tmp_path}")
    assert status == 1
    assert said.startswith("The bot can't run: the database of DATABASE_URL can't be used (")
    assert said.splitlines()[-1:] == [said.strip()]
    assert "secret" not in said
