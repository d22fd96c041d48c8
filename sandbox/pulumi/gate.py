"""Who is asking, what they may see (else 404) and do (else 403), and the note of it in the audit log."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from aiohttp import web

from sandbox.pulumi import http
from sandbox.pulumi.audit import address
from sandbox.pulumi.http import fault
from sandbox.pulumi.organizations import AccessToken, AuditEvent, Organization
from sandbox.pulumi.resources import Place
from sandbox.pulumi.switches import Switches
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.wire import Wire
from sandbox.pulumi.world import Person, Stack, World

Right = Literal["read", "edit", "delete", "teams", "administer"]

_DENIED = "You do not have permission to perform this operation."
_DELETES = 103  # a team's permission on its stacks from which on it may delete them


class Gate:
    """Over whatever world is played at the moment of the request."""

    def __init__(
        self,
        theatre: Callable[[], Theatre],
        wire: Callable[[], Wire],
        switches: Callable[[], Switches],
        changed: Callable[[], None],
        direct: Callable[[], None],
    ) -> None:
        self._theatre = theatre
        self._wire = wire
        self._switches = switches
        self.changed = changed
        self.direct = direct
        """To be called before a request is looked at: begins what follows on updates that have ended."""

    @property
    def theatre(self) -> Theatre:
        """Where updates are played."""
        return self._theatre()

    @property
    def world(self) -> World:
        """All that there is."""
        return self._theatre().world

    @property
    def wire(self) -> Wire:
        """The shapes of the profile."""
        return self._wire()

    @property
    def switches(self) -> Switches:
        """What the documents leave open."""
        return self._switches()

    @property
    def now(self) -> float:
        """The time."""
        return self._theatre().now()

    def token(self, request: web.Request) -> AccessToken:
        """The token of the request; 401 for none, and for one that has expired or was deleted."""
        found = self.world.token_of_value(http.bearer(request))
        if found is None or not found.valid(self.now):
            raise fault(401, http.UNAUTHORIZED)
        return found

    def caller(self, request: web.Request) -> Person:
        """Whose token it is: a person, or a machine."""
        return self.world.owner(self.token(request))

    def organization(self, request: web.Request, right: Right = "read") -> Organization:
        """The organization of the path, if the caller belongs to it (else 404) and has the right (else 403)."""
        org, caller = self.world.organizations.get(request.match_info["org"]), self.caller(request)
        if org is None or caller.role(org.name) is None:
            raise fault(404, f"Organization '{request.match_info['org']}' not found")
        if not _may(caller, org.name, right):
            raise fault(403, _DENIED)
        return org

    def stack(self, request: web.Request, right: Right = "read") -> Stack:
        """The stack of the path, if the caller may see it (else 404) and has the right (else 403)."""
        place, caller = Place(*(request.match_info[part] for part in ("org", "project", "stack"))), self.caller(request)
        stack = self.world.stacks.get(place)
        if stack is None or stack.hidden or stack not in self.world.visible(caller):
            raise fault(404, f"Stack '{place}' not found")
        if stack.forbidden or not (_may(caller, place.org, right) or self._by_team(caller, stack, right)):
            raise fault(403, _DENIED)
        return stack

    def _by_team(self, caller: Person, stack: Stack, right: Right) -> bool:
        team = self.world.organizations[stack.place.org].teams.get(stack.team)
        return right == "delete" and team is not None and caller.login in team.members and team.permission >= _DELETES

    def deny(self) -> web.HTTPException:
        """The refusal of somebody who lacks the right."""
        return fault(403, _DENIED)

    def note(  # noqa: PLR0913 - what an event consists of
        self,
        request: web.Request,
        orgs: Iterable[str],
        event: str,
        description: str,
        *,
        org_admin: bool = False,
        stack_admin: bool = False,
    ) -> None:
        """Put it into the audit logs, and tell those who watch."""
        token, caller = self.token(request), self.caller(request)
        done = AuditEvent(
            int(self.now), event, description, caller.login, address(caller.login), token.id, token.description,
            org_admin=org_admin, stack_admin=stack_admin,
        )  # fmt: skip
        if token.kind != "personal":
            done = replace(done, login="", actor=token.description)
        for name in orgs:
            self.world.organizations[name].log.append(done)
        self.changed()


def _may(caller: Person, org: str, right: Right) -> bool:
    """What the role gives; a machine's member role gives more on stacks, and teams to an organization's token."""
    role, machine = caller.role(org), caller.machine
    if right == "read" or role == "admin":
        return True
    if machine:
        return right in {"edit", "delete"} or (right == "teams" and not machine.team)
    return right == "edit" and role == "member"
