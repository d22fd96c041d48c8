"""What the audit logs say of the time before the world began: it agrees with the people and the stacks. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from sandbox.pulumi.audit import address
from sandbox.pulumi.organizations import AuditEvent, Organization
from sandbox.pulumi.resources import dice
from sandbox.pulumi.world import Stack, Update, World

_DAY = 86400
_DAYS = 30
# Hours before the beginning, the event, its description, who did it.
_TOLD: tuple[tuple[float, str, str, str], ...] = (
    (700, "Member Added", 'Added "hana" to the organization with role "member"', "ann"),
    (620, "Team Created", 'Created team "oncall" & linked it to GitHub', "cy"),
    (560.5, "Member Role Changed", 'Changed organization role for "ivo" to billing-manager', "cy"),
    (560.5, "Member Role Changed", 'Changed organization role for "gus" to stack-collaborator', "cy"),
    (480, "Access Token Created", 'Created access token "laptop"', "bo"),
    (333, "Member Role Changed", 'Changed organization role for "cy" to admin', "ann"),
    (240, "Team Updated", 'Added "hana" to team "data"', "eli"),
    (130, "Stack Tag Added", 'Added tag "tier" = "<1>" to stack "shop/prod"', "bo"),
    (128.4, "Stack Tag Deleted", 'Deleted tag "tier" of stack "shop/prod"', "bo"),
    (101, "Login Failed", 'Sign-in of "dee" refused: wrong one-time code', "dee"),
    (49, "Audit Logs Exported", "Exported audit logs as CSV", "ann"),
)
_ADMIN = {"Member Added", "Member Role Changed", "Audit Logs Exported", "Team Created"}


def logs(world: World, now: float) -> None:
    """Fill the log of every organization, oldest first."""
    for org in world.organizations.values():
        found = [each for s in world.stacks.values() if s.place.org == org.name for each in _of(world, s, now)]
        found += _told(now) if org.enterprise else ()
        org.log = sorted((_by(world, org, each) for each in found), key=lambda each: each.timestamp)


def begun(stack: Stack, update: Update) -> AuditEvent:
    """The start of an update or a preview."""
    kind = "Preview" if update.kind.startswith("P") else "Update"
    name = f"{stack.place.project}/{stack.place.stack}"
    words = f'Started {kind.lower()} "{update.id}" for stack "{name}"'
    return AuditEvent(int(update.started), f"Stack {kind} Started", words, update.author, address(update.author))


def _of(world: World, stack: Stack, now: float) -> Iterator[AuditEvent]:
    """Of a stack: its updates, the secrets they needed in the same second, a state that was downloaded."""
    name = f"{stack.place.project}/{stack.place.stack}"
    for update in (*stack.updates, *stack.previews):
        if update.started < now - _DAYS * _DAY:
            continue
        start, chance = begun(stack, update), dice(world.seed, update.id, "audit")
        if update.version == 1 and update in stack.updates:
            yield replace(start, event="Stack Created", description=f'Created stack "{name}"')
        yield start
        yield from _beside(start, name, chance)


def _beside(start: AuditEvent, name: str, chance: Random) -> Iterator[AuditEvent]:
    if chance.random() < 1 / 4:
        words = f'Decrypted secret "dbPassword" of stack "{name}"'
        yield replace(start, event="Secret Decrypted", description=words)
    if chance.random() < 1 / 16:
        later = start.timestamp + chance.randint(1, 40)
        yield replace(start, timestamp=later, event="Stack Exported", description=f"Exported stack {name}")


def _told(now: float) -> Iterator[AuditEvent]:
    for hours, event, words, who in _TOLD:
        at = int(now - hours * 3600)
        admin, failed = event in _ADMIN, event == "Login Failed"
        yield AuditEvent(at, event, words, who, address(who), org_admin=admin, failed=failed)


def _by(world: World, org: Organization, event: AuditEvent) -> AuditEvent:
    """With the token that was used; what the CI does at night in `newco` is done by a machine."""
    if org.name == "newco" and event.login == "ci-bot":
        return replace(event, login="", actor="newco-ci")
    token = next((t for t in world.tokens.values() if t.owner == event.login), None)
    return replace(event, token_id=token.id, token_name=token.description) if token and not event.failed else event
