"""What people press in the fake workspace, and what may be done with what was pressed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Link, Slack, link, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[Link]:
    async with link(slack) as connected:
        yield connected


def button(name: str, **more: object) -> Json:
    return {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name.title()}, **more}


MENU: Json = {
    "type": "static_select",
    "action_id": "env",
    "placeholder": {"type": "plain_text", "text": "Where"},
    "options": [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("dev", "prod")],
}


async def post(slack: Slack, *elements: Json, method: str = "chat.postMessage", **more: Any) -> Json:
    """A message with these elements, as the person sees it."""
    blocks = [{"type": "actions", "block_id": "vote", "elements": list(elements)}]
    answer = await slack.api(method, channel=seed.PLATFORM, text="Approve?", blocks=blocks, **more)
    assert answer["ok"], answer
    return (await slack.messages(more.get("user", seed.ANN)))[-1]


async def click(slack: Slack, app: Link, message: Json, number: int = 0, **more: Any) -> Json:
    pressed, payload = await asyncio.gather(slack.press(message, number, **more), app.take())
    assert pressed["acked"]
    return payload


async def test_the_payload_of_a_click(slack: Slack, app: Link) -> None:
    message = await post(slack, button("approve", value="R-1", style="primary"), button("reject"))
    payload = await click(slack, app, message, person=seed.CY)
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": seed.CY, "username": "cy", "name": "cy", "team_id": seed.TEAM}
    assert payload["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": seed.PLATFORM,
        "is_ephemeral": False,
    }
    assert (payload["channel"], payload["team"]["id"]) == ({"id": seed.PLATFORM, "name": "platform"}, seed.TEAM)
    assert (payload["message"]["ts"], payload["message"]["blocks"]) == (message["ts"], message["blocks"])
    assert payload["state"] == {"values": {}}
    assert payload["response_url"].startswith(f"{slack.url}/slack/response/actions/")
    assert payload["trigger_id"]
    action = payload["actions"][0]
    assert float(action.pop("action_ts")) == slack.clock.now
    assert action == {
        "type": "button",
        "action_id": "approve",
        "block_id": "vote",
        "text": {"type": "plain_text", "text": "Approve", "emoji": True},
        "value": "R-1",
        "style": "primary",
    }


async def test_a_click_carries_no_answer(slack: Slack, app: Link) -> None:
    message = await post(slack, button("approve"))
    pressing = asyncio.create_task(slack.press(message))
    envelope = await app.next()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", False)
    await app.ack(envelope, {"text": "Nobody reads this"})
    assert (await pressing)["acked"]
    assert await slack.texts() == ["Approve?"]


async def test_a_click_on_an_ephemeral_brings_no_message(slack: Slack, app: Link) -> None:
    message = await post(slack, button("more"), method="chat.postEphemeral", user=seed.ANN)
    assert (await slack.press(message, person=seed.BO))["error"] == "message_not_found"
    payload = await click(slack, app, message)
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload


async def test_what_is_no_longer_shown_cannot_be_pressed(slack: Slack, app: Link) -> None:
    message = await post(slack, button("approve"))
    await slack.api("chat.update", channel=seed.PLATFORM, ts=message["ts"], text="Approved")
    refused = await slack.press(message)
    assert (refused["status"], refused["error"]) == (400, "element_not_found")
    assert (await slack.press({**message, "ts": "1.000001"}))["error"] == "message_not_found"


async def test_what_is_not_seen_cannot_be_pressed(slack: Slack) -> None:
    message = await post(slack, button("approve"))
    for person, error in ((seed.GUS, "channel_not_found"), (seed.TIM, "user_not_found")):
        assert (await slack.press(message, person=person))["error"] == error
    assert (await slack.control("click", **{"as": seed.ANN}, channel=seed.PLATFORM))["error"] == "missing"


async def test_a_click_in_a_thread_says_which(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    message = await post(slack, button("why"), thread_ts=root)
    payload = await click(slack, app, message)
    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == root


async def test_a_url_button_tells_the_app_too(slack: Slack, app: Link) -> None:
    message = await post(slack, button("console", url="https://app.pulumi.com/acme"))
    assert (await click(slack, app, message))["actions"][0]["action_id"] == "console"


async def test_a_menu_takes_its_own_options_and_remembers_the_choice(slack: Slack, app: Link) -> None:
    message = await post(slack, MENU, button("go"))
    assert (await slack.press(message, value="staging"))["error"] == "option_not_found"
    assert (await slack.press(message))["error"] == "option_not_found"
    action = (await click(slack, app, message, value="prod"))["actions"][0]
    assert action["selected_option"]["value"] == "prod"
    assert (action["type"], "value" in action) == ("static_select", False)
    state = (await click(slack, app, message, 1))["state"]["values"]["vote"]
    assert state["env"]["selected_option"]["value"] == "prod"
    others = (await click(slack, app, message, 1, person=seed.BO))["state"]["values"]["vote"]
    assert others["env"] == {"type": "static_select", "selected_option": None}


async def test_other_elements_bring_their_choice(slack: Slack, app: Link) -> None:
    options = MENU["options"]
    checks = {"type": "checkboxes", "action_id": "checks", "options": options, "initial_options": options[:1]}
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    person = {"type": "users_select", "action_id": "who", "initial_user": seed.BO}
    message = await post(slack, checks, overflow, person)
    ticked = await click(slack, app, message, value=["dev", "prod"])
    assert [option["value"] for option in ticked["actions"][0]["selected_options"]] == ["dev", "prod"]
    chosen = await click(slack, app, message, 1, value="dev")
    assert chosen["actions"][0]["selected_option"]["value"] == "dev"
    assert set(chosen["state"]["values"]["vote"]) == {"checks", "who"}
    assert chosen["state"]["values"]["vote"]["who"]["selected_user"] == seed.BO
    assert (await click(slack, app, message, 2, value=seed.CY))["actions"][0]["selected_user"] == seed.CY
    assert (await slack.press(message, 2, value=[seed.CY]))["error"] == "not_offered"


async def test_an_unanswered_click_warns_the_one_who_pressed() -> None:
    async with serve(scale=0.02) as slack:
        message = await post(slack, button("approve"))
        assert (await slack.press(message))["error"] == "dispatch_failed"
        async with link(slack):
            assert (await slack.press(message))["error"] == "operation_timeout"
        warnings = (await slack.messages())[1:]
        assert [(each["system"], each["ephemeral"], each["in_response_to"]) for each in warnings] == [
            (True, True, "Approve")
        ] * 2
        assert len(await slack.messages(seed.BO)) == 1


async def test_a_click_may_replace_or_delete_its_message(slack: Slack, app: Link) -> None:
    url = (await click(slack, app, await post(slack, button("approve"))))["response_url"]
    await slack.respond(url, text="Approved", replace_original=True, response_type="ephemeral")
    message = (await slack.messages(seed.BO))[0]
    assert (message["text"], message["blocks"], message["ephemeral"]) == ("Approved", [], False)
    await slack.respond(url, text="New", response_type="in_channel")
    await slack.respond(url, text="For Ann")
    assert await slack.texts(seed.BO) == ["Approved", "New"]
    await slack.respond(url, delete_original="true")
    assert await slack.texts(seed.BO) == ["New"]
    assert (await slack.respond(url, text="x", replace_original=True))[0] == 404


async def test_an_ephemeral_stays_ephemeral_and_in_its_thread(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    await slack.say("Yes", thread_ts=root)
    message = await post(slack, button("more"), method="chat.postEphemeral", user=seed.ANN, thread_ts=root)
    url = (await click(slack, app, message))["response_url"]
    await slack.respond(url, text="More", replace_original=True, response_type="in_channel")
    await slack.respond(url, text="And more")
    assert await slack.texts(seed.BO) == ["It failed", "Yes"]
    assert [(each["text"], each["thread_ts"]) for each in (await slack.messages())[2:]] == [
        ("More", root),
        ("And more", root),
    ]


async def test_an_answer_may_name_its_thread(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    url = (await click(slack, app, await post(slack, button("why"))))["response_url"]
    await slack.respond(url, text="Because", response_type="in_channel", thread_ts=root)
    assert (await slack.messages())[-1]["thread_ts"] == root
