"""Who belongs to an organization of Pulumi's, with which rights, and what they did: values, no I/O.

Words of Pulumi's (roles, kinds of teams, names of events) are kept as they come, so that new ones are shown and not
lost. https://www.pulumi.com/docs/administration/organizations-teams/
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import SecretStr

from bot.model import Person

ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that can be given. `builtin` is Pulumi's own word for it (`admin`, `member`, …), "" for a custom role."""

    id: str
    name: str
    builtin: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in an organization.

    `role` is the built-in role, which for a custom role is only the closest one; `role_id` and `role_name` say what
    was really given, and are "" where the server has no roles but the built-in ones. `email` is personal data: it
    tells people apart, is shown to auditors only, and is in no repr. `joined` is None where nobody says.
    """

    login: str
    name: str = ""
    role: str = ""
    role_id: str = ""
    role_name: str = ""
    email: str = field(default="", repr=False)
    joined: datetime | None = None
    known: bool = True
    suspended: bool = False

    @property
    def admin(self) -> bool:
        """Whether the built-in role is the administrator's."""
        return self.role == ADMIN

    @property
    def label(self) -> str:
        """The role as people call it."""
        return self.role_name or self.role or "no role"

    def __str__(self) -> str:
        return self.name or self.login


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMember:
    """Somebody in a team; `role` is `member` or `admin`, "" where the server does not say."""

    login: str
    name: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamStack:
    """A stack that a team may use. `permission` is `none`, `read`, `edit`, `admin`, `creator`, or a new number."""

    project: str
    stack: str
    permission: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team. `members_error` says why `members` is empty where its backend could not be asked."""

    name: str
    kind: str = "pulumi"
    display_name: str = ""
    description: str = ""
    members: tuple[TeamMember, ...] = ()
    stacks: tuple[TeamStack, ...] = ()
    members_error: str = ""

    @property
    def managed_elsewhere(self) -> bool:
        """Whether GitHub or an identity provider decides who is in it: Pulumi then refuses to change that."""
        return self.kind != "pulumi"


class TokenFilter(StrEnum):
    """Which tokens to list."""

    ACTIVE = "active"
    EXPIRED = "expired"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What is known of an access token, which is never its value. None as a time: never, or nobody says."""

    id: str
    description: str = ""
    last_used: datetime | None = None
    created: datetime | None = None
    expires: datetime | None = None
    admin: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made. `value` can be read here and never again; keep it nowhere."""

    id: str
    value: SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that was done in an organization. `at` has whole seconds, which several events may share.

    `user` is None where the actor is no person; `actor` then names it, if anybody does.
    """

    at: datetime
    event: str
    description: str = ""
    source_ip: str = ""
    user: Person | None = None
    actor: str = ""
    token_id: str = ""
    token_name: str = ""
    needs_organization_admin: bool = False
    needs_stack_admin: bool = False
    authentication_failed: bool = False


class AuditFormat(StrEnum):
    """What an audit log is exported as."""

    CSV = "csv"
    CEF = "cef"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExport:
    """An exported audit log, decompressed. `content` is what Pulumi wrote: personal data, not for a channel."""

    format: AuditFormat
    content: bytes = field(repr=False)

    @property
    def events(self) -> int:
        """How many events it holds. The header of a table is none, and a line break in quotes does not make two."""
        return max(sum(1 for _ in records(self.format, self.content)) - (self.format is AuditFormat.CSV), 0)


def records(form: AuditFormat, content: bytes) -> Iterator[bytes]:
    """The records of an export, each with its line end; empty lines are none. A table's header is its first record."""
    lines, quoted = list[bytes](), False
    for line in content.splitlines(keepends=True):
        lines.append(line)
        if form is AuditFormat.CSV and line.count(b'"') % 2:
            quoted = not quoted  # a line break within quotes ends nothing
        if not quoted:
            yield from _record(lines)
            lines.clear()
    yield from _record(lines)


def _record(lines: list[bytes]) -> Iterator[bytes]:
    if record := b"".join(lines).strip(b"\r\n"):
        yield record + b"\n"


def role_id(roles: Iterable[Role], word: str) -> str | None:
    """The id of the built-in role that goes by `word`, or of the custom role of exactly that name; None: there is none.

    Custom roles can only be given by id, and some servers take built-in ones only that way, too.
    """
    known = tuple(roles) if word else ()
    builtin = (each.id for each in known if each.builtin == word)
    return next(builtin, None) or next((each.id for each in known if each.name == word), None)
