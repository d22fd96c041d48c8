"""The fake workspace as the app meets it: Socket Mode, events, and the workspace as a whole."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Link, Slack, bolt, host, link, serve

SHORT = 0.02
DM = seed.direct(seed.ANN)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


@pytest.fixture
async def hurried() -> AsyncIterator[Slack]:
    """A workspace whose three seconds are sixty milliseconds."""
    async with serve(scale=SHORT) as served:
        yield served


async def test_bolt_connects_unmodified_and_answers_a_command(slack: Slack) -> None:
    bodies: list[Json] = []

    async def command(ack: Any, body: Json) -> None:
        bodies.append(body)
        await ack("Looking …")

    async with bolt(slack) as app:
        app.command("/pulumi")(command)
        said = await slack.say("/pulumi stack ls")
    assert (said["ok"], said["kind"], said["acked"]) == (True, "command", True)
    assert said["milliseconds"] < 3000
    assert bodies[0]["text"] == "stack ls"
    assert await slack.texts() == ["Looking …"]


async def test_bolt_takes_clicks_and_events(slack: Slack) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def click(ack: Any, body: Json) -> None:
        await ack()
        await seen.put(body["actions"][0]["value"])

    async def mention(event: Json) -> None:
        await seen.put(event["text"])

    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "7"}
    async with bolt(slack) as app:
        app.action("go")(click)
        app.event("app_mention")(mention)
        await app.client.chat_postMessage(
            channel=seed.PLATFORM, text="Go?", blocks=[{"type": "actions", "elements": [button]}]
        )
        assert (await slack.press((await slack.messages())[0]))["acked"]
        assert await seen.get() == "7"
        await slack.say("@Pulumi hi")
        assert await seen.get() == f"<@{seed.BOT}> hi"


async def test_bolt_renews_its_connection_when_asked_and_when_cut(slack: Slack) -> None:
    async with bolt(slack):
        first = slack.workspace.socket.links[0]
        await slack.workspace.socket.disconnect()
        await slack.until(lambda _: bool(slack.workspace.socket.links) and slack.workspace.socket.links[0] is not first)
        second = slack.workspace.socket.links[0]
        slack.workspace.socket.drop()
        await slack.until(
            lambda _: bool(slack.workspace.socket.links) and slack.workspace.socket.links[0] is not second
        )


async def test_hello(slack: Slack) -> None:
    async with link(slack) as first, link(slack) as second:
        assert first.hello["type"] == "hello"
        assert first.hello["connection_info"] == {"app_id": seed.APP}
        assert (first.hello["num_connections"], second.hello["num_connections"]) == (1, 2)
        assert slack.workspace.connections == 2


async def ticket(slack: Slack) -> str:
    url: str = (await slack.api("apps.connections.open", seed.APP_TOKEN))["url"]
    return url


async def test_the_address_is_on_the_host_that_was_asked(slack: Slack) -> None:
    headers = {"Authorization": f"Bearer {seed.APP_TOKEN}", "Host": "slack.sandbox:99"}
    async with slack.http.post(f"{slack.url}/slack/api/apps.connections.open", headers=headers) as answer:
        assert (await answer.json())["url"].startswith("ws://slack.sandbox:99/slack/link/?ticket=")


async def test_a_ticket_is_good_once_and_not_for_long(slack: Slack) -> None:
    used, old = await ticket(slack), await ticket(slack)
    async with slack.http.ws_connect(used):
        pass
    for url in (used, f"{slack.url}/slack/link/?ticket=made-up"):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await slack.http.ws_connect(url)
    slack.clock.now += 31
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.http.ws_connect(old)
    slack.workspace.switches.refuse_handshakes = True
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.http.ws_connect(await ticket(slack))


async def test_an_eleventh_connection_is_sent_away(slack: Slack) -> None:
    sockets = [await slack.http.ws_connect(await ticket(slack)) for _ in range(11)]
    first = [await socket.receive_json() for socket in sockets]
    assert [frame["type"] for frame in first] == ["hello"] * 10 + ["disconnect"]
    assert first[-1]["reason"] == "too_many_websockets"
    assert (await sockets[-1].receive()).type is aiohttp.WSMsgType.CLOSE
    assert slack.workspace.connections == 10
    for socket in sockets:
        await socket.close()


async def test_each_delivery_goes_to_one_connection_and_may_be_acknowledged_on_another(slack: Slack) -> None:
    async with link(slack) as first, link(slack) as second:
        links, chosen = [first, second], set[int]()
        while len(chosen) < 2:
            saying = asyncio.create_task(slack.say("/pulumi status"))
            frames = [asyncio.create_task(each.next()) for each in links]
            done, waiting = await asyncio.wait(frames, return_when=asyncio.FIRST_COMPLETED)
            assert len(done) == 1
            for task in waiting:
                task.cancel()
            number = frames.index(done.copy().pop())
            chosen.add(number)
            await links[1 - number].ack(done.pop().result())
            assert (await saying)["acked"]


async def test_a_warning_does_not_close_but_a_refresh_does(hurried: Slack) -> None:
    async with link(hurried) as app:
        await hurried.workspace.socket.disconnect("warning")
        assert (await app.next())["reason"] == "warning"
        for _ in range(5):  # each waits out its three seconds, together more than the ten that a refresh leaves
            await hurried.say("/pulumi status")
            await app.next()
        assert hurried.workspace.connections == 1
        await hurried.workspace.socket.disconnect()
        assert (await app.next())["reason"] == "refresh_requested"
        await hurried.until(lambda state: not state["bot"]["connected"])


async def test_pings_are_answered_and_nonsense_is_not(slack: Slack) -> None:
    url = await ticket(slack)
    async with slack.http.ws_connect(url, autoping=False) as socket:
        await socket.receive_json()
        await socket.send_str("not json")
        await socket.send_json([1])
        await socket.send_json({"envelope_id": "made-up"})
        await socket.ping(b"sdk-ping-pong:1")
        pong = await socket.receive()
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")
    assert slack.workspace.socket.late == 2


async def test_a_mention_reaches_the_app(slack: Slack) -> None:
    async with link(slack) as app:
        said = await slack.say("@Pulumi why did <prod> fail?")
        envelope = await app.next()
        await app.ack(envelope)
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    payload = envelope["payload"]
    assert (payload["type"], payload["team_id"], payload["api_app_id"]) == ("event_callback", seed.TEAM, seed.APP)
    assert payload["authorizations"][0]["user_id"] == seed.BOT
    event = payload["event"]
    assert (event["type"], event["user"], event["channel"]) == ("app_mention", seed.ANN, seed.PLATFORM)
    assert event["text"] == f"<@{seed.BOT}> why did &lt;prod&gt; fail?"
    assert event["ts"] == event["event_ts"] == said["ts"]
    assert event["blocks"][0]["elements"][0]["elements"][0] == {"type": "user", "user_id": seed.BOT}


async def test_a_mention_in_a_thread_says_which(slack: Slack) -> None:
    async with link(slack) as app:
        root = (await slack.say("It failed"))["ts"]
        await slack.say("@pulumi why?", thread_ts=root)
        assert (await app.take())["event"]["thread_ts"] == root


async def only_event(slack: Slack, app: Link) -> Json:
    """The next event, when a mention in #platform is the last thing said: what came before it, if anything did."""
    await slack.say("@Pulumi last", person=seed.BO)
    event: Json = (await app.take())["event"]
    return event


