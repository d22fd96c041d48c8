"""Members, roles, teams and tokens against recorded bodies, in the shapes of both profiles."""

from datetime import UTC, datetime

import httpx
import pytest

from bot.errors import BadAnswer, Conflict, MissingRoute, NotFound
from bot.organization import AccessToken, Member, Role, Team, TeamMember, TeamStack, TokenFilter, role_id
from bot.refusals import role_is_unknown
from tests.contract.recorded import PLAIN, Json, Recorded, at, no, ok, sample


async def members(*answers: httpx.Response, org: str = "demo") -> list[Member]:
    pulumi = Recorded(list(answers))
    found = [each async for each in pulumi.client.members(org)]
    assert len(pulumi.requests) == len(answers)
    return found


async def test_the_members_as_the_documentation_shows_them() -> None:
    """No join date, no roles but the built-in ones, no token at the end."""
    pulumi = Recorded([ok(sample("members"))])
    second, first = [each async for each in pulumi.client.members("demo")]
    assert (pulumi.paths, pulumi.queries) == (["/api/orgs/demo/members"], [{"type": "backend"}])
    assert first == Member(login="user1", name="First Last", role="admin", email="admin@example.com")
    assert (first.admin, second.admin) == (True, False)
    assert (second.label, second.joined, second.suspended) == ("member", None, False)


async def test_case_31_members_as_they_come_today() -> None:
    """The organization's own entry is none of them; no name, an unknown role and a suspension are no obstacle."""
    last: Json = {"members": [], "continuationToken": ""}
    one, two, three = await members(ok(sample("members_current")), ok(last))
    assert (one.login, one.joined, one.role_id) == ("user1", at(1615847393).replace(microsecond=782994), "role-admin")
    assert (str(two), two.role, two.label) == ("user2", "billing-manager", "Billing manager")
    assert (three.role, three.label, three.suspended) == ("member", "Release engineers", True)


async def test_a_person_whose_organization_bears_their_name_is_a_member() -> None:
    """An individual's organization: it is the zero date and the missing role that give the other entry away."""
    alone = {"role": "admin", "user": {"githubLogin": "Demo", "name": "De Mo"}}
    joined = {**alone, "created": "2024-05-06T07:08:09Z", "fgaRole": None}
    roled = {**alone, "created": "0001-01-01T00:00:00Z", "fgaRole": {"id": "r", "name": "Admin"}}
    for entry in (alone, joined, roled):
        assert [each.login for each in await members(ok({"members": [entry]}))] == ["Demo"]


async def test_members_over_several_pages_come_once() -> None:
    """A page may be empty and still go on; a list that turns in a circle ends."""
    first, body = sample("members"), sample("members_current")
    pages = [{**first, "continuationToken": "1"}, {"members": None, "continuationToken": "2"}, body, body]
    assert [each.login for each in await members(*map(ok, pages))] == ["user2", "user1", "user3"]


async def test_an_address_is_kept_out_of_the_repr() -> None:
    """It may be compared; it is not to be shown by accident."""
    (member, *_) = await members(ok(sample("members")))
    assert member.email == "user@example.com"
    assert "@" not in repr(member) + str(member)


async def test_the_roles() -> None:
    """Pulumi wants to be told for what; a custom role has no built-in word."""
    pulumi = Recorded([ok(sample("roles_current"))])
    roles = await pulumi.client.roles("demo")
    assert (pulumi.paths, pulumi.queries) == (["/api/orgs/demo/roles"], [{"uxPurpose": "role"}])
    assert roles[0] == Role(id="role-member", name="Member", builtin="member", default=True)
    assert roles[2] == Role(id="role-custom", name="Release engineers")
    assert await Recorded([ok({"roles": None})]).client.roles("demo") == ()


async def test_case_18_a_role_that_is_refused_by_name_is_found_by_its_id() -> None:
    """What an operation does with the two writes and the rule between them."""
    refused = no(404, "Not Found: Role 'member' not found")
    pulumi = Recorded([refused, ok(sample("roles_current")), httpx.Response(204)])
    api = pulumi.client
    with pytest.raises(NotFound) as caught:
        await api.edit_role("demo", "ann", "member")
    assert role_is_unknown(caught.value)
    found = role_id(await api.roles("demo"), "member")
    assert found == "role-member"
    await api.edit_role_by_id("demo", "ann", found)
    assert [request.method for request in pulumi.requests] == ["PATCH", "GET", "PATCH"]


async def test_case_18_a_person_who_is_not_found_is_told_as_such() -> None:
    """No second try with another form of the same role."""
    with pytest.raises(NotFound) as caught:
        await Recorded([no(404, "Not Found: User 'ann' not found")]).client.edit_role("demo", "ann", "member")
    assert not role_is_unknown(caught.value)


