"""Faults on the way between the processes: what people then read."""

import pytest

from tests.e2e.conversation import Conversation


@pytest.mark.parametrize("sandbox_url", ["socket"], indirect=True)
async def test_a_gateways_page_becomes_words(slack: Conversation) -> None:
    """Case 22: HTML of a load balancer, again and again."""
    await slack.control("faults", {"service": "pulumi", "kind": "status", "status": 503, "body": "html", "times": 0})
    sorry = await slack.says("ann", "/pulumi status shop/prod")
    while "Still asking" in sorry.title:  # it tries four times before it gives up
        sorry = await slack.next("ann", after=sorry)
    assert sorry.title == "❌ Pulumi had an error (503)"
    assert "html" not in sorry.text.lower()


async def test_a_hiccup_is_not_noticed(slack: Conversation) -> None:
    await slack.control("faults", {"service": "pulumi", "kind": "drop", "when": "before", "times": 1})
    answer = await slack.says("ann", "/pulumi status shop/staging")
    assert answer.title.startswith("✅ Update succeeded · acme/shop/staging")


@pytest.mark.parametrize("sandbox_url", ["socket"], indirect=True)
async def test_a_slow_pulumi_is_announced_and_answered(slack: Conversation) -> None:
    slow = {"service": "pulumi", "kind": "latency", "seconds": 5, "match": "shop/staging", "times": 1}
    await slack.control("faults", slow)
    first = await slack.says("ann", "/pulumi stack get shop/staging")
    assert first.title == "⏳ Still asking Pulumi"
    assert (await slack.next("ann", after=first)).title == "✅ acme/shop/staging"


async def test_an_event_that_slack_delivers_twice_is_answered_once(slack: Conversation) -> None:
    await slack.control("switches", {"copies": 2})
    first = await slack.mentions("ann", "@Pulumi help status")
    second = await slack.mentions("ann", "@Pulumi help why")
    answers = [seen for seen in await slack.sees("ann") if seen.raw["bot"]]
    assert [seen.title for seen in answers] == [first.title, second.title]


async def test_a_replayed_or_badly_signed_request_does_nothing(slack: Conversation) -> None:
    """Over HTTP; a socket knows neither signatures nor replays, and the answer is one there too."""
    await slack.control("switches", {"replays": 2})
    first = await slack.says("ann", "/pulumi help status")
    await slack.control("switches", {"replays": 0})
    second = await slack.says("ann", "/pulumi help why")
    answers = [seen for seen in await slack.sees("ann") if seen.raw["bot"]]
    assert [seen.title for seen in answers] == [first.title, second.title]
