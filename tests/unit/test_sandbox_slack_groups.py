"""User groups in the fake workspace: asked for, mentioned; and where a channel's policy forbids to post."""

from collections.abc import AsyncIterator

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, link, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


async def test_groups_and_what_is_told_on_request(slack: Slack) -> None:
    (group,) = (await slack.ask("usergroups.list"))["usergroups"]
    assert (group["id"], group["handle"], group["date_delete"]) == (seed.SRE, "sre", 0)
    assert group.keys().isdisjoint({"users", "user_count"})
    found = await slack.ask("usergroups.list", include_users="true", include_count="1", include_disabled="true")
    assert [(each["users"], each["user_count"]) for each in found["usergroups"]] == [
        ([seed.BO, seed.CY], 2),
        ([seed.ANN, seed.TIM], 2),
    ]


async def test_members_of_a_group(slack: Slack) -> None:
    assert (await slack.ask("usergroups.users.list", usergroup=seed.SRE))["users"] == [seed.BO, seed.CY]
    for strange in ("S0NOTHING", seed.RETIRED):
        assert (await slack.ask("usergroups.users.list", usergroup=strange))["error"] == "no_such_subteam"
    retired = await slack.ask("usergroups.users.list", usergroup=seed.RETIRED, include_disabled="true")
    assert retired["users"] == [seed.ANN], "deactivated people are in no group"
    as_json = await slack.api("usergroups.users.list", usergroup=seed.SRE)
    assert as_json["error"] == "invalid_arguments", "its JSON is not read"


async def test_a_group_is_mentioned_by_its_handle(slack: Slack) -> None:
    async with link(slack) as app:
        await slack.say("@sre @ops @Pulumi look")
        event = (await app.take())["event"]
        assert event["text"] == f"<!subteam^{seed.SRE}> @ops <@{seed.BOT}> look"
        mention = event["blocks"][0]["elements"][0]["elements"][0]
        assert mention == {"type": "usergroup", "usergroup_id": seed.SRE}
    (group,) = (await slack.state())["groups"]
    assert group == {"id": seed.SRE, "handle": "sre", "name": "Site reliability", "members": [seed.BO, seed.CY]}


async def test_a_commands_group_comes_with_its_name(slack: Slack) -> None:
    command = slack.workspace.composer._escaped(seed.ANN, "can @SRE approve")
    assert command == f"can <!subteam^{seed.SRE}|@SRE> approve"


async def test_where_somebody_is_as_far_as_the_bot_may_know(slack: Slack) -> None:
    async def rooms(**args: str) -> set[str]:
        found = await slack.ask("users.conversations", types="public_channel,private_channel", **args)
        return {each["id"] for each in found["channels"]}

    assert await rooms() == {seed.PLATFORM, seed.SHOP_ALERTS, seed.OLD_PROJECT}
    assert await rooms(user=seed.GUS) == {seed.SHOP_ALERTS}
    assert seed.RANDOM in await rooms(user=seed.DEE)
    assert seed.SECURITY not in await rooms(user=seed.DEE)
    assert seed.OLD_PROJECT not in await rooms(exclude_archived="true")


async def test_a_channel_that_may_only_be_read(slack: Slack) -> None:
    slack.workspace.ledger.channels[seed.PLATFORM].restricted = "restricted_action_read_only_channel"
    refused: Json = await slack.api("chat.postMessage", channel=seed.PLATFORM, text="x")
    assert refused["error"] == "restricted_action_read_only_channel"
