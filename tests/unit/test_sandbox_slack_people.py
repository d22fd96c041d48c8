"""What people see and say in the fake workspace."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Link, Slack, link, serve


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[Link]:
    async with link(slack) as connected:
        yield connected


async def command(
    slack: Slack, app: Link, line: str = "/pulumi status", /, ack: Json | None = None, **say: str
) -> Json:
    """Type a command, acknowledge it, return its payload."""
    said, payload = await asyncio.gather(slack.say(line, **say), app.take(ack))
    assert said["acked"]
    return payload


async def test_everybody_sees_their_own_workspace(slack: Slack) -> None:
    ann, bo, gus = [await slack.state(person) for person in (seed.ANN, seed.BO, seed.GUS)]
    anns, bos, guss = ({each["name"] for each in state["channels"] if not each["im"]} for state in (ann, bo, gus))
    assert anns == {"general", "platform", "shop-alerts", "random", "security", "old-project"}
    assert bos == anns - {"security"}
    assert guss == {"shop-alerts"}
    joined = {each["name"]: (each["member"], each["bot_member"]) for each in bo["channels"] if not each["im"]}
    assert (joined["platform"], joined["random"], joined["old-project"]) == ((True, True), (True, False), (False, True))
    assert [each["id"] for each in gus["channels"] if each["im"]] == [seed.direct(seed.GUS)]
    assert {each["id"] for each in ann["channels"]} == set(ann["messages"])
    assert ann["team"] == {"id": seed.TEAM, "name": "Acme"}
    assert ann["bot"] == {"connected": False, "running": None, "user_id": seed.BOT, "name": "Pulumi"}
    assert ann["commands"][0]["command"] == "/pulumi"
    tim = next(user for user in ann["users"] if user["id"] == seed.TIM)
    assert (tim["deleted"], tim["guest"], tim["bot"]) == (True, False, False)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"as": seed.TIM, "channel": seed.PLATFORM, "text": "x"}, "user_not_found"),
        ({"as": seed.BOT, "channel": seed.PLATFORM, "text": "x"}, "user_not_found"),
        ({"as": seed.BO, "channel": seed.SECURITY, "text": "x"}, "channel_not_found"),
        ({"as": seed.GUS, "channel": seed.GENERAL, "text": "x"}, "channel_not_found"),
        ({"as": seed.BO, "channel": seed.OLD_PROJECT, "text": "x"}, "is_archived"),
        ({"as": seed.ANN, "channel": seed.PLATFORM, "text": " "}, "no_text"),
        ({"as": seed.ANN, "channel": seed.PLATFORM}, "missing"),
        ({"as": seed.ANN, "channel": seed.PLATFORM, "text": "x", "thread_ts": "1.0"}, "thread_not_found"),
        ({"as": seed.ANN, "channel": seed.PLATFORM, "text": "x", "thread_ts": 1.0}, "missing"),
    ],
)
async def test_what_people_cannot_say(slack: Slack, body: Json, error: str) -> None:
    answer = await slack.control("say", **body)
    assert (answer["status"], answer["ok"], answer["error"]) == (400, False, error)
    assert answer["message"]


async def test_a_public_channel_must_be_joined_to_speak(slack: Slack) -> None:
    slack.workspace.ledger.channels[seed.RANDOM].members.discard(seed.BO)
    assert (await slack.say("x", person=seed.BO, channel=seed.RANDOM))["error"] == "not_in_channel"


async def test_a_message_becomes_rich_text(slack: Slack) -> None:
    await slack.say("@bo @here #random https://a.example a@b.example a.dev")
    message = (await slack.messages())[0]
    assert message["text"] == (
        f"<@{seed.BO}> <!here> <#{seed.RANDOM}|random> <https://a.example> "
        "<mailto:a@b.example|a@b.example> <http://a.dev|a.dev>"
    )
    pieces = [each for each in message["blocks"][0]["elements"][0]["elements"] if each["type"] != "text"]
    assert [each["type"] for each in pieces] == ["user", "broadcast", "channel", "link", "link", "link"]
    assert (pieces[1]["range"], pieces[2]["channel_id"], pieces[5]["url"]) == ("here", seed.RANDOM, "http://a.dev")


async def test_only_what_somebody_sees_moves_their_revision(slack: Slack) -> None:
    before = {person: (await slack.state(person))["rev"] for person in (seed.ANN, seed.BO, seed.GUS)}
    await slack.say("x", channel=seed.SECURITY)
    waiting = asyncio.create_task(slack.state(seed.GUS, after=before[seed.GUS]))
    assert (await slack.state(seed.ANN, after=before[seed.ANN]))["rev"] == before[seed.ANN] + 1
    assert (await slack.state(seed.BO))["rev"] == before[seed.BO]
    assert not waiting.done()
    await slack.say("y", channel=seed.SHOP_ALERTS)
    assert (await waiting)["messages"][seed.SHOP_ALERTS][0]["text"] == "y"
    assert (await slack.state(seed.ANN, after="soon"))["error"] == "invalid_revision"  # type: ignore[arg-type]


async def test_the_stream_tells_of_each_change(slack: Slack) -> None:
    async with slack.http.get(f"{slack.url}/control/stream", params={"as": seed.ANN}) as stream:
        assert stream.content_type == "text/event-stream"
        before = (await slack.state())["rev"]
        assert await stream.content.readuntil(b"\n\n") == f'data: {{"rev": {before}}}\n\n'.encode()
        await slack.say("x")
        assert await stream.content.readuntil(b"\n\n") == f'data: {{"rev": {before + 1}}}\n\n'.encode()
