"""The fake Pulumi Cloud: the role of whoever asks decides. A 404 for what may not be known, a 403 for the rest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.pulumi import PulumiCloud, create
from tests.unit.sandbox_openapi import documented, valid
from tests.unit.sandbox_pulumi import START, Clock, Service, serve

DENIED = "Forbidden: You do not have permission to perform this operation."
SANDBOX = "/api/stacks/acme/ann-sandbox/scratch"  # of the team platform, which may delete
SHOP = "/api/stacks/acme/shop/pr-1412"  # of the team commerce, which may not
A_TAG = {"name": "a", "value": "b"}
A_TEAM = {"name": "growth", "displayName": "Growth", "description": ""}
JOIN = {"memberAction": "add", "member": "gus"}

# Who may, in the order of the columns; everybody else is denied.
WRITES: tuple[tuple[str, str, Any, frozenset[str]], ...] = (
    ("POST", f"{SHOP}/tags", A_TAG, frozenset({"ann", "bo", "hana", "acme-admin", "acme-deploy", "platform-ci"})),
    ("DELETE", f"{SHOP}?force=true", None, frozenset({"ann", "acme-admin", "acme-deploy", "platform-ci"})),
    ("DELETE", SANDBOX, None, frozenset({"ann", "hana", "acme-admin", "acme-deploy", "platform-ci"})),
    ("POST", f"{SHOP}/transfer", {"toOrg": "newco"}, frozenset({"ann"})),
    ("POST", "/api/orgs/acme/teams/pulumi", A_TEAM, frozenset({"ann", "acme-admin", "acme-deploy"})),
    ("DELETE", "/api/orgs/acme/teams/data", None, frozenset({"ann", "acme-admin", "acme-deploy"})),
    ("PATCH", "/api/orgs/acme/teams/commerce", JOIN, frozenset({"ann", "bo", "acme-admin"})),
    ("POST", "/api/orgs/acme/members/kit", {"role": "member"}, frozenset({"ann", "acme-admin"})),
    ("DELETE", "/api/orgs/acme/members/eli", None, frozenset({"ann", "acme-admin"})),
    ("PATCH", "/api/orgs/acme/members/eli", {"fgaRoleId": "ID"}, frozenset({"ann", "acme-admin"})),
    ("GET", "/api/orgs/acme/auditlogs?startTime=1", None, frozenset({"ann", "acme-admin"})),
    ("GET", "/api/orgs/acme/auditlogs/export?startTime=1", None, frozenset({"ann", "acme-admin"})),
)
WHO = ("ann", "bo", "hana", "gus", "ivo", "acme-admin", "acme-deploy", "platform-ci")


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


async def status(service: Service, who: str, method: str, path: str, body: Any) -> int:
    headers, more = {"Authorization": f"token {service.cloud.token_of(who)}"}, {} if body is None else {"json": body}
    answer = await service.http.request(method, f"/pulumi{path}", headers=headers, **more)
    if answer.status == 403:
        assert (await answer.json())["message"] == DENIED
    return answer.status


@pytest.mark.parametrize(("method", "path", "body", "allowed"), WRITES, ids=[f"{w[0]} {w[1]}" for w in WRITES])
async def test_who_may(service: Service, method: str, path: str, body: Any, allowed: frozenset[str]) -> None:
    org = service.cloud.world.organizations["acme"]
    if body == {"fgaRoleId": "ID"}:
        body = {"fgaRoleId": org.roles[0].id}
    transfer = {"acme-admin": 404}  # it belongs to no other organization
    for who in sorted(WHO, key=lambda each: each in allowed):  # those who may come last, and each begins anew
        found = await status(service, who, method, path, body)
        if who in allowed:
            assert found in {200, 201, 204}, who
            service.cloud.reset()
        else:
            unseen = path.startswith("/api/stacks") and who in {"gus", "ivo"}
            denied = transfer.get(who, 403) if path.endswith("transfer") else 403
            assert found == (404 if unseen else denied), who


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/orgs/ORG/members", None),
        ("GET", "/api/orgs/ORG/roles?uxPurpose=role", None),
        ("GET", "/api/orgs/ORG/teams", None),
        ("GET", "/api/orgs/ORG/teams/core", None),
        ("GET", "/api/orgs/ORG/auditlogs?startTime=1", None),
        ("POST", "/api/orgs/ORG/members/kit", {"role": "member"}),
        ("DELETE", "/api/orgs/ORG/members/ann", None),
        ("PATCH", "/api/orgs/ORG/members/ann", {"role": "member"}),
        ("POST", "/api/orgs/ORG/teams/pulumi", A_TEAM),
        ("POST", "/api/orgs/ORG/teams/github", {"githubTeamID": 1}),
        ("DELETE", "/api/orgs/ORG/teams/core", None),
        ("PATCH", "/api/orgs/ORG/teams/core", JOIN),
        ("GET", "/api/stacks/ORG/app/prod/export", None),
        ("POST", "/api/stacks/ORG/app/prod/tags", A_TAG),
        ("PATCH", "/api/stacks/ORG/app/prod/tags", {}),
        ("PATCH", "/api/stacks/ORG/app/prod/tags/env", A_TAG),
        ("DELETE", "/api/stacks/ORG/app/prod/tags/env", None),
        ("POST", "/api/stacks/ORG/app/prod/transfer", {"toOrg": "acme"}),
        ("DELETE", "/api/stacks/ORG/app/prod?force=true", None),
    ],
)
async def test_what_may_not_be_known_is_not_found(service: Service, method: str, path: str, body: Any) -> None:
    before = dict(service.cloud.world.stacks)
    for org, who in (("newco", "bo"), ("newco", "acme-admin"), ("nowhere", "ann")):
        assert await status(service, who, method, path.replace("ORG", org), body) == 404, (org, who)
    headers = {"Authorization": "token pul-0"}
    answer = await service.http.request(method, f"/pulumi{path.replace('ORG', 'newco')}", headers=headers)
    assert answer.status == 401
    assert service.cloud.world.stacks == before


async def test_the_service_token_is_an_admin_of_one_and_a_member_of_the_other(service: Service) -> None:
    await service.send("POST", "/api/stacks/newco/app/prod/tags", A_TAG, status=204)
    await service.send("DELETE", "/api/stacks/newco/app/prod", status=403, force="true")
    await service.send("POST", "/api/orgs/newco/members/kit", {"role": "member"}, status=403)
    await service.send("POST", "/api/orgs/newco/teams/pulumi", A_TEAM, status=403)
    assert len((await service.get("/api/orgs/newco/members", type="frontend"))["members"]) == 4


async def test_a_collaborator_sees_what_was_shared_and_who_pays_nothing(service: Service) -> None:
    async def seen(who: str) -> list[str]:
        service.headers = {"Authorization": f"token {service.cloud.token_of(who)}"}
        pages = await service.pages(organization="acme")
        return [f"{s['projectName']}/{s['stackName']}" for page in pages for s in page["stacks"]]

    assert await seen("gus") == ["web/preview", "web/docs"]
    assert await seen("ivo") == []
    await service.send("GET", "/api/stacks/acme/web/docs", by="gus")
    await service.send("POST", "/api/stacks/acme/web/docs/tags", A_TAG, by="gus", status=403)
    await service.send("GET", "/api/stacks/acme/web/prod", by="gus", status=404)
    done = 204 if service.cloud.profile == "current" else 200
    await service.send("PATCH", "/api/orgs/acme/teams/security", JOIN, status=done)
    assert "identity/prod" in await seen("gus")


async def test_the_suspended_see_and_do_nothing(service: Service) -> None:
    assert (await service.send("GET", "/api/user", by="ulf"))["organizations"] == []
    await service.send("GET", "/api/stacks/acme/shop/prod", by="ulf", status=404)
    await service.send("GET", "/api/orgs/acme/members", by="ulf", status=404)


async def test_a_machine_says_what_it_is(service: Service) -> None:
    now = service.cloud.profile == "current"
    for who, org, team in (("acme-admin", "acme", ""), ("platform-ci", "acme", "platform"), ("newco-ci", "newco", "")):
        user = await service.send("GET", "/api/user", by=who)
        assert user.get("tokenInfo") == ({"name": who, "organization": org, "team": team} if now else None)
    assert "tokenInfo" not in await service.get("/api/user")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/orgs/acme/members/kit"),
        ("PATCH", "/api/orgs/acme/members/bo"),
        ("POST", "/api/orgs/acme/teams/pulumi"),
        ("POST", "/api/orgs/acme/teams/github"),
        ("PATCH", "/api/orgs/acme/teams/data"),
        ("POST", "/api/user/tokens"),
        ("DELETE", "/api/user/tokens/x"),
        ("DELETE", "/api/orgs/acme/members/bo"),
        ("DELETE", "/api/orgs/acme/teams/data"),
        ("GET", "/api/orgs/acme/teams"),
        ("GET", "/api/orgs/acme/auditlogs/event-types"),
        ("POST", "/api/stacks/acme/shop/prod/tags"),
        ("PATCH", "/api/stacks/acme/shop/prod/tags"),
        ("DELETE", "/api/stacks/acme/shop/prod/tags/env"),
        ("POST", "/api/stacks/acme/shop/prod/transfer"),
    ],
)
async def test_an_unknown_parameter_is_refused(service: Service, method: str, path: str) -> None:
    assert await service.send(method, path, {} if method in {"POST", "PATCH"} else None, status=400, x="1") == (
        "Bad Request: Invalid query parameter 'x'."
    )


def facts(cloud: PulumiCloud) -> list[Any]:
    world = cloud.world
    return [world.organizations, world.tokens, world.machines, world.people, [s.tags for s in world.stacks.values()]]


async def test_the_same_seed_and_time_give_the_same_organizations(service: Service) -> None:
    other = create(profile=service.cloud.profile, now=Clock())
    assert facts(service.cloud) == facts(other)
    later = create(seed=2, now=Clock(START))
    assert later.world.tokens.keys() != other.world.tokens.keys()


async def test_a_reset_undoes_everything_written(service: Service) -> None:
    before = facts(create(profile=service.cloud.profile, now=Clock()))
    service.cloud.switches.token_days = 3
    done = {200, 201, 204}
    for method, path, body, _ in WRITES:
        if body == {"fgaRoleId": "ID"}:
            continue
        assert await status(service, "ann", method, path, body) in done | {404}
    await service.send(
        "DELETE", "/api/orgs/acme/members/dee", status=204 if service.cloud.profile == "current" else 200
    )
    assert facts(service.cloud) != before
    service.cloud.reset()
    assert facts(service.cloud) == before
    assert service.cloud.switches.token_days is None


@documented
@pytest.mark.parametrize("service", ["current"], indirect=True)
async def test_states_are_as_the_document_says(service: Service) -> None:
    for name in ("acme/shop/prod", "acme/ann-sandbox/scratch", "acme/ann-sandbox/try", "acme/edge/prod-eu"):
        valid("AppUntypedDeployment", await service.get(f"/api/stacks/{name}/export"))
