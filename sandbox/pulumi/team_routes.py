"""Teams of an organization: seen, made, taken over from GitHub, their members changed, deleted."""

from re import fullmatch

from aiohttp import web

from sandbox.pulumi import wire_orgs
from sandbox.pulumi.body import Body, read
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import ORG, Query, answer, fault, nothing
from sandbox.pulumi.organizations import Organization, Team

_LONGEST = 100
_TAKEN = "Team with this name already exists"


class TeamRoutes:
    """The routes below `teams`. A POST to a team itself is not routed: 405."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(f"{ORG}/teams", self.teams),
            web.post(f"{ORG}/teams/pulumi", self.create),
            web.post(f"{ORG}/teams/github", self.take_over),
            web.get(f"{ORG}/teams/{{team}}", self.team),
            web.patch(f"{ORG}/teams/{{team}}", self.change),
            web.delete(f"{ORG}/teams/{{team}}", self.delete),
        ]

    async def teams(self, request: web.Request) -> web.Response:
        """All of them, in one answer."""
        Query(request)
        org, caller = self._gate.organization(request), self._gate.caller(request)
        wire, world = self._gate.wire, self._gate.world
        return answer({"teams": [wire_orgs.team(wire, world, org, each, caller) for each in org.teams.values()]})

    async def team(self, request: web.Request) -> web.Response:
        """One, by its name."""
        Query(request)
        org = self._gate.organization(request)
        return self._shown(request, org, _named(request, org), 200)

    def _shown(self, request: web.Request, org: Organization, team: Team, status: int) -> web.Response:
        gate = self._gate
        return answer(wire_orgs.team(gate.wire, gate.world, org, team, gate.caller(request)), status)

    async def create(self, request: web.Request) -> web.Response:
        """A team of Pulumi's own; whoever makes it, is in it."""
        Query(request)
        org = self._gate.organization(request, "teams")
        body = await read(request, "name", "displayName", "description")
        if self._gate.wire.current and not body.given("displayName"):
            raise fault(400, "Display name is required.")
        name, display = body.text("name"), body.text("displayName")
        if not fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", name):
            raise fault(400, "Invalid team name.")
        if len(display) > _LONGEST:
            raise fault(400, f"Display name too long. Max length {_LONGEST} characters.")
        return self._made(request, org, Team("pulumi", name, display, body.text("description")))

    async def take_over(self, request: web.Request) -> web.Response:
        """A team of GitHub, by its id there; GitHub tells who is in it."""
        Query(request)
        org = self._gate.organization(request, "teams")
        ident = (await read(request, "githubTeamID")).integer("githubTeamID")
        if not ident:
            raise fault(400, "No TeamID provided.")
        if ident not in org.github_teams:
            raise fault(404, "GitHub Team not found")
        name = org.github_teams[ident]
        return self._made(request, org, Team("github", name, name.replace("-", " ").capitalize(), ""))

    def _made(self, request: web.Request, org: Organization, team: Team) -> web.Response:
        if team.name in org.teams:
            raise fault(409, _TAKEN)
        org.teams[team.name] = team
        caller = self._gate.caller(request)
        if team.kind == "pulumi" and not caller.machine:
            team.members[caller.login] = "admin"
        self._gate.note(request, [org.name], "Team Created", f'Created team "{team.name}"', org_admin=True)
        return self._shown(request, org, team, 201 if self._gate.wire.current else 200)

    async def delete(self, request: web.Request) -> web.Response:
        """It goes, and what it gave to its members."""
        Query(request)
        org = self._gate.organization(request, "teams")
        team = _named(request, org)
        del org.teams[team.name]
        for stack in self._gate.world.stacks.values():
            if stack.place.org == org.name and stack.team == team.name:
                stack.team = ""
        self._gate.note(request, [org.name], "Team Deleted", f'Deleted team "{team.name}"', org_admin=True)
        return self._done()

    async def change(self, request: web.Request) -> web.Response:
        """Its members or its words, by an administrator of the organization or of the team."""
        Query(request)
        org = self._gate.organization(request)
        team = self._managed(request, org)
        body = await read(request, "memberAction", "member", "newDisplayName", "newDescription")
        words = self._membership(org, team, body) if body.given("memberAction") or body.given("member") else ""
        if body.given("newDisplayName") or body.given("newDescription"):
            team.display = body.text("newDisplayName") if body.given("newDisplayName") else team.display
            team.about = body.text("newDescription") if body.given("newDescription") else team.about
            words = words or f'Changed team "{team.name}"'
        if not words:
            raise fault(400, "Invalid member action.")
        self._gate.note(request, [org.name], "Team Updated", words, org_admin=True)
        return self._done()

    def _managed(self, request: web.Request, org: Organization) -> Team:
        caller, team = self._gate.caller(request), _named(request, org)
        if caller.role(org.name) != "admin" and team.members.get(caller.login) != "admin":
            raise self._gate.deny()
        return team

    def _membership(self, org: Organization, team: Team, body: Body) -> str:
        """Do it, and say what was done."""
        action, login = body.text("memberAction"), body.text("member")
        if action not in {"add", "remove", "promote", "demote"}:
            raise fault(400, "Invalid member action.")
        if team.kind != "pulumi":
            where = {"github": "on GitHub", "scim": "by SCIM"}[team.kind]
            raise fault(400, f"The members of team '{team.name}' are managed {where}.")
        if login not in org.joined:
            raise fault(404, f"User '{login}' not found")
        if action == "add" and login in team.members:
            raise fault(409, "User is already a member of this team.")
        if action != "add" and login not in team.members:
            raise fault(400, "User is not a member of this team.")
        return _act(team, action, login)

    def _done(self) -> web.Response:
        return nothing(204 if self._gate.wire.current else 200)


def _named(request: web.Request, org: Organization) -> Team:
    team = org.teams.get(request.match_info["team"])
    if team is None:
        raise fault(404, f"Team '{request.match_info['team']}' not found")
    return team


def _act(team: Team, action: str, login: str) -> str:
    if action == "remove":
        del team.members[login]
        return f'Removed "{login}" from team "{team.name}"'
    team.members[login] = "admin" if action == "promote" else "member"
    if action == "add":
        return f'Added "{login}" to team "{team.name}"'
    return f'Made "{login}" {team.members[login]} of team "{team.name}"'
