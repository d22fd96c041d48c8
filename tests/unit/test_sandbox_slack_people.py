"""What people do in the fake workspace: type commands, press buttons, look; and what `response_url` allows."""

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


def button(name: str, **more: object) -> Json:
    return {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name.title()}, **more}


MENU: Json = {
    "type": "static_select",
    "action_id": "env",
    "placeholder": {"type": "plain_text", "text": "Where"},
    "options": [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("dev", "prod")],
}


async def post(slack: Slack, *elements: Json, method: str = "chat.postMessage", **more: Any) -> Json:
    """A message with these elements, as the person sees it."""
    blocks = [{"type": "actions", "block_id": "vote", "elements": list(elements)}]
    answer = await slack.api(method, channel=seed.PLATFORM, text="Approve?", blocks=blocks, **more)
    assert answer["ok"], answer
    return (await slack.messages(more.get("user", seed.ANN)))[-1]


async def click(slack: Slack, app: Link, message: Json, number: int = 0, **more: Any) -> Json:
    pressed, payload = await asyncio.gather(slack.press(message, number, **more), app.take())
    assert pressed["acked"]
    return payload


async def test_the_payload_of_a_click(slack: Slack, app: Link) -> None:
    message = await post(slack, button("approve", value="R-1", style="primary"), button("reject"))
    payload = await click(slack, app, message, person=seed.CY)
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": seed.CY, "username": "cy", "name": "cy", "team_id": seed.TEAM}
    assert payload["container"] == {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": seed.PLATFORM,
        "is_ephemeral": False,
    }
    assert (payload["channel"], payload["team"]["id"]) == ({"id": seed.PLATFORM, "name": "platform"}, seed.TEAM)
    assert (payload["message"]["ts"], payload["message"]["blocks"]) == (message["ts"], message["blocks"])
    assert payload["state"] == {"values": {}}
    assert payload["response_url"].startswith(f"{slack.url}/slack/response/actions/")
    assert payload["trigger_id"]
    action = payload["actions"][0]
    assert float(action.pop("action_ts")) == slack.clock.now
    assert action == {
        "type": "button",
        "action_id": "approve",
        "block_id": "vote",
        "text": {"type": "plain_text", "text": "Approve", "emoji": True},
        "value": "R-1",
        "style": "primary",
    }


async def test_a_click_carries_no_answer(slack: Slack, app: Link) -> None:
    message = await post(slack, button("approve"))
    pressing = asyncio.create_task(slack.press(message))
    envelope = await app.next()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", False)
    await app.ack(envelope, {"text": "Nobody reads this"})
    assert (await pressing)["acked"]
    assert await slack.texts() == ["Approve?"]


async def test_a_click_on_an_ephemeral_brings_no_message(slack: Slack, app: Link) -> None:
    message = await post(slack, button("more"), method="chat.postEphemeral", user=seed.ANN)
    assert (await slack.press(message, person=seed.BO))["error"] == "message_not_found"
    payload = await click(slack, app, message)
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload


async def test_what_is_no_longer_shown_cannot_be_pressed(slack: Slack, app: Link) -> None:
    message = await post(slack, button("approve"))
    await slack.api("chat.update", channel=seed.PLATFORM, ts=message["ts"], text="Approved")
    refused = await slack.press(message)
    assert (refused["status"], refused["error"]) == (400, "element_not_found")
    assert (await slack.press({**message, "ts": "1.000001"}))["error"] == "message_not_found"


async def test_what_is_not_seen_cannot_be_pressed(slack: Slack) -> None:
    message = await post(slack, button("approve"))
    for person, error in ((seed.GUS, "channel_not_found"), (seed.TIM, "user_not_found")):
        assert (await slack.press(message, person=person))["error"] == error
    assert (await slack.control("click", **{"as": seed.ANN}, channel=seed.PLATFORM))["error"] == "missing"


