"""Writes: what they send, that they send it once, and what their failures prove."""

import asyncio
import json
import logging
import traceback
from datetime import timedelta

import httpx
import pytest
import structlog
from pydantic import SecretStr

from bot import errors
from bot.pulumi import PulumiClient
from bot.pulumi.calls import WRITE
from tests.contract.recorded import NOW, PLAIN, STACK, TOKEN, Recorded, no, ok, sample
from tests.contract.writes import MADE, WRITES, Write

every_write = pytest.mark.parametrize("write", WRITES, ids=str)


def done(write: Write, status: int) -> httpx.Response:
    return httpx.Response(status, json=write.answer) if write.answer else httpx.Response(status)


@every_write
@pytest.mark.parametrize("status", [200, 201, 204])
async def test_case_32_a_write_sends_what_is_documented_and_takes_any_success(write: Write, status: int) -> None:
    """200, 201 or 204, with a body or without: servers differ."""
    pulumi = Recorded([done(write, status)])
    await write.call(pulumi.client)
    (request,) = pulumi.requests
    assert (request.method, *pulumi.paths) == (write.method, write.path)
    assert request.url.query.decode() == write.query
    assert (json.loads(request.content) if request.content else None) == write.body
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"] == f"token {TOKEN}"


@every_write
async def test_a_body_that_nobody_asked_for_is_no_failure(write: Write) -> None:
    """It is done; whatever else the server says about it."""
    body = write.answer or {"code": 200, "message": "OK", "name": {"odd": 1}}
    await write.call(Recorded([ok(body)]).client)


UNKNOWN = [
    httpx.Response(500),
    httpx.Response(502, html="<html>"),
    httpx.Response(503, headers={"Retry-After": "1"}),
    httpx.Response(504),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.WriteTimeout("slow"),
    httpx.RemoteProtocolError("server disconnected"),
    httpx.Response(307, headers={"Location": "https://api.pulumi.com/elsewhere"}),
]
NOTHING = [
    (httpx.ConnectError("refused"), errors.NotSent),
    (httpx.ConnectTimeout("slow"), errors.NotSent),
    (httpx.PoolTimeout("busy"), errors.NotSent),
    (httpx.ProxyError("no"), errors.NotSent),
    (httpx.Response(429, text="slow down", headers={"Retry-After": "7"}), errors.RateLimited),
    (no(400, "Bad Request: no"), errors.BadRequest),
    (no(401, "Unauthorized: no"), errors.Unauthorized),
    (no(402, "Payment Required: no"), errors.PlanLacks),
    (no(403, "Forbidden: no"), errors.Forbidden),
    (no(404, "Not Found: Stack"), errors.NotFound),
    (httpx.Response(404, text="404 page not found", headers=PLAIN), errors.MissingRoute),
    (httpx.Response(405), errors.MissingRoute),
    (no(409, "Conflict: Another update is currently in progress."), errors.Conflict),
    (no(413, "Request Entity Too Large: no"), errors.BadRequest),
]


@every_write
@pytest.mark.parametrize("answer", UNKNOWN, ids=repr)
async def test_a_write_whose_outcome_is_unknown_is_not_sent_again(
    write: Write, answer: httpx.Response | Exception
) -> None:
    """Once, without a wait, and the error proves nothing."""
    pulumi = Recorded([answer])
    with pytest.raises(errors.PulumiError) as caught:
        await write.call(pulumi.client)
    assert not isinstance(caught.value, errors.NothingHappened)
    assert (len(pulumi.requests), pulumi.waits) == (1, [])


@every_write
@pytest.mark.parametrize(("answer", "kind"), NOTHING, ids=repr)
async def test_a_write_that_provably_did_nothing_says_so(
    write: Write, answer: httpx.Response | Exception, kind: type[errors.NothingHappened]
) -> None:
    """Not sent, or refused: not tried again either, that is for people to decide."""
    pulumi = Recorded([answer])
    with pytest.raises(errors.NothingHappened) as caught:
        await write.call(pulumi.client)
    assert type(caught.value) is kind
    assert isinstance(caught.value, errors.ClientError) == (kind not in {errors.NotSent, errors.RateLimited})
    assert (len(pulumi.requests), pulumi.waits) == (1, [])


async def test_a_limited_write_says_how_long_to_wait() -> None:
    """The request goes back to its queue for so long."""
    pulumi = Recorded([httpx.Response(429, headers={"Retry-After": "7"})])
    with pytest.raises(errors.RateLimited) as caught:
        await pulumi.client.delete_stack(STACK)
    assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_a_write_cannot_be_led_elsewhere(name: str) -> None:
    """`DELETE …/tags/..` would be a call for the stack."""
    pulumi = Recorded([])
    with pytest.raises(errors.BadRequest):
        await pulumi.client.delete_tag(STACK, name)
    assert pulumi.requests == []


