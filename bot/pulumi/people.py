"""The JSON of members, roles, teams, tokens and audit events, translated at the edge as in `wire`.

https://www.pulumi.com/docs/reference/cloud-rest-api/organizations/
"""

from collections.abc import Iterator

from pydantic import AliasChoices, BaseModel, Field

from bot.organization import AccessToken, AuditEvent, Member, Role, Team, TeamMember, TeamStack
from bot.pulumi.wire import Page, Who, Wire, instant, moment

_PERMISSIONS = {0: "none", 101: "read", 102: "edit", 103: "admin", 104: "creator"}


class _User(Who):
    email: str = ""


class _GivenRole(Wire):
    id: str = ""
    name: str = ""


class _Member(Wire):
    user: _User
    role: str = ""
    created: str = ""
    given: _GivenRole = Field(_GivenRole(), alias="fgaRole")
    known: bool = Field(default=True, alias="knownToPulumi")
    suspended: bool = False

    def member(self, org: str) -> Member | None:
        """The member; None for what stands for the organization itself among its members."""
        joined, login = instant(self.created), self.user.login
        itself = self.created and not joined and not self.given.id and login.casefold() == org.casefold()
        if itself or not login:
            return None
        return Member(
            login=login,
            name=self.user.name,
            email=self.user.email,
            role=self.role,
            role_id=self.given.id,
            role_name=self.given.name,
            joined=joined,
            known=self.known,
            suspended=self.suspended,
        )


class MemberPage(Page):
    """A page of an organization's members."""

    members: tuple[_Member, ...] | None

    def people(self, org: str) -> Iterator[Member]:
        """The members, without the entry that GitHub's backing adds for the organization."""
        return (each for item in self.members or () if (each := item.member(org)) is not None)


class _Role(Wire):
    id: str
    name: str = ""
    builtin: str = Field("", alias="defaultIdentifier")
    default: bool = Field(default=False, alias="isOrgDefault")

    def role(self) -> Role:
        return Role(id=self.id, name=self.name or self.builtin, builtin=self.builtin, default=self.default)


class Roles(BaseModel):
    """The roles of an organization."""

    roles: tuple[_Role, ...] | None

    def found(self) -> tuple[Role, ...]:
        """All of them."""
        return tuple(each.role() for each in self.roles or ())


class _TeamMember(Who):
    role: str = ""


class _TeamStack(Wire):
    project: str = Field("", alias="projectName")
    stack: str = Field("", alias="stackName")
    permission: int = 0

    def access(self) -> TeamStack:
        permission = _PERMISSIONS.get(self.permission, str(self.permission))
        return TeamStack(project=self.project, stack=self.stack, permission=permission)


class TeamBody(Wire):
    """One team."""

    name: str
    kind: str = "pulumi"
    display_name: str = Field("", alias="displayName")
    description: str = ""
    members: tuple[_TeamMember, ...] = ()
    stacks: tuple[_TeamStack, ...] = ()
    members_error: str = Field("", alias="listMembersError")

    def team(self) -> Team:
        """The team with everybody in it."""
        members = (TeamMember(login=each.login, name=each.name, role=each.role) for each in self.members)
        return Team(
            name=self.name,
            kind=self.kind,
            display_name=self.display_name,
            description=self.description,
            members=tuple(members),
            stacks=tuple(each.access() for each in self.stacks),
            members_error=self.members_error,
        )


class Teams(BaseModel):
    """The teams of an organization."""

    teams: tuple[TeamBody, ...] | None

    def found(self) -> tuple[Team, ...]:
        """All of them."""
        return tuple(each.team() for each in self.teams or ())


class _Token(Wire):
    id: str
    description: str = ""
    last_used: int | None = Field(None, alias="lastUsed")
    created: str = ""
    expires: int | None = None
    admin: bool = False
    kind: str = Field("", alias="type")

    def known(self) -> AccessToken:
        return AccessToken(
            id=self.id,
            description=self.description,
            last_used=moment(self.last_used),
            created=instant(self.created),
            expires=moment(self.expires),
            admin=self.admin,
            kind=self.kind,
        )


class TokenPage(Page):
    """A page of a user's access tokens, without their values."""

    tokens: tuple[_Token, ...] | None

    def found(self) -> Iterator[AccessToken]:
        """All of them."""
        return (each.known() for each in self.tokens or ())


class NewTokenBody(Wire):
    """What was just made."""

    id: str = ""
    value: str = Field("", alias="tokenValue", repr=False)


class _AuditEvent(Wire):
    timestamp: int
    event: str = ""
    description: str = ""
    source_ip: str = Field("", alias="sourceIP")
    user: Who = Who()
    actor: str = Field("", validation_alias=AliasChoices("actorName", "actorUrn"))
    token_id: str = Field("", alias="tokenID")
    token_name: str = Field("", alias="tokenName")
    organization_admin: bool = Field(default=False, alias="reqOrgAdmin")
    stack_admin: bool = Field(default=False, alias="reqStackAdmin")
    failed: bool = Field(default=False, alias="authFailure")

    def done(self) -> AuditEvent | None:
        if (at := moment(self.timestamp)) is None:
            return None
        return AuditEvent(
            at=at,
            event=self.event,
            description=self.description,
            source_ip=self.source_ip,
            user=self.user.person(),
            actor=self.actor,
            token_id=self.token_id,
            token_name=self.token_name,
            needs_organization_admin=self.organization_admin,
            needs_stack_admin=self.stack_admin,
            authentication_failed=self.failed,
        )


class AuditPage(Page):
    """A page of an organization's audit log."""

    events: tuple[_AuditEvent, ...] | None = Field(alias="auditLogEvents")

    def found(self) -> list[AuditEvent]:
        """The events in the server's order. An event without a time is none."""
        return [each for item in self.events or () if (each := item.done()) is not None]
