"""The JSON shapes of members, roles, teams, tokens and audit events, in both profiles."""

from typing import Any

from sandbox.pulumi.organizations import AccessToken, AuditEvent, Organization, Role, Team
from sandbox.pulumi.state import moment
from sandbox.pulumi.wire import Wire
from sandbox.pulumi.world import Person, World, uuid

Json = dict[str, Any]

_CONSOLE = "https://app.pulumi.com"
_NEVER = "0001-01-01T00:00:00Z"
_FOUNDED = 1_577_836_800.0  # when the roles were made


def member(wire: Wire, org: Organization, person: Person) -> Json:
    """A member; the first page of the API had neither dates nor roles of the organization's own making."""
    role = person.role(org.name) or "none"
    found = org.role(ident=org.given.get(person.login, ""), builtin=role)
    more = {
        "created": moment(org.joined[person.login]) if person.known else _NEVER,
        "fgaRole": _given(found if person.known else None),
        "links": {"self": f"{_CONSOLE}/{org.name}/settings/members/{person.login}"},
        **({"suspended": True} if person.login in org.suspended else {}),
    }
    user = {**wire.person(person.login), "email": person.email}
    return {
        "role": role,
        "user": user,
        "knownToPulumi": person.known,
        "virtualAdmin": False,
        **(more if wire.current else {}),
    }


def itself(wire: Wire, org: Organization) -> Json:
    """The entry that stands for the organization among the members of its backing."""
    user = wire.person(org.name)
    given = {"created": _NEVER, "fgaRole": _given(None)}
    return {"role": "member", "user": user, "knownToPulumi": False, "virtualAdmin": False, **given}


def _given(role: Role | None) -> Json:
    if role is None:
        return {"id": "", "name": "", "modifiedAt": _NEVER}
    return {"id": role.id, "name": role.name, "modifiedAt": moment(_FOUNDED)}


def role(org: Organization, found: Role) -> Json:
    """A role that can be given."""
    return {
        "id": found.id,
        "orgId": uuid("org", org.name),
        "name": found.name,
        "description": found.about,
        "resourceType": "global",
        "uxPurpose": "role",
        "details": {"__type": "PermissionDescriptorAllow", "permissions": ["organization:read"]},
        **({"defaultIdentifier": found.builtin} if found.builtin else {}),
        "isOrgDefault": found.default,
        "created": moment(_FOUNDED),
        "modified": moment(_FOUNDED),
        "version": 1,
    }


def team(wire: Wire, world: World, org: Organization, found: Team, viewer: Person) -> Json:
    """A team with everybody in it, and its stacks."""
    stacks = [
        {"projectName": stack.place.project, "stackName": stack.place.stack, "permission": found.permission}
        for stack in world.stacks.values()
        if stack.place.org == org.name and stack.team == found.name and not stack.hidden
    ]
    more = {
        "stacks": stacks,
        "environments": [],
        "accounts": [],
        "userRole": found.members.get(viewer.login, "none"),
        "roleIds": [],
        **({"listMembersError": found.error} if found.error else {}),
    }
    people = [
        {**wire.person(login), **({"role": role} if wire.current else {})} for login, role in found.members.items()
    ]
    return {
        "kind": found.kind,
        "name": found.name,
        "displayName": found.display,
        "description": found.about,
        "members": people,
        **(more if wire.current else {}),
    }


def token(wire: Wire, found: AccessToken) -> Json:
    """An access token, without its value."""
    more = {
        "name": found.id[:8],
        "created": moment(found.created),
        "expires": found.expires,
        "admin": False,
        "createdBy": found.owner,
        "type": found.kind,
    }
    known = {"id": found.id, "description": found.description, "lastUsed": found.used}
    return {**known, **(more if wire.current else {})}


def audit(wire: Wire, event: AuditEvent) -> Json:
    """An event of the audit log; `user` is empty where no person did it."""
    more = {
        **({"tokenID": event.token_id, "tokenName": event.token_name} if event.token_id else {}),
        **({"reqOrgAdmin": True} if event.org_admin else {}),
        **({"reqStackAdmin": True} if event.stack_admin else {}),
        **({"authFailure": True} if event.failed else {}),
        **({"actorName": event.actor, "actorUrn": f"urn:pulumi:token:{event.actor}"} if event.actor else {}),
    }
    nobody = {"name": "", "githubLogin": "", "avatarUrl": ""}
    return {
        "timestamp": event.timestamp,
        "sourceIP": event.ip,
        "event": event.event,
        "description": event.description,
        "user": wire.person(event.login) if event.login else nobody,
        **(more if wire.current else {}),
    }
