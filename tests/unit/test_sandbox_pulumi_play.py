"""What is played in the fake Pulumi Cloud: seen as time passes, true to the histories, the same every time."""

import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from sandbox.pulumi import Idle, Locked, PulumiCloud, Twist, create
from sandbox.pulumi.release import Uploads
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.world import Stack, Update
from tests.unit.sandbox_pulumi import WAREHOUSE, Clock, Json, Service, recent, serve


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


# --- updates that run


async def test_events_come_in_bursts_until_a_null_token(service: Service) -> None:
    update = service.cloud.play("acme/shop/staging", "mixed-change", speed=1)
    events, token = await service.events("acme/shop/staging", update)
    assert (events, token is None) == ([], False)
    sizes: list[int] = []
    while token is not None:
        service.clock.now += 0.5
        seen = len(events)
        events, token = await service.events("acme/shop/staging", update)
        sizes.append(len(events) - seen)
    assert sizes.count(0) > len(sizes) / 2, "nothing new, and the same token: wait"
    assert max(sizes) <= 50
    assert events[-1]["type"] == "summaryEvent"
    assert sizes[-1] == 0, "the last events are there before the update is over"


async def test_a_lost_upload_leaves_a_hole_and_the_end_is_told_all_the_same(service: Service) -> None:
    name, stack = "acme/shop/staging", service.cloud.stack("acme/shop/staging")
    update = service.cloud.play(name, "mixed-change", speed=0)
    whole, _ = await service.events(name, update)
    totals = (0, *service.cloud.theatre.uploads(stack, update).total)
    for lost in (1, 2, len(totals) - 1):
        update.twist = Twist(lost=lost)
        events, end = await service.events(name, update)
        assert (events, end) == (whole[: totals[lost - 1]] + whole[totals[lost] :], None)
        assert len(events) < len(whole)
    update.twist = Twist(lost=len(totals) - 1)
    events, _ = await service.events(name, update)
    assert "summaryEvent" not in {each["type"] for each in events}, "it was in the last upload"


async def test_a_running_update_holds_the_lock(service: Service) -> None:
    before = await service.get("/api/stacks/acme/shop/staging")
    update = service.cloud.play("acme/shop/staging", "mixed-change", speed=1, author="bo")
    during = await service.get("/api/stacks/acme/shop/staging")
    started = int(service.clock.now)
    assert during["currentOperation"] == {"kind": "update", "author": "bo", "started": started}
    assert (during["activeUpdate"], during["version"]) == (update.id, before["version"])
    newest = await service.get("/api/stacks/acme/shop/staging/updates/latest")
    assert newest["info"]["result"] == "in-progress"
    assert newest["info"]["endTime"] == 0
    assert "resourceChanges" not in newest["info"]
    with pytest.raises(Locked):
        service.cloud.play("acme/shop/staging", "destroy")
    service.clock.now += 3600
    after = await service.get("/api/stacks/acme/shop/staging")
    assert not after.get("currentOperation")
    assert after["version"] == before["version"] + 1
    status = await service.get(f"/api/stacks/acme/shop/staging/update/{update.id}")
    assert status == {"status": "succeeded", "events": []}


async def test_a_preview_takes_no_lock_and_is_no_update(service: Service) -> None:
    path = "/api/stacks/acme/shop/staging"
    before = await service.get(path)
    one = service.cloud.play("acme/shop/staging", "preview", speed=0)
    two = service.cloud.play("acme/shop/staging", "preview", speed=1)
    assert await service.get(path) == before
    found = await service.get(f"{path}/updates/latest/previews")
    assert [p["updateID"] for p in found["updates"]] == [one.id, two.id]
    newest = await service.get(f"{path}/updates/latest/previews", asc="false", page="1", pageSize="1")
    assert [p["updateID"] for p in newest["updates"]] == [two.id]
    assert found["updates"][0]["info"]["kind"] == "Pupdate"
    assert (await service.get(f"{path}/preview/{two.id}"))["status"] == "running"
    service.cloud.play("acme/shop/staging", "mixed-change", speed=0)
    assert (await service.get(f"{path}/updates/latest/previews"))["updates"] == []
    assert len((await service.get(f"{path}/updates/{before['version']}/previews"))["updates"]) == 2


