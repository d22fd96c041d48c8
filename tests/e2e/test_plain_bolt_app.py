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
from sandbox.slack.model import Command
from sandbox.slack.workspace import Mode
from tests.e2e.conversation import Conversation
from tests.e2e.test_process import connected
from tests.unit.sandbox_slack import host_app

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


FORM: Json = {
    "type": "modal",
    "callback_id": "delete",
    "title": plain("Delete a stack"),
    "submit": plain("Delete"),
    "notify_on_close": True,
    "private_metadata": "it was asked for",
    "blocks": [
        {
            "type": "input",
            "block_id": "stack",
            "label": plain("Stack"),
            "element": {"type": "external_select", "action_id": "stack", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "name",
            "label": plain("Its name again"),
            "element": {"type": "plain_text_input", "action_id": "name"},
        },
    ],
}


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

    @app.command("/form")
    async def form(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.options("stack")
    async def stacks(ack: Any, payload: Json) -> None:
        names = [name for name in ("acme/shop/prod", "acme/shop/dev", "acme/web/prod") if payload["value"] in name]
        await ack(options=[{"text": plain(name), "value": name} for name in names])

    @app.view("delete")
    async def submitted(ack: Any, view: Json, body: Json, client: AsyncWebClient) -> None:
        values = view["state"]["values"]
        if values["name"]["name"]["value"] != values["stack"]["stack"]["selected_option"]["value"]:
            await ack(response_action="errors", errors={"name": "That is another stack."})
            return
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text=f"Deleted, because {view['private_metadata']}")

    @app.view_closed("delete")
    async def closed(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text="Left as it is")

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
    async with running_in(create(mode=mode)) as conversation:
        yield conversation


@asynccontextmanager
async def running_in(sandbox: Sandbox) -> AsyncIterator[Conversation]:
    mode = sandbox.slack.mode
    sandbox.slack.composer.commands["/form"] = Command("/form", "Fill something in", "")
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


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_modal_is_filled_in_corrected_and_submitted(mode: Mode) -> None:
    async with running(mode) as slack:
        await slack.control("say", {"as": seed.ANN, "channel": seed.PLATFORM, "text": "/form"})
        assert (await slack.modal("ann")).submit == "Delete"
        assert list(await slack.searches("ann", "Stack", "shop")) == ["acme/shop/prod", "acme/shop/dev"]
        empty = await slack.submits("ann", {"Stack": "acme/shop/dev"})
        assert empty
        assert list(empty.errors) == ["Its name again"]
        wrong = await slack.submits("ann", {"Its name again": "acme/shop/prod"})
        assert wrong
        assert wrong.errors == {"Its name again": "That is another stack."}
        assert wrong.values == {"Stack": "acme/shop/dev", "Its name again": "acme/shop/prod"}
        assert await slack.submits("ann", {"Its name again": "acme/shop/dev"}) is None
        assert (await slack.hears("ann")).text == "Deleted, because it was asked for"
        await slack.control("say", {"as": seed.BO, "channel": seed.PLATFORM, "text": "/form"})
        await slack.modal("bo")
        await slack.closes("bo")
        assert (await slack.hears("bo")).text == "Left as it is"


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
