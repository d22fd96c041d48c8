"""Faults on demand: each kind as a client meets it, and the rules of when it does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox, create
from sandbox.faults import FIELDS, Fault, Faults, read
from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, host_app

DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@dataclass
class World:
    """A served sandbox and a session to talk to it."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    url: str

    async def set(self, **fault: Any) -> Json:
        return await self._answer("POST", "/control/faults", json=fault)

    async def faults(self) -> list[Json]:
        found: list[Json] = (await self._answer("GET", "/control/faults"))["faults"]
        return found

    async def _answer(self, verb: str, path: str, **more: Any) -> Json:
        async with self.http.request(verb, self.url + path, **more) as answer:
            found: Json = await answer.json()
            return found

    def slack(self, method: str = "auth.test", **args: str) -> Any:
        form = {"token": seed.BOT_TOKEN, **args}
        return self.http.post(f"{self.url}/slack/api/{method}", data=form)

    def pulumi(self, path: str = "user") -> Any:
        headers = {"Authorization": f"token {self.sandbox.pulumi.token}"}
        return self.http.get(f"{self.url}/pulumi/api/{path}", headers=headers)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    sandbox = create()
    async with aiohttp.ClientSession() as http, host_app(sandbox.app) as url:
        yield World(sandbox, http, url)


async def test_latency_then_the_real_answer(world: World) -> None:
    await world.set(service="pulumi", kind="latency", seconds=0.05)
    started = asyncio.get_running_loop().time()
    async with world.pulumi() as answer:
        assert (await answer.json())["githubLogin"]
    assert asyncio.get_running_loop().time() - started >= 0.05


@pytest.mark.parametrize(("given", "sent"), [(7, "7"), (DATE, DATE), (None, None)])
async def test_429_with_and_without_a_time(world: World, given: object, sent: str | None) -> None:
    await world.set(service="slack", kind="status", status=429, retry_after=given)
    async with world.slack() as answer:
        assert (answer.status, answer.headers.get("Retry-After")) == (429, sent)
        assert await answer.json() == {"ok": False, "error": "ratelimited"}


async def test_a_server_error_in_each_services_words(world: World) -> None:
    for service in ("slack", "pulumi"):
        await world.set(service=service, kind="status", status=503)
    async with world.slack() as answer:
        assert (answer.status, await answer.json()) == (503, {"ok": False, "error": "internal_error"})
        assert "X-Pulumi-Request-ID" not in answer.headers
    async with world.pulumi() as answer:
        assert (answer.status, await answer.json()) == (503, {"code": 503, "message": "Service Unavailable"})
        assert answer.headers["X-Pulumi-Request-ID"]


@pytest.mark.parametrize(("body", "kind", "start"), [("html", "text/html", "<!DOC"), ("text", "text/plain", "Gateway")])
async def test_bodies_that_are_no_json(world: World, body: str, kind: str, start: str) -> None:
    await world.set(service="pulumi", kind="status", status=504, body=body)
    async with world.pulumi() as answer:
        assert (answer.status, answer.content_type) == (504, kind)
        assert (await answer.text()).startswith(start)


