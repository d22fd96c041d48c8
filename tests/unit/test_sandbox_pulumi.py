"""The fake Pulumi Cloud: as strict as the real one, the same every time, and true to itself."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.pulumi import Idle, Locked, PulumiCloud, Twist, Unknown, create
from sandbox.pulumi.release import Uploads
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.world import Stack, Update

Json = dict[str, Any]
OPENAPI = Path(__file__).resolve().parents[3] / "shared" / "pulumi" / "openapi.json"
SERVICE = {"output-type": "service", "page": "1", "pageSize": "5"}
SHOP = "/api/stacks/acme/shop/prod"
WAREHOUSE = "/api/stacks/acme/data/warehouse"


@dataclass
class Clock:
    now: float = 1_795_526_400.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Service:
    """A served cloud, asked with the bot's token unless told otherwise."""

    cloud: PulumiCloud
    clock: Clock
    http: TestClient[Any, Any]
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, path: str, *, method: str = "GET", **query: str) -> ClientResponse:
        headers = self.headers or {"Authorization": f"token {self.cloud.token}"}
        return await self.http.request(method, f"/pulumi{path}", params=query, headers=headers)

    async def get(self, path: str, **query: str) -> Json:
        answer = await self.ask(path, **query)
        assert answer.status == 200, (path, query, await answer.text())
        assert answer.headers["X-Pulumi-Request-ID"]
        return dict(await answer.json())

    async def pages(self, **query: str) -> list[Json]:
        """All pages of the list of stacks."""
        found = [await self.get("/api/user/stacks", **query)]
        while token := found[-1].get("continuationToken"):
            found.append(await self.get("/api/user/stacks", **query, continuationToken=token))
        return found

    async def events(self, name: str, update: Update) -> tuple[list[Json], str | None]:
        """The events that are there now, and the last token."""
        path, found, token = f"/api/stacks/{name}/update/{update.id}/events", [], ""
        while True:
            page = await self.get(path, **({"continuationToken": token} if token else {}))
            found += page["events"]
            if page["continuationToken"] in {None, token}:
                return found, page["continuationToken"]
            token = page["continuationToken"]


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    clock = Clock()
    cloud = create(profile=request.param, now=clock)
    app = web.Application()
    app.add_routes(cloud.control_routes())
    app.add_subapp("/pulumi", cloud.routes_api())
    async with TestClient(TestServer(app)) as client:
        yield Service(cloud, clock, client)


only_current = pytest.mark.parametrize("service", ["current"], indirect=True)


# --- who may ask, and how


@pytest.mark.parametrize("header", ["", "token ", "token pul-0", "Bearer {}", "token  {}", "TOKEN {}", "{}"])
async def test_only_a_token_in_the_right_form_is_let_in(service: Service, header: str) -> None:
    service.headers = {"Authorization": header.format(service.cloud.token)}
    answer = await service.ask("/api/user")
    body = {"code": 401, "message": "Unauthorized: No credentials provided or are invalid."}
    assert (answer.status, await answer.json()) == (401, body)


async def test_the_version_that_is_asked_for_must_be_one_that_is_spoken(service: Service) -> None:
    for accept, status in (
        ("application/vnd.pulumi+8", 200),
        ("application/json", 200),
        ("application/vnd.pulumi+1", 400),
        ("text/html", 400),
    ):
        service.headers = {"Authorization": f"token {service.cloud.token}", "Accept": accept}
        assert (await service.ask("/api/user")).status == status, accept


async def test_what_has_no_route_is_told_in_plain_text(service: Service) -> None:
    for method, path, status in (("GET", "/api/nope", 404), ("GET", f"{SHOP}/", 404), ("POST", SHOP, 405)):
        answer = await service.ask(path, method=method)
        assert (answer.status, answer.content_type) == (status, "text/plain")
        assert answer.headers["X-Pulumi-Request-ID"]
    assert (await service.ask("/api/user", method="HEAD")).status == 200


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("acme/shop/nope", 404, "Not Found: Stack 'acme/shop/nope' not found"),
        ("acme/vault/tenant-01", 404, "Not Found: Stack 'acme/vault/tenant-01' not found"),
        ("acme/legacy/prod", 403, "Forbidden: You do not have permission to perform this operation."),
    ],
)
async def test_a_stack_that_may_not_be_read(service: Service, name: str, status: int, message: str) -> None:
    for rest in ("", "/updates", "/updates/latest", "/updates/latest/previews", "/update/x", "/update/x/events"):
        answer = await service.ask(f"/api/stacks/{name}{rest}")
        assert (answer.status, await answer.json()) == (status, {"code": status, "message": message})


