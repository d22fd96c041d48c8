"""The calls about an organization: its members, their roles, its teams.

https://www.pulumi.com/docs/reference/cloud-rest-api/organizations/
"""

from collections.abc import AsyncIterator, Iterator

from bot.errors import BadAnswer
from bot.organization import Member, Role, Team
from bot.pulumi import people, wire
from bot.pulumi.calls import Calls, listed


class OrganizationCalls(Calls):
    """Members, roles and teams."""

    def members(self, org: str) -> AsyncIterator[Member]:
        """GET …/members?type=backend, every page of it, without the entry that stands for the organization itself."""

        async def ask(token: str | None) -> people.MemberPage:
            query = {"type": "backend", "continuationToken": token}
            return await self._get("list members", people.MemberPage, "orgs", org, "members", query=query)

        def found(page: people.MemberPage) -> Iterator[Member]:
            return page.people(org)

        return listed(ask, found, lambda each: each.login.casefold())

    async def add_member(self, org: str, login: str, role: str) -> None:
        """POST …/members/{login}. `role` is a built-in one in Pulumi's spelling. Conflict: a member already."""
        await self._send("POST", "add member", "orgs", org, "members", login, body={"role": role})

    async def remove_member(self, org: str, login: str) -> None:
        """DELETE …/members/{login}. Pulumi refuses to remove the token's own user."""
        await self._send("DELETE", "remove member", "orgs", org, "members", login)

    async def edit_role(self, org: str, login: str, role: str) -> None:
        """PATCH …/members/{login} by a role's name. `refusals.role_is_unknown` tells when only the id will do."""
        await self._send("PATCH", "edit member role", "orgs", org, "members", login, body={"role": role})

    async def edit_role_by_id(self, org: str, login: str, role_id: str) -> None:
        """PATCH …/members/{login} by a role's id, as `roles` lists it; custom roles are given only so."""
        await self._send("PATCH", "edit member role", "orgs", org, "members", login, body={"fgaRoleId": role_id})

    async def roles(self, org: str) -> tuple[Role, ...]:
        """GET …/roles?uxPurpose=role: what a member can be given."""
        return (await self._get("list roles", people.Roles, "orgs", org, "roles", query={"uxPurpose": "role"})).found()

    async def team(self, org: str, name: str) -> Team:
        """GET …/teams/{name}."""
        return (await self._get("get team", people.TeamBody, "orgs", org, "teams", name)).team()

    async def teams(self, org: str) -> tuple[Team, ...]:
        """GET …/teams: all of them, in one answer."""
        return (await self._get("list teams", people.Teams, "orgs", org, "teams")).found()

    async def create_team(self, org: str, name: str, *, display_name: str = "", description: str = "") -> Team:
        """POST …/teams/pulumi. Pulumi may make the token's user its first member. Conflict: the name is taken."""
        asked = Team(name=name, display_name=display_name, description=description)
        body = {"name": name, "displayName": display_name, "description": description}
        answer = await self._send("POST", "create team", "orgs", org, "teams", "pulumi", body=body)
        return _made("create team", answer) or asked

    async def create_github_team(self, org: str, github_id: int) -> Team | None:
        """POST …/teams/github: a mirror of a GitHub team, by GitHub's number for it. None: made, but not told what."""
        endpoint, body = "create GitHub team", {"githubTeamID": github_id}
        return _made(endpoint, await self._send("POST", endpoint, "orgs", org, "teams", "github", body=body))

    async def delete_team(self, org: str, name: str) -> None:
        """DELETE …/teams/{name}. Its members lose what only the team gave them."""
        await self._send("DELETE", "delete team", "orgs", org, "teams", name)

    async def add_team_member(self, org: str, team: str, login: str) -> None:
        """PATCH …/teams/{team}. Conflict: in it already. Teams of GitHub's and of SCIM are refused."""
        await self._edit_team("add team member", org, team, "add", login)

    async def remove_team_member(self, org: str, team: str, login: str) -> None:
        """PATCH …/teams/{team}. Teams of GitHub's and of SCIM are refused."""
        await self._edit_team("remove team member", org, team, "remove", login)

    async def _edit_team(self, endpoint: str, org: str, team: str, action: str, login: str) -> None:
        body = {"memberAction": action, "member": login}
        await self._send("PATCH", endpoint, "orgs", org, "teams", team, body=body)


def _made(endpoint: str, answer: bytes) -> Team | None:
    """The team that was made, if the answer says so. It was made in any case: 2xx is the proof."""
    try:
        return wire.read(endpoint, people.TeamBody, answer).team()
    except BadAnswer:
        return None