@pytest.mark.parametrize(("when", "posted"), [("before", []), ("after", ["Hello"])])
async def test_a_cut_connection_leaves_it_open_whether_it_was_done(world: World, when: str, posted: list[str]) -> None:
    await world.set(service="slack", match="chat.postMessage", kind="drop", when=when, times=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        async with world.slack("chat.postMessage", channel=seed.PLATFORM, text="Hello"):
            pass
    messages = world.sandbox.slack.ledger.messages(seed.PLATFORM)
    assert [message.text for message in messages] == posted


async def test_a_cut_after_a_refusal_is_a_cut(world: World) -> None:
    await world.set(service="pulumi", match="nowhere", kind="drop", when="after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        async with world.pulumi("stacks/acme/shop/nowhere"):
            pass


async def test_a_slow_body_comes_late_but_whole(world: World) -> None:
    async with world.pulumi() as answer:
        whole = await answer.read()
    await world.set(service="pulumi", kind="slow-body", seconds=0.05)
    started = asyncio.get_running_loop().time()
    async with world.pulumi() as answer:
        headers = asyncio.get_running_loop().time()
        assert (answer.content_length, await answer.read()) == (len(whole), whole)
    assert asyncio.get_running_loop().time() - started >= 0.05 > headers - started


async def test_a_client_may_leave_a_slow_body(world: World) -> None:
    await world.set(service="pulumi", kind="slow-body", seconds=0.05, times=1)
    async with world.pulumi():
        pass  # its rest is not read
    async with world.pulumi() as answer:
        assert answer.status == 200


async def test_a_fault_hits_what_it_names_as_often_as_it_says(world: World) -> None:
    await world.set(service="slack", match="post api/chat.update", kind="status", status=500, times=2)
    for expected in (500, 500, 200):
        async with world.slack() as other, world.slack("chat.update") as answer:
            assert (other.status, answer.status) == (200, expected)
    (fault,) = await world.faults()
    assert (fault["fired"], fault["times"]) == (2, 2)


async def test_faults_add_up_and_only_those_that_happened_count(world: World) -> None:
    await world.set(service="slack", kind="latency", seconds=0.01)
    await world.set(service="slack", kind="status", status=502, times=1)
    await world.set(service="slack", kind="status", status=500)
    for expected in (502, 500):
        async with world.slack() as answer:
            assert answer.status == expected
    assert [fault["fired"] for fault in await world.faults()] == [2, 1, 1]


async def test_one_fault_is_taken_back_or_all_and_a_reset_takes_all(world: World) -> None:
    first = (await world.set(service="slack", kind="drop"))["fault"]
    await world.set(service="slack", kind="status")
    async with world.http.delete(f"{world.url}/control/faults", params={"id": first["id"]}):
        assert [fault["kind"] for fault in await world.faults()] == ["status"]
    async with world.http.delete(f"{world.url}/control/faults", params={"id": "9"}) as answer:
        assert answer.status == 400
    for clear in (world.http.delete(f"{world.url}/control/faults"), world.http.post(f"{world.url}/control/reset")):
        await world.set(service="pulumi", kind="drop")
        async with clear as answer:
            assert answer.status == 200
        assert await world.faults() == []


async def test_neither_control_nor_the_page_suffers(world: World) -> None:
    for service in ("slack", "pulumi"):
        await world.set(service=service, kind="drop")
    for path in ("/", f"/control/state?as={seed.ANN}", "/control/pulumi"):
        async with world.http.get(world.url + path) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"kind": "flood", "service": "slack"},
        {"kind": "drop"},
        {"kind": "drop", "service": "github"},
        {"kind": "drop", "service": "slack", "when": "during"},
        {"kind": "drop", "service": "slack", "seconds": 1},
        {"kind": "drop", "service": "slack", "times": -1},
        {"kind": "drop", "service": "slack", "times": True},
        {"kind": "drop", "service": "slack", "match": 7},
        {"kind": "latency", "service": "slack", "seconds": "1"},
        {"kind": "latency", "service": "slack", "seconds": -1},
        {"kind": "latency", "service": "slack", "seconds": float("inf")},
        {"kind": "status", "service": "slack", "status": 200},
        {"kind": "status", "service": "slack", "body": "xml"},
        {"kind": "status", "service": "slack", "retry_after": "soon"},
        {"kind": "status", "service": "slack", "retry_after": -1},
        {"kind": "status", "service": "slack", "id": 1},
    ],
)
def test_what_is_no_fault(body: object) -> None:
    with pytest.raises(ValueError, match=r"[.]$"):
        read(body)


async def test_a_refusal_is_a_sentence(world: World) -> None:
    assert (await world.set(service="slack", kind="flood"))["error"] == "invalid_fault"
    async with world.http.post(f"{world.url}/control/faults", data=b"{") as answer:
        assert answer.status == 400


def test_what_is_shown_is_what_can_be_set() -> None:
    rules = Faults()
    for kind in FIELDS:
        shown = rules.add(Fault(service="slack", kind=kind)).shown()
        assert read({name: value for name, value in shown.items() if name not in ("id", "fired")}).kind == kind
    assert [rule.id for rule in rules.rules] == [1, 2, 3, 4]
