"""The HTTP front: what is let in, once, and what health says."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.web import LARGEST, Gate, Site

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_795_526_400.0
BODY = b"command=%2Fpulumi&text=help"


def signed(body: bytes = BODY, at: float = NOW, secret: str = SECRET) -> dict[str, str]:
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    kind = "application/x-www-form-urlencoded"
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}", "content-type": kind}


def test_the_example_of_slacks_documentation_is_let_in() -> None:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack/"""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    assert Gate(SECRET, lambda: 1531420618.0).check(headers, body) is HTTPStatus.OK


@pytest.mark.parametrize("skew", [-301, 301, -86_400])
def test_a_late_or_early_signature_is_refused(skew: float) -> None:
    assert Gate(SECRET, lambda: NOW).check(signed(at=NOW + skew), BODY) is HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "change", [{"x-slack-signature": ""}, {"x-slack-request-timestamp": "soon"}, {"x-slack-request-timestamp": "²"}]
)
def test_a_missing_or_odd_header_is_refused(change: dict[str, str]) -> None:
    assert Gate(SECRET, lambda: NOW).check({**signed(), **change}, BODY) is HTTPStatus.UNAUTHORIZED


def test_another_secret_or_another_body_is_refused() -> None:
    gate = Gate(SECRET, lambda: NOW)
    assert gate.check(signed(secret="other"), BODY) is HTTPStatus.UNAUTHORIZED
    assert gate.check(signed(), BODY + b" ") is HTTPStatus.UNAUTHORIZED
    assert gate.check({}, BODY) is HTTPStatus.UNAUTHORIZED
    assert gate.check({**signed(), "x-slack-signature": "v0=ü"}, BODY) is HTTPStatus.UNAUTHORIZED


def test_a_request_is_let_in_once() -> None:
    now = NOW
    gate = Gate(SECRET, lambda: now)
    assert gate.check(signed(), BODY) is HTTPStatus.OK
    assert gate.check(signed(), BODY) is HTTPStatus.CONFLICT
    now += 299
    assert gate.check(signed(), BODY) is HTTPStatus.CONFLICT, "remembered for as long as it would be good"
    assert gate.check(signed(at=now), BODY) is HTTPStatus.OK


def test_a_signature_of_the_future_is_remembered_until_it_is_over() -> None:
    now = NOW
    gate = Gate(SECRET, lambda: now)
    now += 650
    ahead = signed(at=now + 300)
    assert gate.check(ahead, BODY) is HTTPStatus.OK
    for _ in range(6):
        now += 99
        assert gate.check(signed(at=now), BODY) is HTTPStatus.OK
        assert gate.check(ahead, BODY) is HTTPStatus.CONFLICT


async def ask(
    site: Site, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}
) -> tuple[int, bytes]:
    """One request through ASGI, the body in two pieces."""
    sent: list[dict[str, Any]] = []
    half = len(body) // 2
    pieces = iter(
        [
            {"type": "http.request", "body": body[:half], "more_body": True},
            {"type": "http.request", "body": body[half:], "more_body": False},
        ]
    )

    async def receive() -> Mapping[str, Any]:
        return next(pieces, {"type": "http.disconnect"})

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await site({"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw}, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def fine() -> Mapping[str, bool]:
    return {"store": True, "slack": True, "pulumi": False}


async def broken() -> Mapping[str, bool]:
    return {"store": False, "slack": True, "pulumi": True}


def site(answered: list[str]) -> Site:
    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_token="xoxb-1")

    bolt = AsyncApp(authorize=authorize, process_before_response=True, request_verification_enabled=False)

    async def listener(args: AsyncArgs) -> None:
        answered.append(args.body["text"])
        await args.ack("hello")

    bolt.command("/pulumi")(listener)
    return Site(fine, bolt, Gate(SECRET))


async def test_health_is_about_the_process_and_readiness_about_store_and_slack() -> None:
    assert await ask(Site(broken), "GET", "/healthz") == (200, b"ok")
    status, body = await ask(Site(fine), "GET", "/readyz")
    assert (status, json.loads(body)) == (200, {"store": True, "slack": True, "pulumi": False})
    assert (await ask(Site(broken), "GET", "/readyz"))[0] == 503


async def test_without_a_gate_there_is_no_way_in() -> None:
    assert (await ask(Site(fine), "POST", "/slack/events", BODY, signed()))[0] == 404
    assert (await ask(Site(fine, site([])._bolt), "POST", "/slack/events", BODY, signed(at=time.time())))[0] == 404
    assert (await ask(Site(fine), "GET", "/"))[0] == 404


async def test_a_signed_command_reaches_its_listener_and_a_forged_one_does_not() -> None:
    answered: list[str] = []
    front = site(answered)
    status, body = await ask(front, "POST", "/slack/events", BODY, signed(at=time.time()))
    assert (status, body, answered) == (200, b"hello", ["help"])
    assert (await ask(front, "POST", "/slack/events", BODY, signed(secret="no")))[0] == 401
    assert (await ask(front, "POST", "/slack/events", BODY))[0] == 401
    assert answered == ["help"]


async def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    large = b"a" * (LARGEST + 1)
    front = site([])
    assert (await ask(front, "POST", "/slack/events", large, signed(large)))[0] == 413
    assert (await ask(front, "POST", "/slack/events", b"", {"content-length": str(LARGEST + 1)}))[0] == 413
    assert (await ask(front, "POST", "/slack/events", b"", {"content-length": "many"}))[0] == 413
