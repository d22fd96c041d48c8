"""Posting, changing, deleting in the fake workspace: each of Slack's rules has a test that a careless client fails."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import START, Json, Slack, serve

PLAIN = {"type": "plain_text", "text": "Go"}


SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}


BUTTONS = {"type": "actions", "elements": [{"type": "button", "text": PLAIN, "value": "7"}]}


RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


async def post(slack: Slack, **args: Any) -> Json:
    return await slack.api("chat.postMessage", **{"channel": seed.PLATFORM, "text": "Hello", **args})


async def shown(slack: Slack, channel: str = seed.PLATFORM, person: str = seed.ANN) -> Json:
    """The newest message there."""
    return (await slack.messages(person, channel))[-1]


async def update(slack: Slack, ts: str, **args: Any) -> Json:
    return await slack.api("chat.update", **{"channel": seed.PLATFORM, "ts": ts, **args})


async def whisper(slack: Slack, **args: Any) -> Json:
    return await slack.api("chat.postEphemeral", **{"channel": seed.PLATFORM, "user": seed.ANN, "text": "Psst", **args})


async def test_a_post_comes_back_as_slack_keeps_it(slack: Slack) -> None:
    answer = await post(slack, text="a & b <c> <@U0ANN00001> https://acme.example/x.", blocks=[SECTION, BUTTONS])
    message = answer["message"]
    assert (answer["channel"], answer["ts"]) == (seed.PLATFORM, message["ts"])
    assert message["text"] == "a &amp; b &lt;c&gt; <@U0ANN00001> <https://acme.example/x>."
    assert (message["user"], message["bot_id"], message["bot_profile"]["app_id"]) == (seed.BOT, seed.BOT_ID, seed.APP)
    section, buttons = message["blocks"]
    assert section["text"] == {"type": "mrkdwn", "text": "*Hello*", "verbatim": False}
    assert buttons["elements"][0]["text"] == {**PLAIN, "emoji": True}
    assert section["block_id"] != buttons["block_id"]
    assert buttons["elements"][0]["action_id"]


async def test_a_ts_is_unique_in_its_channel_only(slack: Slack) -> None:
    here = [(await post(slack))["ts"] for _ in range(3)]
    assert here == sorted(set(here))
    assert float(here[0]) == START
    assert (await post(slack, channel=seed.SHOP_ALERTS))["ts"] == here[0]


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE", "channel_not_found"),
        (seed.SECURITY, "channel_not_found"),
        (seed.RANDOM, "not_in_channel"),
        (seed.OLD_PROJECT, "is_archived"),
        (seed.TIM, "channel_not_found"),
        ("", "invalid_arguments"),
    ],
)
async def test_where_the_bot_cannot_post(slack: Slack, channel: str, error: str) -> None:
    assert (await post(slack, channel=channel))["error"] == error


async def test_posting_by_name_and_to_a_person(slack: Slack) -> None:
    assert (await post(slack, channel="#platform"))["channel"] == seed.PLATFORM
    assert (await post(slack, channel=seed.BO))["channel"] == seed.direct(seed.BO)


async def test_public_channels_are_open_with_the_optional_scope(slack: Slack) -> None:
    slack.workspace.api.scopes[seed.BOT_TOKEN] = seed.SCOPES | {"chat:write.public"}
    assert (await post(slack, channel=seed.RANDOM))["ok"]
    assert (await post(slack, channel=seed.SECURITY))["error"] == "channel_not_found"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"blocks": "not json"}, "invalid_blocks_format"),
        ({"blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5}, "msg_blocks_too_long"),
        ({"blocks": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2}, "invalid_attachments"),
        ({"attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"attachments": [{"blocks": [{"type": "nothing"}]}]}, "invalid_blocks"),
        ({"metadata": "x"}, "invalid_metadata_format"),
        ({"metadata": "[]"}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "update"}}, "invalid_metadata_schema"),
        ({"metadata": {"event_type": "update", "event_payload": {"x": "x" * 9000}}}, "metadata_too_large"),
        ({"markdown_text": "**x**"}, "markdown_text_conflict"),
        ({"as_user": True}, "as_user_not_supported"),
        ({"username": "Somebody"}, "missing_scope"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
async def test_what_the_bot_cannot_post(slack: Slack, args: Json, error: str) -> None:
    assert (await post(slack, **args))["error"] == error
    assert not await slack.messages()


async def test_invalid_blocks_are_explained(slack: Slack) -> None:
    answer = await post(slack, blocks=[{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}])
    problem = "must be less than 151 characters [json-pointer:/blocks/0/text/text]"
    assert answer["errors"] == [problem]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {problem}"]


async def test_text_is_cut_at_40000(slack: Slack) -> None:
    await post(slack, text="x" * 40_001)
    assert len((await shown(slack))["text"]) == 40_000


async def test_metadata_is_kept(slack: Slack) -> None:
    metadata = {"event_type": "update", "event_payload": {"id": "7"}}
    ts = (await post(slack, metadata=metadata))["ts"]
    assert (await update(slack, ts, text="x"))["message"]["metadata"] == metadata
    assert "metadata" not in (await update(slack, ts, text="x", metadata={}))["message"]


async def test_threads(slack: Slack) -> None:
    root = (await post(slack))["ts"]
    reply = await post(slack, thread_ts=root, reply_broadcast=True)
    assert reply["message"]["thread_ts"] == root
    assert reply["message"]["subtype"] == "thread_broadcast"
    assert (await post(slack, thread_ts=reply["ts"]))["error"] == "cannot_reply_to_message"
    parent = (await slack.api("chat.update", channel=seed.PLATFORM, ts=root, text="Root"))["message"]
    assert (parent["thread_ts"], parent["reply_count"], parent["latest_reply"]) == (root, 1, reply["ts"])


async def test_an_update_with_text_alone_removes_the_blocks_and_marks_the_edit(slack: Slack) -> None:
    ts = (await post(slack, blocks=[SECTION], attachments=[{"text": "kept"}]))["ts"]
    answer = await update(slack, ts, text="Done")
    assert "blocks" not in answer["message"]
    assert answer["message"]["edited"]["user"] == seed.BOT
    message = await shown(slack)
    assert (message["blocks"], message["edited"]) == ([], True)
    assert message["attachments"][0]["text"] == "kept"


async def test_an_update_with_blocks_shows_no_edit_and_keeps_what_is_not_given(slack: Slack) -> None:
    ts = (await post(slack, text="Old", attachments=[{"text": "x"}]))["ts"]
    assert (await update(slack, ts, blocks=[BUTTONS]))["text"] == "Old"
    message = await shown(slack)
    assert (message["edited"], message["blocks"][0]["type"], len(message["attachments"])) == (False, "actions", 1)
    await update(slack, ts, attachments=[], text="New", blocks=[])
    assert (await shown(slack))["attachments"] == []


async def test_an_update_of_blocks_names_them_anew(slack: Slack) -> None:
    ts = (await post(slack, blocks=[BUTTONS]))["ts"]
    before = (await shown(slack))["blocks"][0]["block_id"]
    await update(slack, ts, blocks=[BUTTONS])
    assert (await shown(slack))["blocks"][0]["block_id"] != before


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": "x" * 4001}, "msg_too_long"),
        ({}, "no_text"),
        ({"ts": "1.000001", "text": "x"}, "message_not_found"),
        ({"channel": "#platform", "text": "x"}, "channel_not_found"),
        ({"channel": seed.ANN, "text": "x"}, "channel_not_found"),
        ({"blocks": [{"type": "divider", "color": "red"}]}, "invalid_blocks"),
    ],
)
async def test_what_an_update_refuses(slack: Slack, args: Json, error: str) -> None:
    ts = (await post(slack))["ts"]
    assert (await update(slack, **{"ts": ts, **args}))["error"] == error
    assert await slack.texts() == ["Hello"]


async def test_rich_text_stays_rich(slack: Slack) -> None:
    ts = (await post(slack, blocks=[RICH]))["ts"]
    assert (await update(slack, ts, blocks=[SECTION]))["error"] == "block_mismatch"
    assert (await update(slack, ts, blocks=[RICH, SECTION]))["ok"]


async def test_only_the_bots_own_messages_can_be_changed(slack: Slack) -> None:
    ts = (await slack.say("Good morning"))["ts"]
    assert (await update(slack, ts, text="x"))["error"] == "cant_update_message"
    assert (await slack.api("chat.delete", channel=seed.PLATFORM, ts=ts))["error"] == "cant_delete_message"


async def test_an_archived_channel_keeps_its_messages(slack: Slack) -> None:
    ts = (await post(slack))["ts"]
    slack.workspace.ledger.channels[seed.PLATFORM].archived = True
    assert (await update(slack, ts, text="x"))["error"] == "is_inactive"


async def test_deleting_leaves_a_tombstone_over_a_thread(slack: Slack) -> None:
    alone, root = (await post(slack))["ts"], (await post(slack))["ts"]
    await post(slack, thread_ts=root, text="Reply")
    for ts in (alone, root):
        assert (await slack.api("chat.delete", channel=seed.PLATFORM, ts=ts))["ts"] == ts
    assert await slack.texts() == ["This message was deleted.", "Reply"]
    assert (await update(slack, root, text="x"))["error"] == "message_not_found"


async def test_an_ephemeral_is_for_one_person_and_cannot_be_changed(slack: Slack) -> None:
    ts = (await whisper(slack))["message_ts"]
    assert [message["ephemeral"] for message in await slack.messages()] == [True]
    assert await slack.messages(seed.BO) == []
    assert (await update(slack, ts, text="x"))["error"] == "message_not_found"
    assert (await slack.api("chat.delete", channel=seed.PLATFORM, ts=ts))["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"user": seed.GUS}, "user_not_in_channel"),
        ({"user": "U0NOBODY"}, "user_not_in_channel"),
        ({"channel": seed.RANDOM}, "not_in_channel"),
        ({"channel": seed.SECURITY}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
    ],
)
async def test_what_an_ephemeral_refuses(slack: Slack, args: Json, error: str) -> None:
    assert (await whisper(slack, **args))["error"] == error


async def test_an_ephemeral_shows_in_a_thread_only_when_that_has_replies(slack: Slack) -> None:
    root = (await post(slack))["ts"]
    assert (await whisper(slack, thread_ts=root))["ok"]
    assert await slack.texts() == ["Hello"]
    await post(slack, thread_ts=root, text="Reply")
    await whisper(slack, thread_ts=root)
    assert await slack.texts() == ["Hello", "Reply", "Psst"]


async def test_the_same_client_msg_id_posts_twice_unless_slack_looks_at_it(slack: Slack) -> None:
    same = {"client_msg_id": "0b1e7d4e-7a52-4f0f-9a3e-2f1d5c8c3d11"}
    first = await post(slack, **same)
    assert first["message"]["client_msg_id"] == same["client_msg_id"]
    assert (await post(slack, **same))["ts"] != first["ts"]
    await slack.control("switches", idempotent=True)
    assert (await post(slack, **same))["ts"] == first["ts"]
