"""A short memory over `PulumiApi` for what nearly every command looks up first."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

from cachetools import TTLCache

from bot.events import EventPage
from bot.model import PulumiUser, Result, Stack, StackRef, StackSummary, UpdateInfo
from bot.ports import PulumiApi, Version

V = TypeVar("V")
STACKS: Final = 15.0  # seconds
USER: Final = 60.0


class _Memory(Generic[V]):
    """Values by key for some seconds. Whoever misses together shares one request; errors are not remembered."""

    def __init__(self, seconds: float, size: int, timer: Callable[[], float]) -> None:
        self._known: TTLCache[Hashable, V] = TTLCache(size, seconds, timer)
        self._asked: dict[Hashable, asyncio.Task[V]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[V]]) -> V:
        if (known := self._known.get(key)) is not None:
            return known
        if (task := self._asked.get(key)) is None:
            task = self._asked[key] = asyncio.create_task(self._ask(key, ask))
        return await asyncio.shield(task)  # whoever stops waiting does not stop the others

    async def aclose(self) -> None:
        tasks = tuple(self._asked.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, key: Hashable, ask: Callable[[], Awaitable[V]]) -> V:
        try:
            value = self._known[key] = await ask()
        finally:
            del self._asked[key]
        return value


class CachedPulumi:
    """The same port. An organization's stacks are at most 15 s old, the user 60 s; everything else is asked anew.

    Every key starts with the token's identity. `timer` counts seconds. Close it before the API that it wraps.
    """

    def __init__(self, pulumi: PulumiApi, *, timer: Callable[[], float] = time.monotonic) -> None:
        self._pulumi = pulumi
        self._users: _Memory[PulumiUser] = _Memory(USER, 256, timer)
        self._stacks: _Memory[tuple[StackSummary, ...]] = _Memory(STACKS, 64, timer)

    async def aclose(self) -> None:
        """Stop the requests that are still under way."""
        await self._users.aclose()
        await self._stacks.aclose()

    @property
    def identity(self) -> str:
        """The identity of the token in use."""
        return self._pulumi.identity

    async def user(self) -> PulumiUser:
        """Who the token acts as, at most 60 s old."""
        return await self._users.get(self.identity, self._pulumi.user)

    async def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """The stacks, at most 15 s old; read to the end even if whoever asks stops earlier."""

        async def ask() -> tuple[StackSummary, ...]:
            return tuple([each async for each in self._pulumi.stacks(org, project=project, tag=tag)])

        for each in await self._stacks.get((self.identity, org, project, tag), ask):
            yield each

    async def stack(self, stack: StackRef) -> Stack:
        """Not remembered."""
        return await self._pulumi.stack(stack)

    def updates(self, stack: StackRef, *, page_size: int = 10, page: int = 1) -> AsyncIterator[UpdateInfo]:
        """Not remembered."""
        return self._pulumi.updates(stack, page_size=page_size, page=page)

    async def update(self, stack: StackRef, version: Version) -> UpdateInfo:
        """Not remembered."""
        return await self._pulumi.update(stack, version)

    async def status(self, stack: StackRef, update_id: str) -> Result:
        """Not remembered."""
        return await self._pulumi.status(stack, update_id)

    def events(
        self,
        stack: StackRef,
        update_id: str,
        *,
        token: str | None = None,
        wait: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[EventPage]:
        """Not remembered."""
        return self._pulumi.events(stack, update_id, token=token, wait=wait)

    def previews(self, stack: StackRef, *, page_size: int = 10) -> AsyncIterator[UpdateInfo]:
        """Not remembered."""
        return self._pulumi.previews(stack, page_size=page_size)
