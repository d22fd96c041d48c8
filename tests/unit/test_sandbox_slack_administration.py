"""What administrators change in the fake workspace, and what the app then finds."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, link, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


async def test_whoever_leaves_is_known_as_gone_and_does_nothing_more(slack: Slack) -> None:
    assert (await slack.control("people", user=seed.BO, deleted=True))["ok"]
    assert (await slack.ask("users.info", user=seed.BO))["user"]["deleted"]
    assert (await slack.ask("usergroups.users.list", usergroup=seed.SRE))["users"] == [seed.CY]
    assert (await slack.ask("users.lookupByEmail", email="bo@acme.example"))["error"] == "users_not_found"
    assert seed.BO not in (await slack.ask("conversations.members", channel=seed.PLATFORM))["members"]
    whispered = await slack.api("chat.postEphemeral", channel=seed.PLATFORM, user=seed.BO, text="x")
    assert whispered["error"] == "user_not_in_channel"
    assert (await slack.say("x", seed.BO))["error"] == "user_not_found"
    await slack.control("people", user=seed.BO, deleted=False, email="bo.lind@acme.example")
    assert (await slack.ask("users.lookupByEmail", email="bo.lind@acme.example"))["user"]["id"] == seed.BO


async def test_a_guest_has_fewer_rights_and_sees_less(slack: Slack) -> None:
    await slack.control("people", user=seed.BO, guest=True)
    assert (await slack.ask("users.info", user=seed.BO))["user"]["is_restricted"]
    await slack.control("channels", channel=seed.RANDOM, remove=[seed.BO])
    assert seed.RANDOM not in (await slack.state(seed.BO))["messages"]


async def test_members_of_a_group_come_and_go(slack: Slack) -> None:
    await slack.control("groups", group=seed.SRE, add=[seed.DEE, seed.CY], remove=[seed.BO])
    assert (await slack.ask("usergroups.users.list", usergroup=seed.SRE))["users"] == [seed.CY, seed.DEE]
    await slack.control("groups", group=seed.SRE, disabled=True)
    assert (await slack.ask("usergroups.users.list", usergroup=seed.SRE))["error"] == "no_such_subteam"


async def test_a_channel_is_archived_and_the_bot_is_removed(slack: Slack) -> None:
    post = {"channel": seed.PLATFORM, "text": "x"}
    ts = (await slack.api("chat.postMessage", **post))["ts"]
    await slack.control("channels", channel=seed.PLATFORM, archived=True)
    assert (await slack.api("chat.postMessage", **post))["error"] == "is_archived"
    assert (await slack.api("chat.update", **post, ts=ts))["error"] == "is_inactive"
    await slack.control("channels", channel=seed.PLATFORM, archived=False, remove=[seed.BOT])
    assert (await slack.api("chat.postMessage", **post))["error"] == "not_in_channel"
    await slack.control("channels", channel=seed.PLATFORM, private=True)
    assert (await slack.api("chat.postMessage", **post))["error"] == "channel_not_found"
    await slack.control("channels", channel=seed.PLATFORM, add=[seed.BOT], restricted="restricted_action")
    assert (await slack.api("chat.postMessage", **post))["error"] == "restricted_action"


async def test_an_administrator_deletes_anybodys_message(slack: Slack) -> None:
    ts = (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="x"))["ts"]
    place = {"channel": seed.PLATFORM, "ts": ts}
    assert (await slack.control("delete", **{"as": seed.BO}, **place))["error"] == "cant_delete_message"
    assert (await slack.control("delete", **{"as": seed.ANN}, **place))["ok"]
    assert await slack.texts() == []
    assert (await slack.api("chat.update", **place, text="y"))["error"] == "message_not_found"
    assert (await slack.control("delete", **{"as": seed.ANN}, **place))["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("people", {"user": seed.BOT, "deleted": True}, "user_not_found"),
        ("people", {"user": seed.BO, "deleted": "yes"}, "invalid_flag"),
        ("groups", {"group": "S0NONE"}, "no_such_subteam"),
        ("groups", {"group": seed.SRE, "add": ["U0NOBODY"]}, "user_not_found"),
        ("channels", {"channel": "C0NONE"}, "channel_not_found"),
    ],
)
async def test_what_cannot_be_changed(slack: Slack, path: str, body: Json, error: str) -> None:
    assert (await slack.control(path, **body))["error"] == error


async def test_a_stranger_says_so_and_shows_no_address(slack: Slack) -> None:
    await slack.control("people", user=seed.BO, team="T0ELSEWHER")
    user = (await slack.ask("users.info", user=seed.BO))["user"]
    assert (user["team_id"], user["is_stranger"], "email" in user["profile"]) == ("T0ELSEWHER", True, False)
    assert (await slack.ask("users.lookupByEmail", email="bo@acme.example"))["error"] == "users_not_found"
    button = {"type": "button", "action_id": "vote", "text": {"type": "plain_text", "text": "Approve"}}
    blocks = [{"type": "actions", "elements": [button]}]
    await slack.api("chat.postMessage", channel=seed.PLATFORM, text="Approve?", blocks=blocks)
    async with link(slack) as app:
        _, payload = await asyncio.gather(slack.press((await slack.messages())[-1], person=seed.BO), app.take())
    assert (payload["user"]["team_id"], payload["team"]["id"]) == ("T0ELSEWHER", seed.TEAM)
