"""The fake's Web API: each of Slack's rules has a test that a careless client fails."""

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


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", None, "not_authed"),
        ("auth.test", "xoxb-somebody-else", "invalid_auth"),
        ("chat.postMessage", seed.APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", seed.BOT_TOKEN, "not_allowed_token_type"),
        ("chat.postMassage", seed.BOT_TOKEN, "unknown_method"),
        ("team.info", seed.BOT_TOKEN, "missing_scope"),
    ],
)
async def test_tokens_and_scopes(slack: Slack, method: str, token: str | None, error: str) -> None:
    answer = await slack.api(method, token)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert "status" not in answer, "Slack refuses with status 200"


async def test_a_missing_scope_is_named_and_what_there_is(slack: Slack) -> None:
    answer = await slack.ask("conversations.list", types="public_channel,im")
    assert answer["needed"] == "im:read"
    assert "chat:write" in answer["provided"].split(",")


async def test_a_revoked_token_says_so(slack: Slack) -> None:
    slack.workspace.switches.token = "token_revoked"
    assert (await slack.api("auth.test"))["error"] == "token_revoked"


async def test_the_token_counts_in_the_header_and_in_forms_only(slack: Slack) -> None:
    assert (await slack.ask("auth.test"))["ok"]
    assert (await slack.api("auth.test", None, token=seed.BOT_TOKEN))["error"] == "not_authed"
    async with slack.http.post(f"{slack.url}/slack/api/auth.test?token={seed.BOT_TOKEN}") as answer:
        assert (await answer.json())["error"] == "not_authed"


async def test_auth_test_says_who_and_with_which_scopes(slack: Slack) -> None:
    headers = {"Authorization": f"Bearer {seed.BOT_TOKEN}"}
    async with slack.http.post(f"{slack.url}/slack/api/auth.test", headers=headers) as answer:
        who = await answer.json()
        scopes = answer.headers["x-oauth-scopes"]
    assert (who["user_id"], who["bot_id"], who["team_id"]) == (seed.BOT, seed.BOT_ID, seed.TEAM)
    assert set(scopes.split(",")) == seed.SCOPES
    assert (await slack.api("auth.test", seed.APP_TOKEN))["app_id"] == seed.APP


