"""The state of organizations: plans, roles, teams, tokens, audit log. Who is a member is told by the people."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

TokenKind = Literal["personal", "organization", "team"]


@dataclass(frozen=True, slots=True)
class Role:
    """What a member can be given. `builtin` is empty for a role of the organization's own making."""

    id: str
    name: str
    builtin: str
    about: str
    default: bool = False


@dataclass(slots=True)
class Team:
    """A team; `members` maps each login to a role in it, `permission` is what it may do with its stacks."""

    kind: str
    name: str
    display: str
    about: str
    members: dict[str, str] = field(default_factory=dict)
    permission: int = 102
    error: str = ""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Something done. `login` is empty where no person did it; `actor` is the machine's token then."""

    timestamp: int
    event: str
    description: str
    login: str
    ip: str
    token_id: str = ""
    token_name: str = ""
    actor: str = ""
    org_admin: bool = False
    stack_admin: bool = False
    failed: bool = False


@dataclass(slots=True)
class AccessToken:
    """An access token, with its value. `expires` and `used` are 0 for never."""

    id: str
    value: str
    owner: str
    description: str
    created: float
    expires: int = 0
    used: int = 0
    kind: TokenKind = "personal"

    def valid(self, now: float) -> bool:
        """Whether it has not expired."""
        return not self.expires or now < self.expires


@dataclass(slots=True)
class Organization:
    """An organization; `given` maps logins to roles that only an id can name, `joined` to when they came."""

    name: str
    enterprise: bool
    roles: tuple[Role, ...]
    teams: dict[str, Team] = field(default_factory=dict)
    github_teams: dict[int, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    joined: dict[str, float] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    log: list[AuditEvent] = field(default_factory=list)

    def role(self, *, ident: str = "", builtin: str = "") -> Role | None:
        """The role of that id, or the built-in one of that name."""
        return next((r for r in self.roles if (r.id == ident if ident else r.builtin == builtin)), None)

    def newest_first(self) -> Iterator[AuditEvent]:
        """The audit log; of one second, what was written last comes first."""
        return (event for _, event in sorted(enumerate(self.log), key=lambda each: (-each[1].timestamp, -each[0])))
