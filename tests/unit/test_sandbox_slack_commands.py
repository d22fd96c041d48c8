"""Slash commands in the fake workspace: what the app is sent, its acknowledgement, `response_url`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.slack import seed
from sandbox.slack.text import Reader, as_command, mangle
from tests.unit.sandbox_slack import Json, Link, Slack, link, serve

DM = seed.direct(seed.ANN)


SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*Hello*"}}


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


async def post(slack: Slack, *elements: Json, method: str = "chat.postMessage", **more: Any) -> Json:
    """A message with these elements, as the person sees it."""
    blocks = [{"type": "actions", "block_id": "vote", "elements": list(elements)}]
    answer = await slack.api(method, channel=seed.PLATFORM, text="Approve?", blocks=blocks, **more)
    assert answer["ok"], answer
    return (await slack.messages(more.get("user", seed.ANN)))[-1]


async def test_the_payload_of_a_command(slack: Slack, app: Link) -> None:
    payload = await command(slack, app, "/pulumi  stack ls ", person=seed.BO)
    assert payload.pop("response_url").startswith(f"{slack.url}/slack/response/commands/{seed.TEAM}/")
    assert len(payload.pop("trigger_id").split(".")) == 3
    assert payload == {
        "token": seed.VERIFICATION_TOKEN,
        "team_id": seed.TEAM,
        "team_domain": "acme",
        "channel_id": seed.PLATFORM,
        "channel_name": "platform",
        "user_id": seed.BO,
        "user_name": "bo",
        "command": "/pulumi",
        "text": "stack ls",
        "api_app_id": seed.APP,
        "is_enterprise_install": "false",
    }


@pytest.mark.parametrize(("channel", "name"), [(DM, "directmessage"), (seed.SECURITY, "privategroup")])
async def test_the_channel_name_tells_little_outside_public_channels(
    slack: Slack, app: Link, channel: str, name: str
) -> None:
    assert (await command(slack, app, channel=channel))["channel_name"] == name


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("can @bo #random?", f"can <@{seed.BO}|bo> <#{seed.RANDOM}|random>?"),
        ("can @Cy Okafor", f"can <@{seed.CY}|cy>"),
        ("can @nobody #nowhere", "can @nobody #nowhere"),
        ("can @tim", "can @tim"),
        ("ask #security", f"ask <#{seed.SECURITY}|security>"),
        ("tag a<b & c>d", "tag a&lt;b &amp; c&gt;d"),
        ("see https://app.pulumi.com/acme?a=1&b=2, ok", "see <https://app.pulumi.com/acme?a=1&amp;b=2>, ok"),
        ("tag owner ann@acme.example", "tag owner <mailto:ann@acme.example|ann@acme.example>"),
        ("rm prod.example.com", "rm <http://prod.example.com|prod.example.com>"),
        ("stack acme/shop/prod.v2", "stack acme/shop/prod.v2"),
        ("tell @here", "tell <!here>"),
    ],
)
async def test_a_commands_text_is_escaped(slack: Slack, app: Link, typed: str, sent: str) -> None:
    assert (await command(slack, app, f"/pulumi {typed}"))["text"] == sent


async def test_who_cannot_see_a_channel_cannot_name_it(slack: Slack, app: Link) -> None:
    assert (await command(slack, app, "/pulumi ask #security", person=seed.BO))["text"] == "ask #security"


async def test_without_should_escape_the_text_is_ambiguous(slack: Slack, app: Link) -> None:
    plain = seed.commands()[0].__class__("/pulumi", "", "", should_escape=False)
    slack.workspace.composer.commands["/pulumi"] = plain
    assert (await command(slack, app, "/pulumi can @bo <x>"))["text"] == "can @bo <x>"


async def test_macos_mangles_what_is_typed(slack: Slack, app: Link) -> None:
    slack.workspace.switches.mangles = True
    assert (await command(slack, app, '/pulumi rm --force "a" it\'s...'))[
        "text"
    ] == "rm —force “a” it\N{RIGHT SINGLE QUOTATION MARK}s…"
    assert mangle("('x')") == "(\N{LEFT SINGLE QUOTATION MARK}x\N{RIGHT SINGLE QUOTATION MARK})"


def test_pieces_put_together_again_are_the_line() -> None:
    line = "@bo https://a.example/). (#general, x@y.example @here) a.dev."
    pieces = list(Reader(seed.users(), seed.channels()).pieces(line))
    assert "".join(piece.text for piece in pieces) == line
    assert [piece.kind for piece in pieces if piece.kind != "text"] == [
        "user",
        "link",
        "channel",
        "mail",
        "broadcast",
        "domain",
    ]
    assert as_command(pieces, {}).startswith(f"<@{seed.BO}> <https://a.example/>). (<#")


async def test_commands_do_not_work_in_threads(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    said = await slack.say("/pulumi why", thread_ts=root)
    assert (said["ok"], said["acked"], said["error"]) == (True, False, "refused")
    line = (await slack.messages())[-1]
    assert line["text"] == "/pulumi is not supported in threads. Sorry!"
    assert (line["system"], line["ephemeral"], line["thread_ts"]) == (True, True, root)


async def test_an_unknown_command_never_leaves_slack(slack: Slack, app: Link) -> None:
    assert not (await slack.say("/terraform apply"))["acked"]
    assert (await slack.texts())[0].startswith("/terraform is not a valid command. In Slack, all messages")
    assert await slack.messages(seed.BO) == []


@pytest.mark.parametrize("line", ["/ is a slash", "//pulumi", "a /pulumi status"])
async def test_what_only_looks_like_a_command_is_said(slack: Slack, line: str) -> None:
    assert (await slack.say(line))["kind"] == "message"
    assert len(await slack.messages(seed.BO)) == 1


async def test_no_acknowledgement_within_three_seconds_fails_for_the_person_alone() -> None:
    async with serve(scale=0.02) as slack, link(slack) as app:
        said = await slack.say("/pulumi status")
        assert (said["acked"], said["error"]) == (False, "operation_timeout")
        assert await slack.texts() == ['/pulumi failed with the error "operation_timeout"']
        assert await slack.messages(seed.BO) == []
        await app.take({"text": "Too late"})
        await slack.say("/pulumi status")
        assert await slack.texts() == ['/pulumi failed with the error "operation_timeout"'] * 2
        assert slack.workspace.socket.late == 1


async def test_without_a_connection_a_command_fails_at_once(slack: Slack) -> None:
    assert (await slack.say("/pulumi status"))["error"] == "dispatch_failed"
    assert await slack.texts() == ['/pulumi failed with the error "dispatch_failed"']


async def test_an_acknowledgement_is_ephemeral_unless_it_says_otherwise(slack: Slack, app: Link) -> None:
    await command(slack, app, ack={"text": "Psst", "blocks": [SECTION]})
    assert [message["ephemeral"] for message in await slack.messages()] == [True]
    assert await slack.messages(seed.BO) == []
    await command(slack, app, "/pulumi share @bo", ack={"text": "All of you", "response_type": "in_channel"})
    line, answer = await slack.messages(seed.BO)
    assert (line["user"], line["text"]) == (seed.ANN, f"/pulumi share <@{seed.BO}>")
    assert (answer["text"], answer["bot"], answer["in_response_to"]) == ("All of you", True, "/pulumi share @bo")


async def test_an_empty_acknowledgement_shows_nothing(slack: Slack, app: Link) -> None:
    await command(slack, app)
    assert await slack.messages() == []


async def test_an_acknowledgement_with_bad_blocks_fails(slack: Slack, app: Link) -> None:
    await command(slack, app, ack={"text": "x", "blocks": [{"type": "nothing"}]})
    assert await slack.texts() == ['/pulumi failed with the error "invalid_blocks"']


async def test_a_response_url_is_ephemeral_by_default(slack: Slack, app: Link) -> None:
    url = (await command(slack, app))["response_url"]
    assert (await slack.respond(url, text="Psst"))[0] == 200
    assert await slack.messages(seed.BO) == []
    await slack.respond(url, text="Everybody", response_type="in_channel")
    assert await slack.texts(seed.BO) == ["Everybody"]
    assert await slack.texts() == ["Psst", "Everybody"]


async def test_a_response_url_works_where_the_bot_is_not(slack: Slack, app: Link) -> None:
    url = (await command(slack, app, channel=seed.RANDOM))["response_url"]
    assert (await slack.respond(url, text="Hi", response_type="in_channel"))[0] == 200
    assert await slack.texts(seed.BO, seed.RANDOM) == ["Hi"]


async def test_a_response_url_is_good_five_times(slack: Slack, app: Link) -> None:
    url = (await command(slack, app))["response_url"]
    assert [(await slack.respond(url, text="x"))[0] for _ in range(5)] == [200] * 5
    assert await slack.respond(url, text="x") == (404, {"ok": False, "error": "used_url"})
    assert len(await slack.messages()) == 5


async def test_a_response_url_is_good_for_half_an_hour(slack: Slack, app: Link) -> None:
    url = (await command(slack, app))["response_url"]
    slack.clock.now += 1799
    assert (await slack.respond(url, text="x"))[0] == 200
    slack.clock.now += 2
    assert await slack.respond(url, text="x") == (404, {"ok": False, "error": "expired_url"})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"blocks": [{"type": "nothing"}]}, "invalid_blocks"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
async def test_what_a_response_url_refuses(slack: Slack, app: Link, body: Json, error: str) -> None:
    status, answer = await slack.respond((await command(slack, app))["response_url"], **body)
    assert (status, answer["error"]) == (400, error)


async def test_a_response_url_reads_json_only(slack: Slack, app: Link) -> None:
    url = (await command(slack, app))["response_url"]
    for data in ({"text": "x"}, b'{"text": "x"}'):
        async with slack.http.post(url, data=data) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "invalid_payload")
    assert (await slack.respond(f"{slack.url}/slack/response/commands/x"))[0] == 404


async def test_a_commands_answer_cannot_replace_anything(slack: Slack, app: Link) -> None:
    url = (await command(slack, app, ack={"text": "One"}))["response_url"]
    await slack.respond(url, text="Two", replace_original=True)
    await slack.respond(url, text="Three", delete_original=True)
    assert await slack.texts() == ["One", "Two", "Three"]


async def test_what_people_do_is_sent_once() -> None:
    async with serve(scale=0.02) as slack, link(slack) as app:
        assert (await slack.say("/pulumi status"))["error"] == "operation_timeout"
        assert (await app.next())["type"] == "slash_commands"
        await slack.say("@Pulumi hi")
        assert (await app.next())["type"] == "events_api"
