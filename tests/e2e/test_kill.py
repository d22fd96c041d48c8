"""The bot is killed and comes back, in both modes; Slack says meanwhile that it is away."""

import aiohttp

from tests.e2e.conversation import CHANNELS, PEOPLE, Conversation
from tests.e2e.test_plain_bolt_app import running


async def test_a_killed_bot_is_away_until_it_is_started(slack: Conversation) -> None:
    before = await slack.control("bot")
    await slack.kills_the_bot(restart=False)
    state = await slack.control(f"state?as={PEOPLE['ann']}")
    assert (state["bot"]["connected"], state["bot"]["running"]) == (False, False)
    body = {"as": PEOPLE["ann"], "channel": CHANNELS["platform"], "text": "/pulumi status"}
    assert (await slack.control("say", body))["error"] == "dispatch_failed"
    await slack.starts_the_bot()
    after = await slack.control("bot")
    assert (after["managed"], after["starts"]) == (True, before["starts"] + 1)
    assert after["pid"] not in (None, before["pid"])
    assert "acme" in (await slack.says("ann", "/pulumi stack ls acme")).text


async def test_a_bot_that_is_not_ours_is_not_killed() -> None:
    async with running("socket") as slack, aiohttp.ClientSession() as http:
        assert not (await slack.control("bot"))["managed"]
        async with http.post(f"{slack.address}/control/bot/kill", json={}) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "no_bot")
