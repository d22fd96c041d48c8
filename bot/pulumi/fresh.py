"""The port handed on: every read asks Pulumi, every write makes the memory forget."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from typing import Self

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
from bot.ports import PulumiApi, Version
from bot.pulumi.memory import Memory
from bot.state import StackState


class FreshPulumi:
    """The same port. Nothing it answers is remembered; whatever it changes, or perhaps changed, is forgotten.

    A write that failed or whose outcome is unknown counts as a change.
    """

    def __init__(self, pulumi: PulumiApi, memory: Memory) -> None:
        self._pulumi = pulumi
        self._memory = memory

    @property
    def memory(self) -> Memory:
        """What is remembered, for others to share: its keys start with the token's identity."""
        return self._memory

    @property
    def identity(self) -> str:
        """The identity of the token in use."""
        return self._pulumi.identity

    @property
    def fresh(self) -> PulumiApi:
        """The same server and token without the memory; its writes make the memory forget."""
        return FreshPulumi(self._pulumi, self._memory)

    def within(self, seconds: float) -> Self:
        """The same with another deadline for each write."""
        other = copy(self)
        other._pulumi = self._pulumi.within(seconds)  # noqa: SLF001  # a copy of this
        return other

    @contextmanager
    def _changing(self, *orgs: str) -> Iterator[PulumiApi]:
        try:
            yield self._pulumi
        finally:
            self._memory.forget(*orgs)

    def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """Handed on."""
        return self._pulumi.stacks(org, project=project, tag=tag)

    async def stack(self, stack: StackRef) -> Stack:
        """Handed on."""
        return await self._pulumi.stack(stack)

    async def export_state(self, stack: StackRef, version: int | None = None) -> StackState:
        """Handed on."""
        return await self._pulumi.export_state(stack, version)

    async def transfer_stack(self, stack: StackRef, to_org: str) -> None:
        """Changes both organizations."""
        with self._changing(stack.org, to_org) as pulumi:
            await pulumi.transfer_stack(stack, to_org)

    async def delete_stack(self, stack: StackRef, *, force: bool = False) -> None:
        """Changes the organization."""
        with self._changing(stack.org) as pulumi:
            await pulumi.delete_stack(stack, force=force)

    async def add_tag(self, stack: StackRef, name: str, value: str) -> None:
        """Changes the organization: stacks are listed by tag, too."""
        with self._changing(stack.org) as pulumi:
            await pulumi.add_tag(stack, name, value)

    async def update_tag(self, stack: StackRef, name: str, value: str) -> None:
        """Changes the organization."""
        with self._changing(stack.org) as pulumi:
            await pulumi.update_tag(stack, name, value)

    async def delete_tag(self, stack: StackRef, name: str) -> None:
        """Changes the organization."""
        with self._changing(stack.org) as pulumi:
            await pulumi.delete_tag(stack, name)

    def updates(self, stack: StackRef, *, page_size: int = 10, page: int = 1) -> AsyncIterator[UpdateInfo]:
        """Handed on."""
        return self._pulumi.updates(stack, page_size=page_size, page=page)

    async def update(self, stack: StackRef, version: Version) -> UpdateInfo:
        """Handed on."""
        return await self._pulumi.update(stack, version)

    async def status(self, stack: StackRef, update_id: str) -> Result:
        """Handed on."""
        return await self._pulumi.status(stack, update_id)

    def events(
        self,
        stack: StackRef,
        update_id: str,
        *,
        token: str | None = None,
        wait: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[EventPage]:
        """Handed on."""
        return self._pulumi.events(stack, update_id, token=token, wait=wait)

    def previews(self, stack: StackRef, *, page_size: int = 10) -> AsyncIterator[UpdateInfo]:
        """Handed on."""
        return self._pulumi.previews(stack, page_size=page_size)

    def members(self, org: str) -> AsyncIterator[Member]:
        """Handed on."""
        return self._pulumi.members(org)

    async def add_member(self, org: str, login: str, role: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.add_member(org, login, role)

    async def remove_member(self, org: str, login: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.remove_member(org, login)

    async def edit_role(self, org: str, login: str, role: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.edit_role(org, login, role)

    async def edit_role_by_id(self, org: str, login: str, role_id: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.edit_role_by_id(org, login, role_id)

    async def roles(self, org: str) -> tuple[Role, ...]:
        """Handed on."""
        return await self._pulumi.roles(org)

    async def team(self, org: str, name: str) -> Team:
        """Handed on."""
        return await self._pulumi.team(org, name)

    async def teams(self, org: str) -> tuple[Team, ...]:
        """Handed on."""
        return await self._pulumi.teams(org)

    async def create_team(self, org: str, name: str, *, display_name: str = "", description: str = "") -> Team:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            return await pulumi.create_team(org, name, display_name=display_name, description=description)

    async def create_github_team(self, org: str, github_id: int) -> Team | None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            return await pulumi.create_github_team(org, github_id)

    async def delete_team(self, org: str, name: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.delete_team(org, name)

    async def add_team_member(self, org: str, team: str, login: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.add_team_member(org, team, login)

    async def remove_team_member(self, org: str, team: str, login: str) -> None:
        """Changes the organization."""
        with self._changing(org) as pulumi:
            await pulumi.remove_team_member(org, team, login)

    def audit_events(
        self, org: str, *, since: datetime, until: datetime, user: str | None = None, event: str | None = None
    ) -> AsyncIterator[AuditEvent]:
        """Handed on."""
        return self._pulumi.audit_events(org, since=since, until=until, user=user, event=event)

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
        """Handed on."""
        return await self._pulumi.export_audit(org, form, since=since, until=until, user=user, event=event)

    async def user(self) -> PulumiUser:
        """Handed on."""
        return await self._pulumi.user()

    def tokens(self, which: TokenFilter = TokenFilter.ACTIVE) -> AsyncIterator[AccessToken]:
        """Handed on."""
        return self._pulumi.tokens(which)

    async def create_token(self, description: str, *, expires: datetime | None = None) -> NewToken:
        """Changes the user."""
        with self._changing("") as pulumi:
            return await pulumi.create_token(description, expires=expires)

    async def delete_token(self, token_id: str) -> None:
        """Changes the user, who may be locked out by it."""
        with self._changing("") as pulumi:
            await pulumi.delete_token(token_id)
