"""Signed HTTP: what the fake workspace sends to a request URL, and what it makes of the answers."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sandbox.slack import seed
from tests.unit.sandbox_http import App, Got, listening
from tests.unit.sandbox_slack import Json, Slack, link, serve

BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "7"}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve(mode="http") as served:
        yield served


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[App]:
    async with listening(slack) as found:
        yield found


@pytest.fixture
async def hurried() -> AsyncIterator[Slack]:
    """A workspace whose three seconds are sixty milliseconds."""
    async with serve(scale=0.02, mode="http") as served:
        yield served


async def test_a_command_is_a_signed_form(slack: Slack, app: App) -> None:
    said = await slack.say("/pulumi why a&b=c+é")
    assert said["acked"]
    got = await app.next()
    assert got.genuine
    assert got.form["command"] == "/pulumi"
    assert got.form["text"] == "why a&amp;b=c+é"
    assert got.headers["X-Slack-Request-Timestamp"] == str(int(slack.clock.now))
    assert await slack.respond(got.form["response_url"], text="Done") == (200, {"ok": True})
    assert await slack.texts() == ["Done"]


async def test_a_click_is_json_in_a_form(slack: Slack, app: App) -> None:
    blocks = [{"type": "actions", "elements": [BUTTON]}]
    await slack.api("chat.postMessage", channel=seed.PLATFORM, text="Go?", blocks=blocks)
    app.answer = lambda _: web.json_response({"text": "Not shown: clicks are answered by response_url"})
    assert (await slack.press((await slack.messages())[0]))["acked"]
    got = await app.next()
    assert got.genuine
    payload = json.loads(got.form["payload"])
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "7")
    assert await slack.texts() == ["Go?"]


async def test_an_event_is_json(slack: Slack, app: App) -> None:
    await slack.say("@Pulumi hi")
    got = await app.next()
    assert got.genuine
    assert (got.json["type"], got.json["event"]["type"]) == ("event_callback", "app_mention")
    assert "X-Slack-Retry-Num" not in got.headers


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        (web.Response, []),
        (lambda: web.Response(text=" \n"), []),
        (lambda: web.Response(text='{"text": "as it is"}'), ['{"text": "as it is"}']),
        (lambda: web.json_response({"text": "JSON"}), ["JSON"]),
        (lambda: web.json_response({"response_type": "in_channel", "text": "All"}), ["/pulumi status", "All"]),
        (lambda: web.Response(content_type="application/json"), []),
        (lambda: web.json_response([]), []),
    ],
    ids=["empty", "blank", "text", "json", "in_channel", "no json", "list"],
)
async def test_the_body_of_an_acknowledgement(slack: Slack, app: App, answer: type, texts: list[str]) -> None:
    app.answer = lambda _: answer()
    assert (await slack.say("/pulumi status"))["acked"]
    assert await slack.texts() == texts


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (web.Response(status=404), "http_client_error"),
        (web.Response(status=503), "http_service_error"),
        (web.Response(status=302, headers={"Location": "/"}), "dispatch_unknown_error"),
        (web.Response(body=b"{", content_type="application/json"), "invalid_command_response"),
    ],
)
async def test_what_is_no_acknowledgement(slack: Slack, app: App, answer: web.Response, error: str) -> None:
    app.answer = lambda _: answer
    said = await slack.say("/pulumi status")
    assert said["error"] == error
    assert (await slack.texts())[-1] == f'/pulumi failed with the error "{error}"'


async def test_too_late_is_no_acknowledgement(hurried: Slack) -> None:
    async with listening(hurried) as app:
        app.answer = lambda _: app.never()
        assert (await hurried.say("/pulumi status"))["error"] == "operation_timeout"


async def test_connected_means_that_the_challenge_comes_back(hurried: Slack) -> None:
    assert (await hurried.say("/pulumi status"))["error"] == "dispatch_failed"
    async with listening(hurried) as app:
        app.echoes = False
        await hurried.until(lambda state: not state["bot"]["connected"])
        app.echoes = True
        await hurried.until(lambda state: bool(state["bot"]["connected"]))
        hurried.workspace.http.disconnect()
        assert not (await hurried.state())["bot"]["connected"]
    assert (await hurried.say("/pulumi status"))["error"] == "dispatch_failed"


async def test_an_event_is_sent_again_with_the_reason(slack: Slack, app: App) -> None:
    app.answer = lambda got: web.Response(status=500 if "X-Slack-Retry-Num" not in got.headers else 202)
    await slack.say("@Pulumi hi")
    first, second = await app.next(), await app.next()
    assert first.json["event_id"] == second.json["event_id"]
    assert second.genuine
    assert second.headers["X-Slack-Retry-Num"] == "1"
    assert second.headers["X-Slack-Retry-Reason"] == "http_error"


async def test_an_event_without_an_answer_is_sent_again(hurried: Slack) -> None:
    async with listening(hurried) as app:
        app.answer = lambda got: app.never() if "X-Slack-Retry-Num" not in got.headers else web.Response()
        await hurried.say("@Pulumi hi")
        await app.next()
        assert (await app.next()).headers["X-Slack-Retry-Reason"] == "http_timeout"


async def test_an_app_may_refuse_to_be_told_again(slack: Slack, app: App) -> None:
    app.answer = lambda _: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
    for word in ("one", "two"):
        await slack.say(f"@Pulumi {word}")
        assert word in (await app.next()).json["event"]["text"]


@pytest.mark.parametrize(
    ("switch", "genuine"),
    [
        ({"skew": 301}, False),
        ({"skew": -301}, False),
        ({"skew": 290}, True),
        ({"signature": "bad"}, False),
        ({"signature": "none"}, False),
    ],
)
async def test_signatures_on_request(slack: Slack, app: App, switch: Json, genuine: bool) -> None:  # noqa: FBT001
    await slack.control("switches", **switch)
    await slack.say("/pulumi status")
    assert (await app.next()).genuine is genuine
    assert (await slack.control("requests", send="url_verification"))["verified"], "probes are always signed well"


async def test_a_replay_is_the_same_request_to_the_letter(slack: Slack, app: App) -> None:
    await slack.control("switches", replays=2)
    seen: set[str] = set()

    def answer(got: Got) -> web.Response:
        known = got.headers["X-Slack-Signature"] in seen
        seen.add(got.headers["X-Slack-Signature"])
        return web.Response(status=409 if known else 200)

    app.answer = answer
    await slack.say("/pulumi status")
    first, *again = [await app.next() for _ in range(3)]
    for got in again:
        assert (got.body, got.headers["X-Slack-Signature"]) == (first.body, first.headers["X-Slack-Signature"])
    async with slack.http.get(f"{slack.url}/control/requests") as response:
        sent = (await response.json())["requests"]
    assert sent[0] == {"kind": "slash_commands", "status": 200, "replayed": False}
    assert {(each["status"], each["replayed"]) for each in sent[1:]} <= {(409, True)}


async def test_ssl_check(slack: Slack, app: App) -> None:
    assert await slack.control("requests", send="ssl_check") == {"ok": True, "status": 200}
    got = await app.next()
    assert got.genuine
    assert got.form["ssl_check"] == "1"
    assert (await slack.control("requests", send="something"))["error"] == "unknown_request"


async def test_socket_mode_is_off(slack: Slack) -> None:
    async with link(slack) as connected:
        assert (connected.hello["type"], connected.hello["reason"]) == ("disconnect", "link_disabled")


async def test_an_address_that_is_none(slack: Slack) -> None:
    slack.workspace.http.connect("http://127.0.0.1:1/slack/events", f"{slack.url}/slack")
    assert (await slack.say("/pulumi status"))["error"] == "dispatch_failed"
    slack.workspace.http.connect("nowhere", f"{slack.url}/slack")
    assert (await slack.say("/pulumi status"))["error"] == "dispatch_failed"
    assert await slack.control("requests", send="ssl_check") == {"ok": True, "status": 0}
