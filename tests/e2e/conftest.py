"""The sandbox and the bot as processes of their own: one pair for each worker, reset before each test."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.conversation import Conversation

ROOT = Path(__file__).resolve().parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running sandbox whose bot is a child process."""
    home = tmp_path_factory.mktemp("sandbox")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--home", str(home)]
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("The sandbox is at "), (home / "log").read_text()
        yield line.removeprefix("The sandbox is at ").strip().rstrip("/")
        process.terminate()
        process.wait(timeout=20)
    said = (home / "log").read_text()
    assert "Traceback" not in said, said
    assert "xoxb-" not in said, "a token reached the log"


@pytest_asyncio.fixture
async def slack(sandbox_url: str) -> AsyncIterator[Conversation]:
    """A workspace at its start with the bot connected."""
    async with aiohttp.ClientSession() as http:
        conversation = Conversation(http, sandbox_url)
        await conversation.control("reset", {})
        rev = -1
        while True:
            state = await conversation.control(f"state?as=U0ANN00001&after={rev}")
            if state["bot"]["connected"]:
                break
            rev = state["rev"]
        yield conversation
