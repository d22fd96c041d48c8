"""Members of an organization, and the roles that they can be given."""

from itertools import islice

from aiohttp import web

from sandbox.pulumi import wire_orgs
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.http import ORG, Query, answer, fault, issue, redeem
from sandbox.pulumi.organizations import Organization
from sandbox.pulumi.wire import Json
from sandbox.pulumi.world import Person

MEMBERS_A_PAGE = {"backend": 25, "frontend": 50}
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
