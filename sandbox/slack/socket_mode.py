"""Socket Mode: tickets, connections, envelopes and their acknowledgements.

https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

import asyncio
import contextlib
import json
import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import WSMsgType, web

from sandbox.slack import seed
from sandbox.slack.delivery import DEADLINE, Answer, Kind, Retry
from sandbox.slack.model import Json
from sandbox.slack.switches import Switches

TICKET_LIFE = 30.0
GRACE = 10.0
MOST_CONNECTIONS = 10
HEARTBEAT = 10.0
HOST = "applink-sandbox"


@dataclass(frozen=True, slots=True)
class Link:
    """One connection, and the address by which its client reached this server."""

    socket: web.WebSocketResponse
    base: str
    transport: asyncio.Transport | None

    def cut(self) -> None:
        """End it without a word."""
        if self.transport:
            self.transport.abort()


class SocketMode:
    """The app's side doors: at most ten connections, each delivery goes to one of them."""

    def __init__(self, switches: Switches, *, now: Callable[[], float], scale: float, prefix: str) -> None:
        self.links: list[Link] = []
        self.changed: Callable[[], None] = lambda: None
        self.enabled = True
        """Whether the app is set to Socket Mode; it greets nobody otherwise."""
        self.late = 0
        """How many acknowledgements came too late, or for nothing that was sent."""
        self._switches, self._now, self._scale, self._prefix = switches, now, scale, prefix
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._choose = random.Random(7).choice  # noqa: S311 - which connection gets a delivery is no secret

    @property
    def connected(self) -> bool:
        """Whether there is a connection."""
        return bool(self.links)

    def open(self, request: web.BaseRequest) -> str:
        """A new WebSocket address, good for one connection within half a minute, on the host that was asked."""
        ticket = str(uuid.uuid4())
        self._tickets[ticket] = self._now() + TICKET_LIFE * self._scale
        scheme = "wss" if request.scheme == "https" else "ws"
        return f"{scheme}://{request.host}{self._prefix}/link/?ticket={ticket}&app_id={seed.APP}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The handshake, and then the connection until it ends."""
        expires = self._tickets.pop(request.query.get("ticket", ""), None)
        if self._switches.refuse_handshakes or expires is None or self._now() > expires:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
        await socket.prepare(request)
        if not self.enabled or len(self.links) >= MOST_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets" if self.enabled else "link_disabled"))
            await socket.close()
            return socket
        await self._attend(Link(socket, f"{request.scheme}://{request.host}{self._prefix}", request.transport))
        return socket

    async def deliver(
        self, kind: Kind, payload: Callable[[str], Json], *, answers: bool, retry: Retry | None = None
    ) -> Answer:
        """As `Delivery` says: down one connection; the acknowledgement may come back on any."""
        if not self.links:
            return Answer("dispatch_failed", 0, reason="connection_failed")
        link, envelope_id = self._choose(self.links), str(uuid.uuid4())
        envelope = {
            "envelope_id": envelope_id,
            "payload": payload(link.base),
            "type": kind,
            "accepts_response_payload": answers,
        }
        if retry:
            envelope |= {"retry_attempt": retry.number, "retry_reason": retry.reason}
        return await self._exchange(link, envelope_id, envelope)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to be renewed, as Slack does every few hours; all but warnings close after 10 s."""
        for link in list(self.links):
            await self._send(link, _disconnect(reason))
        if reason != "warning":
            asyncio.get_running_loop().call_later(GRACE * self._scale, self._expire, list(self.links))

    def drop(self) -> None:
        """Cut every connection without a word."""
        for link in list(self.links):
            link.cut()

    async def close(self) -> None:
        """Close every connection; the server is going away."""
        for link in list(self.links):
            await link.socket.close(code=1001)

    async def _exchange(self, link: Link, envelope_id: str, envelope: Json) -> Answer:
        loop = asyncio.get_running_loop()
        started = loop.time()
        self._waiting[envelope_id] = loop.create_future()
        try:
            async with asyncio.timeout(DEADLINE * self._scale):
                await self._send(link, envelope)
                payload = await self._waiting[envelope_id]
        except TimeoutError:
            return Answer("operation_timeout", round((loop.time() - started) * 1000), reason="timeout")
        finally:
            del self._waiting[envelope_id]
        return Answer(None, round((loop.time() - started) * 1000), payload)

    async def _attend(self, link: Link) -> None:
        self.links.append(link)
        try:
            await link.socket.send_json(self._hello())
            self.changed()
            async for frame in link.socket:
                if frame.type is WSMsgType.TEXT:
                    self._take(frame.data)
        except ConnectionError:
            pass  # gone before it was greeted
        finally:
            if link in self.links:
                self.links.remove(link)
                self.changed()

    def _take(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(frame.get("envelope_id", "")) if isinstance(frame, dict) else None
        if self._switches.late_acks or waiting is None or waiting.done():
            self.late += 1
            return
        payload = frame.get("payload")
        waiting.set_result(payload if isinstance(payload, dict) else {})

    async def _send(self, link: Link, frame: Json) -> None:
        with contextlib.suppress(ConnectionError):  # nobody hears it: the deadline says so
            await link.socket.send_json(frame)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.links),
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": seed.APP},
        }

    def _expire(self, links: list[Link]) -> None:
        for link in links:
            if link in self.links:
                link.cut()


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST + "-" + secrets.token_hex(4)}}
