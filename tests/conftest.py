"""What every kind of test may use: the sandbox as a process, with the real bot as its child."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", params=["socket", "http"])
def sandbox_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running sandbox whose bot is a child process; every conversation is held in both modes."""
    home = tmp_path_factory.mktemp("sandbox")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--port",
        "0",
        "--home",
        str(home),
        "--mode",
        request.param,
        "--limits",
        "off",
    ]
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