async def test_a_click_in_a_thread_says_which(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    message = await post(slack, button("why"), thread_ts=root)
    payload = await click(slack, app, message)
    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == root


async def test_a_url_button_tells_the_app_too(slack: Slack, app: Link) -> None:
    message = await post(slack, button("console", url="https://app.pulumi.com/acme"))
    assert (await click(slack, app, message))["actions"][0]["action_id"] == "console"


async def test_a_menu_takes_its_own_options_and_remembers_the_choice(slack: Slack, app: Link) -> None:
    message = await post(slack, MENU, button("go"))
    assert (await slack.press(message, value="staging"))["error"] == "option_not_found"
    assert (await slack.press(message))["error"] == "option_not_found"
    action = (await click(slack, app, message, value="prod"))["actions"][0]
    assert action["selected_option"]["value"] == "prod"
    assert (action["type"], "value" in action) == ("static_select", False)
    state = (await click(slack, app, message, 1))["state"]["values"]["vote"]
    assert state["env"]["selected_option"]["value"] == "prod"
    others = (await click(slack, app, message, 1, person=seed.BO))["state"]["values"]["vote"]
    assert others["env"] == {"type": "static_select", "selected_option": None}


async def test_other_elements_bring_their_choice(slack: Slack, app: Link) -> None:
    options = MENU["options"]
    checks = {"type": "checkboxes", "action_id": "checks", "options": options, "initial_options": options[:1]}
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    person = {"type": "users_select", "action_id": "who", "initial_user": seed.BO}
    message = await post(slack, checks, overflow, person)
    ticked = await click(slack, app, message, value=["dev", "prod"])
    assert [option["value"] for option in ticked["actions"][0]["selected_options"]] == ["dev", "prod"]
    chosen = await click(slack, app, message, 1, value="dev")
    assert chosen["actions"][0]["selected_option"]["value"] == "dev"
    assert set(chosen["state"]["values"]["vote"]) == {"checks", "who"}
    assert chosen["state"]["values"]["vote"]["who"]["selected_user"] == seed.BO
    assert (await click(slack, app, message, 2, value=seed.CY))["actions"][0]["selected_user"] == seed.CY
    assert (await slack.press(message, 2, value=[seed.CY]))["error"] == "not_offered"


async def test_an_unanswered_click_warns_the_one_who_pressed() -> None:
    async with serve(scale=0.02) as slack:
        message = await post(slack, button("approve"))
        assert (await slack.press(message))["error"] == "dispatch_failed"
        async with link(slack):
            assert (await slack.press(message))["error"] == "operation_timeout"
        warnings = (await slack.messages())[1:]
        assert [(each["system"], each["ephemeral"], each["in_response_to"]) for each in warnings] == [
            (True, True, "Approve")
        ] * 2
        assert len(await slack.messages(seed.BO)) == 1


async def test_a_click_may_replace_or_delete_its_message(slack: Slack, app: Link) -> None:
    url = (await click(slack, app, await post(slack, button("approve"))))["response_url"]
    await slack.respond(url, text="Approved", replace_original=True, response_type="ephemeral")
    message = (await slack.messages(seed.BO))[0]
    assert (message["text"], message["blocks"], message["ephemeral"]) == ("Approved", [], False)
    await slack.respond(url, text="New", response_type="in_channel")
    await slack.respond(url, text="For Ann")
    assert await slack.texts(seed.BO) == ["Approved", "New"]
    await slack.respond(url, delete_original="true")
    assert await slack.texts(seed.BO) == ["New"]
    assert (await slack.respond(url, text="x", replace_original=True))[0] == 404


async def test_an_ephemeral_stays_ephemeral_and_in_its_thread(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    await slack.say("Yes", thread_ts=root)
    message = await post(slack, button("more"), method="chat.postEphemeral", user=seed.ANN, thread_ts=root)
    url = (await click(slack, app, message))["response_url"]
    await slack.respond(url, text="More", replace_original=True, response_type="in_channel")
    await slack.respond(url, text="And more")
    assert await slack.texts(seed.BO) == ["It failed", "Yes"]
    assert [(each["text"], each["thread_ts"]) for each in (await slack.messages())[2:]] == [
        ("More", root),
        ("And more", root),
    ]


async def test_an_answer_may_name_its_thread(slack: Slack, app: Link) -> None:
    root = (await slack.say("It failed"))["ts"]
    url = (await click(slack, app, await post(slack, button("why"))))["response_url"]
    await slack.respond(url, text="Because", response_type="in_channel", thread_ts=root)
    assert (await slack.messages())[-1]["thread_ts"] == root


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
    assert ann["bot"] == {"connected": False, "user_id": seed.BOT, "name": "Pulumi"}
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
