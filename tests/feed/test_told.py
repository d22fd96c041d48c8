"""From Pulumi to Slack: the whole bot's loops, with webhooks and without."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import uvicorn

from bot.operations.words import split
from bot.records import Subscribed
from bot.subscription_line import parse
from bot.timing import FAST, Timing
from bot.web import Site, listener, server
from sandbox.slack import seed
from tests.feed.watched import QUICK, Counted, Time, until
from tests.town import Town, bot, ground

PROD, DEV = "acme/shop/prod", "acme/shop/dev"
SECRET = "whsec-of-this-test"
SLOW = replace(FAST, feed=600.0, feed_quiet=600.0, feed_previews=600.0)


@asynccontextmanager
async def living(folder: Path, timing: Timing = QUICK) -> AsyncIterator[tuple[Town, Time, Counted, str]]:
    """A bot that leads, and listens for webhooks at the address."""
    time, counted, stop = Time(), Counted(), asyncio.Event()
    env = {"pulumi_webhook_secret": SECRET}
    async with ground(now=time, weather=counted.note) as at, bot(at, folder, now=time, timing=timing, env=env) as town:
        leading = asyncio.create_task(town.services.leader.run(stop))
        with listener("127.0.0.1", 0) as socket:
            front: uvicorn.Server = server(Site(_fine, hooks=town.services.deliveries))
            serving = asyncio.create_task(front.serve(sockets=[socket]))
            port = socket.getsockname()[1]
            try:
                yield town, time, counted, f"http://127.0.0.1:{port}/pulumi/webhooks"
            finally:
                front.should_exit = True
                stop.set()
                await asyncio.gather(serving, leading)


async def _fine() -> dict[str, bool]:
    return {}


def shown(town: Town) -> list[str]:
    """What stands in the channel, threads included."""
    return [each.text for each in town.sandbox.slack.ledger.messages(seed.PLATFORM)]


async def subscribed(town: Town, time: Time, line: str) -> None:
    """The channel wants to be told, and everything was looked at once."""
    wanted = Subscribed(channel=seed.PLATFORM, subscription=parse(split(line)), by=seed.ANN, at=time())
    await town.services.subscriptions.put(wanted)
    await until(lambda: town.services._looks.first.complete)
    time.passes(10)


def about(town: Town, version: int) -> list[str]:
    return [text for text in shown(town) if f"v{version}" in text]


async def test_a_failure_is_told_in_the_channel_and_its_end_in_one_more(tmp_path: Path) -> None:
    async with living(tmp_path) as (town, time, _, _address):
        await subscribed(town, time, f"{DEV} failed recovered")
        version = town.sandbox.pulumi.play(DEV, "failing-resource", speed=0).version
        time.passes(60)
        await until(lambda: len(about(town, version)) == 1)
        fixed = town.sandbox.pulumi.play(DEV, "mixed-change", speed=0).version
        time.passes(60)
        await until(lambda: bool(about(town, fixed)))


async def test_webhooks_bring_it_at_once_and_once(tmp_path: Path) -> None:
    """No list is made meanwhile; the fake sends everything twice, by two hooks, in the wrong order."""
    async with living(tmp_path, SLOW) as (town, time, counted, address):
        await until(lambda: len(town.services._looks.known) > 20 and not town.services.feed._hands)
        town.services.feed.hint(None)
        await subscribed(town, time, f"{DEV} failed recovered")
        lists = 3 * 5  # before the first look, at it, and by the hint; five pages each
        await until(lambda: counted.calls["list"] == lists)
        for name, more in (("one", {"duplicate": 2, "shuffle": True}), ("two", {})):
            hook = {"name": name, "url": address, "secret": SECRET, **more}
            await control(town, "webhook", hook)
        version = town.sandbox.pulumi.play(DEV, "failing-resource", speed=0).version
        time.passes(60)
        town.sandbox.pulumi.webhooks.look()
        await until(lambda: len(about(town, version)) == 1)
        deliveries = town.sandbox.pulumi.webhooks.deliveries
        await until(lambda: all(each.status == 200 for each in deliveries) and len(deliveries) == 2)
        await until(lambda: sum(each.attempts for each in deliveries) == 3)
        assert len(about(town, version)) == 1
        assert counted.calls["list"] == lists
        assert counted.reads[DEV] <= 4, "the feed's own, what its repeats cost, and what the card asks for"


async def test_forged_deliveries_cause_nothing(tmp_path: Path) -> None:
    async with living(tmp_path, SLOW) as (town, time, counted, address):
        await until(lambda: len(town.services._looks.known) > 20 and not town.services.feed._hands)
        await control(town, "webhook", {"name": "forged", "url": address, "secret": "guessed"})
        reads = counted.reads[DEV]
        town.sandbox.pulumi.play(DEV, "failing-resource", speed=0)
        time.passes(60)
        town.sandbox.pulumi.webhooks.look()
        await until(lambda: [each.status for each in town.sandbox.pulumi.webhooks.deliveries] == [401])
        assert counted.reads[DEV] == reads


async def control(town: Town, path: str, body: dict[str, object]) -> None:
    base = town.services.world.settings.pulumi_api_url.removesuffix("/pulumi")
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{base}/control/pulumi/{path}", json=body)
    assert answer.status_code == 200, answer.text
