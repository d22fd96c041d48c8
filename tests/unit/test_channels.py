"""Where a request's card goes: policy's channel, else where it was asked, and never where approvers can't see it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.approvals import Origin, Ruling
from bot.errors import ChatError, Refusal
from bot.model import Risk
from bot.services.channels import Channels
from bot.slack.channels import SlackChannels
from sandbox.slack import seed
from tests.town import Town, bot, ground

RULING = Ruling(risk=Risk.HIGH, approvals=1, approvers=("@sre",), rule="rule 1 (stack rm)")
HERE = Origin(channel=seed.PLATFORM, thread="1.2")


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with ground() as at, bot(at, tmp_path) as town:
        yield town


@pytest.fixture
def channels(place: Town) -> Channels:
    return Channels(SlackChannels(place.services.world.slack))


async def test_without_a_word_of_policy_it_is_where_it_was_asked(channels: Channels) -> None:
    assert await channels.card_channel(RULING, HERE) == seed.PLATFORM


@pytest.mark.parametrize("name", ["#shop-alerts", seed.SHOP_ALERTS])
async def test_policys_channel_goes_before(channels: Channels, name: str) -> None:
    assert await channels.card_channel(replace(RULING, channel=name), HERE) == seed.SHOP_ALERTS


@pytest.mark.parametrize("name", ["#general", seed.GENERAL, "#nowhere", "C0NOWHERE0", "#old-project", seed.OLD_PROJECT])
async def test_a_channel_of_policys_where_it_cannot_post_is_named_with_the_way_out(
    channels: Channels, name: str
) -> None:
    with pytest.raises(Refusal) as caught:
        await channels.card_channel(replace(RULING, channel=name), HERE)
    assert caught.value.text == f"Policy sends this to {name} (rule 1 (stack rm)), where I can't post."
    assert "/invite @pulumi" in caught.value.hint


@pytest.mark.parametrize(
    ("channel", "says", "fix"),
    [
        (seed.direct(seed.ANN), "Approvers can't see our direct messages.", "set channel"),
        (seed.GENERAL, "I can't post in this channel, so nobody could approve it here.", "/invite @pulumi"),
        (seed.SECURITY, "I can't post in this channel, so nobody could approve it here.", "/invite @pulumi"),
        ("C0ELSEWHER", "I can't post in this channel, so nobody could approve it here.", "/invite @pulumi"),
        (seed.OLD_PROJECT, "This channel is archived.", "set channel"),
    ],
)
async def test_where_approvers_would_not_see_it_the_request_is_refused(
    channels: Channels, channel: str, says: str, fix: str
) -> None:
    with pytest.raises(Refusal) as caught:
        await channels.card_channel(RULING, Origin(channel=channel))
    assert caught.value.text == says
    assert fix in caught.value.hint


async def test_a_direct_message_is_fine_to_ask_in_when_policy_names_a_channel(channels: Channels) -> None:
    ruling = replace(RULING, channel="#platform")
    assert await channels.card_channel(ruling, Origin(channel=seed.direct(seed.ANN))) == seed.PLATFORM


async def test_a_name_is_found_however_many_channels_there_are(place: Town, channels: Channels) -> None:
    book = place.sandbox.slack.ledger.channels
    for number in range(450):
        book[f"C1{number:08}"] = replace(book[seed.PLATFORM], id=f"C1{number:08}", name=f"team-{number}")
    assert await channels.card_channel(replace(RULING, channel="#team-449"), HERE) == "C100000449"


async def test_a_channel_that_is_joined_later_is_found_at_once(place: Town, channels: Channels) -> None:
    ruling = replace(RULING, channel="#general")
    with pytest.raises(Refusal):
        await channels.card_channel(ruling, HERE)
    place.sandbox.slack.ledger.channels[seed.GENERAL].members.add(seed.BOT)
    assert await channels.card_channel(ruling, HERE) == seed.GENERAL


async def test_channels_that_other_companies_share_and_group_messages_are_no_place(tmp_path: Path) -> None:
    """The sandbox has neither: Slack's answers are put in its mouth (docs.slack.dev/apis/slack-connect/)."""
    shapes: dict[str, dict[str, object]] = {
        "C0SHARED01": {"channel": {"id": "C0SHARED01", "name": "shared", "is_member": True, "is_ext_shared": True}},
        "G0GROUP001": {"ok": False, "error": "missing_scope", "needed": "mpim:read"},
        "C0PRIVATE1": {"ok": False, "error": "missing_scope", "needed": "groups:read"},
    }

    @web.middleware
    async def weather(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/conversations.info") and (
            shape := shapes.get(str((await request.post())["channel"]))
        ):
            return web.json_response({"ok": True, **shape})
        return await handler(request)

    async with ground(weather=weather) as at, bot(at, tmp_path) as place:
        channels = Channels(SlackChannels(place.services.world.slack))
        with pytest.raises(Refusal, match="another company"):
            await channels.card_channel(RULING, Origin(channel="C0SHARED01"))
        assert await channels.card_channel(replace(RULING, channel="C0SHARED01"), HERE) == "C0SHARED01"
        with pytest.raises(Refusal, match="direct messages"):
            await channels.card_channel(RULING, Origin(channel="G0GROUP001"))
        with pytest.raises(ChatError, match="missing_scope"):
            await channels.card_channel(RULING, Origin(channel="C0PRIVATE1"))