async def test_a_team_as_it_comes_today() -> None:
    """With its stacks, whose permissions are numbers, new ones included."""
    pulumi = Recorded([ok(sample("team_current"))])
    team = await pulumi.client.team("demo", "platform")
    assert pulumi.paths == ["/api/orgs/demo/teams/platform"]
    assert team.members[0] == TeamMember(login="user1", name="First Last", role="admin")
    assert team.stacks[0] == TeamStack(project="shop", stack="prod", permission="admin")
    assert [each.permission for each in team.stacks] == ["admin", "read", "creator"]
    new = {**sample("team_current"), "stacks": [{"projectName": "a", "stackName": "b", "permission": 117}]}
    assert (await Recorded([ok(new)]).client.team("demo", "platform")).stacks[0].permission == "117"
    assert (team.kind, team.managed_elsewhere) == ("github", True)


async def test_a_team_whose_members_cannot_be_asked_for() -> None:
    """GitHub is away: an empty list and the reason."""
    body = {**sample("team_current"), "members": None, "stacks": None, "listMembersError": "GitHub is away"}
    team = await Recorded([ok(body)]).client.team("demo", "platform")
    assert (team.members, team.stacks, team.members_error) == ((), (), "GitHub is away")


async def test_a_team_that_is_not_there_and_a_server_without_teams() -> None:
    """One proves that it is gone, the other proves nothing."""
    with pytest.raises(NotFound):
        await Recorded([no(404, "Not Found: Team")]).client.team("demo", "ops")
    with pytest.raises(MissingRoute):
        await Recorded([httpx.Response(404, text="404 page not found", headers=PLAIN)]).client.team("demo", "ops")


@pytest.mark.parametrize("status", [200, 201])
async def test_a_team_that_was_made_begins_with_its_maker(status: int) -> None:
    """The documented sample."""
    answer = httpx.Response(status, json=sample("team"))
    team = await Recorded([answer]).client.create_team("demo", "example-team")
    assert team.members == (TeamMember(login="user1", name="First Last"),)
    assert (team.display_name, team.managed_elsewhere) == ("example display name", False)


async def test_a_team_that_was_made_without_a_word() -> None:
    """Then it is what was asked for; of GitHub's team only GitHub knows the name."""
    asked = Team(name="ops", display_name="Operations", description="On call")
    api = Recorded([httpx.Response(204), httpx.Response(201, text="made")]).client
    assert await api.create_team("demo", "ops", display_name="Operations", description="On call") == asked
    assert await api.create_github_team("demo", 17) is None


async def test_a_team_whose_name_is_taken() -> None:
    """A conflict, which no lock is the cause of."""
    with pytest.raises(Conflict, match="already exists"):
        await Recorded([no(409, "Conflict: Team with this name already exists")]).client.create_team("demo", "ops")


async def test_the_tokens_as_the_documentation_shows_them() -> None:
    """Three fields, and a list without an end mark."""
    pulumi = Recorded([ok(sample("tokens"))])
    first, second = [each async for each in pulumi.client.tokens()]
    assert (pulumi.paths, pulumi.queries) == (["/api/user/tokens"], [{}])
    assert second == AccessToken(
        id="ad9f7508-493a-4fbe-9918-62f1f71a53f8", description="cicd-server", last_used=at(1606860942)
    )
    assert first.expires is None


async def test_the_tokens_as_they_come_today() -> None:
    """Zero is never."""
    pulumi = Recorded([ok(sample("tokens_current"))])
    used, unused = [each async for each in pulumi.client.tokens(TokenFilter.ALL)]
    assert pulumi.queries == [{"filter": "all"}]
    assert (used.expires, used.last_used) == (datetime(2027, 1, 1, tzinfo=UTC), at(1627590233))
    assert used.created == datetime(2025, 7, 29, 20, 57, 13, 123000, tzinfo=UTC)
    assert (unused.expires, unused.last_used, unused.admin, unused.kind) == (None, None, True, "personal")


async def test_tokens_over_several_pages() -> None:
    """By token, like every list."""
    pulumi = Recorded([ok({**sample("tokens_current"), "continuationToken": "2"}), ok(sample("tokens"))])
    assert len([each async for each in pulumi.client.tokens()]) == 2
    assert pulumi.queries[1] == {"continuationToken": "2"}


@pytest.mark.parametrize("body", [{}, [], {"members": 7}, {"members": [{"role": "admin"}]}, {"members": [None]}])
async def test_an_answer_that_is_no_list_of_members(body: object) -> None:
    """An empty list would say that everybody has left."""
    with pytest.raises(BadAnswer):
        await members(ok(body))
