"""What the page and the tests drive in the fake Pulumi Cloud."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.pulumi import Unknown, create
from sandbox.pulumi.scenarios import SCENARIOS
from tests.unit.sandbox_pulumi import Clock, Json, Service, serve


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


async def test_the_panel_sees_stacks_scenarios_and_what_runs(service: Service) -> None:
    state = await (await service.http.get("/control/pulumi")).json()
    assert (state["organizations"], len(state["stacks"])) == (["acme", "newco"], 61)
    assert [s["name"] for s in state["scenarios"]] == list(SCENARIOS)
    stacks = {s["stack"]: s for s in state["stacks"]}
    shop = stacks["acme/shop/prod"]
    assert (shop["version"], shop["result"], shop["resources"], shop["running"]) == (96, "failed", 42, None)
    assert stacks["acme/data/warehouse"]["running"]["scenario"] == "big"
    assert stacks["acme/ann-sandbox/scratch"]["result"] is None


async def test_playing_over_the_control_routes(service: Service) -> None:
    async def post(what: str, **body: Any) -> tuple[int, Json]:
        answer = await service.http.post(f"/control/pulumi/{what}", json=body)
        return answer.status, await answer.json()

    status, played = await post("play", stack="acme/shop/staging", scenario="replacement", speed=2)
    assert (status, played["ok"], played["version"]) == (200, True, 59)
    assert service.cloud.stack("acme/shop/staging").updates[-1].id == played["update_id"]
    again = await post("play", stack="acme/shop/staging", scenario="create")
    assert (again[0], again[1]["ok"], again[1]["error"]) == (409, False, "locked")
    assert (await post("finish", stack="acme/shop/staging"))[1]["ok"] is True
    assert (await post("finish", stack="acme/shop/staging"))[0] == 409
    assert (await post("play", stack="acme/shop/none", scenario="create"))[0] == 404
    assert (await post("play", stack="acme/shop/staging", scenario="none"))[0] == 404
    assert (await post("play", stack="acme/shop/staging", scenario="create", speed="fast"))[0] == 400
    assert (await post("play"))[0] == 400
    with pytest.raises(Unknown):
        service.cloud.play("shop/prod", "create")


async def test_waiting_for_a_change(service: Service) -> None:
    cloud, rev = service.cloud, service.cloud.rev
    waiting = asyncio.create_task(cloud.changed(rev, 5))
    await asyncio.sleep(0)
    cloud.play("acme/shop/staging", "mixed-change", speed=1)
    assert await asyncio.wait_for(waiting, 1) > rev
    rev = cloud.rev
    service.clock.now += 10
    assert await cloud.changed(rev, 5) > rev, "time alone releases events"
    rev = cloud.rev
    assert await cloud.changed(rev, 0.01) == rev


async def test_a_server_that_stops_lets_go_of_those_who_wait() -> None:
    cloud = create(now=Clock())
    app = web.Application()
    app.add_subapp("/pulumi", cloud.routes_api())
    app.add_routes(cloud.control_routes())
    async with TestClient(TestServer(app)) as client:
        waiting = asyncio.create_task(client.get("/control/pulumi", params={"after": str(cloud.rev)}))
        await asyncio.sleep(0.05)
        began = time.monotonic()
    waiting.cancel()
    assert time.monotonic() - began < 2
