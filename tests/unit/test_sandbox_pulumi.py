"""The fake Pulumi Cloud's API: as strict as the real one, and as its two documents say."""

import json
from collections.abc import AsyncIterator

import pytest

from sandbox.pulumi import Twist
from sandbox.pulumi.scenarios import SCENARIOS
from tests.unit.sandbox_openapi import documented, valid
from tests.unit.sandbox_pulumi import SERVICE, SHOP, WAREHOUSE, Service, recent, serve


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


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


@documented
@only_current
async def test_answers_are_as_the_openapi_document_says(service: Service) -> None:
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
        if SCENARIOS[name].endless:
            service.cloud.finish("acme/web/staging")
        valid("GetUpdateEventsResponse", await service.get(f"/api/stacks/acme/web/staging/update/{update.id}/events"))
    valid("UpdateInfo", await service.get(f"{WAREHOUSE}/updates/latest"))
