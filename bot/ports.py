"""What the services need of the world, as Protocols; the adapters in pulumi/, slack/ and store/ fulfil them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.events import EventPage
from bot.model import PulumiUser, Result, Stack, StackRef, StackSummary, UpdateInfo

Version = int | Literal["latest"]


class Clock(Protocol):
    """Business time. Everything that shows or compares a time gets it from here."""

    def __call__(self) -> datetime:
        """The time now, in UTC."""


class PulumiApi(Protocol):
    """Pulumi Cloud, or a server that speaks its API. Every method raises `bot.errors.PulumiError` and nothing else.

    Iterators follow the server's continuation to its end; stop iterating when enough was seen.
    """

    @property
    def identity(self) -> str:
        """A stable, secret-free name of the token in use: the first part of every cache key."""

    async def user(self) -> PulumiUser:
        """Who the token acts as."""

    def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """Every stack of `org` that the token sees; filtered again on our side, since some servers ignore filters."""

    async def stack(self, stack: StackRef) -> Stack:
        """Tags, version and the running operation of one stack. NotFound when it is not there or not visible."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPerson:
    """A Slack user as the directory knows them, at most 60 s old."""

    id: str
    team: str
    name: str
    admin: bool = False
    guest: bool = False
    bot: bool = False
    deleted: bool = False


class Directory(Protocol):
    """Who is who in the workspace."""

    async def person(self, user_id: str) -> SlackPerson:
        """The person behind an id; ChatError when Slack does not say."""


class Settings(Protocol):
    """Small facts that people set and that outlive the process: `(scope, name) → value`."""

    async def get(self, scope: str, name: str) -> str | None:
        """The stored value, or None."""

    async def put(self, scope: str, name: str, value: str | None) -> None:
        """Store a value, or forget it with None."""
