"""What the services need of the world, as Protocols; the adapters in pulumi/, slack/ and store/ fulfil them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from bot.card import Card
from bot.events import EventPage
from bot.model import PulumiUser, Result, Stack, StackRef, StackSummary, UpdateInfo
from bot.organization import (
    AccessToken,
    AuditEvent,
    AuditExport,
    AuditFormat,
    Member,
    NewToken,
    Role,
    Team,
    TokenFilter,
)
from bot.state import StackState

Version = int | Literal["latest"]


class Clock(Protocol):
    """Business time. Everything that shows or compares a time gets it from here."""

    def __call__(self) -> datetime:
        """The time now, in UTC."""


class StacksApi(Protocol):
    """Stacks, their state and their tags. NotFound: not there, or this token may not know that it is."""

    def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """Every stack of `org` that the token sees; filtered again on our side, since some servers ignore filters."""

    async def stack(self, stack: StackRef) -> Stack:
        """Tags, version and the running operation of one stack."""

    async def export_state(self, stack: StackRef, version: int | None = None) -> StackState:
        """What the stack holds, now or after the update of that version. TooLarge above 64 MiB of JSON."""

    async def transfer_stack(self, stack: StackRef, to_org: str) -> None:
        """Give the stack to another organization. Conflict: an update runs. Forbidden: no administrator of both."""

    async def delete_stack(self, stack: StackRef, *, force: bool = False) -> None:
        """Delete it. With resources in it that is a BadRequest (`refusals`), or with `force` they are forgotten."""

    async def add_tag(self, stack: StackRef, name: str, value: str) -> None:
        """Add a tag that the stack does not have. BadRequest: it has it (`refusals.tag_exists`), or a bad name."""

    async def update_tag(self, stack: StackRef, name: str, value: str) -> None:
        """Change a tag that the stack has. NotFound: it does not. BadRequest: it is Pulumi's own."""

    async def delete_tag(self, stack: StackRef, name: str) -> None:
        """Remove a tag. NotFound: the stack does not have it. BadRequest: it is Pulumi's own."""