async def test_json_bodies_of_writing_methods_only(slack: Slack) -> None:
    assert (await slack.api("users.info", user=seed.ANN))["error"] == "invalid_arguments"
    assert (await slack.ask("users.info", user=seed.ANN))["ok"]
    assert (await slack.ask("chat.postMessage", channel=seed.PLATFORM, blocks='[{"type": "divider"}]'))["ok"]


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        ("{", "application/json; charset=utf-8", "invalid_json"),
        ("[]", "application/json; charset=utf-8", "json_not_object"),
        ("channel: C1", "text/yaml", "invalid_post_type"),
    ],
)
async def test_bodies_that_are_none(slack: Slack, body: str, content_type: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {seed.BOT_TOKEN}", "Content-Type": content_type}
    async with slack.http.post(f"{slack.url}/slack/api/chat.postMessage", data=body, headers=headers) as answer:
        assert (await answer.json())["error"] == error


async def test_json_without_a_charset_is_warned_of(slack: Slack) -> None:
    headers = {"Authorization": f"Bearer {seed.BOT_TOKEN}", "Content-Type": "application/json"}
    async with slack.http.post(f"{slack.url}/slack/api/auth.test", data=b"{}", headers=headers) as answer:
        body = await answer.json()
    assert body["ok"]
    assert body["response_metadata"]["warnings"] == ["missing_charset"]


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


async def update(slack: Slack, ts: str, **args: Any) -> Json:
    return await slack.api("chat.update", **{"channel": seed.PLATFORM, "ts": ts, **args})


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


async def whisper(slack: Slack, **args: Any) -> Json:
    return await slack.api("chat.postEphemeral", **{"channel": seed.PLATFORM, "user": seed.ANN, "text": "Psst", **args})


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


async def test_people(slack: Slack) -> None:
    ann, gus, tim = [(await slack.ask("users.info", user=user))["user"] for user in (seed.ANN, seed.GUS, seed.TIM)]
    assert (ann["is_admin"], ann["is_restricted"], ann["profile"]["email"]) == (True, False, "ann@acme.example")
    assert (gus["is_restricted"], gus["is_ultra_restricted"]) == (True, True)
    assert tim["deleted"]
    assert "is_admin" not in tim, "Slack leaves the rights of deactivated people out"
    assert (await slack.ask("users.info", user=seed.BOT))["user"]["is_bot"]
    assert (await slack.ask("users.info", user="U0NOBODY"))["error"] == "user_not_found"
    assert (await slack.ask("users.lookupByEmail", email="BO@acme.example"))["user"]["id"] == seed.BO
    assert (await slack.ask("users.lookupByEmail", email="tim@acme.example"))["error"] == "users_not_found"


async def test_emails_need_their_scope(slack: Slack) -> None:
    slack.workspace.api.scopes[seed.BOT_TOKEN] = seed.SCOPES - {"users:read.email"}
    assert "email" not in (await slack.ask("users.info", user=seed.ANN))["user"]["profile"]


async def test_lists_come_in_pages(slack: Slack) -> None:
    found, cursor = [], ""
    while True:
        page = await slack.ask("users.list", limit="3", cursor=cursor)
        found += [member["id"] for member in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert {seed.ANN, seed.TIM, seed.BOT, seed.SLACKBOT} < set(found)
    assert len(found) == len(set(found)) == 8
    assert (await slack.ask("users.list", cursor="what"))["error"] == "invalid_cursor"
    assert (await slack.ask("users.list", limit="1001"))["error"] == "invalid_limit"


async def test_channels(slack: Slack) -> None:
    assert (await slack.ask("conversations.info", channel=seed.RANDOM))["channel"]["is_member"] is False
    assert (await slack.ask("conversations.info", channel=seed.SECURITY))["error"] == "channel_not_found"
    assert (await slack.ask("conversations.info", channel=seed.direct(seed.ANN)))["needed"] == "im:read"
    both = await slack.ask("conversations.list", types="public_channel,private_channel", exclude_archived="true")
    names = {channel["name"] for channel in both["channels"]}
    assert names == {"general", "platform", "shop-alerts", "random"}
    joined = await slack.ask("users.conversations", exclude_archived="true")
    assert [channel["name"] for channel in joined["channels"]] == ["platform", "shop-alerts"]
    assert (await slack.ask("conversations.list", types="secret"))["error"] == "invalid_types"


async def test_a_direct_channel(slack: Slack) -> None:
    slack.workspace.api.scopes[seed.BOT_TOKEN] = seed.SCOPES | {"im:read"}
    channel = (await slack.ask("conversations.info", channel=seed.direct(seed.BO)))["channel"]
    assert (channel["is_im"], channel["user"]) == (True, seed.BO)
    assert "name" not in channel


async def test_small_ones(slack: Slack) -> None:
    assert (await slack.api("api.test", None, foo="bar"))["args"] == {"foo": "bar"}
    assert (await slack.api("api.test", None, error="boo"))["error"] == "boo"
    assert (await slack.ask("bots.info", bot=seed.BOT_ID))["bot"]["user_id"] == seed.BOT
    assert (await slack.ask("bots.info", bot="B0NOBODY"))["error"] == "bot_not_found"
    slack.workspace.api.scopes[seed.BOT_TOKEN] = seed.SCOPES | {"team:read"}
    assert (await slack.ask("team.info"))["team"]["domain"] == "acme"


async def test_blocks_validate_says_what_a_post_would_say(slack: Slack) -> None:
    assert (await slack.api("blocks.validate", blocks=[SECTION]))["ok"]
    assert (await slack.api("blocks.validate", message={"blocks": [{"type": "nothing"}]}))["error"] == "invalid_blocks"
    assert (await slack.api("blocks.validate", view={"type": "modal", "blocks": []}))["error"] == "invalid_blocks"
    assert (await slack.ask("blocks.validate", view='{"type": "home", "blocks": []}'))["ok"]
    assert (await slack.ask("blocks.validate", view="{"))["error"] == "invalid_arguments"
    assert (await slack.api("blocks.validate"))["error"] == "invalid_arguments"


MODAL = {"type": "modal", "title": PLAIN, "blocks": [SECTION]}


async def test_a_trigger_opens_one_modal_within_three_seconds(slack: Slack) -> None:
    first, second = slack.workspace.triggers.issue(seed.ANN), slack.workspace.triggers.issue(seed.ANN)
    bad = {**MODAL, "close": "Close"}
    refused = await slack.api("views.open", trigger_id=first, view=bad)
    assert refused["error"] == "invalid_arguments"
    assert refused["response_metadata"]["messages"] == ["[ERROR] must provide an object [json-pointer:/view/close]"]
    assert (await slack.api("views.open", trigger_id=first, view=MODAL))["view"]["hash"]
    assert (await slack.api("views.open", trigger_id=first, view=MODAL))["error"] == "exchanged_trigger_id"
    slack.clock.now += 3.1
    assert (await slack.api("views.open", trigger_id=second, view=MODAL))["error"] == "expired_trigger_id"
    assert (await slack.api("views.open", trigger_id="1.2.x", view=MODAL))["error"] == "invalid_trigger_id"
    assert (await slack.api("views.open", trigger_id=second))["error"] == "invalid_arguments"
    big = {**MODAL, "blocks": [{**SECTION, "text": {"type": "mrkdwn", "text": "x" * 2999}}] * 90}
    assert (await slack.api("views.open", trigger_id=second, view=big))["error"] == "view_too_large"
    assert slack.workspace.views.stacks.keys() == {seed.ANN}
