"""Previews: only where somebody asked for them, each once."""

from bot.model import StackRef
from bot.operations.words import split
from bot.records import Subscribed
from bot.subscription_line import parse
from sandbox.slack import seed
from tests.feed.watched import Running, Watched, until

WEB, DEV = "acme/web/prod", "acme/shop/dev"


async def subscribe(feed: Running, line: str) -> None:
    wanted = Subscribed(channel=seed.PLATFORM, subscription=parse(split(line)), by=seed.ANN, at=feed.watched.time())
    await feed.town.services.subscriptions.put(wanted)


async def test_previews_are_told_when_they_have_ended_and_only_where_they_are_wanted(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        await subscribe(feed, f"{WEB} previews")
        found = pulumi.sandbox.pulumi.play(WEB, "preview")
        pulumi.sandbox.pulumi.play(DEV, "preview", speed=0)
        await until(lambda: pulumi.counted.calls["previews"] > 1)
        assert feed.scribe.told == []
        pulumi.time.passes(600)
        await until(lambda: bool(feed.scribe.told))
        before = pulumi.counted.calls["previews"]
        await until(lambda: pulumi.counted.calls["previews"] > before + 2)
        assert feed.scribe.lines == [f"{WEB} preview {found.id[:8]} previews"]


async def test_a_hint_finds_a_preview_where_any_subscription_could_want_it(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        await subscribe(feed, "acme/shop/* previews")
        pulumi.sandbox.pulumi.play(DEV, "preview", speed=0)
        feed.previews.hint(StackRef.parse(DEV))
        await until(lambda: len(feed.scribe.told) == 1)


async def test_without_a_subscription_nobody_is_asked(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        await subscribe(feed, "acme/shop/* failed")
        pulumi.sandbox.pulumi.play(DEV, "preview", speed=0)
        await feed.scans(5)
        assert pulumi.counted.calls["previews"] == 0
