"""Row `forged`: how long a megabyte with a wrong signature holds the loop, in the bot and in Bolt alone."""

import asyncio
import hmac
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from statistics import median
from typing import Any, Final

import msgspec
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler

from benchmarks.bare import app
from benchmarks.processes import BrokenError, asked
from benchmarks.report import Goal, Measure, Spread
from benchmarks.rounds import Size, rotated
from bot.observe import configure
from bot.web import LARGEST, Gate, Site
from sandbox.slack import seed

_CHUNK: Final = 64 * 1024  # what uvicorn reads at once
_TIMES: Final = 9  # a round; Bolt needs only one
_BODY: Final = b"a=b&" * (LARGEST // 4)
_HEADERS: Final = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": str(len(_BODY)),
    "x-slack-signature": "v0=" + "0" * 64,
}

Send = Callable[[dict[str, Any]], Awaitable[None]]
Ask = Callable[[dict[str, Any], Callable[[], Awaitable[Mapping[str, Any]]], Send], Awaitable[None]]


async def measure(size: Size) -> list[Measure]:
    """Milliseconds, in a process of its own: it logs as the bot does."""
    spent = await asked(__name__, str(size.rounds))
    values = {name: Spread.of(each) for name, each in spent.items()}
    beside = f"Bolt alone {values['bolt'].words(' ms')}, the HMAC alone {values['hmac'].words(' ms')}"
    what = "1 MiB, bad signature: loop time"
    return [Measure(row="forged", what=what, goal=Goal(2, " ms"), value=values["bot"], beside=beside)]


async def _once(ask: Ask) -> float:
    """Milliseconds of this thread for one forged request, handed over in pieces without a wait between them."""
    stamped = {**_HEADERS, "x-slack-request-timestamp": str(int(time.time()))}
    raw = [(name.encode(), value.encode()) for name, value in stamped.items()]
    scope = {"type": "http", "method": "POST", "path": "/slack/events", "query_string": b"", "headers": raw}
    pieces = iter(range(0, len(_BODY), _CHUNK))
    said = list[int]()

    async def receive() -> Mapping[str, Any]:
        at = next(pieces)
        return {"type": "http.request", "body": _BODY[at : at + _CHUNK], "more_body": at + _CHUNK < len(_BODY)}

    async def send(event: dict[str, Any]) -> None:
        said.append(event.get("status", 0))

    begun = time.thread_time()
    await ask(scope, receive, send)
    spent = (time.thread_time() - begun) * 1000
    if said[:1] != [HTTPStatus.UNAUTHORIZED]:
        raise BrokenError(f"a forged request was answered with {said}")
    return spent


async def _hmac() -> float:
    begun = time.thread_time()
    hmac.digest(b"secret", b"v0:0:" + _BODY, "sha256")
    return (time.thread_time() - begun) * 1000


async def _ready() -> Mapping[str, bool]:
    return {}


async def _spent(rounds: int) -> dict[str, list[float]]:
    bolt = app()
    gate = Gate(seed.SIGNING_SECRET)
    asks: dict[str, Callable[[], Awaitable[float]]] = {
        "bot": lambda: _once(Site(_ready, bolt, gate)),
        "bolt": lambda: _once(AsyncSlackRequestHandler(bolt)),
        "hmac": _hmac,
    }
    spent: dict[str, list[float]] = {name: [] for name in asks}
    for name in rotated(tuple(asks), rounds):
        spent[name].append(median([await asks[name]() for _ in range(1 if name == "bolt" else _TIMES)]))
    return spent


if __name__ == "__main__":
    configure("info", "json")
    sys.stdout.write(msgspec.json.encode(asyncio.run(_spent(int(sys.argv[1])))).decode() + "\n")