async def test_writes_do_not_wait_for_reads() -> None:
    """Twenty slow reads take every place that there is for reads."""
    gate, full, reading = asyncio.Event(), asyncio.Event(), list[httpx.Request]()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            reading.append(request)
            if len(reading) == 20:
                full.set()
            await gate.wait()
        return ok(sample("user"))

    api = PulumiClient("https://x.example", SecretStr(TOKEN), clock=lambda: NOW, transport=httpx.MockTransport(answer))
    reads = [asyncio.create_task(api.user()) for _ in range(21)]
    await full.wait()
    await api.delete_team("demo", "ops")
    assert not any(each.done() for each in reads)
    gate.set()
    await asyncio.gather(*reads)


async def test_a_transport_that_tells_nothing_proves_nothing() -> None:
    """Then a deadline means that it may have left."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    api = PulumiClient("https://x.example", SecretStr(TOKEN), clock=lambda: NOW, transport=httpx.MockTransport(never))
    with pytest.raises(errors.NoAnswer):
        await api.within(0.02).delete_stack(STACK)


async def test_the_deadline_is_ten_seconds_unless_said_otherwise() -> None:
    """And saying otherwise changes no other copy."""
    api = Recorded([]).client
    assert WRITE == 10.0
    assert (api._seconds, api.within(3)._seconds, api._seconds) == (WRITE, 3, WRITE)
    assert api.within(3).identity == api.identity


VALUE = str(MADE["tokenValue"])
LEAKS: list[httpx.Response | Exception] = [
    no(400, f"Bad Request: {TOKEN}"),
    no(403, f"Forbidden: token {TOKEN} may not"),
    httpx.Response(500, html=f"<pre>{TOKEN}</pre>"),
    httpx.Response(307, headers={"Location": f"https://evil.example/{TOKEN}"}),
    httpx.Response(429, text=TOKEN),
    httpx.ConnectError(f"token {TOKEN}"),
    httpx.ReadError(f"token {TOKEN}"),
    httpx.LocalProtocolError(f"Illegal header value b'token {TOKEN}'"),
]


@every_write
@pytest.mark.parametrize("answer", LEAKS, ids=repr)
async def test_the_token_is_in_no_error_and_no_log_of_a_write(
    write: Write, answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the server or the HTTP library says it first."""
    caplog.set_level(logging.DEBUG)
    api = Recorded([answer]).client
    with structlog.testing.capture_logs() as logs, pytest.raises(errors.PulumiError) as caught:
        await write.call(api)
    assert TOKEN not in told(caught.value) + repr(api) + str(logs) + caplog.text
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        {"id": 7, "tokenValue": VALUE},
        {"id": {"tokenValue": VALUE}, "tokenValue": VALUE},
        {"id": "", "tokenValue": VALUE},
        {"token": VALUE},
        {"id": "1", "tokenValue": [VALUE]},
        [VALUE],
        VALUE,
    ],
    ids=repr,
)
async def test_the_value_of_a_new_token_is_in_no_error_and_no_log(
    body: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever shape it comes in."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs, pytest.raises(errors.BadAnswer) as caught:
        await Recorded([ok(body)]).client.create_token("ci")
    assert VALUE not in told(caught.value) + str(logs) + caplog.text
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


def told(error: BaseException) -> str:
    return "".join([str(error), repr(error), *map(str, error.args), *traceback.format_exception(error)])


@pytest.mark.parametrize("answer", [ok(MADE), httpx.Response(204, json=MADE)], ids=["200", "204 with a body"])
async def test_case_24_the_value_of_a_new_token(answer: httpx.Response, caplog: pytest.LogCaptureFixture) -> None:
    """Readable once, on purpose, and in no repr and no log."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        made = await Recorded([answer]).client.create_token("ci")
    assert (made.id, made.value.get_secret_value()) == (MADE["id"], VALUE)
    assert VALUE not in repr(made) + str(made) + str(logs) + caplog.text


async def test_case_24_a_token_without_its_value_is_a_clear_error() -> None:
    """Many HTTP stacks drop the body of a 204. It was made: somebody has to delete it."""
    with pytest.raises(errors.BadAnswer, match="delete it, make another") as caught:
        await Recorded([httpx.Response(204)]).client.create_token("ci")
    assert not isinstance(caught.value, errors.NothingHappened)


async def test_a_token_that_never_ends() -> None:
    """Zero, as Pulumi writes it; the field is never left out."""
    pulumi = Recorded([ok(MADE)])
    await pulumi.client.create_token("ci")
    assert json.loads(pulumi.requests[0].content) == {"description": "ci", "expires": 0}
