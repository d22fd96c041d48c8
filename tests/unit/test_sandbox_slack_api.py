"""The fake's Web API: tokens, arguments, lookups; each of Slack's rules has a test that a careless client fails."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, serve

PLAIN = {"type": "plain_text", "text": "Go"}


SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


async def post(slack: Slack, **args: Any) -> Json:
    return await slack.api("chat.postMessage", **{"channel": seed.PLATFORM, "text": "Hello", **args})


MODAL = {"type": "modal", "title": PLAIN, "blocks": [SECTION]}


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
