"""What makes following an update hard, as the fake Pulumi Cloud plays it: late ends, none at all, other places."""

import resource
import time
from collections.abc import AsyncIterator

import pytest

from sandbox.pulumi import Locked, Unknown
from sandbox.pulumi.world import Update
from tests.unit.sandbox_pulumi import SERVICE, Json, Service, serve

STAGING, PATH = "acme/shop/staging", "/api/stacks/acme/shop/staging"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with serve() as served:
        yield served


async def control(service: Service, what: str, **body: object) -> tuple[int, Json]:
    answer = await service.http.post(f"/control/pulumi/{what}", json=body)
    return answer.status, await answer.json()


async def status(service: Service, update: Update, path: str = PATH) -> str:
    return str((await service.get(f"{path}/update/{update.id}"))["status"])


async def test_the_last_page_comes_after_the_end(service: Service) -> None:
    update = service.cloud.play(STAGING, "late-page")
    stack = service.cloud.stack(STAGING)
    service.clock.now += service.cloud.theatre.ending(stack, update).seconds + 1
    assert await status(service, update) == "succeeded"
    events, token = await service.events(STAGING, update)
    assert events[-1]["type"] != "summaryEvent"
    assert token, "it is over, and there is more to come"
    more = f"{PATH}/update/{update.id}/events"
    assert await service.get(more, continuationToken=token) == {"events": [], "continuationToken": token}
    rev = service.cloud.rev
    service.clock.now += 20
    assert service.cloud.rev > rev, "what comes late is a change, too"
    last = await service.get(more, continuationToken=token)
    assert (last["events"][-1]["type"], last["continuationToken"]) == ("summaryEvent", None)


async def test_an_update_that_nobody_finishes_keeps_its_lock_for_ever(service: Service) -> None:
    update = service.cloud.play(STAGING, "orphaned", speed=0)
    service.clock.now += 30 * 24 * 3600
    shown = await service.get(PATH)
    assert (shown["currentOperation"]["kind"], shown["activeUpdate"]) == ("update", update.id)
    assert await status(service, update) == "running"
    events, token = await service.events(STAGING, update)
    assert token
    assert {"resourcePreEvent", "preludeEvent"} <= {event["type"] for event in events}
    assert await service.events(STAGING, update) == (events, token)
    with pytest.raises(Locked):
        service.cloud.play(STAGING, "mixed-change")
    service.cloud.finish(STAGING)
    assert await status(service, update) == "cancelled"
    assert (await service.events(STAGING, update))[1] is None
    assert "currentOperation" not in await service.get(PATH)


async def test_updates_follow_in_the_second_in_which_the_one_before_ended(service: Service) -> None:
    then = ["fails-again", "orphaned"]
    _, played = await control(service, "play", stack=STAGING, scenario="failing-resource", then=then)
    stack = service.cloud.stack(STAGING)
    first = stack.updates[-1]
    assert first.id == played["update_id"]
    service.clock.now += service.cloud.theatre.ending(stack, first).seconds + 0.5
    shown = (await service.get(f"{PATH}/updates", **SERVICE))["updates"]
    assert [each["info"]["result"] for each in shown[:2]] == ["in-progress", "failed"]
    assert shown[0]["info"]["startTime"] == shown[1]["info"]["endTime"]
    service.clock.now += 3600
    await service.get(PATH)
    assert [each.scenario for each in stack.updates[-3:]] == ["failing-resource", *then]
    assert service.cloud.theatre.running(stack) is stack.updates[-1]
    with pytest.raises(Unknown):
        service.cloud.play("acme/shop/dev", "create", then=["none"])
    assert (await control(service, "play", stack="acme/shop/dev", scenario="create", then="create"))[0] == 400


async def test_two_updates_in_one_second(service: Service) -> None:
    for _ in range(2):
        service.cloud.play(STAGING, "mixed-change", speed=0)
    infos = [each["info"] for each in (await service.get(f"{PATH}/updates", **SERVICE))["updates"][:2]]
    assert {(info["startTime"], info["endTime"]) for info in infos} == {(int(service.clock.now),) * 2}