async def test_finish_and_speed_zero_play_to_the_end_at_once(service: Service) -> None:
    update = service.cloud.play("acme/search/prod", "big", speed=1)
    service.clock.now += 60
    assert service.cloud.finish("acme/search/prod") is update
    info = (await service.get("/api/stacks/acme/search/prod/updates/latest"))["info"]
    assert (info["endTime"] - info["startTime"], info["resourceChanges"]["create"]) == (60, 2000)
    events, token = await service.events("acme/search/prod", update)
    assert (events[-1]["summaryEvent"]["durationSeconds"], token) == (60, None)
    assert max(e["timestamp"] for e in events) == info["endTime"]
    with pytest.raises(Idle):
        service.cloud.finish("acme/search/prod")
    at_once = service.cloud.play("acme/search/prod", "cancelled", speed=0)
    assert (await service.get(f"/api/stacks/acme/search/prod/update/{at_once.id}"))["status"] == "cancelled"


async def test_the_warehouse_runs_for_forty_minutes_and_then_rests(service: Service) -> None:
    cloud, stack = service.cloud, service.cloud.stack("acme/data/warehouse")
    assert cloud.theatre.running(stack) is stack.updates[-1]
    done, total = cloud.theatre.progress(stack, stack.updates[-1])
    assert 100 < done < total
    assert total >= 2000
    service.clock.now += 30 * 60
    assert cloud.theatre.running(stack)
    service.clock.now += 10 * 60
    assert cloud.theatre.running(stack) is None
    assert (await service.get(WAREHOUSE))["version"] == 12


# --- the streams are true to the histories


LIVE = {"fails-again", "fails-otherwise", "recovers", "stuck", "orphaned", "late-page", "preview-fails"}
"""What is only ever played, and in nobody's past."""


def counted(events: list[Json]) -> Counter[str]:
    """What the events say was done: custom resources by their outputs, the program's own by their registration."""
    found: Counter[str] = Counter()
    for event in events:
        body = event[event["type"]]
        if event["type"] not in {"resourcePreEvent", "resOutputsEvent"}:
            continue
        about = body["metadata"]
        custom = (about["new"] or about["old"]).get("custom", False) or "logical" not in about
        if (event["type"] == "resOutputsEvent") == custom and about["op"] not in {
            "create-replacement",
            "delete-replaced",
        }:
            found[about["op"]] += 1
    return found


def check(cloud: PulumiCloud, stack: Stack, update: Update) -> None:
    ending = cloud.theatre.ending(stack, update)
    events = cloud.theatre.events(stack, update, 0, len(cloud.theatre.stream(stack, update)))
    assert [e["type"] for e in events[:2]].count("preludeEvent") == 1
    assert all({"timestamp", "type", e["type"]} == set(e) for e in events)
    assert [e["timestamp"] for e in events] == sorted(e["timestamp"] for e in events)
    assert events[-1]["timestamp"] <= int(update.wall(ending.seconds))
    summaries = [e["summaryEvent"] for e in events if e["type"] == "summaryEvent"]
    if ending.changes is None:
        assert not summaries
        return
    assert [s["resourceChanges"] for s in summaries] == [ending.changes]
    assert counted(events) == ending.changes
    assert summaries[0]["result"][:6] == ending.status[:6] or ending.status == "cancelled"
    assert summaries[0]["isPreview"] == update.kind.startswith("P")


def test_every_seeded_update_agrees_with_its_events() -> None:
    cloud = create(now=Clock())
    for stack, update in recent(cloud):
        check(cloud, stack, update)
    assert {u.scenario for _, u in recent(cloud)} == set(SCENARIOS) - LIVE


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("target", ["acme/shop/staging", "acme/ann-sandbox/scratch", "acme/edge/prod-eu"])
def test_every_scenario_plays_on_every_state(name: str, target: str) -> None:
    cloud = create(now=Clock())
    stack = cloud.stack(target)
    latest = cloud.theatre.latest(stack)
    before = len(cloud.theatre.ending(stack, latest).after) if latest else 0
    for _ in range(2):
        update = cloud.play(target, name, speed=0, twist=Twist(resources=120))
        if SCENARIOS[name].endless:
            cloud.finish(target)
        check(cloud, stack, update)
        after = cloud.theatre.ending(stack, update).after
        assert len({r.urn for r in after}) == len(after)
        changes = cloud.theatre.plan(stack, update).changes
        if not update.kind.startswith("P"):
            assert len(after) == before + changes.get("create", 0) - changes.get("delete", 0)
        before = len(after)