async def test_the_app_hears_nothing_else_of_channels(slack: Slack) -> None:
    async with link(slack) as app:
        await slack.say("No mention")
        await slack.say("@Pulumi where are you?", channel=seed.RANDOM)
        await slack.api("chat.postMessage", channel=seed.PLATFORM, text=f"<@{seed.BOT}> talks to itself")
        await slack.api("chat.postEphemeral", channel=DM, user=seed.ANN, text="Psst")
        assert (await only_event(slack, app))["user"] == seed.BO


async def test_direct_messages_reach_the_app_without_a_mention(slack: Slack) -> None:
    async with link(slack) as app:
        await slack.say("@Pulumi help", channel=DM)
        event = (await app.take())["event"]
        assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", DM)
        assert (await only_event(slack, app))["user"] == seed.BO, "no app_mention besides"


async def test_the_app_hears_itself_in_direct_messages(slack: Slack) -> None:
    async with link(slack) as app:
        ts = (await slack.api("chat.postMessage", channel=DM, text="One"))["ts"]
        assert (await app.take())["event"]["bot_id"] == seed.BOT_ID
        await slack.api("chat.update", channel=DM, ts=ts, text="Two")
        changed = (await app.take())["event"]
        assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "Two")
        assert changed["previous_message"]["text"] == "One"
        await slack.api("chat.delete", channel=DM, ts=ts)
        deleted = (await app.take())["event"]
        assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)