async def test_a_stack_goes_while_an_update_runs(service: Service) -> None:
    update = service.cloud.play(STAGING, "mixed-change")
    there = f"{PATH}/update/{update.id}"
    assert (await control(service, "stack", do="transfer", stack=STAGING, to="newco"))[0] == 200
    assert (await service.ask(there)).status == 404
    moved = "/api/stacks/newco/shop/staging"
    assert await status(service, update, moved) == "running"
    assert (await control(service, "stack", do="delete", stack="newco/shop/staging"))[0] == 200
    assert (await service.ask(moved)).status == 404
    tags = {"slack:channel": "#platform"}
    assert (await control(service, "stack", do="create", stack="acme/shop/new", tags=tags))[0] == 200
    assert (await service.get("/api/stacks/acme/shop/new"))["tags"]["slack:channel"] == "#platform"
    wrong = [{"do": "x"}, {"do": "create", "stack": "acme/shop/new"}, {"do": "transfer", "stack": "acme/shop/dev"}]
    assert [(await control(service, "stack", **each))[0] for each in wrong] == [400] * 3
    assert (await control(service, "stack", do="delete", stack=STAGING))[0] == 404


async def test_a_failure_comes_again_otherwise_and_is_mended(service: Service) -> None:
    def causes(scenario: str) -> tuple[set[str], str]:
        stack = service.cloud.stack(STAGING)
        update = service.cloud.play(STAGING, scenario, speed=0)
        failed = (body for _, kind, body in service.cloud.theatre.stream(stack, update) if kind == "resOpFailedEvent")
        return {body["metadata"]["urn"] for body in failed}, service.cloud.theatre.ending(stack, update).status

    first, again, otherwise = causes("failing-resource"), causes("fails-again"), causes("fails-otherwise")
    assert first == again
    assert first[0] != otherwise[0]
    assert otherwise[1] == "failed"
    assert causes("recovers") == (set(), "succeeded")
    stack = service.cloud.stack(STAGING)
    made = {r.urn for r in service.cloud.theatre.ending(stack, stack.updates[-1]).after}
    assert first[0] <= made


async def test_what_is_stuck_says_nothing_for_half_an_hour(service: Service) -> None:
    update = service.cloud.play(STAGING, "stuck")
    service.clock.now += 240
    before = await service.events(STAGING, update)
    service.clock.now += 900
    assert await service.events(STAGING, update) == before
    assert await status(service, update) == "running"


async def test_a_storm_over_five_hundred_stacks_is_cheap(service: Service) -> None:
    began, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code, played = await control(service, "storm", stacks=500, scenario="failing-resource", speed=1)
    assert (code, played["played"], played["stacks"][-1]) == (200, 500, "acme/storm/s-500")
    names = [f"acme/storm/s-{number:03}" for number in range(1, 501)]
    for _ in range(20):  # two minutes, looked at again and again
        service.clock.now += 6
        assert service.cloud.rev
        for name in names:
            stack = service.cloud.stack(name)
            service.cloud.theatre.events(
                stack, stack.updates[-1], 0, service.cloud.theatre.released(stack, stack.updates[-1])
            )
    state = await (await service.http.get("/control/pulumi")).json()
    assert {each["result"] for each in state["stacks"] if "/storm/" in each["stack"]} == {"failed"}
    assert time.process_time() - began < 15
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200_000


async def test_storms_with_one_cause_or_several_and_with_scenarios_in_turn(service: Service) -> None:
    def failing(number: int) -> str:
        stack = service.cloud.stack(f"acme/storm/s-{number:03}")
        events = service.cloud.theatre.stream(stack, stack.updates[-1])
        return str(next(body["metadata"]["type"] for _, kind, body in events if kind == "resOpFailedEvent"))

    await control(service, "storm", stacks=4, scenario="failing-resource", speed=0, same_cause=True)
    assert len({failing(number) for number in range(1, 5)}) == 1
    await control(service, "storm", stacks=4, scenario="failing-resource", speed=0)
    assert len({failing(number) for number in range(1, 5)}) == 4
    await control(service, "storm", stacks=2, scenario=["program-error", "recovers"])
    running, played = [service.cloud.stack(f"acme/storm/s-00{n}").updates[-1].scenario for n in (1, 2)], 3
    assert running == ["program-error", "recovers"]
    _, again = await control(service, "storm", stacks=played, scenario="create")
    assert again["stacks"] == ["acme/storm/s-003"], "the other two still run"
    wrong = [
        {"stacks": 501, "scenario": "create"},
        {"stacks": 1, "scenario": []},
        {"stacks": True, "scenario": "create"},
    ]
    for body in (*wrong, {"stacks": 1, "scenario": "create", "speed": -1}):
        assert (await control(service, "storm", **body))[0] == 400


async def test_some_stacks_say_whom_to_tell(service: Service) -> None:
    tags = (await service.get("/api/stacks/acme/payments/prod"))["tags"]
    assert tags["slack:channel"] == "#shop-alerts"
    assert tags["slack:oncall"] == "@sre"
