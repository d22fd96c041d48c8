"""Slash commands at a steady rate: over signed HTTP as Slack sends them, or as envelopes of Socket Mode."""

import asyncio
import gc
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, Protocol
from urllib.parse import urlencode

import msgspec

from benchmarks.processes import BrokenError, Program
from benchmarks.slack import Link, Slack
from sandbox.slack import seed

READ: Final = "stack ls acme"
_PATIENCE: Final = 10.0
_numbers = count(1)

Send = Callable[[], Awaitable[tuple[float, float]]]  # gives when it was sent and when the ack came


class Way(Protocol):
    """How commands reach a program. `prepared` does everything that need not be timed."""

    def prepared(self, mark: str, payload: dict[str, str]) -> Send:
        """What sends it."""

    def rest(self) -> None:
        """Nothing is sent for a while."""


class Socket:
    """Envelopes down the program's connection."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def prepared(self, mark: str, payload: dict[str, str]) -> Send:
        """The envelope."""
        envelope = {"envelope_id": mark, "payload": payload, "type": "slash_commands", "accepts_response_payload": True}
        text = msgspec.json.encode(envelope).decode()
        return lambda: self._link.send(mark, text)

    def rest(self) -> None:
        """The connection stays."""


class Http:
    """Signed requests over connections that are kept and reused."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
        self._host, self._port = host, int(port)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    def prepared(self, mark: str, payload: dict[str, str]) -> Send:  # noqa: ARG002  # the way of Socket Mode needs it
        """The request with its signature."""
        body, stamp = urlencode(payload).encode(), str(int(time.time()))
        signed = hmac.new(seed.SIGNING_SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAccept: application/json,*/*\r\n"
            "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\nAccept-Encoding: gzip,deflate\r\n"
            f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signed}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        whole = head.encode() + body
        return lambda: self._send(whole)

    async def _send(self, request: bytes) -> tuple[float, float]:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        begun = time.perf_counter()
        writer.write(request)
        async with asyncio.timeout(_PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        acked = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200"):
            raise BrokenError(f"a command was answered with {head!r}")
        await reader.readexactly(_length(head))
        self._idle.append((reader, writer))
        return begun, acked

    def rest(self) -> None:
        """Hang up, before the server does."""
        while self._idle:
            self._idle.pop()[1].close()


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name == b"content-length"), 0)


@dataclass(frozen=True, slots=True)
class Target:
    """A program, the way to it, and the words after the slash command. Without `answers` it only acknowledges."""

    program: Program
    way: Way
    text: str
    answers: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Milliseconds to the ack and to the answer, one for each command; processor milliseconds a command."""

    acks: list[float]
    answers: list[float]
    cpu: float


async def drive(slack: Slack, target: Target, *, rate: int, commands: int) -> Sample:
    """That many commands, each on time whatever became of those before it. BrokenError if one came to nothing."""
    marks = [f"commands-{next(_numbers)}" for _ in range(commands)]
    sends = [target.way.prepared(mark, _payload(slack, mark, target.text)) for mark in marks]
    gc.collect()
    gc.disable()
    try:
        spent = target.program.cpu()
        acks, answers = await _sent(slack, target, marks, sends, rate)
        spent = target.program.cpu() - spent
    finally:
        gc.enable()
        target.way.rest()
        for mark in marks:
            slack.forget(mark)
    return Sample(acks, answers, spent * 1000 / commands)


async def _sent(
    slack: Slack, target: Target, marks: list[str], sends: list[Send], rate: int
) -> tuple[list[float], list[float]]:
    async def one(mark: str, send: Send) -> tuple[float, float]:
        sent, acked = await send()
        answered = await slack.answered(mark) if target.answers else acked
        return (acked - sent) * 1000, (answered - sent) * 1000

    begun, tasks = time.perf_counter(), list[asyncio.Task[tuple[float, float]]]()
    for number, (mark, send) in enumerate(zip(marks, sends, strict=True)):
        await asyncio.sleep(begun + number / rate - time.perf_counter())
        tasks.append(asyncio.create_task(one(mark, send)))
    done = await asyncio.gather(*tasks)
    return [ack for ack, _ in done], [answer for _, answer in done]


def _payload(slack: Slack, mark: str, text: str) -> dict[str, str]:
    """https://docs.slack.dev/interactivity/implementing-slash-commands/ ."""
    return {
        "token": seed.VERIFICATION_TOKEN,
        "team_id": seed.TEAM,
        "team_domain": seed.DOMAIN,
        "channel_id": seed.PLATFORM,
        "channel_name": "platform",
        "user_id": seed.ANN,
        "user_name": "ann",
        "command": "/pulumi",
        "text": text,
        "api_app_id": seed.APP,
        "is_enterprise_install": "false",
        "response_url": slack.response_url(mark),
        "trigger_id": f"1.2.{mark}",
    }