async def test_an_event_is_sent_again_until_it_is_acknowledged() -> None:
    async with serve(scale=0.001) as slack, link(slack) as app:
        await slack.say("@Pulumi hi")
        envelopes = [await app.next() for _ in range(4)]
        assert [envelope["retry_attempt"] for envelope in envelopes] == [0, 1, 2, 3]
        assert [envelope["retry_reason"] for envelope in envelopes] == ["", "timeout", "timeout", "timeout"]
        assert len({envelope["envelope_id"] for envelope in envelopes}) == 4
        assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
        await slack.say("@Pulumi last", person=seed.BO)
        assert (await app.next())["payload"]["event"]["user"] == seed.BO, "three retries, no more"


async def test_an_event_waits_for_a_connection() -> None:
    async with serve(scale=0.005) as slack:
        await slack.say("@Pulumi hi")
        async with link(slack) as app:
            assert (await app.next())["retry_reason"] == "connection_failed"


async def test_an_acknowledged_event_is_not_sent_again_but_duplicates_can_be_asked_for(slack: Slack) -> None:
    async with link(slack) as app:
        slack.workspace.switches.copies = 2
        await slack.say("@Pulumi once")
        first, second = await app.take(), await app.take()
        assert first["event_id"] == second["event_id"]
        slack.workspace.switches.copies = 1
        assert (await only_event(slack, app))["user"] == seed.BO


async def test_reset_keeps_the_connection_and_forgets_the_rest(slack: Slack) -> None:
    async with link(slack) as app:
        await slack.say("Good morning")
        _, payload = await asyncio.gather(slack.say("/pulumi status"), app.take())
        rev = (await slack.state())["rev"]
        slack.workspace.reset()
        state = await slack.state(after=rev)
        assert state["bot"]["connected"]
        assert not any(state["messages"].values())
        assert (await slack.respond(payload["response_url"], text="late"))[0] == 404
        assert (await asyncio.gather(slack.say("/pulumi status"), app.take()))[0]["acked"]


async def test_two_workspaces_share_nothing(slack: Slack, hurried: Slack) -> None:
    await slack.say("Here")
    assert await hurried.messages() == []


async def test_a_server_that_stops_keeps_nobody_waiting_and_can_be_started_again(slack: Slack) -> None:
    async with host(slack.workspace) as url, link(slack) as app:
        stream = await slack.http.get(f"{url}/control/stream", params={"as": seed.ANN})
        rev = await stream.content.readuntil(b"\n\n")
    assert rev not in await stream.content.read(), "it ended, and was not cut"
    assert app.socket.closed
    async with host(slack.workspace):
        waiting = asyncio.create_task(slack.state(after=(await slack.state())["rev"]))
        await slack.messages()
        assert not waiting.done()
        await slack.say("x")
        assert (await waiting)["messages"][seed.PLATFORM]


async def test_a_delivery_into_a_dead_connection_times_out(hurried: Slack) -> None:
    async with link(hurried) as app:
        dead = hurried.workspace.socket.links[0]
        dead.cut()
        assert (await hurried.say("/pulumi status"))["error"] in ("operation_timeout", "dispatch_failed")
        assert (await app.socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
