"""The fake Pulumi Cloud: members of an organization, and their roles."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.unit.sandbox_openapi import documented, valid
from tests.unit.sandbox_pulumi import Json, Service, serve

MEMBERS = "/api/orgs/acme/members"
ROLES = "/api/orgs/acme/roles"
ZERO = "0001-01-01T00:00:00Z"


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


only_current = pytest.mark.parametrize("service", ["current"], indirect=True)
only_seed = pytest.mark.parametrize("service", ["seed"], indirect=True)


async def pages(service: Service, **query: str) -> list[list[Json]]:
    found, token = [], ""
    while True:
        page = await service.get(MEMBERS, **query, **({"continuationToken": token} if token else {}))
        found.append(page["members"])
        if not (token := page.get("continuationToken", "")):
            return found


async def members(service: Service, kind: str = "backend", **query: str) -> dict[str, Json]:
    return {m["user"]["githubLogin"]: m for page in await pages(service, type=kind, **query) for m in page}


async def test_the_two_lists_of_members(service: Service) -> None:
    now = service.cloud.profile == "current"
    backend, frontend = await pages(service, type="backend"), await pages(service, type="frontend")
    assert [len(page) for page in backend] == ([25, 25, 15] if now else [25, 25, 14])
    assert [len(page) for page in frontend] == [50, 9]
    assert await pages(service) == frontend
    everybody, known = await members(service), await members(service, "frontend")
    assert set(everybody) - set(known) == {"zoe-k", "yann", "xenia", "walt", "vera", *(["acme"] if now else [])}
    assert all(m["knownToPulumi"] for m in known.values())
    assert everybody["zoe-k"]["role"] == "potential-member"


async def test_the_oddities_of_the_list(service: Service) -> None:
    found = await members(service)
    ivo = found["ivo"]
    assert (ivo["role"], ivo["user"]["name"]) == ("billing-manager", "")
    assert found["ann"]["user"]["email"] == "ann@acme.example"
    assert {m["role"] for m in found.values()} == {
        "admin", "member", "stack-collaborator", "billing-manager", "potential-member",
    }  # fmt: skip


@only_current
async def test_the_organization_is_among_its_members(service: Service) -> None:
    itself = (await members(service))["acme"]
    assert (itself["created"], itself["fgaRole"]) == (ZERO, {"id": "", "name": "", "modifiedAt": ZERO})
    assert "acme" not in await members(service, "frontend")


@only_current
async def test_the_suspended_are_shown_on_demand(service: Service) -> None:
    assert not {"ulf", "tess"} & set(await members(service))
    shown = await members(service, "frontend", includeSuspended="true")
    assert [login for login, m in shown.items() if m.get("suspended")] == ["ulf", "tess"]


@only_seed
async def test_the_fields_of_the_first_page_only(service: Service) -> None:
    found = await service.get(MEMBERS, type="backend")
    assert {key for m in found["members"] for key in m} == {"role", "user", "knownToPulumi", "virtualAdmin"}


@pytest.mark.parametrize(
    "query",
    [
        {"type": "all"},
        {"type": "backend", "continuationToken": "MjUt+/x"},
        {"page": "1"},
        {"includeSuspended": "1"},
    ],
)
async def test_a_bad_query_of_members(service: Service, query: dict[str, str]) -> None:
    await service.send("GET", MEMBERS, status=400, **query)


async def test_a_token_of_one_list_is_none_of_the_other(service: Service) -> None:
    token = (await service.get(MEMBERS, type="backend"))["continuationToken"]
    await service.send("GET", MEMBERS, status=400, type="frontend", continuationToken=token)


async def test_roles_are_listed_for_a_purpose(service: Service) -> None:
    for query in ({}, {"uxPurpose": "x"}, {"uxPurpose": ""}):
        assert await service.send("GET", ROLES, status=400, **query) == "Bad Request: Role purpose is not valid"
    roles = (await service.get(ROLES, uxPurpose="role"))["roles"]
    assert [r.get("defaultIdentifier", r["name"]) for r in roles] == [
        "admin", "member", "billing-manager", "stack-collaborator", "reader", "builder", "maintainer",
        "Release captain", "Auditor",
    ]  # fmt: skip
    assert [r["name"] for r in roles if r["isOrgDefault"]] == ["Member"]
    assert (await service.get(ROLES, uxPurpose="policy"))["roles"] == []


async def role_id(service: Service, name: str) -> str:
    roles = (await service.get(ROLES, uxPurpose="role"))["roles"]
    return str(next(r["id"] for r in roles if name in {r["name"], r.get("defaultIdentifier")}))


# --- written


async def test_somebody_is_added_and_removed(service: Service) -> None:
    now = service.cloud.profile == "current"
    added = await service.send("POST", f"{MEMBERS}/kit", {"role": "member"}, status=200 if now else 204)
    assert (added and added["user"]["name"]) == ("Kit Alvarez" if now else None)
    await service.noted("Member Added", 'Added "kit" to the organization with role "member"')
    assert (await members(service))["kit"]["role"] == "member"
    user = await service.send("GET", "/api/user", by="kit")
    assert [org["githubLogin"] for org in user["organizations"]] == ["acme"]
    again = "Conflict: User is already an organization member."
    assert await service.send("POST", f"{MEMBERS}/kit", {"role": "admin"}, status=409) == again
    assert await service.send("DELETE", f"{MEMBERS}/kit", status=204 if now else 200) is None
    await service.noted("Member Removed", 'Removed "kit" from the organization')
    assert "kit" not in await members(service)
    missing = "Not Found: User 'kit' not found"
    assert await service.send("DELETE", f"{MEMBERS}/kit", status=404) == missing
    assert await service.send("PATCH", f"{MEMBERS}/kit", {"role": "admin"}, status=404) == missing


async def test_who_is_removed_is_out_of_the_teams_and_sees_nothing(service: Service) -> None:
    await service.send("DELETE", f"{MEMBERS}/hana", status=204 if service.cloud.profile == "current" else 200)
    for team in (await service.send("GET", "/api/orgs/acme/teams"))["teams"]:
        assert "hana" not in {m["githubLogin"] for m in team["members"]}
    assert await service.send("GET", "/api/stacks/acme/shop/prod", by="hana", status=404)
    assert await service.send("GET", MEMBERS, by="hana", status=404) == "Not Found: Organization 'acme' not found"


@pytest.mark.parametrize(
    ("login", "body", "status", "message"),
    [
        ("nobody", {"role": "member"}, 404, "Not Found: User 'nobody' not found"),
        ("zoe-k", {"role": "member"}, 404, "Not Found: User 'zoe-k' not found"),
        ("lou", {"role": "owner"}, 400, "Bad Request: Invalid organization role."),
        ("lou", {"role": "billingManager"}, 400, "Bad Request: Invalid organization role."),
        ("lou", {"role": None}, 400, "Bad Request: Invalid organization role."),
        ("lou", {}, 400, "Bad Request: Invalid organization role."),
    ],
)
async def test_who_is_not_added(service: Service, login: str, body: Any, status: int, message: str) -> None:
    assert await service.send("POST", f"{MEMBERS}/{login}", body, status=status) == message
    assert "lou" not in await members(service)


async def test_nobody_removes_themselves(service: Service) -> None:
    refusal = "Bad Request: You cannot remove yourself from the organization."
    assert await service.send("DELETE", f"{MEMBERS}/pulumi-bot", status=400) == refusal
    assert await service.send("DELETE", f"{MEMBERS}/ann", by="ann", status=400) == refusal


@pytest.mark.parametrize("names", [True, False])
async def test_a_role_is_given_by_name_where_that_is_taken(service: Service, *, names: bool) -> None:
    assert service.cloud.switches.role_names == (service.cloud.profile == "seed")
    service.cloud.switches.role_names = names
    status = (204 if service.cloud.profile == "current" else 200) if names else 404
    said = await service.send("PATCH", f"{MEMBERS}/bo", {"role": "admin"}, status=status)
    assert said == (None if names else "Not Found: Role 'admin' not found")
    assert (await members(service))["bo"]["role"] == ("admin" if names else "member")


async def test_a_role_is_given_by_id(service: Service) -> None:
    done = 204 if service.cloud.profile == "current" else 200
    admin = await role_id(service, "admin")
    await service.send("PATCH", f"{MEMBERS}/bo", {"role": "member", "fgaRoleId": admin}, status=done)
    await service.noted("Member Role Changed", 'Changed organization role for "bo" to admin')
    assert (await members(service))["bo"]["role"] == "admin"
    await service.log(userFilter="bo")
    assert await service.send("GET", "/api/orgs/acme/auditlogs", by="bo", startTime="1") is not None
    captain = await role_id(service, "Release captain")
    await service.send("PATCH", f"{MEMBERS}/bo", {"role": None, "fgaRoleId": captain}, status=done)
    bo = (await members(service))["bo"]
    assert bo["role"] == "member"
    assert bo.get("fgaRole", {"name": "Release captain"})["name"] == "Release captain"
    assert await service.send("GET", "/api/orgs/acme/auditlogs", by="bo", startTime="1", status=403)
    for name, shown in (("reader", "Reader"), ("member", "Member")):
        await service.send("PATCH", f"{MEMBERS}/bo", {"fgaRoleId": await role_id(service, name)}, status=done)
        bo = (await members(service))["bo"]
        assert (bo["role"], bo.get("fgaRole", {"name": shown})["name"]) == ("member", shown)
    bad = "Bad Request: Invalid parameter 'roleID'."
    assert await service.send("PATCH", f"{MEMBERS}/bo", {"fgaRoleId": "x"}, status=400) == bad
    assert await service.send("PATCH", f"{MEMBERS}/bo", {}, status=400) == "Bad Request: Invalid organization role."
    assert await service.send("PATCH", f"{MEMBERS}/nobody", {"role": "admin"}, status=404) == (
        "Not Found: User 'nobody' not found"
    )


@documented
@only_current
async def test_members_and_roles_are_as_the_document_says(service: Service) -> None:
    for query in ({"type": "backend"}, {"type": "frontend"}, {"type": "frontend", "includeSuspended": "true"}):
        valid("ListOrganizationMembersResponse", await service.get(MEMBERS, **query))
    valid("ListRolesResponse", await service.get(ROLES, uxPurpose="role"))
    valid("OrganizationMember", await service.send("POST", f"{MEMBERS}/lou", {"role": "billing-manager"}))
