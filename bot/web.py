"""The HTTP side: health for whoever watches the process, and what Slack and Pulumi sign, checked before it is read.

Size, then signature over the raw bytes, then replays, then Bolt: parsing a forged megabyte would stall every answer.
https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

import asyncio
import contextlib
import hmac
import json
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Protocol

import structlog
import uvicorn
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

log = structlog.get_logger()

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Ready = Callable[[], Awaitable[Mapping[str, bool]]]

LARGEST = 1024 * 1024  # Slack's largest payload is a view of 250 KB
WINDOW = 300  # seconds that a signature is good for
_REMEMBERED = 2 * WINDOW + 60
_MOST = 100_000  # of them in each of two sets
_PATIENCE = 10.0  # seconds for the body of a webhook


class Hooks(Protocol):
    """Who takes Pulumi's webhooks. Names of headers are in lower case."""

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether it was Pulumi who sent it."""

    async def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """See to it. It is answered already."""


class Gate:
    """Lets a request of Slack's through once, and nothing else. `clock` is Unix time in seconds."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._seen, self._before, self._begun = set[str](), set[str](), clock()

    def check(self, headers: Mapping[str, str], body: bytes) -> HTTPStatus:
        """OK, or why not: 401 for a bad, missing or late signature, 409 for one that was used before."""
        stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        now = self._clock()
        if not stamp.isdecimal() or abs(now - int(stamp)) > WINDOW:
            return HTTPStatus.UNAUTHORIZED
        digest = hmac.digest(self._secret, b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
        if not hmac.compare_digest(f"v0={digest}".encode(), signature.encode()):
            return HTTPStatus.UNAUTHORIZED
        return HTTPStatus.OK if self._first(signature, now) else HTTPStatus.CONFLICT

    def _first(self, signature: str, now: float) -> bool:
        """Whether it was not used before: remembered for as long as it is good, at most twice as long."""
        if now - self._begun > _REMEMBERED or len(self._seen) >= _MOST:
            self._seen, self._before, self._begun = set(), self._seen, now
        if signature in self._seen or signature in self._before:
            return False
        self._seen.add(signature)
        return True


class Site:
    """The ASGI application. Without a gate there is no `/slack/events`, as Socket Mode needs none; `hooks` likewise."""

    def __init__(
        self, ready: Ready, bolt: AsyncApp | None = None, gate: Gate | None = None, hooks: Hooks | None = None
    ) -> None:
        self._ready = ready
        self._bolt = bolt
        self._gate = gate
        self._hooks = hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        match scope["method"], scope["path"]:
            case "GET" | "HEAD", "/healthz":
                await _answer(send, HTTPStatus.OK, b"ok")
            case "GET" | "HEAD", "/readyz":
                await self._readiness(send)
            case "POST", "/slack/events" if self._bolt and self._gate:
                await self._slack(scope, receive, send)
            case "POST", "/pulumi/webhooks" if self._hooks:
                await self._pulumi(self._hooks, scope, receive, send)
            case _:
                await _answer(send, HTTPStatus.NOT_FOUND, b"")

    async def _readiness(self, send: Send) -> None:
        """The store and Slack are required; Pulumi is shown."""
        parts = await self._ready()
        fine = all(state for name, state in parts.items() if name != "pulumi")
        status = HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE
        await _answer(send, status, json.dumps(dict(parts)).encode(), "application/json")

    async def _pulumi(self, hooks: Hooks, scope: Scope, receive: Receive, send: Send) -> None:
        """Answered at once, worked on afterwards: Pulumi does not say how long it waits."""
        headers = _headers(scope)
        try:
            async with asyncio.timeout(_PATIENCE):
                body = await _whole(headers, receive)
        except TimeoutError:
            await _answer(send, HTTPStatus.REQUEST_TIMEOUT, b"")
            return
        if body is None:
            await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"")
        elif hooks.is_genuine(headers, body):
            await _answer(send, HTTPStatus.OK, b"")
            await hooks.take(headers, body)
        else:
            log.warning("refused a request to /pulumi/webhooks", bytes=len(body))
            await _answer(send, HTTPStatus.UNAUTHORIZED, b"")

    async def _slack(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        body = await _whole(headers, receive)
        if body is None:
            await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"")
            return
        status = self._gate.check(headers, body) if self._gate else HTTPStatus.UNAUTHORIZED
        if status is not HTTPStatus.OK:
            log.warning("refused a request to /slack/events", status=int(status), bytes=len(body))
            await _answer(send, status, b"")
            return
        await self._dispatch(headers, body, scope, send)

    async def _dispatch(self, headers: dict[str, str], body: bytes, scope: Scope, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        kind = headers.get("content-type", "")  # the one header that matters behind the gate
        request = AsyncBoltRequest(body=body.decode("utf-8", "replace"), query=query, headers={"content-type": kind})
        if self._bolt is None:
            return
        answer = await self._bolt.async_dispatch(request)
        said = answer.first_headers().get("content-type", "text/plain;charset=utf-8")
        await _answer(send, answer.status, (answer.body or "").encode(), said)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


async def _whole(headers: Mapping[str, str], receive: Receive) -> bytes | None:
    """The body, or None as soon as it is larger than anything that Slack sends."""
    if not (length := headers.get("content-length", "0")).isdecimal() or int(length) > LARGEST:
        return None
    pieces, size = list[bytes](), 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return b""  # the peer went away; the signature of nothing is never right
        pieces.append(event.get("body", b""))
        size += len(pieces[-1])
        if size > LARGEST:
            return None
        if not event.get("more_body"):
            return b"".join(pieces)


async def _answer(send: Send, status: int, body: bytes, kind: str = "text/plain;charset=utf-8") -> None:
    headers = [(b"content-type", kind.encode("latin-1")), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Server(uvicorn.Server):
    """uvicorn inside our own loop: signals stay ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the handlers of `lifecycle` in place."""
        yield


def listener(host: str, port: int) -> socket.socket:
    """A listening socket; OSError when the address is taken. Port 0 takes any free one."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)


def server(site: Site) -> Server:
    """A server for `serve(sockets=[…])`; set `should_exit` to end it."""
    return Server(
        uvicorn.Config(
            site,
            http="httptools",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )
