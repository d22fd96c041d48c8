"""Modals and Home tabs in the fake workspace: stacks, hashes, what is gone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


def view(kind: str = "modal", title: str = "Approve", **more: Any) -> Json:
    frame = {"title": {"type": "plain_text", "text": title}} if kind == "modal" else {}
    return {"type": kind, **frame, "blocks": [{"type": "divider"}], **more}


def trigger(slack: Slack, person: str = seed.ANN) -> str:
    return slack.workspace.triggers.issue(person)


async def opened(slack: Slack, method: str = "views.open", **more: Any) -> Json:
    answer = await slack.api(method, trigger_id=trigger(slack), view=view(**more))
    found: Json = answer["view"]
    return found


async def test_a_modal_is_before_its_person_alone(slack: Slack) -> None:
    shown = await opened(slack)
    assert [each["id"] for each in (await slack.state())["modals"]] == [shown["id"]]
    assert (await slack.state(seed.BO))["modals"] == []


async def test_an_update_keeps_the_modal_and_changes_its_hash(slack: Slack) -> None:
    shown = await opened(slack)
    answer = await slack.api("views.update", view_id=shown["id"], hash=shown["hash"], view=view(title="Approved"))
    after = answer["view"]
    assert (after["id"], after["title"]["text"]) == (shown["id"], "Approved")
    assert after["hash"] != shown["hash"]
    late = await slack.api("views.update", view_id=shown["id"], hash=shown["hash"], view=view())
    assert late["error"] == "hash_conflict"
    assert (await slack.api("views.update", view_id=shown["id"], view=view()))["ok"], "without a hash the last one wins"


async def test_what_is_closed_is_gone(slack: Slack) -> None:
    shown = await opened(slack, external_id="R-7")
    assert (await slack.api("views.update", external_id="R-7", view=view()))["view"]["id"] == shown["id"]
    await slack.control("close", **{"as": seed.ANN})
    assert (await slack.state())["modals"] == []
    for place in ({"view_id": shown["id"]}, {"external_id": "R-7"}):
        assert (await slack.api("views.update", **place, view=view()))["error"] == "not_found"
    assert (await slack.control("close", **{"as": seed.ANN}))["error"] == "not_found"


async def test_three_modals_on_top_of_each_other_and_no_more(slack: Slack) -> None:
    alone = await slack.api("views.push", trigger_id=trigger(slack), view=view())
    assert alone["error"] == "not_found"
    root = await opened(slack)
    second, third = [await opened(slack, "views.push", clear_on_close=number == 1) for number in range(2)]
    assert (second["previous_view_id"], second["root_view_id"]) == (root["id"], root["id"])
    assert (third["previous_view_id"], third["root_view_id"]) == (second["id"], root["id"])
    fourth = await slack.api("views.push", trigger_id=trigger(slack), view=view())
    assert fourth["error"] == "push_limit_reached"
    await slack.control("close", **{"as": seed.ANN})
    assert (await slack.state())["modals"] == [], "it cleared the stack"


async def test_another_modal_takes_the_place_of_the_first(slack: Slack) -> None:
    await opened(slack)
    shown = await opened(slack)
    assert [each["id"] for each in (await slack.state())["modals"]] == [shown["id"]]


async def test_an_external_id_is_unique(slack: Slack) -> None:
    await opened(slack, external_id="R-7")
    again = await slack.api("views.open", trigger_id=trigger(slack, seed.BO), view=view(external_id="R-7"))
    assert again["error"] == "duplicate_external_id"
    assert (await slack.api("views.update", external_id="R-7", view=view(external_id="R-7")))["ok"]


async def test_a_home_tab(slack: Slack) -> None:
    first = (await slack.api("views.publish", user_id=seed.ANN, view=view("home")))["view"]
    assert (await slack.state())["home"]["id"] == first["id"]
    second = (await slack.api("views.publish", user_id=seed.ANN, hash=first["hash"], view=view("home")))["view"]
    assert second["id"] == first["id"]
    late = await slack.api("views.publish", user_id=seed.ANN, hash=first["hash"], view=view("home"))
    assert late["error"] == "hash_conflict"
    assert (await slack.state(seed.BO))["home"] is None


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("views.open", {"trigger_id": "1.2.3", "view": view("home")}),
        ("views.open", {"trigger_id": "1.2.3"}),
        ("views.publish", {"user_id": seed.ANN, "view": view()}),
        ("views.publish", {"user_id": "U0NOBODY", "view": view("home")}),
        ("views.update", {"view": view()}),
    ],
)
async def test_views_that_do_not_fit_where_they_go(slack: Slack, method: str, args: Json) -> None:
    assert (await slack.api(method, **args))["error"] == "invalid_arguments"


async def test_a_view_that_is_too_large(slack: Slack) -> None:
    text = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
    large = view(blocks=[text] * 90)
    answer = await slack.api("views.open", trigger_id=trigger(slack), view=large)
    assert answer["error"] == "view_too_large"
