"""A short memory over `PulumiApi` for what nearly every command looks up first."""

from collections.abc import AsyncIterator

from bot.model import PulumiUser, StackSummary
from bot.organization import Member, Role, Team
from bot.ports import PulumiApi
from bot.pulumi.fresh import FreshPulumi
from bot.pulumi.memory import Memory


class CachedPulumi(FreshPulumi):
    """The same port, with a memory: stacks 15 s, members and the user 60 s, teams and roles 5 minutes.

    Every key starts with the token's identity; whatever is written through here or through `fresh` is forgotten, for
    all tokens that share the `memory`. What decides about a write, or checks it afterwards, has to be asked `fresh`.
    Close it before the API that it wraps.
    """

    def __init__(self, pulumi: PulumiApi, memory: Memory | None = None) -> None:
        super().__init__(pulumi, memory or Memory())

    async def aclose(self) -> None:
        """Stop the requests that are still under way."""
        await self._memory.aclose(self.identity)

    async def user(self) -> PulumiUser:
        """Who the token acts as, at most 60 s old."""
        return await self._memory.users.get((self.identity, "", None), super().user)

    async def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """The stacks, at most 15 s old; read to the end even if whoever asks stops earlier."""

        async def ask() -> tuple[StackSummary, ...]:
            return tuple([each async for each in self._pulumi.stacks(org, project=project, tag=tag)])

        for each in await self._memory.stacks.get((self.identity, org.casefold(), (project, tag)), ask):
            yield each

    async def members(self, org: str) -> AsyncIterator[Member]:
        """The members, at most 60 s old; read to the end even if whoever asks stops earlier."""

        async def ask() -> tuple[Member, ...]:
            return tuple([each async for each in self._pulumi.members(org)])

        for each in await self._memory.members.get((self.identity, org.casefold(), None), ask):
            yield each

    async def roles(self, org: str) -> tuple[Role, ...]:
        """The roles, at most 5 minutes old."""

        async def ask() -> tuple[Role, ...]:
            return await self._pulumi.roles(org)

        return await self._memory.roles.get((self.identity, org.casefold(), None), ask)

    async def team(self, org: str, name: str) -> Team:
        """The team, at most 5 minutes old."""

        async def ask() -> Team:
            return await self._pulumi.team(org, name)

        return await self._memory.teams.get((self.identity, org.casefold(), name), ask)
