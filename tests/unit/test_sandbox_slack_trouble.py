"""What the fake workspace does wrong on request: every switch, and the sockets that are cut or renewed."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.slack import seed
from sandbox.slack.switches import CHECKS, Switches
from tests.unit.sandbox_slack import Json, Slack, link, serve

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Approve"}, "blocks": [{"type": "divider"}]}


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


@pytest.fixture
async def hurried() -> AsyncIterator[Slack]:
    """A workspace whose three seconds are sixty milliseconds."""
    async with serve(scale=0.02) as served:
        yield served


async def test_each_event_twice(slack: Slack) -> None:
    await slack.control("switches", copies=2)
    async with link(slack) as app:
        await slack.say("@Pulumi hi")
        first, second = await app.next(), await app.next()
        assert first["envelope_id"] != second["envelope_id"]
        assert first["payload"]["event_id"] == second["payload"]["event_id"]


async def test_acknowledgements_that_come_too_late_whatever_the_app_did(hurried: Slack) -> None:
    await hurried.control("switches", late_acks=True)
    async with link(hurried) as app:
        said, _ = await asyncio.gather(hurried.say("/pulumi status"), app.take())
        assert (said["acked"], said["error"]) == (False, "operation_timeout")
        await hurried.say("@Pulumi hi")
        for attempt in (0, 1):
            envelope = await app.next()
            await app.ack(envelope)
            assert envelope["retry_attempt"] == attempt
        await hurried.control("switches", late_acks=False)


async def test_triggers_that_are_over(slack: Slack) -> None:
    async with link(slack) as app:
        _, payload = await asyncio.gather(slack.say("/pulumi status"), app.take())
    trigger = payload["trigger_id"]
    await slack.control("switches", expired_triggers=True)
    refused = await slack.api("views.open", trigger_id=trigger, view=MODAL)
    assert refused["error"] == "expired_trigger_id"
    await slack.control("switches", expired_triggers=False)
    assert (await slack.api("views.open", trigger_id=trigger, view=MODAL))["ok"], "it was not spent"


async def test_handshakes_that_are_refused(slack: Slack) -> None:
    await slack.control("switches", refuse_handshakes=True)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with link(slack):
            pass
    async with slack.http.delete(f"{slack.url}/control/switches") as answer:
        assert (await answer.json())["switches"] == Switches().shown()
    async with link(slack) as app:
        assert app.hello["type"] == "hello"


@pytest.mark.parametrize(
    ("word", "event"),
    [
        ("token_revoked", {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [seed.BOT]}}),
        ("account_inactive", {"type": "app_uninstalled"}),
    ],
)
async def test_a_token_that_went_bad(slack: Slack, word: str, event: Json) -> None:
    async with link(slack) as app:
        await slack.control("switches", token=word)
        told = (await app.take())["event"]
        assert event.items() <= told.items()
        assert (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="x"))["error"] == word
        assert (await slack.api("apps.connections.open", seed.APP_TOKEN))["ok"], "the app's own token is another"
        await slack.control("switches", token="good")
        assert (await slack.api("auth.test"))["ok"]


async def test_a_policy_against_edits(slack: Slack) -> None:
    ts = (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="x"))["ts"]
    await slack.control("switches", edits_closed=True)
    answer = await slack.api("chat.update", channel=seed.PLATFORM, ts=ts, text="y")
    assert answer["error"] == "edit_window_closed"


async def test_sockets_cut_and_renewed(slack: Slack) -> None:
    async with link(slack) as app:
        for reason in ("warning", "refresh_requested", "link_disabled"):
            await slack.control("sockets", do=reason)
            assert (await app.next())["reason"] == reason
        await slack.control("sockets", do="drop")
        assert (await app.socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    await slack.until(lambda state: not state["bot"]["connected"])
    assert (await slack.control("sockets", do="dance"))["error"] == "unknown_deed"


async def test_a_reset_is_a_good_day(slack: Slack) -> None:
    await slack.control("switches", copies=3, signature="bad", mangles=True)
    slack.workspace.reset()
    async with slack.http.get(f"{slack.url}/control/switches") as answer:
        assert (await answer.json())["switches"] == Switches().shown()


@pytest.mark.parametrize(
    "body",
    [
        {"copies": 0},
        {"copies": True},
        {"late_acks": 1},
        {"token": "lost"},
        {"signature": None},
        {"skew": 1.5},
        {"replays": 11},
        {"speed": 1},
    ],
)
async def test_what_is_no_switch_turns_none(slack: Slack, body: Json) -> None:
    refused = await slack.control("switches", edits_closed=True, **body)
    assert (refused["status"], refused["error"]) == (400, "invalid_switch")
    assert not slack.workspace.switches.edits_closed


def test_every_switch_has_its_check() -> None:
    assert CHECKS.keys() == Switches().shown().keys()
