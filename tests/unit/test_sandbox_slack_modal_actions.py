"""What is pressed and searched in modals of the fake workspace before they are submitted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_modals import OPTIONS, act, field, opened, plain, submit, view
from tests.unit.sandbox_slack import Json, Link, Slack, link, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[Link]:
    async with link(slack) as connected:
        yield connected


async def test_what_is_pressed_in_a_modal_comes_with_the_view_and_its_state(slack: Slack, app: Link) -> None:
    menu = {"type": "static_select", "action_id": "env", "placeholder": plain("Where"), "options": OPTIONS}
    button = {"type": "button", "action_id": "more", "text": plain("More"), "value": "7"}
    loud = field("loud", dispatch_action=True)
    shown = await opened(
        slack, view(loud, field("quiet"), {"type": "actions", "block_id": "a", "elements": [menu, button]})
    )

    async def press(action: str, block: str = "a", **more: Any) -> Json:
        pressed, payload = await asyncio.gather(
            act(slack, "click", view_id=shown["id"], block_id=block, action_id=action, **more), app.take()
        )
        assert pressed["acked"]
        return payload

    await press("env", value="prod")
    payload = await press("more", values={"quiet": {"it": "typed"}})
    assert (payload["type"], payload["container"]) == ("block_actions", {"type": "view", "view_id": shown["id"]})
    assert "response_url" not in payload
    assert payload["actions"][0]["value"] == "7"
    values = payload["view"]["state"]["values"]
    assert values["a"]["env"]["selected_option"]["value"] == "prod"
    assert "more" not in values["a"]
    assert values["quiet"]["it"]["value"] == "typed"
    assert (await press("it", "loud", value="Enter"))["actions"][0]["value"] == "Enter"
    pushed = await slack.api("views.push", trigger_id=payload["trigger_id"], view=view(title="Details"))
    assert pushed["view"]["previous_view_id"] == shown["id"]
    refused = await act(slack, "click", view_id=shown["id"], block_id="a", action_id="more")
    assert refused["error"] == "not_on_top"
    await act(slack, "close")
    refused = await act(slack, "click", view_id=shown["id"], block_id="quiet", action_id="it", value="x")
    assert refused["error"] == "not_dispatched"


async def test_typeahead_asks_the_app_and_only_what_it_offered_can_be_chosen(slack: Slack, app: Link) -> None:
    await opened(slack, view(field("stack", "external_select", {"min_query_length": 2})))
    place = {"block_id": "stack", "action_id": "it"}
    assert (await act(slack, "suggest", **place, query="d"))["error"] == "query_too_short"
    assert (await act(slack, "submit", values={"stack": {"it": "dev"}}))["error"] == "option_not_found"
    told, payload = await asyncio.gather(act(slack, "suggest", **place, query="de"), app.take({"options": OPTIONS[:1]}))
    assert [option["value"] for option in told["options"]] == ["dev"]
    known = {"type": "block_suggestion", "value": "de", **place}
    assert {name: payload[name] for name in known} == known
    assert payload["container"]["type"] == "view"
    _, payload = await submit(slack, app, {"stack": {"it": "dev"}})
    assert payload["view"]["state"]["values"]["stack"]["it"]["selected_option"] == OPTIONS[0]


@pytest.mark.parametrize(
    "ack",
    [{}, {"options": OPTIONS * 51}, {"options": [{"text": plain("x" * 76), "value": "x"}]}, {"options": ["dev"]}],
)
async def test_suggestions_that_slack_does_not_take(slack: Slack, app: Link, ack: Json) -> None:
    await opened(slack, view(field("stack", "external_select", {"min_query_length": 0})))
    asked = act(slack, "suggest", block_id="stack", action_id="it", query="")
    told, _ = await asyncio.gather(asked, app.take(ack))
    assert (told["error"], told["options"]) == ("invalid_options", [])


async def test_typeahead_in_a_message(slack: Slack, app: Link) -> None:
    menu = {"type": "external_select", "action_id": "it", "placeholder": plain("Stack")}
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu]}]
    ts = (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="Which?", blocks=blocks))["ts"]
    place = {"channel": seed.PLATFORM, "ts": ts, "block_id": "b", "action_id": "it"}
    told, payload = await asyncio.gather(act(slack, "suggest", **place, query="prod"), app.take({"options": OPTIONS}))
    assert (len(told["options"]), payload["container"]["message_ts"]) == (2, ts)
    pressed, payload = await asyncio.gather(act(slack, "click", **place, value="prod"), app.take())
    assert pressed["acked"]
    assert payload["actions"][0]["selected_option"]["value"] == "prod"
    assert (await act(slack, "click", seed.BO, **place, value="prod"))["error"] == "option_not_found"