class UpdatesApi(Protocol):
    """Updates and previews."""

    def updates(self, stack: StackRef, *, page_size: int = 10, page: int = 1) -> AsyncIterator[UpdateInfo]:
        """Updates, newest first, from the 1-based `page` on. The running one is included, previews are not."""

    async def update(self, stack: StackRef, version: Version) -> UpdateInfo:
        """One update by its version. NotFound when there is none; MissingRoute where the server lacks the route."""

    async def status(self, stack: StackRef, update_id: str) -> Result:
        """Where an update stands: the only proof that it is over. Any kind, previews included."""

    def events(
        self,
        stack: StackRef,
        update_id: str,
        *,
        token: str | None = None,
        wait: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[EventPage]:
        """Pages of engine events from `token` on.

        Without `wait` the iterator ends at the first page that brings nothing new. With it, the iterator ends only
        when the update is over and all its events were read; it awaits `wait()` between two looks that bring nothing.
        """

    def previews(self, stack: StackRef, *, page_size: int = 10) -> AsyncIterator[UpdateInfo]:
        """Previews since the last update, newest first."""


class OrganizationApi(Protocol):
    """Members, roles, teams and the audit log. Forbidden: the token's owner is no administrator."""

    def members(self, org: str) -> AsyncIterator[Member]:
        """Everybody in the organization, each once."""

    async def add_member(self, org: str, login: str, role: str) -> None:
        """Add somebody who has a Pulumi account, with a built-in role. Conflict: a member already. NotFound: nobody."""

    async def remove_member(self, org: str, login: str) -> None:
        """Remove a member. NotFound: not one. BadRequest: it is the token's own user."""

    async def edit_role(self, org: str, login: str, role: str) -> None:
        """Give a member a built-in role. NotFound: no member, or the role goes by id (`refusals.role_is_unknown`)."""

    async def edit_role_by_id(self, org: str, login: str, role_id: str) -> None:
        """Give a member any of the organization's `roles`. NotFound: no member. BadRequest: no such role."""

    async def roles(self, org: str) -> tuple[Role, ...]:
        """The roles that a member can be given. MissingRoute where the server has none but the built-in ones."""

    async def team(self, org: str, name: str) -> Team:
        """One team, its members and its stacks. NotFound: none. MissingRoute where teams cannot be looked at."""

    async def teams(self, org: str) -> tuple[Team, ...]:
        """Every team. MissingRoute where teams cannot be looked at."""

    async def create_team(self, org: str, name: str, *, display_name: str = "", description: str = "") -> Team:
        """Make a team, which may begin with the token's owner in it. Conflict: the name is taken."""

    async def create_github_team(self, org: str, github_id: int) -> Team | None:
        """Make a mirror of a GitHub team. NotFound: GitHub has none of that id. None: made, but not told what."""

    async def delete_team(self, org: str, name: str) -> None:
        """Delete a team. NotFound: there is none."""

    async def add_team_member(self, org: str, team: str, login: str) -> None:
        """Put a member into a team. Conflict: in it already. BadRequest: the team is managed elsewhere."""

    async def remove_team_member(self, org: str, team: str, login: str) -> None:
        """Take a member out of a team. BadRequest: the team is managed elsewhere."""

    def audit_events(
        self, org: str, *, since: datetime, until: datetime, user: str | None = None, event: str | None = None
    ) -> AsyncIterator[AuditEvent]:
        """What was done from `since` to before `until`, newest first; by the login `user`, of the kind `event`.

        NotFound: no such user. BadRequest: the organization's plan has no audit log.
        """

    async def export_audit(  # noqa: PLR0913  # one for each filter
        self,
        org: str,
        form: AuditFormat = AuditFormat.CSV,
        *,
        since: datetime,
        until: datetime,
        user: str | None = None,
        event: str | None = None,
    ) -> AuditExport:
        """The same as a file. TooLarge above 64 MiB."""


class AccountApi(Protocol):
    """The token's owner and the owner's tokens. A token that belongs to no person has no tokens."""

    async def user(self) -> PulumiUser:
        """Who the token acts as."""

    def tokens(self, which: TokenFilter = TokenFilter.ACTIVE) -> AsyncIterator[AccessToken]:
        """The owner's tokens, never their values."""

    async def create_token(self, description: str, *, expires: datetime | None = None) -> NewToken:
        """Make a token that ends at `expires`, within two years, or never. Forbidden: lives longer than allowed.

        BadAnswer: made, but the value is lost.
        """

    async def delete_token(self, token_id: str) -> None:
        """Revoke a token at once, perhaps the one in use. NotFound: there is none."""


class PulumiApi(StacksApi, UpdatesApi, OrganizationApi, AccountApi, Protocol):
    """Pulumi Cloud, or a server that speaks its API. Every method raises `bot.errors.PulumiError` and nothing else.

    Iterators follow the server's continuation to its end; stop iterating when enough was seen. Reads may be asked
    several times within a call. Writes (all that return nothing, and `create_…`) are sent once: a NothingHappened is
    the proof that nothing did, after any other error what happened is unknown. Cancelling a write leaves it unknown.
    """

    @property
    def identity(self) -> str:
        """A stable, secret-free name of the token in use: the first part of every cache key."""

    @property
    def fresh(self) -> "PulumiApi":
        """The same without a memory: what decides about a write, and what checks it, is asked here."""

    def within(self, seconds: float) -> "PulumiApi":
        """The same, with `seconds` for each write, connecting included, instead of ten. Close only the original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """A Slack user as the directory knows them, at most 60 s old. `email` tells people apart, and is shown nowhere."""

    id: str
    team: str
    name: str
    admin: bool = False
    guest: bool = False
    bot: bool = False
    deleted: bool = False
    email: str = field(default="", repr=False)


class Directory(Protocol):
    """Who is who in the workspace."""

    async def person(self, user_id: str, *, live: bool = False) -> SlackPerson:
        """The person behind an id, asked anew with `live`; ChatError when Slack does not say."""

    async def by_email(self, email: str) -> SlackPerson | None:
        """The active person of that address; None for nobody. ChatError when Slack does not say."""


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A Slack user group; `handle` is without the @."""

    id: str
    handle: str


class UserGroups(Protocol):
    """Slack's user groups, at most 60 s old, asked anew with `live`. ChatError when Slack does not say."""

    async def find(self, name: str, *, live: bool = False) -> UserGroup | None:
        """The group of a `@handle` or an id; None where there is none, or it is disabled."""

    async def members(self, group: UserGroup, *, live: bool = False) -> frozenset[str]:
        """The ids of everybody in it, whoever they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackChannel:
    """A channel, as far as the bot sees it. `joined`: it is in there. `foreign`: shared with another company."""

    id: str
    name: str
    joined: bool = False
    direct: bool = False
    archived: bool = False
    foreign: bool = False


class ChannelBook(Protocol):
    """Which channels there are. ChatError when Slack does not say."""

    async def channel(self, channel_id: str) -> SlackChannel | None:
        """The channel as it is now; None where the bot can't see it."""

    async def named(self, name: str) -> SlackChannel | None:
        """The channel of that name (without the #) that the bot is in; None where there is none."""


class Chat(Protocol):
    """Messages of the bot's own. Each call is made once: ChatError "no_answer" leaves open what happened.

    A post's `channel` may be a user's id, for that person's direct messages.
    """

    async def post(
        self, channel: str, card: Card, *, thread: str, key: str, broadcast: bool = False
    ) -> tuple[str, str]:
        """Post under the UUID `key`; gives the channel's id and the `ts`.

        `thread` is the thread's root, "" for none; with `broadcast` the channel sees the reply, too.
        """

    async def edit(self, channel: str, ts: str, card: Card) -> None:
        """Make the message show the card."""

    async def link(self, channel: str, ts: str) -> str:
        """The address of a message."""


class Settings(Protocol):
    """Small facts that people set and that outlive the process: `(scope, name) → value`."""

    async def get(self, scope: str, name: str) -> str | None:
        """The stored value, or None."""

    async def put(self, scope: str, name: str, value: str | None) -> None:
        """Store a value, or forget it with None."""
