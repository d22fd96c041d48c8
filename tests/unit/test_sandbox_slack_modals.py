"""What people do in modals of the fake workspace, what the app is told of it, and what its answers do."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_modals import OPTIONS, REASON, act, field, opened, plain, stack, submit, view
from tests.unit.sandbox_slack import Json, Link, Slack, link, serve

TROUBLE = "We had some trouble connecting. Try again?"


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[Link]:
    async with link(slack) as connected:
        yield connected


async def test_a_submission_says_who_what_and_from_which_view(slack: Slack, app: Link) -> None:
    shown = await opened(slack, REASON)
    pressed = asyncio.create_task(act(slack, "submit", values={"reason": {"it": "Not today"}}))
    envelope = await app.next()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", True)
    assert (await slack.state())["modals"][0]["busy"]
    assert (await act(slack, "submit"))["error"] == "busy"
    await app.ack(envelope)
    assert (await pressed)["acked"]
    payload = envelope["payload"]
    assert payload["type"] == "view_submission"
    assert payload["user"]["id"] == seed.ANN
    assert payload["view"]["state"] == {
        "values": {"reason": {"it": {"type": "plain_text_input", "value": "Not today"}}}
    }
    same = ("id", "hash", "private_metadata", "callback_id", "root_view_id")
    assert [payload["view"][name] for name in same] == [shown[name] for name in same]
    assert payload["response_urls"] == []
    assert await stack(slack) == [], "an empty acknowledgement closes it"


EVERY: dict[str, tuple[Json, Any, Json]] = {
    "text": (field("text"), "x", {"value": "x"}),
    "number": (field("number", "number_input", {"is_decimal_allowed": False}), "7", {"value": "7"}),
    "mail": (field("mail", "email_text_input"), "a@b.example", {"value": "a@b.example"}),
    "web": (field("web", "url_text_input"), "https://a.example", {"value": "https://a.example"}),
    "pick": (field("pick", "static_select", {"options": OPTIONS}), "dev", {"selected_option": OPTIONS[0]}),
    "radio": (field("radio", "radio_buttons", {"options": OPTIONS}), "prod", {"selected_option": OPTIONS[1]}),
    "ticks": (field("ticks", "checkboxes", {"options": OPTIONS}), ["prod"], {"selected_options": OPTIONS[1:]}),
    "picks": (field("picks", "multi_static_select", {"options": OPTIONS}), ["dev"], {"selected_options": OPTIONS[:1]}),
    "who": (field("who", "users_select"), seed.BO, {"selected_user": seed.BO}),
    "whom": (field("whom", "multi_users_select"), [seed.CY], {"selected_users": [seed.CY]}),
    "where": (field("where", "conversations_select"), seed.SECURITY, {"selected_conversation": seed.SECURITY}),
    "room": (field("room", "channels_select"), seed.RANDOM, {"selected_channel": seed.RANDOM}),
    "date": (field("date", "datepicker"), "2026-11-24", {"selected_date": "2026-11-24"}),
    "time": (field("time", "timepicker"), "13:20", {"selected_time": "13:20"}),
    "moment": (field("moment", "datetimepicker"), 1_795_526_400, {"selected_date_time": 1_795_526_400}),
}


async def test_every_input_has_its_place_in_the_state(slack: Slack, app: Link) -> None:
    await opened(slack, view(*(block for block, _, _ in EVERY.values())))
    empty = await act(slack, "submit")
    assert (empty["acked"], set(empty["errors"])) == (False, set(EVERY)), "all of them are required"
    _, payload = await submit(slack, app, {name: {"it": value} for name, (_, value, _) in EVERY.items()})
    for name, (block, _, choice) in EVERY.items():
        state = payload["view"]["state"]["values"][name]["it"]
        option = choice.get("selected_option") or next(iter(choice.get("selected_options", ())), None)
        assert state["type"] == block["element"]["type"]
        if option:
            found = state.get("selected_option") or state["selected_options"][0]
            assert found["value"] == option["value"]
        else:
            assert {key: each for key, each in state.items() if key != "type"} == choice


async def test_an_optional_field_is_null_and_an_initial_value_counts(slack: Slack, app: Link) -> None:
    here = field("here", "conversations_select", {"default_to_current_conversation": True})
    preset = field("preset", element={"initial_value": "as before"})
    await opened(slack, view(field("free", optional=True), preset, here), channel=seed.PLATFORM)
    _, payload = await submit(slack, app)
    values = payload["view"]["state"]["values"]
    assert [values[name]["it"]["value"] for name in ("free", "preset")] == [None, "as before"]
    assert values["here"]["it"]["selected_conversation"] == seed.PLATFORM


@pytest.mark.parametrize(
    ("block", "value", "words"),
    [
        (field("it", element={"min_length": 3}), "ab", "at least 3"),
        (field("it", element={"max_length": 3}), "abcd", "at most 3"),
        (field("it", "number_input", {"is_decimal_allowed": False}), "1.5", "whole number"),
        (field("it", "number_input", {"is_decimal_allowed": True, "max_value": "2"}), "2.5", "at most 2"),
        (field("it", "number_input", {"is_decimal_allowed": True}), "NaN", "a number"),
        (field("it", "email_text_input"), "nobody", "email"),
        (field("it", "url_text_input"), "a.example", "URL"),
        (field("it", "multi_users_select", {"max_selected_items": 1}), [seed.ANN, seed.BO], "at most 1"),
    ],
)
async def test_what_does_not_fit_is_said_before_the_app_hears_of_it(
    slack: Slack, block: Json, value: object, words: str
) -> None:
    await opened(slack, view(block))
    answer = await act(slack, "submit", values={"it": {"it": value}})
    assert answer["acked"] is False
    assert words in answer["errors"]["it"]
    assert (await slack.state())["modals"][0]["errors"] == answer["errors"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"pick": {"it": "staging"}}, "option_not_found"),
        ({"who": {"it": "U0NOBODY"}}, "user_not_found"),
        ({"who": {"it": seed.TIM}}, "user_not_found"),
        ({"room": {"it": seed.SECURITY}}, "channel_not_found"),
        ({"date": {"it": "tomorrow"}}, "not_offered"),
        ({"picks": {"it": "dev"}}, "not_offered"),
        ({"other": {"it": "x"}}, "element_not_found"),
        ({"text": "x"}, "invalid_values"),
    ],
)
async def test_what_a_client_does_not_let_one_enter(slack: Slack, values: Json, error: str) -> None:
    await opened(slack, view(*(block for block, _, _ in EVERY.values())))
    assert (await act(slack, "submit", values=values))["error"] == error


async def test_errors_stand_under_their_fields_until_the_next_try(slack: Slack, app: Link) -> None:
    await opened(slack, REASON)
    errors = {"response_action": "errors", "errors": {"reason": "Say more."}}
    told, _ = await submit(slack, app, {"reason": {"it": "No"}}, errors)
    assert (told["acked"], told["errors"]) == (True, {"reason": "Say more."})
    shown = (await slack.state())["modals"][0]
    assert (shown["errors"], shown["busy"]) == ({"reason": "Say more."}, False)
    assert shown["state"]["values"]["reason"]["it"]["value"] == "No", "nothing that was typed is lost"
    told, _ = await submit(slack, app, {"reason": {"it": "Not before Monday"}})
    assert "errors" not in told


@pytest.mark.parametrize(
    ("ack", "error"),
    [
        ({"response_action": "errors", "errors": {"other": "x"}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {}}, "invalid_errors"),
        ({"response_action": "errors", "errors": {"reason": ""}}, "invalid_errors"),
        ({"response_action": "close"}, "invalid_response_action"),
        ({"text": "Thanks"}, "invalid_response_action"),
        ({"response_action": "update"}, "invalid_arguments"),
        ({"response_action": "update", "view": {**REASON, "type": "home"}}, "invalid_arguments"),
        (
            {"response_action": "push", "view": {**REASON, "submit": None, "title": plain("x" * 25)}},
            "invalid_arguments",
        ),
    ],
)
async def test_an_answer_that_is_none_leaves_the_modal_and_says_so(
    slack: Slack, app: Link, ack: Json, error: str
) -> None:
    await opened(slack, REASON)
    told, _ = await submit(slack, app, {"reason": {"it": "No"}}, ack)
    assert (told["acked"], told["error"]) == (True, error)
    shown = (await slack.state())["modals"][0]
    assert (shown["problem"], shown["errors"]) == (TROUBLE, {})


async def test_an_app_that_is_late_or_away_closes_nothing() -> None:
    async with serve(scale=0.02) as slack:
        await opened(slack, view())
        assert (await act(slack, "submit"))["error"] == "dispatch_failed"
        async with link(slack):
            assert (await act(slack, "submit"))["error"] == "operation_timeout"
        shown = (await slack.state())["modals"][0]
        assert (shown["problem"], shown["busy"]) == (TROUBLE, False)


async def test_update_push_and_clear(slack: Slack, app: Link) -> None:
    await opened(slack, REASON)
    sure = view(field("reason"), title="Sure?")
    await submit(slack, app, {"reason": {"it": "No"}}, {"response_action": "update", "view": sure})
    assert await stack(slack) == ["Sure?"]
    shown = (await slack.state())["modals"][0]
    assert shown["state"]["values"]["reason"]["it"]["value"] == "No", "the same field keeps what was typed"
    await submit(slack, app, None, {"response_action": "push", "view": view(title="More")})
    await submit(slack, app, None, {"response_action": "push", "view": view(title="Most")})
    assert await stack(slack) == ["Sure?", "More", "Most"]
    told, _ = await submit(slack, app, None, {"response_action": "push", "view": view(title="Too much")})
    assert told["error"] == "push_limit_reached"
    await submit(slack, app)
    assert await stack(slack) == ["Sure?", "More"], "the one below is there again"
    await submit(slack, app, None, {"response_action": "clear"})
    assert await stack(slack) == []


async def test_an_update_while_it_is_open_keeps_what_was_chosen_in_the_same_fields(slack: Slack, app: Link) -> None:
    both = view(field("kept"), field("renamed"))
    shown = await opened(slack, both)
    told, _ = await submit(
        slack,
        app,
        {"kept": {"it": "a"}, "renamed": {"it": "b"}},
        {"response_action": "errors", "errors": {"kept": "Hm"}},
    )
    assert told["errors"]
    after = view(field("kept"), field("renamed", element={"action_id": "other", "initial_value": "new"}))
    await slack.api("views.update", view_id=shown["id"], view=after)
    shown = (await slack.state())["modals"][0]
    values = {name: next(iter(each.values()))["value"] for name, each in shown["state"]["values"].items()}
    assert (values, shown["errors"]) == ({"kept": "a", "renamed": "new"}, {})


async def test_who_closes_is_told_of_only_where_that_was_asked_for(slack: Slack, app: Link) -> None:
    await opened(slack, view(title="Below", notify_on_close=True))
    await opened(slack, view(title="Middle"), method="push")
    top = await opened(slack, view(title="Above", notify_on_close=True), method="push")
    closed, payload = await asyncio.gather(act(slack, "close", view_id=top["id"]), app.take())
    assert closed["notified"] == 1
    assert (payload["type"], payload["is_cleared"], payload["view"]["id"]) == ("view_closed", False, top["id"])
    assert await stack(slack) == ["Below", "Middle"]
    assert (await act(slack, "close", view_id=top["id"]))["error"] == "not_on_top"
    closed, payload = await asyncio.gather(act(slack, "close", all=True), app.take())
    assert (payload["is_cleared"], payload["view"]["title"]["text"]) == (True, "Below")
    assert await stack(slack) == []


async def test_a_response_url_for_the_conversation_that_was_chosen(slack: Slack, app: Link) -> None:
    await opened(slack, view(field("where", "conversations_select", {"response_url_enabled": True})))
    _, payload = await submit(slack, app, {"where": {"it": seed.RANDOM}})
    (about,) = payload["response_urls"]
    assert (about["block_id"], about["action_id"], about["channel_id"]) == ("where", "it", seed.RANDOM)
    assert (await slack.respond(about["response_url"], text="Done", response_type="in_channel"))[0] == 200
    assert await slack.texts(seed.BO, seed.RANDOM) == ["Done"]


async def test_everybody_has_their_own(slack: Slack, app: Link) -> None:
    await opened(slack, REASON)
    await opened(slack, view(field("reason"), title="Bo's"), seed.BO)
    await submit(slack, app, {"reason": {"it": "No"}})
    assert (await stack(slack), await stack(slack, seed.BO)) == ([], ["Bo's"])
    assert (await act(slack, "submit"))["error"] == "not_found"
    assert (await act(slack, "close", seed.TIM))["error"] == "user_not_found"
    await opened(slack, {**view(), "submit": None}, seed.ANN)
    assert (await act(slack, "submit"))["error"] == "no_submit"
