"""What the measured programs talk to: as much of Slack as they need, a sink for their answers, the sandbox's Pulumi."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from benchmarks.processes import BrokenError
from sandbox import pulumi
from sandbox.slack import seed

_PATIENCE: Final = 10.0
_ANN: Final = {"id": seed.ANN, "team_id": seed.TEAM, "name": "ann", "profile": {"display_name": "ann"}}


class _Envelope(msgspec.Struct):
    envelope_id: str


_decoded: Final = msgspec.json.Decoder(_Envelope).decode


@dataclass(slots=True)
class Link:
    """The Socket Mode connection of one program."""

    connected: asyncio.Event = field(default_factory=asyncio.Event)
    socket: web.WebSocketResponse | None = None
    _acks: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    async def send(self, envelope_id: str, envelope: str) -> tuple[float, float]:
        """When it was sent and when the acknowledgement came, as `time.perf_counter` has it."""
        if self.socket is None:
            raise BrokenError("a program is not connected")
        ack: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        begun = time.perf_counter()
        await self.socket.send_str(envelope)
        async with asyncio.timeout(_PATIENCE):
            return begun, await ack

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """The connection, until it ends."""
        self.socket = web.WebSocketResponse()
        await self.socket.prepare(request)
        await self.socket.send_str('{"type": "hello", "num_connections": 1}')
        self.connected.set()
        async for frame in self.socket:
            at = time.perf_counter()
            if frame.type is WSMsgType.TEXT:
                self._acks.pop(_decoded(frame.data).envelope_id).set_result(at)
        return self.socket


@dataclass(slots=True)
class Slack:
    """The server. Each program has its own address under it, so that their connections can be told apart."""

    address: str = ""
    links: dict[str, Link] = field(default_factory=dict)
    pulumi_token: str = ""
    _answers: dict[str, asyncio.Future[float]] = field(default_factory=dict)

    def api(self, name: str) -> str:
        """Where the program of that name calls Slack."""
        self.links[name] = Link()
        return f"{self.address}/{name}/api"

    def response_url(self, mark: str) -> str:
        """A new address for an answer."""
        self._answers[mark] = asyncio.get_running_loop().create_future()
        return f"{self.address}/response/{mark}"

    async def answered(self, mark: str) -> float:
        """When the answer came, as `time.perf_counter` has it."""
        async with asyncio.timeout(_PATIENCE):
            return await self._answers[mark]

    def forget(self, mark: str) -> None:
        """Nobody waits for it any more."""
        del self._answers[mark]

    async def method(self, request: web.Request) -> web.Response:
        """Slack's Web API, three methods of it."""
        name = request.match_info["name"]
        match request.match_info["method"]:
            case "auth.test":
                said: dict[str, object] = {"team_id": seed.TEAM, "user_id": seed.BOT, "bot_id": seed.BOT_ID}
            case "users.info":
                said = {"user": _ANN}
            case "apps.connections.open":
                said = {"url": f"{self.address.replace('http', 'ws', 1)}/{name}/link"}
            case method:
                raise BrokenError(f"a program called {method}")
        return web.json_response({"ok": True, **said})

    async def sink(self, request: web.Request) -> web.Response:
        """Take an answer."""
        body = await request.read()
        at = time.perf_counter()
        waiting = self._answers[request.match_info["mark"]]
        if waiting.done():
            raise BrokenError(f"a second answer came: {body[:300]!r}")
        waiting.set_result(at)
        return web.Response(text="ok")

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """Socket Mode."""
        return await self.links[request.match_info["name"]].serve(request)


@asynccontextmanager
async def serving() -> AsyncIterator[Slack]:
    """The server on a free port of loopback."""
    slack, cloud = Slack(), pulumi.create()
    slack.pulumi_token = cloud.token
    application = web.Application()
    application.add_subapp("/pulumi", cloud.routes_api())
    routes = [web.post("/response/{mark}", slack.sink), web.post("/{name}/api/{method}", slack.method)]
    application.add_routes([*routes, web.get("/{name}/link", slack.link)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield slack
    finally:
        await runner.cleanup()
