"""The child process of the sandbox: what is passed on of its words, how it is started again, how it is ended."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.app import create
from sandbox.child import LISTENS, Child, Words, connection

PYTHON = (sys.executable, "-I", "-S", "-c")
DYING = "import sys, time; sys.exit(f'no token at {time.time()}')"
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.stderr.write("not yet\\n"))
print("The bot listens at http://127.0.0.1:4711/", flush=True)
while True:
    time.sleep(60)
"""
POLITE = """
import signal, sys, time
def end(*_):
    sys.exit("bye")
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
time.sleep(60)
"""


@dataclass
class Heard:
    """Everything that was said, and a way to wait for it."""

    lines: list[str] = field(default_factory=list)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, line: str) -> None:
        self.lines.append(line.strip())
        self.bell.set()

    async def until(self, text: str) -> None:
        async with asyncio.timeout(10):
            while not any(text in line for line in self.lines):
                self.bell.clear()
                await self.bell.wait()


@asynccontextmanager
async def kept(code: str, home: Path) -> AsyncIterator[tuple[Heard, Heard, "asyncio.Task[None]"]]:
    out, err = Heard(), Heard()
    environment = {"PATH": os.environ["PATH"]}
    task = asyncio.create_task(Child((*PYTHON, code), home, environment, hear=out, say=err, pace=0.001).keep())
    try:
        yield out, err, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_last_words_are_said_once_and_each_wait_is_longer(tmp_path: Path) -> None:
    async with kept(DYING, tmp_path) as (_, err, _):
        await err.until("in 4 s")
    assert len([line for line in err.lines if line.startswith("no token")]) == 1
    assert err.lines[1:4] == [
        "the bot ended with status 1; starting it again in 1 s",
        "the bot ended with status 1 as before; starting it again in 2 s",
        "the bot ended with status 1 as before; starting it again in 4 s",
    ]


async def test_other_last_words_are_said_too(tmp_path: Path) -> None:
    code = "import os, sys; words = 'second' if os.path.exists('once') else 'first'; open('once', 'w'); sys.exit(words)"
    async with kept(code, tmp_path) as (_, err, _):
        await err.until("second")
    assert err.lines[0] == "first"


def test_what_is_held_comes_out_at_once_and_in_order() -> None:
    said: list[str] = []
    words = Words(said.append, held=True)
    for line in ("a 1", "b"):
        words.hear(line)
    assert (said, words.gist) == ([], "a b")
    words.release()
    words.hear("c")
    assert said == ["a 1", "b", "c"]


async def test_it_is_asked_to_end(tmp_path: Path) -> None:
    async with kept(POLITE, tmp_path) as (out, err, task):
        await out.until("ready")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert err.lines == ["bye"]


async def test_asked_twice_it_is_killed(tmp_path: Path) -> None:
    async with kept(STUBBORN, tmp_path) as (out, err, task):
        await out.until("listens")
        assert LISTENS.fullmatch(out.lines[0])
        task.cancel()
        await err.until("not yet")
        task.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(task, return_exceptions=True)


async def test_killed_it_starts_again_at_once_or_when_it_is_told_to(tmp_path: Path) -> None:
    out = Heard()
    child = Child((*PYTHON, STUBBORN), tmp_path, {"PATH": os.environ["PATH"]}, hear=out, say=Heard())
    task = asyncio.create_task(child.keep())
    try:
        await out.until("listens")
        first = child.pid
        await child.kill(restart=False)
        assert (child.pid, child.starts) == (None, 1)
        out.lines.clear()
        child.start()
        await out.until("listens")
        await child.kill(restart=True)
        out.lines.clear()
        await out.until("listens")
        assert (child.starts, child.pid == first) == (3, False)
    finally:
        await child.kill(restart=False)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(("mode", "secret"), [("socket", "SLACK_APP_TOKEN"), ("http", "SLACK_SIGNING_SECRET")])
def test_an_app_gets_the_secret_of_its_mode_alone(mode: str, secret: str) -> None:
    sandbox = create(mode="http" if mode == "http" else "socket")
    found = connection(sandbox, "http://127.0.0.1:1")
    assert found["SLACK_MODE"] == mode
    assert found["PULUMI_WEBHOOK_SECRET"] == sandbox.pulumi.webhook_secret
    assert [name for name in ("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET") if name in found] == [secret]
