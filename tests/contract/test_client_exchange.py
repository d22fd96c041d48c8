"""The client's dealings with the network: errors, trying again, deadlines, and where the token may go."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from pydantic import SecretStr

from bot import errors
from bot.pulumi import PulumiClient
from bot.pulumi.exchange import Timeouts
from tests.contract.recorded import NOW, PLAIN, STACK, TOKEN, Recorded, no, ok, sample

HTML = httpx.Response(503, html="<html><body><h1>503 Service Unavailable</h1></body></html>")


async def test_case_22_a_read_is_tried_again() -> None:
    """429 with a date, 429 without anything, 503 in HTML: then the answer. The date asks for ten seconds."""
    limited = httpx.Response(429, text="slow down", headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})
    pulumi = Recorded([limited, httpx.Response(429), HTML, ok(sample("user"))])
    assert (await pulumi.client.user()).login == "user1"
    assert pulumi.waits == [10.0, 2.0, 4.0]


async def test_case_22_four_tries_are_enough() -> None:
    """And no HTML is left in the error."""
    pulumi = Recorded([HTML] * 4)
    with pytest.raises(errors.ServerError) as caught:
        await pulumi.client.user()
    assert (caught.value.status, caught.value.message) == (503, "")
    assert pulumi.waits == [1.0, 2.0, 4.0]


async def test_a_long_retry_after_is_left_to_whoever_asked() -> None:
    """Nobody waits ten minutes in a call; the number is passed on."""
    pulumi = Recorded([httpx.Response(429, headers={"Retry-After": "600"})])
    with pytest.raises(errors.RateLimited) as caught:
        await pulumi.client.user()
    assert caught.value.retry_after == timedelta(minutes=10)
    assert pulumi.waits == []


@pytest.mark.parametrize("broken", [httpx.ConnectError("no"), httpx.ReadError("reset"), httpx.ReadTimeout("slow")])
async def test_a_broken_connection_is_tried_again(broken: Exception) -> None:
    """A read does no harm twice."""
    pulumi = Recorded([broken, ok(sample("user"))])
    assert (await pulumi.client.user()).login == "user1"
    assert pulumi.waits == [1.0]


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (httpx.ConnectError("no"), errors.NotSent),
        (httpx.ConnectTimeout("no"), errors.NotSent),
        (httpx.PoolTimeout("no"), errors.NotSent),
        (httpx.ReadTimeout("no"), errors.NoAnswer),
        (httpx.WriteError("no"), errors.NoAnswer),
        (httpx.RemoteProtocolError("no"), errors.NoAnswer),
    ],
)
async def test_what_was_provably_not_sent_is_told_apart(broken: Exception, kind: type[Exception]) -> None:
    """The difference decides whether a write may have happened."""
    with pytest.raises(kind) as caught:
        await Recorded([broken] * 4).client.user()
    assert type(caught.value) is kind


async def test_one_deadline_holds_for_all_tries() -> None:
    """A wait that would end too late is not begun."""
    pulumi = Recorded([HTML] * 4, timeouts=Timeouts(total=2.5))
    with pytest.raises(errors.ServerError):
        await pulumi.client.user()
    assert pulumi.waits == [1.0, 2.0]


async def test_an_answer_that_never_comes() -> None:
    """The deadline cuts it off; it was sent, so what happened is unknown."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(errors.NoAnswer, match="no answer in time"):
        await client(never, timeouts=Timeouts(total=0.02)).user()


async def test_no_more_than_twenty_calls_at_once() -> None:
    """The twenty-first waits its turn; if its deadline passes before, it was never sent."""
    gate, open_calls = asyncio.Event(), list[httpx.Request]()
    twenty = asyncio.Event()

    async def hold(request: httpx.Request) -> httpx.Response:
        open_calls.append(request)
        if len(open_calls) == 20:
            twenty.set()
        await gate.wait()
        return ok(sample("user"))

    pulumi = client(hold)
    calls = [asyncio.create_task(pulumi.user()) for _ in range(20)]
    await twenty.wait()
    late = asyncio.create_task(pulumi.user())
    await asyncio.sleep(0)
    assert len(open_calls) == 20
    gate.set()
    assert {user.login for user in await asyncio.gather(*calls, late)} == {"user1"}


async def test_a_call_that_never_got_its_turn_was_not_sent() -> None:
    """Twenty others do not make room before its deadline."""
    gate = asyncio.Event()

    async def cling(_: httpx.Request) -> httpx.Response:
        try:
            await asyncio.Event().wait()
        finally:
            await gate.wait()
        return ok({})

    pulumi = client(cling, timeouts=Timeouts(total=0.02))
    calls = [asyncio.create_task(pulumi.user()) for _ in range(20)]
    await asyncio.sleep(0)
    with pytest.raises(errors.NotSent, match="too many calls at once"):
        await pulumi.user()
    gate.set()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in ends} == {errors.NoAnswer}