async def test_a_member_of_one_organization_does_not_see_the_other(service: Service) -> None:
    service.headers = {"Authorization": f"token {service.cloud.token_of('bo')}"}
    assert (await service.ask("/api/stacks/newco/app/prod")).status == 404
    assert [org["githubLogin"] for org in (await service.get("/api/user"))["organizations"]] == ["acme"]


@pytest.mark.parametrize(
    "target",
    [
        "/api/user?x=1",
        "/api/user/stacks?org=acme",
        "/api/user/stacks?organization=acme&organization=newco",
        "/api/user/stacks?tagValue=prod",
        "/api/user/stacks?maxResults=all",
        "/api/user/stacks?continuationToken=25-",
        f"{SHOP}/updates?page=-1",
        f"{SHOP}/updates?page=one",
        f"{SHOP}/updates?page=1&pageSize=-1",
        f"{SHOP}/updates?output-type=1",
        f"{SHOP}/updates?output_type=service",
        f"{SHOP}/updates/latest/previews?page=-1",
        f"{SHOP}/updates/latest/previews?pageSize=5",
        f"{SHOP}/updates/latest/previews?page=1&pageSize=0",
        f"{SHOP}/updates/latest/previews?asc=no",
        f"{WAREHOUSE}/update/ID/events?continuationToken=MC0+/x",
        f"{WAREHOUSE}/update/ID/events?type=resOutputsEvent",
        f"{WAREHOUSE}/update/ID?continuationToken=1",
    ],
)
async def test_a_bad_query_is_refused(service: Service, target: str) -> None:
    running = service.cloud.stack("acme/data/warehouse").updates[-1]
    answer = await service.ask(target.replace("ID", running.id))
    assert (answer.status, (await answer.json())["code"]) == (400, 400)


# --- stacks


async def test_the_list_has_short_and_empty_pages(service: Service) -> None:
    pages = await service.pages(organization="acme")
    assert [len(page["stacks"]) for page in pages] == [25, 0, 25, 7]
    names = [f"{s['projectName']}/{s['stackName']}" for page in pages for s in page["stacks"]]
    assert len(set(names)) == 57
    assert not [name for name in names if name.startswith("vault/")]


async def test_a_continuation_token_is_good_for_its_list_only_and_must_be_encoded(service: Service) -> None:
    token = (await service.get("/api/user/stacks", organization="acme"))["continuationToken"]
    assert (await service.ask("/api/user/stacks", continuationToken=token)).status == 400
    bare = f"/pulumi/api/user/stacks?organization=acme&continuationToken={token}"
    answer = await service.http.get(bare, headers={"Authorization": f"token {service.cloud.token}"})
    assert (answer.status, (await answer.json())["message"]) == (400, "Bad Request: Invalid continuation token")


async def test_last_update_is_zero_while_running_and_absent_before_the_first(service: Service) -> None:
    stacks = {
        f"{s['projectName']}/{s['stackName']}": s
        for page in await service.pages(organization="acme")
        for s in page["stacks"]
    }
    assert [name for name, s in stacks.items() if s.get("lastUpdate") == 0] == ["data/warehouse"]
    assert [name for name, s in stacks.items() if "lastUpdate" not in s] == ["ann-sandbox/scratch", "ann-sandbox/try"]
    never = await service.get("/api/stacks/acme/ann-sandbox/scratch")
    assert (never["version"], never["activeUpdate"]) == (0, "")
    assert (await service.ask("/api/stacks/acme/ann-sandbox/scratch/updates/latest")).status == 404


async def test_stacks_are_filtered_by_organization_project_and_tag(service: Service) -> None:
    assert sum(len(p["stacks"]) for p in await service.pages()) == 61
    assert [s["stackName"] for s in (await service.pages(organization="newco", project="app"))[0]["stacks"]] == [
        "prod",
        "staging",
    ]
    tagged = [s for p in await service.pages(organization="acme", tagName="env", tagValue="prod") for s in p["stacks"]]
    assert len(tagged) > 10
    assert all(s["stackName"].startswith("prod") for s in tagged)
    assert (await service.pages(organization="nobody"))[0]["stacks"] == []


# --- histories


