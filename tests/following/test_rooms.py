"""Coming into a channel and going out of it: a welcome, and subscriptions that wait."""

from pathlib import Path

from tests.live import living

ALERTS = "C0SHOPALR3"


async def test_a_channel_that_the_bot_leaves_and_comes_back_to(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        await live.slack.says("ann", "/pulumi subscribe acme/shop/*")
        await live.slack.control("channels", {"channel": "C0PLATFRM2", "remove": ["U0PULUMI07"]})
        told = await live.slack.hears("ann")
        assert "Your subscriptions wait" in told.title
        assert "acme/shop/*" in told.text
        await live.slack.control("channels", {"channel": "C0PLATFRM2", "add": ["U0PULUMI07"]})
        welcome = await live.slack.finds("ann", "Hello, I'm Pulumi")
        assert "goes on" in welcome.text
        assert "/pulumi subscribe" in welcome.text
