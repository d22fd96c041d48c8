"""Bolt's side of the door: what is acknowledged, with what, and that nothing is left without words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.files import Courier
from bot.tasks import Tasks
from handlers import register
from handlers.answers import Answers
from sandbox.slack import seed
from tests.town import town

COMMAND = {
    "command": "/pulumi",
    "text": "help",
    "user_id": seed.ANN,
    "team_id": seed.TEAM,
    "channel_id": seed.PLATFORM,
    "response_url": "http://127.0.0.1:1/response/none",
    "trigger_id": "1.2.3",
}
CLICK = {
    "type": "block_actions",
    "user": {"id": seed.ANN, "team_id": seed.TEAM},
    "team": {"id": seed.TEAM},
    "container": {"type": "message", "channel_id": seed.PLATFORM, "is_ephemeral": True, "message_ts": "1.2"},
    "response_url": "http://127.0.0.1:1/response/none",
    "actions": [{"type": "button", "block_id": "b", "action_id": "run:0", "value": "help", "action_ts": "1.2"}],
}


@pytest_asyncio.fixture
async def app(tmp_path: Path) -> AsyncIterator[AsyncApp]:
    async def authorize(**_: object) -> AuthorizeResult:
        me = {"enterprise_id": None, "team_id": seed.TEAM, "bot_user_id": seed.BOT, "bot_token": seed.BOT_TOKEN}
        return AuthorizeResult(**me)

    tasks = Tasks()
    async with town(tmp_path) as place, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=seed.BOT_TOKEN, session=session)
        made = AsyncApp(client=client, authorize=authorize, process_before_response=True, signing_secret="unused")
        register(made, "/pulumi", Answers(place.desk, Courier(client, session), tasks), client, session)
        yield made
        await tasks.drain(5)


async def dispatch(app: AsyncApp, body: dict[str, Any]) -> BoltResponse:
    return await app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))


def said(answer: BoltResponse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.body) if answer.body else {}
    return body


async def test_a_good_command_is_acknowledged_with_nothing(app: AsyncApp) -> None:
    answer = await dispatch(app, COMMAND)
    assert (answer.status, answer.body) == (200, "")


async def test_a_mistake_is_answered_inside_the_ack_and_privately(app: AsyncApp) -> None:
    answer = await dispatch(app, {**COMMAND, "text": "stauts"})
    assert answer.status == 200
    assert said(answer)["response_type"] == "ephemeral"
    assert 'I don\'t know "stauts"' in said(answer)["text"]


async def test_somebody_of_another_workspace_is_refused(app: AsyncApp) -> None:
    answer = await dispatch(app, {**COMMAND, "team_id": "T0OTHER0001"})
    assert "members of my own workspace only" in said(answer)["text"]


async def test_a_payload_that_makes_no_sense_is_acknowledged_with_an_id(app: AsyncApp) -> None:
    broken = {key: value for key, value in COMMAND.items() if key != "response_url"}
    answer = await dispatch(app, broken)
    assert answer.status == 200
    assert "in my log as" in said(answer)["text"]


async def test_every_click_is_acknowledged_whatever_it_carries(app: AsyncApp) -> None:
    for action in (
        {"action_id": "open:1"},
        {"action_id": "run:0", "value": "xyzzy"},
        {"action_id": "from-an-old-version"},
    ):
        answer = await dispatch(app, {**CLICK, "actions": [{**CLICK["actions"][0], **action}]})  # type: ignore[index]
        assert (answer.status, answer.body) == (200, "")


async def test_a_broken_click_is_acknowledged_too(app: AsyncApp) -> None:
    answer = await dispatch(app, {**CLICK, "container": None})
    assert answer.status == 200
