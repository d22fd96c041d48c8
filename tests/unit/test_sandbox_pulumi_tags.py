"""The fake Pulumi Cloud: tags of a stack, and a stack given away or deleted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.unit.sandbox_pulumi import SHOP, Service, serve

TAGS = f"{SHOP}/tags"
DENIED = "Forbidden: You do not have permission to perform this operation."
BUILT_IN = "Bad Request: built-in tags cannot be"


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


async def tags(service: Service) -> dict[str, str]:
    return dict((await service.get(SHOP))["tags"])


async def test_posting_a_tag_only_adds_and_patching_one_only_changes(service: Service) -> None:
    before, new = await tags(service), {"name": "slack:channel", "value": "#shop & <co>"}
    assert await service.send("PATCH", f"{TAGS}/slack:channel", new, status=404) == "Not Found: Tag not found"
    assert await service.send("POST", TAGS, new, status=204) is None
    await service.noted("Stack Tag Added", 'Added tag "slack:channel" of stack "shop/prod"')
    exists = "Bad Request: Tag 'slack:channel' already exists."
    assert await service.send("POST", TAGS, {**new, "value": "x"}, status=400) == exists
    assert await tags(service) == {**before, "slack:channel": "#shop & <co>"}
    await service.send("PATCH", f"{TAGS}/slack%3Achannel", {**new, "name": "other"}, status=400)
    await service.send("PATCH", f"{TAGS}/slack%3Achannel", {**new, "value": ""}, status=204)
    assert await tags(service) == {**before, "slack:channel": ""}
    await service.noted("Stack Tag Updated", 'Updated tag "slack:channel" of stack "shop/prod"')
    await service.send("DELETE", f"{TAGS}/slack:channel", status=204)
    assert await tags(service) == before
    await service.noted("Stack Tag Deleted", 'Deleted tag "slack:channel" of stack "shop/prod"')
    assert await service.send("DELETE", f"{TAGS}/slack:channel", status=404) == "Not Found: Tag not found"


async def test_built_in_tags_stay(service: Service) -> None:
    before = await tags(service)
    for tag in ("pulumi:project", "pulumi:description", "vcs:repo"):
        body = {"name": tag, "value": "x"}
        assert "already exists" in await service.send("POST", TAGS, body, status=400)
        assert (await service.send("PATCH", f"{TAGS}/{tag}", body, status=400)).startswith(BUILT_IN)
        assert await service.send("DELETE", f"{TAGS}/{tag}", status=400) == f"{BUILT_IN} deleted"
    await service.send("POST", TAGS, {"name": "gitHub:repo", "value": "x"}, status=400)
    assert await tags(service) == before


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "value": "x"},
        {"name": "two words", "value": "x"},
        {"name": "a" * 41, "value": "x"},
        {"name": "größe", "value": "x"},
        {"name": "a/b", "value": "x"},
        {"name": "ok", "value": "x" * 257},
        {"name": "ok", "value": 5},
        {"name": 5, "value": "x"},
        {"tag": "ok", "value": "x"},
        {"name": "ok", "value": "x", "color": "red"},
        [],
        "text",
    ],
)
async def test_a_bad_tag_is_refused(service: Service, body: Any) -> None:
    before = await tags(service)
    await service.send("POST", TAGS, body, status=400)
    assert await tags(service) == before
    await service.send("POST", TAGS, {"name": "a" * 40, "value": "x" * 256, "color": None}, status=204)


async def test_patching_all_tags_replaces_them(service: Service) -> None:
    before = await tags(service)
    await service.send("PATCH", TAGS, {**before, "pulumi:project": "other"}, status=400)
    await service.send("PATCH", TAGS, {"no good": "x"}, status=400)
    assert await tags(service) == before
    await service.send("PATCH", TAGS, {"tier": "1"}, status=204)
    assert await tags(service) == {"tier": "1"}
    await service.noted("Stack Tags Replaced", 'Replaced the tags of stack "shop/prod"')


async def test_a_body_must_be_said_to_be_json(service: Service) -> None:
    for body, kind in ((b'{"name": "a", "value": "b"}', "text/plain"), (b"{", "application/json"), (b"", None)):
        headers = {"Authorization": f"token {service.cloud.token}", **({"Content-Type": kind} if kind else {})}
        answer = await service.http.post(f"/pulumi{TAGS}", data=body, headers=headers)
        assert answer.status == 400, (body, kind)


async def test_the_past_does_not_change_with_the_tags(service: Service) -> None:
    before = await service.get(f"{SHOP}/updates/latest")
    await service.send("PATCH", TAGS, {"slack:owner": "U0000ZOE", "vcs:repo": "elsewhere"}, status=204)
    assert await service.get(f"{SHOP}/updates/latest") == before
    service.cloud.play("acme/shop/prod", "create", speed=0)
    await service.get(f"{SHOP}/updates/latest")


# --- given away


async def test_a_stack_is_given_to_another_organization_with_its_past(service: Service) -> None:
    async with serve(service.cloud.profile) as other:  # nothing that was read here before can help
        update, state = await other.get(f"{SHOP}/updates/latest"), await other.get(f"{SHOP}/export")
        ident = (await other.get(SHOP)).get("id")
    assert await service.send("POST", f"{SHOP}/transfer", {"toOrg": "newco", "fromOrg": None}, status=204) is None
    words = 'Transferred stack "shop/prod" from "acme" to "newco"'
    await service.noted("Stack Transferred", words)
    await service.send("GET", SHOP, status=404)
    moved = SHOP.replace("acme", "newco")
    assert await service.get(f"{moved}/updates/latest") == update
    exported = await service.get(f"{moved}/export")
    assert exported["deployment"]["resources"] == state["deployment"]["resources"]
    assert exported["deployment"]["secrets_providers"]["state"]["owner"] == "newco"
    stack = await service.get(moved)
    assert (stack["orgName"], stack.get("id")) == ("newco", ident)
    listed = [s for page in await service.pages(organization="newco") for s in page["stacks"]]
    assert "shop" in {s["projectName"] for s in listed}
    assert sum(len(page["stacks"]) for page in await service.pages()) == 61
    commerce = await service.send("GET", "/api/orgs/acme/teams/commerce")
    assert ("shop", "prod") not in {(s["projectName"], s["stackName"]) for s in commerce.get("stacks", ())}
    same = {"name": "commerce", "displayName": "", "description": ""}
    made = 201 if service.cloud.profile == "current" else 200
    there = await service.send("POST", "/api/orgs/newco/teams/pulumi", same, by="cy", status=made)
    assert not there.get("stacks"), "a team of that name has nothing to do with it"


@pytest.mark.parametrize(
    ("name", "body", "status", "message"),
    [
        ("acme/data/warehouse", {"toOrg": "newco"}, 409, "Conflict: Another update is currently in progress."),
        ("acme/shop/prod", {"toOrg": "nowhere"}, 404, "Not Found: Organization 'nowhere' not found"),
        ("acme/shop/prod", {"toOrg": "acme"}, 400, "Bad Request: Invalid 'toOrg' value."),
        ("acme/shop/prod", {}, 400, "Bad Request: Invalid 'toOrg' value."),
        ("acme/shop/prod", {"toOrg": "newco", "fromOrg": "newco"}, 400, "Bad Request: Invalid 'fromOrg' value."),
        ("newco/app/prod", {"toOrg": "acme"}, 403, DENIED),
        ("acme/legacy/prod", {"toOrg": "newco"}, 403, DENIED),
        ("acme/vault/tenant-01", {"toOrg": "newco"}, 404, "Not Found: Stack 'acme/vault/tenant-01' not found"),
    ],
)
async def test_a_stack_that_is_not_given_away(
    service: Service, name: str, body: Any, status: int, message: str
) -> None:
    before = list(service.cloud.world.stacks)
    assert await service.send("POST", f"/api/stacks/{name}/transfer", body, status=status) == message
    assert list(service.cloud.world.stacks) == before


async def test_a_name_that_is_taken_over_there(service: Service) -> None:
    stack = service.cloud.stack("acme/web/dev")
    stack.place = type(stack.place)("acme", "app", "prod")
    service.cloud.world.stacks[stack.place] = stack
    await service.send("POST", "/api/stacks/acme/app/prod/transfer", {"toOrg": "newco"}, status=409)


# --- deleted


async def test_a_stack_with_resources_is_deleted_by_force_only(service: Service) -> None:
    refusal = "Bad Request: Stack still contains resources."
    for query in ({}, {"force": "false"}, {"forceDestroy": "true"}):
        assert await service.send("DELETE", SHOP, status=400, **query) == refusal
    assert await service.send("DELETE", SHOP, status=400, force="yes") == "Bad Request: Invalid 'force' value."
    rev = service.cloud.rev
    assert await service.send("DELETE", SHOP, status=204, force="true") is None
    assert service.cloud.rev > rev, "the panel is told"
    await service.noted("Stack Deleted", 'Deleted stack "shop/prod" by force')
    await service.send("GET", SHOP, status=404)
    await service.send("DELETE", SHOP, status=404, force="true")


async def test_an_empty_stack_is_deleted_without_force(service: Service) -> None:
    for name in ("edge/prod-eu", "ann-sandbox/scratch", "ann-sandbox/try"):
        await service.send("DELETE", f"/api/stacks/acme/{name}", status=204)
        await service.noted("Stack Deleted", f'Deleted stack "{name}"')
    busy = "Conflict: Another update is currently in progress."
    assert await service.send("DELETE", "/api/stacks/acme/data/warehouse", status=409, force="true") == busy
