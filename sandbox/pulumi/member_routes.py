"""Members of an organization, and the roles that they can be given."""

from itertools import islice

from aiohttp import web

from sandbox.pulumi import wire_orgs
from sandbox.pulumi.body import Body, read
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import ORG, Query, answer, fault, issue, nothing, redeem
from sandbox.pulumi.organizations import Organization, Role
from sandbox.pulumi.wire import Json
from sandbox.pulumi.world import Person

MEMBERS_A_PAGE = {"backend": 25, "frontend": 50}
GIVEN_BY_NAME = frozenset({"admin", "member", "billing-manager", "stack-collaborator"})
_ITSELF = 3  # where the organization stands among its members


class MemberRoutes:
    """The routes below `members`, and `roles`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        """All of them."""
        return [
            web.get(f"{ORG}/members", self.members),
            web.get(f"{ORG}/roles", self.roles),
            web.post(f"{ORG}/members/{{login}}", self.add),
            web.patch(f"{ORG}/members/{{login}}", self.edit),
            web.delete(f"{ORG}/members/{{login}}", self.remove),
        ]

    async def members(self, request: web.Request) -> web.Response:
        """`frontend`: who is known to Pulumi. `backend`: who belongs to the organization's backing, itself included.

        The suspended are left out after the page was cut.
        """
        asked = Query(request, "type", "continuationToken", "includeSuspended")
        org, kind = self._gate.organization(request), asked.text("type") or "frontend"
        if kind not in MEMBERS_A_PAGE:
            raise fault(400, "invalid query parameter 'type'")
        suspended = asked.flag("includeSuspended", otherwise=False) and self._gate.wire.current
        about, size = ("members", org.name, kind), MEMBERS_A_PAGE[kind]
        first = redeem(asked.text("continuationToken"), "invalid query parameter 'continuationToken'", *about)
        rows = self._rows(org, kind)
        cut = islice(rows, first, first + size)
        found = [self._row(org, each) for each in cut if each is None or suspended or each.login not in org.suspended]
        more = {"continuationToken": issue(first + size, *about)} if first + size < len(rows) else {}
        return answer({"members": found, **more})

    def _rows(self, org: Organization, kind: str) -> list[Person | None]:
        """None is the organization itself."""
        people = self._gate.world.members(org.name)
        if kind == "frontend":
            return [each for each in people if each.known]
        return [*people[:_ITSELF], *([None] if self._gate.wire.current else []), *people[_ITSELF:]]

    def _row(self, org: Organization, person: Person | None) -> Json:
        wire = self._gate.wire
        return wire_orgs.member(wire, org, person) if person else wire_orgs.itself(wire, org)

    async def roles(self, request: web.Request) -> web.Response:
        """The roles that can be given; for what, must be said."""
        purpose, org = Query(request, "uxPurpose").text("uxPurpose"), self._gate.organization(request)
        if purpose not in {"role", "role_private", "role_temporary", "policy", "set"}:
            raise fault(400, "Role purpose is not valid")
        found = org.roles if purpose == "role" else ()
        return answer({"roles": [wire_orgs.role(org, each) for each in found]})

    async def add(self, request: web.Request) -> web.Response:
        """Make somebody a member who has signed up."""
        Query(request)
        org, person = self._gate.organization(request, "administer"), self._person(request)
        role = (await read(request, "role")).text("role")
        if role not in GIVEN_BY_NAME:
            raise fault(400, "Invalid organization role.")
        if person.login in org.joined:
            raise fault(409, "User is already an organization member.")
        person = self._gate.world.people[person.login] = person.given(org.name, role)
        org.joined[person.login] = self._gate.now
        words = f'Added "{person.login}" to the organization with role "{role}"'
        self._gate.note(request, [org.name], "Member Added", words, org_admin=True)
        return answer(wire_orgs.member(self._gate.wire, org, person)) if self._gate.wire.current else nothing()

    async def edit(self, request: web.Request) -> web.Response:
        """Another role, by its id or (see the switch) by its name; the id wins."""
        Query(request)
        org, person = self._gate.organization(request, "administer"), self._member(request)
        body = await read(request, "role", "fgaRoleId")
        role = self._by_id(org, body) if body.given("fgaRoleId") else self._by_name(org, body)
        built_in = role.builtin if role.builtin in GIVEN_BY_NAME else "member"
        self._gate.world.people[person.login] = person.given(org.name, built_in)
        org.given.pop(person.login, None)
        if role.builtin not in GIVEN_BY_NAME:
            org.given[person.login] = role.id
        words = f'Changed organization role for "{person.login}" to {role.builtin or role.name}'
        self._gate.note(request, [org.name], "Member Role Changed", words, org_admin=True)
        return self._done()

    def _by_id(self, org: Organization, body: Body) -> Role:
        role = org.role(ident=body.text("fgaRoleId"))
        if not body.text("fgaRoleId") or role is None:
            raise fault(400, "Invalid parameter 'roleID'.")
        return role

    def _by_name(self, org: Organization, body: Body) -> Role:
        name = body.text("role")
        role = org.role(builtin=name)
        if role is None or name not in GIVEN_BY_NAME:
            raise fault(400, "Invalid organization role.")
        if not self._gate.switches.role_names:
            raise fault(404, f"Role '{name}' not found")
        return role

    async def remove(self, request: web.Request) -> web.Response:
        """Nobody removes themselves. The teams are left, too."""
        Query(request)
        org, person = self._gate.organization(request, "administer"), self._member(request)
        if person.login == self._gate.caller(request).login:
            raise fault(400, "You cannot remove yourself from the organization.")
        self._gate.world.people[person.login] = person.given(org.name, None)
        del org.joined[person.login]
        org.given.pop(person.login, None)
        org.suspended.discard(person.login)
        for team in org.teams.values():
            team.members.pop(person.login, None)
        words = f'Removed "{person.login}" from the organization'
        self._gate.note(request, [org.name], "Member Removed", words, org_admin=True)
        return self._done()

    def _person(self, request: web.Request) -> Person:
        """Who is named in the path, if signed up."""
        person = self._gate.world.people.get(request.match_info["login"])
        if person is None or not person.known:
            raise fault(404, f"User '{request.match_info['login']}' not found")
        return person

    def _member(self, request: web.Request) -> Person:
        person = self._person(request)
        if person.role(request.match_info["org"]) is None:
            raise fault(404, f"User '{person.login}' not found")
        return person

    def _done(self) -> web.Response:
        return nothing(204 if self._gate.wire.current else 200)
