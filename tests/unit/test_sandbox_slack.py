"""The fake workspace: each of Slack's rules has a test that a careless client would fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackWorkspace, create, seed

Json = dict[str, Any]
SCALE = 0.02


@dataclass
class Clock:
    now: float = 1_795_526_400.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Slack:
    """A served workspace and a session to talk to it."""

    workspace: SlackWorkspace
    url: str
    http: aiohttp.ClientSession
    clock: Clock

    async def state(self, person: str = seed.ANN) -> Json:
        async with self.http.get(f"{self.url}/control/state", params={"as": person}) as answer:
            body: Json = await answer.json()
            return body

    async def say(self, line: str, person: str = seed.ANN, channel: str = seed.PLATFORM, **more: str) -> Json:
        body = {"as": person, "channel": channel, "text": line, **more}
        async with self.http.post(f"{self.url}/control/say", json=body) as answer:
            said: Json = await answer.json()
            return said

    async def messages(self, person: str = seed.ANN, channel: str = seed.PLATFORM) -> list[Json]:
        found: list[Json] = (await self.state(person))["messages"][channel]
        return found

    def client(self, token: str = seed.BOT_TOKEN) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=f"{self.url}/slack/api/", session=self.http)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    clock = Clock()
    workspace = create(now=clock, scale=SCALE)
    app = web.Application()
    app.add_subapp("/slack", workspace.web_app())
    app.add_routes(workspace.control_routes())
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as http:
        yield Slack(workspace, f"http://{host}:{port}", http, clock)
    await runner.cleanup()


async def eventually(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_true():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def bolt(slack: Slack, **listeners: Callable[..., Awaitable[None]]) -> AsyncIterator[AsyncApp]:
    """A real Bolt app connected over Socket Mode."""
    app = AsyncApp(client=slack.client(), process_before_response=True)
    for kind, listener in listeners.items():
        {"command": app.command("/pulumi"), "action": app.action("go"), "event": app.event("app_mention")}[kind](
            listener
        )
    handler = AsyncSocketModeHandler(app, seed.APP_TOKEN)
    before = slack.workspace.connections
    await handler.connect_async()
    await eventually(lambda: slack.workspace.connections > before)
    try:
        yield app
    finally:
        await handler.close_async()


async def test_bolt_connects_unmodified_and_answers_a_command(slack: Slack) -> None:
    bodies: list[Json] = []

    async def command(ack: Any, body: Json) -> None:
        bodies.append(body)
        await ack("Looking …")

    async with bolt(slack, command=command):
        said = await slack.say("/pulumi stack ls")
    assert said["acked"]
    assert said["milliseconds"] < 3000
    assert bodies[0]["text"] == "stack ls"
    assert [each["text"] for each in await slack.messages()] == ["Looking …"]
    assert not await slack.messages(seed.BO), "an acknowledgement's text is for the person alone"
