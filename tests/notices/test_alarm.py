"""What whoever runs the bot is told: once for each time it begins, and that it is over."""

from pathlib import Path

from bot.operations.words import split
from bot.records import Subscribed
from bot.services.rooms import parked_card
from bot.subscription_line import parse
from sandbox.slack import seed
from tests.live import WITH_KEY, Live, awake, city, living
from tests.notices.test_buttons import play, subscribed

OPS = {**WITH_KEY, "ops_channel": "#shop-alerts"}
ALERTS = "shop-alerts"


async def told(live: Live) -> list[str]:
    return [each.title for each in await live.slack.sees("bo", ALERTS)]


async def shows(live: Live, words: str) -> bool:
    return any(words in each for each in await told(live))


async def test_a_refused_token_is_told_once_and_once_more_that_it_is_well_again(tmp_path: Path) -> None:
    async with city() as place:
        async with awake(place, tmp_path, env=OPS) as live:
            await subscribed(live)
            await live.city.fault("pulumi", "/user/stacks", "status", times=0, status=401)
            await live.until(lambda: shows(live, "Pulumi refuses my token"))
        async with awake(place, tmp_path, env=OPS) as live:  # whoever leads next does not say it again
            await live.until(lambda: shows(live, "Pulumi refuses my token"))
            place.ground.sandbox.faults.clear()
            await live.until(lambda: shows(live, "Well again"))
            assert len(await told(live)) == 1


async def test_blindness_is_told(tmp_path: Path) -> None:
    async with living(tmp_path, env=OPS) as live:
        await subscribed(live)
        await live.city.fault("pulumi", "/user/stacks", "status", times=0, status=503)
        await live.until(lambda: shows(live, "I can't see Pulumi"))


async def test_a_message_that_was_given_up_is_told_and_the_channel_s_subscriptions_wait(tmp_path: Path) -> None:
    async with living(tmp_path, env=OPS) as live:
        await subscribed(live, "acme/web/*")
        line = parse(split("acme/shop/*"))
        wanted = Subscribed(channel=seed.SECURITY, subscription=line, by=seed.ANN, at=live.city.clock())
        await live.town.services.subscriptions.put(wanted)
        await play(live, "failing-resource")
        await live.until(lambda: shows(live, "A message was given up"))
        (waiting,) = await live.town.services.subscriptions.of(seed.SECURITY)
        assert waiting.parked == "it is gone, or I was removed from it"
        told_to = await live.slack.hears("ann")
        assert told_to.title == "⚠️ " + parked_card(seed.SECURITY, waiting.parked, []).title
