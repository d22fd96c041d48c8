"""A served fake workspace, and the few clients that its tests drive it with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackWorkspace, create, seed
from sandbox.slack.workspace import Mode

Json = dict[str, Any]
START = 1_795_526_400.0


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Slack:
    """A served workspace and a session to talk to it."""

    workspace: SlackWorkspace
    url: str
    http: aiohttp.ClientSession
    clock: Clock

    async def api(self, method: str, token: str | None = seed.BOT_TOKEN, /, **args: Any) -> Json:
        """One call, with a JSON body, as the SDK does it for `chat.*`."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return await self._answer("POST", f"/slack/api/{method}", json=args, headers=headers)

    async def ask(self, method: str, **args: Any) -> Json:
        """One call, with a form, as every method takes it."""
        return await self._answer("POST", f"/slack/api/{method}", data={"token": seed.BOT_TOKEN, **args})

    async def control(self, path: str, **body: Any) -> Json:
        return await self._answer("POST", f"/control/{path}", json=body)

    async def say(self, line: str, person: str = seed.ANN, channel: str = seed.PLATFORM, **more: str) -> Json:
        return await self.control("say", channel=channel, text=line, **{"as": person}, **more)

    async def state(self, person: str = seed.ANN, **query: int) -> Json:
        return await self._answer("GET", "/control/state", params={"as": person, **query})

    async def messages(self, person: str = seed.ANN, channel: str = seed.PLATFORM) -> list[Json]:
        found: list[Json] = (await self.state(person))["messages"][channel]
        return found

    async def texts(self, person: str = seed.ANN, channel: str = seed.PLATFORM) -> list[str]:
        return [message["text"] for message in await self.messages(person, channel)]

    async def press(self, message: Json, number: int = 0, person: str = seed.ANN, **more: Any) -> Json:
        """Press the n-th element of a message's first block."""
        block = message["blocks"][0]
        ids = {"ts": message["ts"], "block_id": block["block_id"], "action_id": block["elements"][number]["action_id"]}
        return await self.control("click", channel=seed.PLATFORM, **{"as": person}, **ids, **more)

    async def respond(self, url: str, **body: Any) -> tuple[int, Json]:
        async with self.http.post(url, json=body) as answer:
            return answer.status, await answer.json()

    async def until(self, is_true: Callable[[Json], bool], person: str = seed.ANN) -> Json:
        """The person's state, as soon as it is so; waits on the workspace's own long poll."""
        async with asyncio.timeout(10):
            state = await self.state(person)
            while not is_true(state):
                state = await self.state(person, after=state["rev"])
        return state

    async def _answer(self, verb: str, path: str, **more: Any) -> Json:
        async with self.http.request(verb, self.url + path, **more) as answer:
            body: Json = await answer.json()
            return body if answer.status == 200 else {**body, "status": answer.status}


class Link:
    """A Socket Mode connection whose every frame the test sees and answers itself."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, hello: Json) -> None:
        self.socket, self.hello = socket, hello

    async def next(self) -> Json:
        async with asyncio.timeout(10):
            frame: Json = await self.socket.receive_json()
        return frame

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        more = {"payload": payload} if payload is not None else {}
        await self.socket.send_json({"envelope_id": envelope["envelope_id"], **more})

    async def take(self, payload: Json | None = None) -> Json:
        """Acknowledge the next envelope and return its payload."""
        envelope = await self.next()
        await self.ack(envelope, payload)
        taken: Json = envelope["payload"]
        return taken


@asynccontextmanager
async def serve(scale: float = 1.0, mode: Mode = "socket", *, limits: bool = False) -> AsyncIterator[Slack]:
    """A workspace on a free port; `scale` shortens its deadlines, where a test lets them pass."""
    clock = Clock()
    workspace = create(now=clock, scale=scale, mode=mode, limits=limits)
    async with aiohttp.ClientSession() as http, host(workspace) as url:
        yield Slack(workspace, url, http, clock)


@asynccontextmanager
async def host(workspace: SlackWorkspace) -> AsyncIterator[str]:
    """The workspace's server, up for as long as this lasts."""
    app = web.Application()
    app.add_subapp("/slack", workspace.web_app())
    app.add_routes(workspace.control_routes())
    async with host_app(app) as url:
        yield url


@asynccontextmanager
async def host_app(app: web.Application) -> AsyncIterator[str]:
    """Any application on a free port."""
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def link(slack: Slack) -> AsyncIterator[Link]:
    """Connected, greeted, and closed at the end."""
    url = (await slack.api("apps.connections.open", seed.APP_TOKEN))["url"]
    async with slack.http.ws_connect(url) as socket:
        yield Link(socket, await socket.receive_json())


@asynccontextmanager
async def bolt(slack: Slack) -> AsyncIterator[AsyncApp]:
    """A real Bolt app, connected as it comes."""
    client = AsyncWebClient(seed.BOT_TOKEN, base_url=f"{slack.url}/slack/api/", session=slack.http)
    app = AsyncApp(client=client, process_before_response=True)
    handler = AsyncSocketModeHandler(app, seed.APP_TOKEN, ping_interval=0.1)
    await handler.connect_async()
    await slack.until(lambda state: bool(state["bot"]["connected"]))
    try:
        yield app
    finally:
        await handler.close_async()
