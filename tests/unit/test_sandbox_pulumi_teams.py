"""The fake Pulumi Cloud: teams."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.unit.sandbox_openapi import documented, valid
from tests.unit.sandbox_pulumi import Json, Service, serve

TEAMS = "/api/orgs/acme/teams"
TOO_LONG = "Bad Request: Display name too long. Max length 100 characters."
NO_NUMBER = "Bad Request: Invalid request body: 'githubTeamID' is not a number."
NEW = {"name": "growth", "displayName": "Growth & co", "description": ""}


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


only_current = pytest.mark.parametrize("service", ["current"], indirect=True)


def codes(service: Service) -> tuple[int, int]:
    """Created, and done."""
    return (201, 204) if service.cloud.profile == "current" else (200, 200)


async def team(service: Service, name: str) -> Json:
    return dict(await service.send("GET", f"{TEAMS}/{name}"))


async def logins(service: Service, name: str) -> list[str]:
    return [m["githubLogin"] for m in (await team(service, name))["members"]]


async def test_the_teams_that_are_there(service: Service) -> None:
    found = (await service.get(TEAMS))["teams"]
    kinds = {t["name"]: t["kind"] for t in found}
    assert kinds == {
        "commerce": "pulumi", "data": "pulumi", "platform": "pulumi", "security": "pulumi", "web": "pulumi",
        "oncall": "github", "contractors": "scim",
    }  # fmt: skip
    assert [await team(service, t["name"]) for t in found] == found
    assert await service.send("GET", f"{TEAMS}/none", status=404) == "Not Found: Team 'none' not found"
    assert [t["name"] for t in (await service.get("/api/orgs/newco/teams"))["teams"]] == ["core"]


@only_current
async def test_a_team_has_roles_and_stacks(service: Service) -> None:
    commerce = await team(service, "commerce")
    assert {m["githubLogin"]: m["role"] for m in commerce["members"]} == {
        "bo": "admin",
        "cy": "member",
        "fay": "member",
    }
    assert {"projectName": "shop", "stackName": "prod", "permission": 102} in commerce["stacks"]
    assert (await team(service, "oncall"))["listMembersError"]
    assert (await service.send("GET", f"{TEAMS}/commerce", by="bo"))["userRole"] == "admin"


@pytest.mark.parametrize("service", ["seed"], indirect=True)
async def test_the_fields_of_the_first_page_only(service: Service) -> None:
    found = await team(service, "commerce")
    assert list(found) == ["kind", "name", "displayName", "description", "members"]
    assert {key for m in found["members"] for key in m} == {"name", "githubLogin", "avatarUrl"}


async def test_a_team_is_made_and_deleted(service: Service) -> None:
    created, done = codes(service)
    made = await service.send("POST", f"{TEAMS}/pulumi", NEW, status=created)
    assert (made["kind"], made["displayName"]) == ("pulumi", "Growth & co")
    assert made == await team(service, "growth")
    assert await logins(service, "growth") == ["pulumi-bot"]
    await service.noted("Team Created", 'Created team "growth"')
    taken = "Conflict: Team with this name already exists"
    assert await service.send("POST", f"{TEAMS}/pulumi", NEW, status=409) == taken
    assert await service.send("DELETE", f"{TEAMS}/growth", status=done) is None
    await service.noted("Team Deleted", 'Deleted team "growth"')
    await service.send("DELETE", f"{TEAMS}/growth", status=404)


async def test_what_a_team_gave_goes_with_it(service: Service) -> None:
    path = "/api/stacks/acme/ann-sandbox/scratch"
    await service.send("DELETE", f"{TEAMS}/platform", status=codes(service)[1])
    await service.send("DELETE", path, by="hana", status=403)
    await service.send("POST", f"{TEAMS}/pulumi", {**NEW, "name": "platform"}, status=codes(service)[0])
    assert not (await team(service, "platform")).get("stacks")


async def test_a_machine_that_makes_a_team_is_not_in_it(service: Service) -> None:
    await service.send("POST", f"{TEAMS}/pulumi", NEW, by="acme-deploy", status=codes(service)[0])
    assert await logins(service, "growth") == []


@pytest.mark.parametrize(
    ("kind", "body", "status", "message"),
    [
        ("pulumi", {**NEW, "name": ""}, 400, "Bad Request: Invalid team name."),
        ("pulumi", {**NEW, "name": "two words"}, 400, "Bad Request: Invalid team name."),
        ("pulumi", {**NEW, "displayName": "x" * 101}, 400, TOO_LONG),
        ("pulumi", {**NEW, "stacks": []}, 400, "Bad Request: Invalid request body: unknown field 'stacks'."),
        ("github", {}, 400, "Bad Request: No TeamID provided."),
        ("github", {"githubTeamID": "4410021"}, 400, NO_NUMBER),
        ("github", {"githubTeamID": 1}, 404, "Not Found: GitHub Team not found"),
        ("github", {"githubTeamID": 4410022}, 409, "Conflict: Team with this name already exists"),
    ],
)  # fmt: skip
async def test_a_team_that_is_not_made(service: Service, kind: str, body: Any, status: int, message: str) -> None:
    before = await service.get(TEAMS)
    assert await service.send("POST", f"{TEAMS}/{kind}", body, status=status) == message
    assert await service.get(TEAMS) == before


async def test_today_all_fields_are_needed(service: Service) -> None:
    now = service.cloud.profile == "current"
    await service.send("POST", f"{TEAMS}/pulumi", {"name": "growth"}, status=400 if now else 200)


async def test_a_team_of_github_is_taken_over(service: Service) -> None:
    created, _ = codes(service)
    made = await service.send("POST", f"{TEAMS}/github", {"githubTeamID": 4410021}, status=created)
    assert (made["kind"], made["name"], made["members"]) == ("github", "release-captains", [])


# --- who is in it


async def test_members_come_and_go(service: Service) -> None:
    _, done = codes(service)

    async def patch(action: str, login: str, status: int = done) -> Any:
        body = {"memberAction": action, "member": login}
        return await service.send("PATCH", f"{TEAMS}/data", body, status=status)

    assert await patch("add", "gus") is None
    await service.noted("Team Updated", 'Added "gus" to team "data"')
    assert await logins(service, "data") == ["eli", "hana", "gus"]
    assert await patch("add", "gus", 409) == "Conflict: User is already a member of this team."
    await patch("promote", "gus")
    roles = {m["githubLogin"]: m.get("role", "admin") for m in (await team(service, "data"))["members"]}
    assert roles["gus"] == "admin"
    await patch("demote", "gus")
    await patch("remove", "gus")
    await service.noted("Team Updated", 'Removed "gus" from team "data"')
    assert await patch("remove", "gus", 400) == "Bad Request: User is not a member of this team."
    assert await patch("add", "kit", 404) == "Not Found: User 'kit' not found"
    assert await patch("join", "gus", 400) == "Bad Request: Invalid member action."
    assert await logins(service, "data") == ["eli", "hana"]


async def test_a_membership_is_patched_and_never_posted(service: Service) -> None:
    headers = {"Authorization": f"token {service.cloud.token}"}
    body = {"memberAction": "add", "member": "gus"}
    answer = await service.http.post(f"/pulumi{TEAMS}/data", json=body, headers=headers)
    assert (answer.status, answer.content_type) == (405, "text/plain")
    await service.send("PATCH", f"{TEAMS}/none", body, status=404)
    await service.send("PATCH", f"{TEAMS}/data", {}, status=400)


async def test_others_keep_the_members_of_their_teams(service: Service) -> None:
    body = {"memberAction": "add", "member": "bo"}
    for name, where in (("oncall", "on GitHub"), ("contractors", "by SCIM")):
        refusal = f"Bad Request: The members of team '{name}' are managed {where}."
        assert await service.send("PATCH", f"{TEAMS}/{name}", body, status=400) == refusal
        assert "bo" not in await logins(service, name)


async def test_the_words_of_a_team(service: Service) -> None:
    body = {"newDisplayName": "Data!", "newDescription": None}
    await service.send("PATCH", f"{TEAMS}/data", body, status=codes(service)[1])
    found = await team(service, "data")
    assert (found["displayName"], found["description"]) == ("Data!", "Lake, search and models")


@documented
@only_current
async def test_teams_are_as_the_document_says(service: Service) -> None:
    valid("ListTeamsResponse", await service.get(TEAMS))
    valid("Team", await service.send("POST", f"{TEAMS}/pulumi", NEW, status=201))
    valid("Team", await service.send("POST", f"{TEAMS}/github", {"githubTeamID": 4410021}, status=201))
    valid("Team", await team(service, "oncall"))