@pytest.mark.parametrize("location", ["https://evil.example/api/user", "/elsewhere", "http://api.pulumi.com/api/user"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_never_followed(location: str, status: int) -> None:
    """The token goes to the configured server and to no other."""
    pulumi = Recorded([httpx.Response(status, headers={"Location": location})])
    with pytest.raises(errors.BadAnswer, match="redirects are not followed") as caught:
        await pulumi.client.user()
    assert len(pulumi.requests) == 1
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("base", ["https://pulumi.example.com/backend/v1", "https://pulumi.example.com/backend/v1/"])
async def test_the_address_may_carry_a_path(base: str) -> None:
    """Self-hosted servers live behind all kinds of proxies."""
    pulumi = Recorded([ok(sample("stack"))], base=base)
    await pulumi.client.stack(STACK)
    assert pulumi.paths == ["/backend/v1/api/stacks/demo/demo-aws-ts-webserver/dev-user1"]


@pytest.mark.parametrize(
    "base", ["api.pulumi.com", "ftp://x", "https://", "https://me@x", "https://x?a=b", "https://x#y"]
)
def test_an_address_that_cannot_be_is_refused_at_once(base: str) -> None:
    """At start, not at the first command."""
    with pytest.raises(ValueError, match=r"https://api\.pulumi\.com"):
        _ = Recorded([], base=base).client


@pytest.mark.parametrize("token", ["", "a b", "pul-1\npul-2", "pül"])
def test_a_token_that_cannot_be_is_refused_without_being_named(token: str) -> None:
    """A pasted line break would end up in an exception of the HTTP library, token included."""
    with pytest.raises(ValueError, match="no token has") as caught:
        PulumiClient("https://api.pulumi.com", SecretStr(token), clock=lambda: NOW)
    assert not token or token not in str(caught.value)


async def test_an_answer_that_is_not_compressed_as_it_says() -> None:
    """Asking again would bring the same."""
    broken = httpx.Response(200, stream=Plain(), headers={"Content-Encoding": "gzip"})
    pulumi = Recorded([broken])
    with pytest.raises(errors.BadAnswer, match="not compressed"):
        await pulumi.client.user()
    assert len(pulumi.requests) == 1


class Plain(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"plain"


async def test_an_answer_without_end_is_cut_off() -> None:
    """A body has a limit, decoded bytes counted."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield bytes(1024 * 1024)

    async def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=endless())

    with pytest.raises(errors.BadAnswer, match="too large"):
        await client(answer).user()
    assert sent == 33


@pytest.mark.parametrize(
    "answer",
    [
        no(401, f"Unauthorized: token {TOKEN} is not valid"),
        httpx.Response(401, text=f"bad token {TOKEN}", headers=PLAIN),
        no(403, f"Forbidden: {TOKEN}"),
        httpx.Response(500, html=f"<pre>Authorization: token {TOKEN}</pre>"),
        httpx.Response(302, headers={"Location": f"https://evil.example/{TOKEN}"}),
        httpx.Response(200, json={"githubLogin": {"no": TOKEN}}),
        httpx.Response(200, headers={"X-Pulumi-Warning": f"{TOKEN} expires"}, json={}),
        httpx.ConnectError(f"token {TOKEN}"),
        httpx.ReadError(f"token {TOKEN}"),
        httpx.LocalProtocolError(f"Illegal header value b'token {TOKEN}'"),
    ],
)
async def test_the_token_is_in_no_error_and_no_log(
    answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where the server or the HTTP library says it first."""
    caplog.set_level(logging.DEBUG)
    pulumi = Recorded([answer] * 4)
    api = pulumi.client
    with structlog.testing.capture_logs() as logs, pytest.raises(errors.PulumiError) as caught:
        await api.user()
    error = caught.value
    told = [str(error), repr(error), *map(str, error.args), *traceback.format_exception(error), repr(api), str(logs)]
    assert TOKEN not in "".join([*told, caplog.text])
    assert error.__context__ is None
    assert error.__cause__ is None


async def test_a_warning_of_pulumis_is_logged() -> None:
    """`X-Pulumi-Warning` may come with any answer, more than once."""
    headers = [("X-Pulumi-Warning", "this API version ends soon"), ("X-Pulumi-Warning", "upgrade")]
    with structlog.testing.capture_logs() as logs:
        await Recorded([httpx.Response(200, json=sample("user"), headers=headers)]).client.user()
    said = [(each["endpoint"], each["said"]) for each in logs if each["log_level"] == "warning"]
    assert said == [("user", "this API version ends soon"), ("user", "upgrade")]


async def test_an_error_names_the_endpoint_and_the_request() -> None:
    """A short name, never a URL; and the id that Pulumi's support asks for."""
    answer = httpx.Response(500, json={"code": 500, "message": "oops"}, headers={"x-pulumi-request-id": "r-1"})
    with pytest.raises(errors.ServerError) as caught:
        await Recorded([answer] * 4).client.stack(STACK)
    assert (caught.value.endpoint, caught.value.message, caught.value.request_id) == ("get stack", "oops", "r-1")
    assert "http" not in str(caught.value)


def client(handler: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]], **how: Any) -> PulumiClient:
    transport = httpx.MockTransport(handler)
    return PulumiClient("https://api.pulumi.com", SecretStr(TOKEN), clock=lambda: NOW, transport=transport, **how)
