"""What the fake Slack tells an app of channels, groups and people; and that it tells nothing it was not asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.slack import seed
from sandbox.slack.manifest import subscriptions
from tests.unit.sandbox_slack import Json, Link, Slack, link, serve

CHANNELS = frozenset({f"{kind}_{what}" for kind in ("channel", "group") for what in ("left", "archive", "rename")})
MORE = frozenset({"channel_unarchive", "member_joined_channel", "member_left_channel"})
PEOPLE = frozenset({"subteam_members_changed", "subteam_updated", "user_change"})


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        served.workspace.events.subscribed |= CHANNELS | MORE | PEOPLE
        yield served


async def told(slack: Slack, app: Link, path: str, **change: object) -> Json:
    """The event that a change brings, without its time."""
    assert (await slack.control(path, **change))["ok"]
    envelope = await app.take()
    assert envelope["type"] == "event_callback"
    event: Json = envelope["event"]
    assert event.pop("event_ts")
    return event


async def test_the_bot_is_invited_and_removed(slack: Slack) -> None:
    where = {"user": seed.BOT, "channel_type": "C", "team": seed.TEAM}
    async with link(slack) as app:
        joined = await told(slack, app, "channels", channel=seed.RANDOM, add=[seed.BOT], **{"as": seed.BO})
        assert joined == {"type": "member_joined_channel", "channel": seed.RANDOM, **where, "inviter": seed.BO}
        left = await told(slack, app, "channels", channel=seed.RANDOM, remove=[seed.BOT])
        assert left == {"type": "channel_left", "channel": seed.RANDOM, "actor_id": seed.ANN}
        await told(slack, app, "channels", channel=seed.SECURITY, add=[seed.BOT])
        left = await told(slack, app, "channels", channel=seed.SECURITY, remove=[seed.BOT])
        assert left == {"type": "group_left", "channel": seed.SECURITY}


async def test_people_invite_the_bot_by_slacks_own_command(slack: Slack) -> None:
    async with link(slack) as app:
        assert (await slack.say("/invite @pulumi", seed.BO, seed.RANDOM))["acked"]
        joined = (await app.take())["event"]
        assert (joined["type"], joined["user"], joined["inviter"]) == ("member_joined_channel", seed.BOT, seed.BO)
        assert await slack.texts(seed.BO, seed.RANDOM) == ["Pulumi joined #random."]
        await slack.say("/remove @Pulumi", seed.BO, seed.RANDOM)
        assert (await app.take())["event"]["type"] == "channel_left"
        assert not (await slack.say("/invite somebody", seed.BO, seed.RANDOM))["acked"]


async def test_channels_are_archived_and_renamed(slack: Slack) -> None:
    async with link(slack) as app:
        by = {"channel": seed.PLATFORM, "user": seed.CY, "is_moved": 0}
        archived = await told(slack, app, "channels", channel=seed.PLATFORM, archived=True, **{"as": seed.CY})
        assert archived == {"type": "channel_archive", **by}
        opened = await told(slack, app, "channels", channel=seed.PLATFORM, archived=False, **{"as": seed.CY})
        assert opened == {"type": "channel_unarchive", **by}
        renamed = await told(slack, app, "channels", channel=seed.PLATFORM, name="infra")
        assert (renamed["type"], renamed["channel"]["id"]) == ("channel_rename", seed.PLATFORM)
        assert renamed["channel"]["name"] == "infra"
        moved = await told(slack, app, "channels", channel=seed.PLATFORM, remove=[seed.DEE])
        assert (moved["type"], moved["user"]) == ("member_left_channel", seed.DEE)


async def test_nothing_is_told_of_private_channels_elsewhere_or_of_what_is_as_before(slack: Slack) -> None:
    async with link(slack) as app:
        await slack.control("channels", channel=seed.SECURITY, name="secret", archived=True, add=[seed.BO])
        await slack.control("channels", channel=seed.PLATFORM, add=[seed.BOT], remove=[seed.GUS], archived=False)
        event = await told(slack, app, "channels", channel=seed.RANDOM, name="any")
        assert event["type"] == "channel_rename"


async def test_groups_and_people(slack: Slack) -> None:
    async with link(slack) as app:
        changed = await told(slack, app, "groups", group=seed.SRE, add=[seed.DEE], remove=[seed.BO, seed.ANN])
        assert changed["type"] == "subteam_members_changed"
        assert (changed["added_users"], changed["removed_users"]) == ([seed.DEE], [seed.BO])
        assert (await app.take())["event"]["subteam"]["users"] == [seed.CY, seed.DEE]
        gone = await told(slack, app, "people", user=seed.BO, deleted=True)
        assert (gone["type"], gone["user"]["id"], gone["user"]["deleted"]) == ("user_change", seed.BO, True)


async def test_only_what_the_manifest_names_is_sent(slack: Slack, tmp_path: Path) -> None:
    slack.workspace.events.subscribed = frozenset({"app_mention", "channel_rename"})
    async with link(slack) as app:
        await slack.control("channels", channel=seed.RANDOM, add=[seed.BOT])
        await slack.say("hello", channel=seed.direct(seed.ANN))
        event = await told(slack, app, "channels", channel=seed.RANDOM, name="any")
        assert event["type"] == "channel_rename"
    assert subscriptions() >= {"app_mention", "message.im"}
    file = tmp_path / "manifest.yml"
    file.write_text(
        "settings:\n  event_subscriptions:\n    bot_events:\n      - app_mention\n      - link_shared\n  x:\n  - y"
    )
    assert subscriptions(file) == {"app_mention", "link_shared"}
    file.write_text("settings: {}\n")
    assert subscriptions(file) == frozenset()