async def test_the_history_is_bare_unless_asked_for_and_newest_first(service: Service) -> None:
    bare = await service.get(f"{SHOP}/updates", pageSize="3")
    assert (list(bare), len(bare["updates"])) == (["updates"], 96)
    assert not {"updateID", "requestedBy"} & set(bare["updates"][0])
    full = await service.get(f"{SHOP}/updates", **SERVICE)
    assert (full["total"], full["itemsPerPage"]) == (96, 5)
    assert [u["version"] for u in full["updates"]] == [96, 95, 94, 93, 92]
    assert [u["info"]["version"] for u in full["updates"]] == [96, 95, 94, 93, 92]
    last = await service.get(f"{SHOP}/updates", **SERVICE | {"page": "20"})
    assert [u["version"] for u in last["updates"]] == [1]
    assert full["updates"][0] == await service.get(f"{SHOP}/updates/latest") == await service.get(f"{SHOP}/updates/96")


async def test_no_secret_is_ever_sent(service: Service) -> None:
    text = await (await service.ask(f"{SHOP}/updates", **SERVICE)).text()
    stack = service.cloud.stack("acme/shop/prod")
    events = await (await service.ask(f"{SHOP}/update/{stack.updates[0].id}/events")).text()
    assert "hunter2" not in text + events
    assert '"secret": true' in text
    assert "4dabf18193072939515e22adb298388d" in events


async def test_json_is_escaped_as_by_go(service: Service) -> None:
    text = await (await service.ask(f"{SHOP}/updates", page="0")).text()
    assert not set("<>&") & set(text)
    assert any("<" in u["message"] for u in json.loads(text)["updates"])


async def test_the_stories_of_the_tour(service: Service) -> None:
    def last(name: str) -> tuple[str, dict[str, int] | None, str]:
        stack = service.cloud.stack(name)
        ending = service.cloud.theatre.ending(stack, stack.updates[-1])
        return ending.status, ending.changes, stack.updates[-1].kind

    assert last("acme/shop/prod") == ("failed", {"same": 12, "create": 3}, "update")
    assert last("acme/shop/staging")[0] == "succeeded"
    assert last("acme/payments/prod") == ("failed", {"same": 6}, "update")
    assert last("acme/identity/prod") == ("failed", {}, "update")
    assert last("acme/network/prod")[0] == "cancelled"
    assert last("acme/edge/prod-eu")[::2] == ("succeeded", "destroy")
    assert last("acme/platform/drift")[::2] == ("succeeded", "refresh")
    assert last("acme/platform/runners") == ("failed", None, "update")
    previews = (await service.get("/api/stacks/acme/web/prod/updates/latest/previews"))["updates"]
    assert [p["version"] for p in previews] == [48] * 5
    assert [p["info"]["result"] for p in previews].count("failed") == 1


async def test_the_failure_of_the_shop_is_told_by_its_events(service: Service) -> None:
    stack = service.cloud.stack("acme/shop/prod")
    for update in stack.updates[-2:]:
        events, end = await service.events("acme/shop/prod", update)
        failed = [e["resOpFailedEvent"]["metadata"] for e in events if e["type"] == "resOpFailedEvent"]
        assert ([f["type"] for f in failed], end) == (["aws:rds/instance:Instance"], None)
        said = [e["diagnosticEvent"] for e in events if e["type"] == "diagnosticEvent"]
        assert "InvalidParameterCombination" in said[0]["message"]
        assert said[0]["prefix"] == "<{%fg 1%}>error: <{%reset%}>"


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


def counted(events: list[Json]) -> Counter[str]:
    """What the events say was done: custom resources by their outputs, the program's own by their registration."""
    found: Counter[str] = Counter()
    for event in events:
        body = event[event["type"]]
        if event["type"] not in {"resourcePreEvent", "resOutputsEvent"}:
            continue
        about = body["metadata"]
        custom = (about["new"] or about["old"]).get("custom", False)
        if (event["type"] == "resOutputsEvent") == custom and about["op"] not in {
            "create-replacement",
            "delete-replaced",
        }:
            found[about["op"]] += 1
    return found


def check(cloud: PulumiCloud, stack: Stack, update: Update) -> None:
    ending = cloud.theatre.ending(stack, update)
    events = cloud.theatre.events(stack, update, 0, len(cloud.theatre.stream(stack, update).events))
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


def recent(cloud: PulumiCloud) -> Iterator[tuple[Stack, Update]]:
    for stack in cloud.world.stacks.values():
        for update in (*stack.updates[:1], *stack.updates[-4:], *stack.previews):
            yield stack, update