def test_what_a_scenario_is_known_by() -> None:
    cloud = create(now=Clock())

    def types(scenario: str, stack: str = "acme/shop/staging") -> Counter[str]:
        update = cloud.play(stack, scenario, speed=0)
        events = cloud.theatre.stream(cloud.stack(stack), update)
        return Counter(kind for _, kind, _ in events)

    policy = types("policy-violation", "acme/payments/staging")
    assert policy["policyEvent"] == 3
    assert policy["resOpFailedEvent"] + policy["diagnosticEvent"] == 0
    program = types("program-error")
    assert program["resourcePreEvent"] == 0
    assert program["diagnosticEvent"] > 5
    interrupted = types("interrupted")
    assert interrupted["summaryEvent"] == 0
    assert types("failing-resource")["resOpFailedEvent"] == 1
    assert types("destroy")["resOutputsEvent"] > 20


def test_uploads_are_small_and_frequent() -> None:
    cloud = create(now=Clock())
    stack = cloud.stack("acme/data/warehouse")
    stream = cloud.theatre.stream(stack, stack.updates[-1])
    uploads = Uploads.of(stream)
    assert list(uploads.at) == sorted(uploads.at)
    assert uploads.total[-1] == len(stream)
    sizes = [b - a for a, b in zip((0, *uploads.total), uploads.total, strict=False)]
    assert 0 < min(sizes) <= max(sizes) <= 50
    assert all(stream[n][0] <= uploads.uploaded(n) <= stream[n][0] + 4.3 for n in range(len(stream)))


# --- the same every time


async def everything(seed: int) -> list[str]:
    cloud = create(seed, now=Clock())
    found = [json.dumps([cloud.wire.summary(s), cloud.wire.stack(s)]) for s in cloud.world.stacks.values()]
    found += [json.dumps(cloud.wire.update(s, u)) for s, u in recent(cloud)]
    stack = cloud.stack("acme/shop/prod")
    return [*found, cloud.token, json.dumps(cloud.theatre.events(stack, stack.updates[-1], 0, 20))]


async def test_the_same_seed_gives_the_same_world() -> None:
    assert await everything(1) == await everything(1)
    assert await everything(1) != await everything(2)


def test_there_are_two_profiles() -> None:
    with pytest.raises(ValueError, match="2019"):
        create(profile="2019")


async def test_a_reset_begins_again_and_gives_new_ids(service: Service) -> None:
    cloud, token = service.cloud, service.cloud.token
    rev = cloud.rev
    first = cloud.play("acme/shop/staging", "create", speed=0)
    cloud.reset()
    assert (cloud.token, len(cloud.stack("acme/shop/staging").updates)) == (token, 58)
    assert cloud.rev > rev
    assert cloud.play("acme/shop/staging", "create", speed=0).id != first.id
    assert (await service.get("/api/stacks/acme/shop/staging"))["version"] == 59


def test_nothing_that_was_visible_is_taken_back() -> None:
    clock = Clock()
    cloud = create(now=clock)
    idle = [stack for stack in cloud.world.stacks.values() if not cloud.theatre.running(stack)]
    played = [
        (s, cloud.play(str(s.place), name, speed=0.5 * n))
        for n, (s, name) in enumerate(zip(idle, SCENARIOS, strict=False))
    ]
    revs, seen = [cloud.rev], [0] * len(played)
    for step in range(200):
        clock.now += 0.7
        if step == 40:
            cloud.finish(str(idle[9].place))
        revs.append(cloud.rev)
        there = [cloud.theatre.released(*each) for each in played]
        assert all(new >= old for new, old in zip(there, seen, strict=True))
        seen = there
    assert revs == sorted(revs)
    assert min(seen) > 0
