"""Subscribing and muting by command, at the real desk over the sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.card import Card, Facts, Items, Run, Text, Tone
from bot.errors import Refusal
from bot.slack.blocks import to_message
from bot.subscriptions import Mute
from sandbox.slack import seed
from tests.town import ANN, NOON, Town, bot, ground, town


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as made:
        yield made


def text(card: Card) -> str:
    return to_message(card).text


def offers(card: Card) -> list[str]:
    return [button.command for button in card.buttons if isinstance(button, Run)]


async def lines(place: Town, channel: str = seed.PLATFORM) -> list[str]:
    return [each.subscription.line for each in await place.services.subscriptions.of(channel)]


async def mutes(place: Town, channel: str = seed.PLATFORM) -> list[Mute]:
    return (await place.services.subscriptions.mutes()).get(channel, [])


async def test_alone_it_explains_with_examples_that_read(place: Town) -> None:
    card = await place.asks("subscribe")
    items = next(part for part in card.parts if isinstance(part, Items))
    examples = [line[0].text.removeprefix("/pulumi ") for line in items.lines if not isinstance(line[0], str)]  # type: ignore[union-attr]  # a code
    assert len(examples) == 3
    for example in examples:
        assert (await place.asks(example)).tone is Tone.GOOD
    assert len(await lines(place)) == 3


async def test_the_answer_prints_the_filter_where_it_goes_and_what_it_would_have_posted(place: Town) -> None:
    card = await place.asks("subscribe shop/prod failed -user:ci-bot")
    assert card.title == "Subscribed: acme/shop/prod"
    assert "Filter: acme/shop/prod failed -user:ci-bot" in text(card)
    assert f"Goes to: #{seed.PLATFORM}" in text(card)
    assert "updates in 1 stack this would have posted " in text(card)
    assert await lines(place) == ["acme/shop/prod failed -user:ci-bot"]


async def test_what_it_would_have_posted_is_what_it_wants(place: Town) -> None:
    everything = "started succeeded failed canceled"
    assert "would have posted 20." in text(await place.asks(f"subscribe acme/shop/prod {everything}"))
    assert "would have posted 0." in text(await place.asks("subscribe acme/shop/prod failed user:nobody"))
    many = text(await place.asks("subscribe acme"))
    assert "Of the last 20 updates in the 20 of " in many
    assert "No stack that I see fits it now." in text(await place.asks("subscribe acme/nothing/*"))
    assert "Not counted: policy, previews." in text(await place.asks("subscribe acme/shop/prod policy previews"))


@pytest.mark.parametrize(
    ("filter_", "stacks"),
    [
        ("tag:env=prod tag:team=commerce", 6),
        ("acme/shop/* tag:env=prod", 2),  # Pulumi is asked for the tag
        ("acme/shop/* tag:env=p*d", 2),  # each stack's tags are read
        ("acme/shop/* tag:env=prod tag:env=dev", 3),
        ("acme/shop/* -tag:env=prod", 4),
    ],
)
async def test_a_tag_chooses_stacks(place: Town, filter_: str, stacks: int) -> None:
    found = text(await place.asks(f"subscribe {filter_} started"))
    assert f"updates in {stacks} stacks this would have posted 20." in found


async def test_saying_it_again_edits_and_says_what_was(place: Town) -> None:
    await place.asks("subscribe acme/shop/* failed")
    card = await place.asks("subscribe acme/shop/* +destroyed")
    assert card.title == "Subscription changed: acme/shop/*"
    assert "Was: acme/shop/* failed" in text(card)
    assert await lines(place) == ["acme/shop/* failed destroyed"]
    await place.asks("subscribe acme/shop/* started")
    assert await lines(place) == ["acme/shop/* started"]


async def test_several_targets_are_several_subscriptions(place: Town) -> None:
    assert (await place.asks("subscribe acme/shop/* newco/* failed")).title == "Subscribed: 2 subscriptions"
    assert await lines(place) == ["acme/shop/* failed", "newco/* failed"]


async def test_a_stack_that_is_not_there_gets_the_close_ones(place: Town) -> None:
    card = await place.asks("subscribe shop/prdo failed")
    assert card.title == "shop/prdo isn't a stack, or I may not see it."
    assert offers(card)[0] == "subscribe acme/shop/prod failed"
    assert offers(await place.asks("mute acme/shop/prdo"))[0].startswith("mute acme/shop/prod")
    assert await lines(place) == []


async def test_a_dot_is_the_channels_default_and_not_a_persons(place: Town) -> None:
    await place.asks("use acme/shop/prod --me")
    assert (await place.asks("subscribe .")).title == "This channel has no default stack."
    await place.asks("use acme/shop/staging")
    assert (await place.asks("subscribe failed")).title == "Subscribed: acme/shop/staging"


async def test_in_direct_messages_it_is_the_person_who_is_told(place: Town) -> None:
    place.where = replace(ANN, channel=seed.direct(seed.ANN))
    await place.asks("use acme/shop/prod --me")
    card = await place.asks("subscribe")
    card = await place.asks("subscribe . failed")
    assert "Goes to: your direct messages with me" in text(card)
    assert await lines(place, seed.ANN) == ["acme/shop/prod failed"]
    assert (await place.asks("subscriptions")).title == "You are told by 1 subscription"


@pytest.mark.parametrize("line", ["subscribe acme/shop/* failed", "mute acme/shop/prod"])
async def test_where_the_bot_is_not_it_says_how_to_invite_it(place: Town, line: str) -> None:
    place.where = replace(ANN, channel=seed.GENERAL)
    card = await place.asks(line)
    assert card.title == "I can't post in this channel, so I could tell it nothing."
    assert "/invite @pulumi" in text(card)
    assert await lines(place, seed.GENERAL) == []
    assert (await place.asks("subscriptions")).title == "This channel is told of nothing yet"


async def test_the_whole_channel_sees_it(place: Town) -> None:
    desk = place.desk
    for line in ("subscribe acme/shop/* failed", "mute acme/shop/prod 1h", "unmute", "unsubscribe"):
        answer = await desk.answer(desk.parse(line), ANN)
        assert answer.aloud, line
        assert answer.line, line
    assert not (await desk.answer(desk.parse("subscriptions"), ANN)).aloud
    own = replace(ANN, channel=seed.direct(seed.ANN))
    assert not (await desk.answer(desk.parse("subscribe acme/shop/* failed"), own)).aloud


async def test_a_guest_subscribes_to_nothing(place: Town) -> None:
    with pytest.raises(Refusal, match="full members"):
        await place.desk.answer(place.desk.parse("subscribe acme"), replace(ANN, user=seed.GUS))


async def test_unsubscribing_names_what_it_ends(place: Town) -> None:
    assert (await place.asks("unsubscribe")).title == "There is no subscription here."
    await place.asks("subscribe acme/shop/* newco failed")
    which = await place.asks("unsubscribe")
    assert which.title == "Which of the 2 subscriptions here?"
    assert offers(which) == ["unsubscribe acme/shop/*", "unsubscribe newco/*"]
    assert (await place.asks("unsubscribe acme/nope/*")).title == "There is no subscription for acme/nope/* here."
    kinds = await place.asks("unsubscribe acme/shop/* failed")
    assert kinds.title == "unsubscribe takes stacks and nothing else."
    assert "subscribe acme/shop/* failed" in text(kinds)
    typo = await place.asks("unsubscribe acme/shop/* -faild")
    assert offers(typo) == ["unsubscribe acme/shop/*", "unsubscribe newco/*"]
    gone = await place.asks("unsubscribe NEWCO")
    assert gone.title == "Unsubscribed: newco/*"
    assert offers(gone) == ["subscribe newco/* failed"]
    await place.asks("subscribe newco")
    assert (await place.asks("unsubscribe all")).title == "Unsubscribed: 2 subscriptions"
    assert await lines(place) == []


async def test_a_subscription_by_tags_is_ended_by_its_tags(place: Town) -> None:
    await place.asks('subscribe tag:team="the payments" failed')
    button = next(each for each in offers(await place.asks("subscriptions")) if each.startswith("unsubscribe"))
    assert (await place.asks(button)).tone is Tone.GOOD
    assert await lines(place) == []


async def test_the_list_shows_who_what_is_parked_and_what_is_muted(place: Town) -> None:
    await place.asks("subscribe acme/shop/* failed")
    await place.asks("mute acme/shop/dev 2h")
    await place.services.subscriptions.park(seed.PLATFORM, "not_in_channel")
    shown = text(await place.asks("subscriptions"))
    for words in ("acme/shop/* failed  by @" + seed.ANN, "not posted now: not_in_channel", "acme/shop/dev  until "):
        assert words in shown


@pytest.mark.parametrize(
    ("line", "until"),
    [
        ("mute acme/shop/prod", "until it succeeds again"),
        ("mute acme/shop/prod until-fixed", "until it succeeds again"),
        ("mute acme/shop/prod until fixed", "until it succeeds again"),
        ("mute acme/shop/prod for 2h", "until 2026-11-24 14:00 UTC"),
        ("mute acme/shop/* 2d", "until 2026-11-26 12:00 UTC"),
        ("mute acme", "until 2026-11-24 13:00 UTC"),
        ("mute acme/shop/prod 2026-11-25", "until 2026-11-25 00:00 UTC"),
    ],
)
async def test_a_mute_says_how_long(place: Town, line: str, until: str) -> None:
    assert until in text(await place.asks(line))
    (mute,) = await mutes(place)
    assert mute.over(NOON.replace(year=2027)) == (mute.until is not None)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("mute", "Which stacks?"),
        ("mute acme/shop/* until-fixed", "acme/shop/* can't be until-fixed: that is about one stack."),
        ("mute acme 1y", 'A time is 30m, 1h, 2d, or until-fixed; not "1y".'),
        ("mute acme 90d", "A mute lasts from now on, for 30 days at most."),
        ("mute acme 2020-01-01", "A mute lasts from now on, for 30 days at most."),
        ("mute acme failed", "mute takes stacks and nothing else of a subscription."),
        ("unmute", "Nothing is muted here."),
        ("unmute acme/shop/prod", "acme/shop/prod isn't muted here."),
    ],
)
async def test_a_mute_that_cannot_be_says_why(place: Town, line: str, title: str) -> None:
    assert (await place.asks(line)).title == title
    assert await mutes(place) == []


async def test_unmuting_one_or_all(place: Town) -> None:
    for line in ("mute acme/shop/prod", "mute acme/shop/* 1h", "mute newco 1h"):
        await place.asks(line)
    assert (await place.asks("unmute shop/prod")).title == "Loud again: acme/shop/prod"
    assert (await place.asks("unmute")).title == "Loud again: acme/shop/*, newco/*"
    assert await mutes(place) == []


async def test_without_pulumi_it_is_stored_all_the_same(tmp_path: Path) -> None:
    """Hindsight is a kindness; a target that need not be looked up needs no Pulumi."""
    down = False

    @web.middleware
    async def weather(request: web.Request, handler: Handler) -> web.StreamResponse:
        if down and request.path.endswith("/updates"):
            raise web.HTTPServiceUnavailable
        return await handler(request)

    async with ground(weather=weather) as at, bot(at, tmp_path) as place:
        await place.asks("stack ls acme")
        down = True
        card = await place.asks("subscribe acme/shop/* failed")
        assert card.tone is Tone.GOOD
        assert await lines(place) == ["acme/shop/* failed"]
        assert Text(("I couldn't find out what this would have posted so far.",)) in card.parts


async def test_one_channel_has_an_end(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.subscribing._MOST", 2)
    await place.asks("subscribe acme/a/* acme/b/*")
    assert (await place.asks("subscribe acme/c/*")).title.startswith("More than 2 subscriptions")
    assert (await place.asks("subscribe acme/b/* failed")).tone is Tone.GOOD
    assert any(isinstance(part, Facts) for part in (await place.asks("subscribe acme/b/* failed")).parts)
