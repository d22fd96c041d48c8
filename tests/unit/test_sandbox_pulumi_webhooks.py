"""Webhooks out of the fake Pulumi Cloud: what is told, how it is signed, and all that may go wrong with it."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from sandbox.pulumi.webhooks import SECRET
from tests.unit.sandbox_pulumi import Json, Service, serve
from tests.unit.sandbox_slack import host_app

STAGING = "acme/shop/staging"


@dataclass
class Receiver:
    """Somebody who is told; `status` is the answer."""

    url: str = ""
    status: int = 200
    got: "asyncio.Queue[tuple[Mapping[str, str], bytes]]" = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        await self.got.put((request.headers.copy(), await request.read()))
        return web.Response(status=self.status, text="thank you")

    async def next(self) -> tuple[str, Json, Mapping[str, str]]:
        """Kind, payload and headers."""
        async with asyncio.timeout(10):
            headers, body = await self.got.get()
        assert headers["Content-Type"] == "application/json"
        return headers["Pulumi-Webhook-Kind"], json.loads(body), headers


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    receiver, site = Receiver(), web.Application()
    site.router.add_post("/hook", receiver.take)
    async with host_app(site) as url:
        receiver.url = f"{url}/hook"
        yield receiver


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


async def post(service: Service, path: str = "", **body: Any) -> Json:
    answer = await service.http.post(f"/control/pulumi/webhook{path}", json=body)
    found: Json = await answer.json()
    return found


async def log(service: Service) -> list[Json]:
    found: list[Json] = (await (await service.http.get("/control/pulumi/webhook")).json())["deliveries"]
    return found


async def answered(service: Service, number: int) -> list[Json]:
    """The log, once so many deliveries have an answer."""
    async with asyncio.timeout(10):
        rev = service.cloud.rev
        while len(done := [each for each in await log(service) if each["attempts"]]) < number:
            rev = await service.cloud.changed(rev)
    return done


async def test_the_end_of_an_update_is_told_signed_over_the_raw_body(service: Service, hook: Receiver) -> None:
    await post(service, url=hook.url, secret="s3cret")
    service.cloud.play(STAGING, "mixed-change")
    service.clock.now += 1
    assert hook.got.empty(), "there is no start"
    service.cloud.finish(STAGING)
    async with asyncio.timeout(10):
        headers, body = await hook.got.get()
    expected = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["Pulumi-Webhook-Signature"] == expected
    assert json.dumps(json.loads(body)).encode() != body, "whoever serialises it again does not find the signature"
    assert headers["Pulumi-Webhook-Kind"] == "stack_update"
    said = json.loads(body)
    assert said.pop("resourceChanges")["update"] > 0
    assert said["organization"]["githubLogin"] == "acme"
    assert said["user"]["githubLogin"] == "ci-bot"
    rest = {name: said[name] for name in said if name not in {"organization", "user"}}
    assert rest == {
        "projectName": "shop",
        "stackName": "staging",
        "updateUrl": "https://app.pulumi.com/acme/shop/staging/updates/59",
        "kind": "update",
        "result": "succeeded",
        "isPreview": False,
    }
    assert (await answered(service, 1))[0]["id"] == headers["Pulumi-Webhook-ID"]


async def test_previews_policies_drift_and_stacks(service: Service, hook: Receiver) -> None:
    await post(service, url=hook.url)
    preview = service.cloud.play(STAGING, "preview", speed=0)
    kind, said, headers = await hook.next()
    assert (kind, said["kind"], said["isPreview"]) == ("stack_preview", "update", True)
    assert said["updateUrl"].endswith(f"/previews/{preview.id}")
    assert "Pulumi-Webhook-Signature" not in headers
    service.cloud.play("acme/payments/staging", "policy-violation", speed=0)
    told = [(await hook.next())[:2] for _ in range(4)]
    assert [kind for kind, _ in told].count("policy_violation") == 3
    assert any(said["result"] == "failed" for kind, said in told if kind == "stack_update")
    service.cloud.play("acme/platform/dev", "refresh-drift", speed=0)
    told = [(await hook.next())[:2] for _ in range(2)]
    assert {kind for kind, _ in told} == {"stack_update", "drift_detection"}
    assert [said["driftDetected"] for kind, said in told if kind == "drift_detection"] == [True]
    await service.send("DELETE", "/api/stacks/acme/ann-sandbox/scratch", status=204)
    kind, said, _ = await hook.next()
    assert (kind, said["action"], said["stackName"]) == ("stack", "deleted", "scratch")
    assert said["user"]["githubLogin"] == "pulumi-bot"
    await service.http.post("/control/pulumi/storm", json={"stacks": 1, "scenario": "create"})
    kind, said, _ = await hook.next()
    assert (kind, said["action"], said["stackName"]) == ("stack", "created", "s-001")


async def test_none_is_forgotten_while_time_goes_on(hook: Receiver) -> None:
    """Each look at the clock finds another time, as in life: what ends in the middle of a look is told by the next."""
    async with serve() as service:
        await post(service, url=hook.url, filters=["update_failed"])
        ticks, storm = count(service.clock.now, 0.2), {"stacks": 40, "scenario": "failing-resource"}
        service.cloud.now = service.cloud.theatre.now = lambda: next(ticks)
        rev = service.cloud.rev
        assert (await service.http.post("/control/pulumi/storm", json=storm)).status == 200
        told = {(await hook.next())[1]["stackName"] for _ in range(40)}
        assert len(told) == 40
        assert service.cloud.rev > rev


async def test_only_what_a_hook_asks_for(service: Service, hook: Receiver) -> None:
    await post(service, url=hook.url, filters=["update_failed"], groups=["policies"])
    await post(service, url=hook.url, name="newco", organization="newco")
    service.cloud.play(STAGING, "mixed-change", speed=0)
    service.cloud.play("acme/web/dev", "preview-fails", speed=0)
    service.cloud.play(STAGING, "failing-resource", speed=0)
    service.cloud.play("newco/app/prod", "mixed-change", speed=0)
    told = [(await hook.next())[1] for _ in range(2)]
    assert {(said["organization"]["githubLogin"], said["result"]) for said in told} == {
        ("acme", "failed"),
        ("newco", "succeeded"),
    }
    assert len(await log(service)) == 2


async def test_twice_in_the_wrong_order_and_never(service: Service, hook: Receiver) -> None:
    await post(service, url=hook.url, duplicate=2, shuffle=True)
    for stack in ("acme/shop/staging", "acme/web/dev"):
        service.cloud.play(stack, "mixed-change", speed=0)
    told = [await hook.next() for _ in range(4)]
    assert [said["projectName"] for _, said, _ in told] == ["web", "web", "shop", "shop"]
    ids = [headers["Pulumi-Webhook-ID"] for _, _, headers in told]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    await post(service, url=hook.url, drop=1)
    service.cloud.play(STAGING, "failing-resource", speed=0)
    await post(service, "/send", kind="ping")
    assert (await hook.next())[0] == "ping", "it is not lost, and nothing else came before it"
    (lost,) = [each for each in await log(service) if each["lost"]]
    assert (lost["attempts"], json.loads(lost["payload"])["result"]) == (0, "failed")
    assert (await post(service, "/redeliver", id=lost["id"]))["id"] == lost["id"]
    _, said, headers = await hook.next()
    assert (said, headers["Pulumi-Webhook-ID"]) == (json.loads(lost["payload"]), lost["id"])
    again = await post(service, "/redeliver", id=lost["id"], new_id=True)
    assert (await hook.next())[2]["Pulumi-Webhook-ID"] == again["id"] != lost["id"]


async def test_a_failed_delivery_is_not_sent_again_by_itself(service: Service, hook: Receiver) -> None:
    hook.status = 404
    await post(service, url=hook.url)
    await post(service, url="http://127.0.0.1:1/", name="nobody")
    await post(service, "/send", kind="ping")
    done = {each["hook"] == "nobody": each for each in await answered(service, 2)}
    assert done[True]["responseCode"] == 0
    ours = done[False]
    assert (ours["responseCode"], ours["responseBody"], ours["attempts"]) == (404, "thank you", 1)
    assert "Pulumi-Webhook-Kind: ping" in ours["requestHeaders"]


async def test_every_kind_can_be_sent_by_hand(service: Service, hook: Receiver) -> None:
    await post(service, url=hook.url)
    for kind, more in (
        ("deployment", {"status": "failed"}),
        ("drift_detection", {"user": None}),
        ("policy_violation", {"severity": "low"}),
        ("stack", {"action": "deleted"}),
        ("stack_update", {"resourceChanges": {"update-replace": 1, "create": 0}}),
        ("stack_preview", {"user": None}),
    ):
        await post(service, "/send", kind=kind, stack="acme/web/prod", payload=more)
        told, said, _ = await hook.next()
        assert told == kind
        assert {name: said.get(name) for name in more} == more
        assert said["projectName"] == "web"


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "here"},
        {"duplicate": 0},
        {"drop": 2},
        {"shuffle": 1},
        {"filters": ["update_started"]},
        {"groups": ["stack"]},
        {"groups": ["stacks"], "filters": ["update_failed"]},
        {"sekret": "x"},
    ],
)
async def test_hooks_that_cannot_be(service: Service, wrong: Json) -> None:
    assert (await post(service, **{"url": "http://127.0.0.1:1/", **wrong}))["error"] == "bad_hook"


async def test_the_sandboxs_own_bot_stays_hooked_up(service: Service, hook: Receiver) -> None:
    service.cloud.webhooks.connect(hook.url)
    await post(service, url=hook.url, name="other")
    service.cloud.reset()
    assert list(service.cloud.webhooks.hooks) == ["bot"]
    service.cloud.play(STAGING, "create", speed=0)
    async with asyncio.timeout(10):
        headers, body = await hook.got.get()
    assert headers["Pulumi-Webhook-Signature"] == hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = await service.http.delete("/control/pulumi/webhook", params={"name": "bot"})
    assert answer.status == 200
    assert (await service.http.delete("/control/pulumi/webhook", params={"name": "bot"})).status == 404
    assert (await post(service, "/redeliver", id="none"))["error"] == "unknown"
    assert (await post(service, "/send", kind="team"))["error"] == "bad_kind"
