"""What is measured, each with a sandbox of its own: the bot, the bot without answers, and the bare Bolt apps."""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlencode

from aiohttp import web

from benchmarks.processes import BenchmarkError, Child, child
from benchmarks.wire import Connection, Sink
from sandbox.app import Sandbox, create
from sandbox.child import environment
from sandbox.slack import seed

Mode = Literal["http", "socket"]
Ask = Callable[[str], Awaitable[tuple[float, float]]]

BOT: Final = ("-m", "bot")
MUTED: Final = ("-m", "benchmarks.muted")
BARE: Final = ("-m", "benchmarks.floor", "{mode}")
ANSWERING: Final = (*BARE, "answering")

_NUMBERS: Final = itertools.count()
_KEPT: Final = 3.0  # seconds; uvicorn closes an idle connection after 5
_LINE: Final = "stack ls acme"


@dataclass(frozen=True, slots=True)
class Target:
    """A process under test. `ask` sends one command with a `response_url` and says when it went and was acked."""

    child: Child
    ask: Ask


class Field:
    """Starts targets when they are first asked for; `closing` ends them all."""

    def __init__(self, folder: Path, closing: AsyncExitStack) -> None:
        self.sink = Sink()
        self._folder = folder
        self._closing = closing
        self._known: dict[tuple[Mode, tuple[str, ...], int], Target] = {}

    async def target(self, mode: Mode, words: tuple[str, ...], copy: int = 0) -> Target:
        """The running process of these words; another `copy` is another process."""
        if (key := (mode, words, copy)) not in self._known:
            self._known[key] = await self._start(mode, words)
        return self._known[key]

    async def _start(self, mode: Mode, words: tuple[str, ...]) -> Target:
        sandbox, env, home = await self.place(mode)
        said = [word.format(mode=mode) for word in words]
        process = await self._closing.enter_async_context(child(*said, home=home, env=env))
        if mode == "http":
            caller = Http(process.port)
            self._closing.callback(caller.close)
            return Target(process, caller.ask)
        await _connected(sandbox)
        return Target(process, _Socket(sandbox).ask)

    async def place(self, mode: Mode) -> tuple[Sandbox, Mapping[str, str], Path]:
        """A served sandbox, the settings that lead there, and an empty folder."""
        if not self.sink.port:
            await self.sink.open()
            self._closing.callback(self.sink.close)
        sandbox, home = create(), self._folder / str(next(_NUMBERS))
        home.mkdir()
        runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return sandbox, _settings(sandbox, address, home, mode), home

    def path(self) -> str:
        """A `response_url`'s path that nobody had before."""
        return f"/commands/{next(_NUMBERS)}"


def _settings(sandbox: Sandbox, address: str, home: Path, mode: Mode) -> Mapping[str, str]:
    """With the logs of a production: they are part of what a command costs."""
    more = {"SLACK_MODE": mode, "SLACK_SIGNING_SECRET": seed.SIGNING_SECRET, "LOG_LEVEL": "info", "LOG_FORMAT": "json"}
    return environment(sandbox, address, home) | more


async def _connected(sandbox: Sandbox) -> None:
    async with asyncio.timeout(30):
        while not sandbox.slack.connections:
            await asyncio.sleep(0.02)


def _command(response_url: str) -> dict[str, str]:
    return {
        "token": seed.VERIFICATION_TOKEN,
        "team_id": seed.TEAM,
        "team_domain": seed.DOMAIN,
        "channel_id": seed.PLATFORM,
        "channel_name": "platform",
        "user_id": seed.ANN,
        "user_name": "ann",
        "command": "/pulumi",
        "text": _LINE,
        "api_app_id": seed.APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": f"{next(_NUMBERS)}.13345224609.738474920ed3c3f5a1b7",
    }


def signed(body: bytes, *, secret: str = seed.SIGNING_SECRET) -> bytes:
    """A request as Slack would send it, signed with the secret."""
    stamp = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept: application/json,*/*\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Http:
    """Signed commands over as many connections as are busy at once; none rests longer than the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[float, Connection]] = []

    async def ask(self, response_url: str) -> tuple[float, float]:
        """Send a command: when it went, and when it was acknowledged."""
        return await self.send(signed(urlencode(_command(response_url)).encode()), HTTPStatus.OK)

    async def send(self, request: bytes, wanted: HTTPStatus) -> tuple[float, float]:
        """Send any request: when it went, and when it was answered."""
        connection = await self._connection()
        began = time.perf_counter()
        status = await connection.exchange(request)
        ended = time.perf_counter()
        if status != wanted:
            raise BenchmarkError(f"a request was answered with status {status}, not {wanted}")
        self._free.append((ended, connection))
        return began, ended

    async def _connection(self) -> Connection:
        while self._free:
            used, connection = self._free.pop()
            if time.perf_counter() - used < _KEPT:
                return connection
            connection.close()
        _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self._port)
        return connection

    def close(self) -> None:
        """Hang up."""
        for _, connection in self._free:
            connection.close()


class _Socket:
    """Envelopes over the socket that the process has opened."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._socket = sandbox.slack.socket

    async def ask(self, response_url: str) -> tuple[float, float]:
        payload = _command(response_url)
        began = time.perf_counter()
        answer = await self._socket.deliver("slash_commands", lambda _: dict(payload), answers=True)
        ended = time.perf_counter()
        if answer.error:
            raise BenchmarkError(f"a command was not acknowledged: {answer.error}")
        return began, ended