def test_every_seeded_update_agrees_with_its_events() -> None:
    cloud = create(now=Clock())
    for stack, update in recent(cloud):
        check(cloud, stack, update)
    assert {u.scenario for _, u in recent(cloud)} == set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("target", ["acme/shop/staging", "acme/ann-sandbox/scratch", "acme/edge/prod-eu"])
def test_every_scenario_plays_on_every_state(name: str, target: str) -> None:
    cloud = create(now=Clock())
    stack = cloud.stack(target)
    latest = cloud.theatre.latest(stack)
    before = len(cloud.theatre.ending(stack, latest).after) if latest else 0
    for _ in range(2):
        update = cloud.play(target, name, speed=0, twist=Twist(resources=120))
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
        events = cloud.theatre.stream(cloud.stack(stack), update).events
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
    uploads = Uploads.of(stream.events)
    assert list(uploads.at) == sorted(uploads.at)
    assert uploads.total[-1] == len(stream.events)
    sizes = [b - a for a, b in zip((0, *uploads.total), uploads.total, strict=False)]
    assert 0 < min(sizes) <= max(sizes) <= 50
    assert all(
        stream.events[n][0] <= uploads.uploaded(n) <= stream.events[n][0] + 4.3 for n in range(len(stream.events))
    )


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


# --- the two documents


@pytest.mark.parametrize("service", ["seed"], indirect=True)
async def test_the_seed_profile_has_the_fields_of_the_first_page_only(service: Service) -> None:
    listed = (await service.pages(organization="newco"))[0]
    assert listed["continuationToken"] is None
    assert not {"id", "links"} & set(listed["stacks"][0])
    assert (await service.get(SHOP))["currentOperation"] is None
    update = await service.get(f"{SHOP}/updates/latest")
    assert "resourceCount" not in update["info"]
    events, _ = await service.events("acme/shop/prod", service.cloud.stack("acme/shop/prod").updates[-1])
    assert not {"result", "isPreview"} & set(events[-1]["summaryEvent"])
    assert all("detailedDiff" not in e["resOutputsEvent"]["metadata"] for e in events if "resOutputsEvent" in e)


def tolerant(node: Any) -> Any:
    """The document's schemas, without three faults: no nullable, `object` for any value, a closed list of tag names."""
    if isinstance(node, list):
        return [tolerant(each) for each in node]
    if not isinstance(node, dict):
        return node
    fields = {key: tolerant(value) for key, value in node.items() if key not in {"description", "title"}}
    for key in ("properties", "additionalProperties"):
        inner = fields.get(key)
        if key == "properties" and isinstance(inner, dict):
            fields[key] = {name: {"anyOf": [{"type": "null"}, each]} for name, each in inner.items()}
        elif isinstance(inner, dict) and set(inner) <= {"type"}:
            fields[key] = {} if inner.get("type") == "object" else inner
    return fields


@pytest.mark.skipif(not OPENAPI.exists(), reason="the OpenAPI document is not beside the repository")
@only_current
async def test_answers_are_as_the_openapi_document_says(service: Service) -> None:
    schemas = tolerant(json.loads(OPENAPI.read_text())["components"]["schemas"])

    def valid(name: str, body: Json) -> None:
        jsonschema.validate(body, {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})

    valid("User", await service.get("/api/user"))
    valid("AppCapabilitiesResponse", await service.get("/api/capabilities"))
    for page in await service.pages(organization="acme"):
        valid("AppListStacksResponse", page)
    for name in ("acme/shop/prod", "acme/data/warehouse", "acme/ann-sandbox/scratch", "newco/app/prod"):
        valid("AppStack", await service.get(f"/api/stacks/{name}"))
    valid("GetStackUpdatesResponse", await service.get(f"{SHOP}/updates", **SERVICE | {"page": "0"}))
    valid("GetStackUpdatesResponse", await service.get("/api/stacks/acme/web/prod/updates/latest/previews"))
    for stack, update in recent(service.cloud):
        if stack.hidden or stack.forbidden or update.scenario == "big":
            continue
        path = f"/api/stacks/{stack.place}/update/{update.id}"
        valid("AppUpdateResults", await service.get(path))
    for name in SCENARIOS:
        update = service.cloud.play("acme/web/staging", name, speed=0, twist=Twist(resources=60))
        valid("GetUpdateEventsResponse", await service.get(f"/api/stacks/acme/web/staging/update/{update.id}/events"))
    valid("UpdateInfo", await service.get(f"{WAREHOUSE}/updates/latest"))


# --- what the page and the tests drive


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
