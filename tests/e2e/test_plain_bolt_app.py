"""An app that knows nothing of the sandbox, as a tutorial writes it, runs against the fake Slack in both modes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.app import Sandbox, create
from sandbox.slack import seed
from sandbox.slack.workspace import Mode
from tests.e2e.conversation import Conversation
from tests.e2e.test_process import connected
from tests.unit.sandbox_slack import host_app

Json = dict[str, Any]


def greeter(token: str, signing_secret: str, url: str) -> AsyncApp:
    """A slash command, a button, a mention: nothing but Bolt's own documentation."""
    app = AsyncApp(token=token, signing_secret=signing_secret, client=AsyncWebClient(token, base_url=url))

    @app.command("/pulumi")
    async def greet(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        button = {"type": "button", "action_id": "wave", "text": {"type": "plain_text", "text": "Wave"}}
        await respond(text=f"Hello {command['text']}", blocks=[{"type": "actions", "elements": [button]}])

    @app.action("wave")
    async def wave(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        await respond(text=f"<@{body['user']['id']}> waved", replace_original=True)

    @app.event("app_mention")
    async def mentioned(event: Json, say: Any) -> None:
        await say(text="You called?", thread_ts=event["ts"])

    return app


@asynccontextmanager
async def over_sockets(sandbox: Sandbox, address: str) -> AsyncIterator[None]:
    slack = sandbox.slack
    app = greeter(slack.bot_token, slack.signing_secret, f"{address}/slack/api/")
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()
    yield
    await handler.close_async()


@asynccontextmanager
async def over_http(sandbox: Sandbox, address: str) -> AsyncIterator[None]:
    slack = sandbox.slack
    app = greeter(slack.bot_token, slack.signing_secret, f"{address}/slack/api/")
    async with host_app(app.web_app()) as url:
        slack.http.connect(f"{url}/slack/events", f"{address}/slack")
        yield
        slack.http.disconnect()
        if slack.http.watch:
            await slack.http.watch


MODES = {"socket": over_sockets, "http": over_http}


@asynccontextmanager
async def running(mode: Mode) -> AsyncIterator[Conversation]:
    sandbox = create(mode=mode)
    async with aiohttp.ClientSession() as http, host_app(sandbox.app) as address, MODES[mode](sandbox, address):
        await connected(http, address)
        yield Conversation(http, address)


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_command_a_button_and_a_mention(mode: Mode) -> None:
    async with running(mode) as slack:
        hello = await slack.says("ann", "/pulumi world")
        assert (hello.text, hello.only_me) == ("Hello world", True)
        assert (await slack.clicks("ann", hello, "Wave")).text == f"<@{seed.ANN}> waved"
        await slack.control("say", {"as": seed.BO, "channel": seed.PLATFORM, "text": "@Pulumi hello?"})
        assert (await answer_to_mention(slack))["thread_ts"]


async def answer_to_mention(slack: Conversation) -> Json:
    """What the app says in the channel, as soon as it does."""
    rev = -1
    async with asyncio.timeout(10):
        while True:
            state = await slack.control(f"state?as={seed.BO}&after={rev}")
            rev = state["rev"]
            for message in state["messages"][seed.PLATFORM]:
                if message["text"] == "You called?":
                    found: Json = message
                    return found
