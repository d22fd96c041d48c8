"""How often the fake Slack lets an app call: a wrong client is refused, one that waits is not."""

from collections.abc import AsyncIterator

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve(limits=True) as served:
        yield served


async def raw(slack: Slack, method: str, **args: str) -> tuple[int, str | None, Json]:
    headers = {"Authorization": f"Bearer {seed.BOT_TOKEN}", "Content-Type": "application/json; charset=utf-8"}
    async with slack.http.post(f"{slack.url}/slack/api/{method}", json=args, headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After"), await answer.json()


async def post(slack: Slack, channel: str = seed.PLATFORM) -> tuple[int, str | None, Json]:
    return await raw(slack, "chat.postMessage", channel=channel, text="x")


async def limits(slack: Slack) -> Json:
    found: Json = (await slack._answer("GET", "/control/limits"))["limits"]
    return found


async def test_the_fifty_first_edit_of_a_minute_is_refused_until_there_is_room(slack: Slack) -> None:
    ts = (await post(slack))[2]["ts"]

    async def edit() -> tuple[int, str | None, Json]:
        return await raw(slack, "chat.update", channel=seed.PLATFORM, ts=ts, text="y")

    for _ in range(50):
        assert (await edit())[0] == 200
        slack.clock.now += 0.5
    assert await edit() == (429, "35", {"ok": False, "error": "ratelimited"})
    assert (await post(slack))[0] == 200, "another method is open"
    slack.clock.now += 34
    assert (await edit())[:2] == (429, "1")
    slack.clock.now += 1
    assert (await edit())[0] == 200
    assert (await edit())[0] == 429, "one place was free, not fifty"
    (update,) = [each for each in (await limits(slack))["methods"] if each["method"] == "chat.update"]
    counted = {"a_minute": 50, "last_minute": 50, "calls": 51, "refused": 3}
    assert update == {"method": "chat.update", **counted}


async def test_a_channel_takes_five_posts_at_once_and_then_one_a_second(slack: Slack) -> None:
    assert [(await post(slack))[0] for _ in range(6)] == [200] * 5 + [429]
    assert (await post(slack, "#platform"))[:2] == (429, "1"), "the same channel by its name"
    assert (await post(slack, seed.SHOP_ALERTS))[0] == 200, "another one is open"
    for _ in range(3):
        slack.clock.now += 1
        assert [(await post(slack))[0] for _ in range(2)] == [200, 429]
    found = {each["channel"]: each for each in (await limits(slack))["channels"]}
    assert found[seed.PLATFORM] == {"channel": seed.PLATFORM, "calls": 8, "refused": 5}
    assert (await limits(slack))["latest"][-1] == {
        "method": "chat.postMessage", "channel": seed.PLATFORM, "retry_after": 1, "at": slack.clock.now,
    }  # fmt: skip


async def test_a_workspace_takes_three_hundred_posts_a_minute(slack: Slack) -> None:
    channels = [seed.PLATFORM, seed.SHOP_ALERTS, *map(seed.direct, seed.PEOPLE)]
    slack.workspace.limits.scale = 0.01  # a hundred posts a second to a channel, but then a minute is 0.6 s
    told = []
    for number in range(301):
        slack.clock.now += 0.0015
        told.append((await post(slack, channels[number % len(channels)]))[0])
    assert told == [200] * 300 + [429]


@pytest.mark.parametrize(
    ("method", "most", "args"),
    [
        ("users.list", 20, {}),
        ("conversations.info", 50, {"channel": seed.PLATFORM}),
        ("users.info", 100, {"user": seed.ANN}),
    ],
)
async def test_every_method_has_its_tier(slack: Slack, method: str, most: int, args: Json) -> None:
    for _ in range(most):
        assert "error" not in await slack.ask(method, **args)
    assert await slack.ask(method, **args) == {"ok": False, "error": "ratelimited", "status": 429}


async def test_limits_are_turned_off_shortened_and_forgotten(slack: Slack) -> None:
    async def posts() -> list[int]:
        return [(await post(slack))[0] for _ in range(7)]

    assert (await posts()).count(429) == 2
    await slack.control("limits", on=False)
    assert (await posts()).count(429) == 0
    await slack._answer("DELETE", "/control/limits")
    assert (await limits(slack))["refused"] == 0
    await slack.control("limits", on=True, scale=0.1)
    assert (await posts()).count(429) == 2
    slack.clock.now += 0.1
    assert (await post(slack))[0] == 200
    for wrong in ({"on": 1}, {"scale": 0}, {"scale": True}, {"of": True}):
        assert (await slack.control("limits", **wrong))["error"] == "invalid_limits"
    slack.workspace.reset()
    assert ((await limits(slack))["on"], (await limits(slack))["scale"]) == (True, 1.0)
