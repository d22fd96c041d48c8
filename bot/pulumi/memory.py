"""Answers of Pulumi's, remembered for some seconds and forgotten as soon as anybody changes what they are about."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Final, Generic, TypeAlias, TypeVar

from cachetools import TTLCache

from bot.model import PulumiUser, StackSummary
from bot.organization import Member, Role, Team

V = TypeVar("V")
STACKS: Final = 15.0  # seconds
USER: Final = 60.0
MEMBERS: Final = 60.0
GROUPS: Final = 300.0  # teams and roles

Key: TypeAlias = tuple[str, str, Hashable]  # whose token; which organization, "" for none; what of it


class Shelf(Generic[V]):
    """Values by key for some seconds. Whoever misses together shares one request; errors are not remembered."""

    def __init__(self, seconds: float, size: int, timer: Callable[[], float]) -> None:
        self._known: TTLCache[Key, V] = TTLCache(size, seconds, timer)
        self._asked: dict[Key, asyncio.Task[V]] = {}
        self._running: dict[asyncio.Task[V], Key] = {}

    async def get(self, key: Key, ask: Callable[[], Coroutine[None, None, V]]) -> V:
        """The value, remembered or asked for. Raises what `ask` raises."""
        if (known := self._known.get(key)) is not None:
            return known
        if (task := self._asked.get(key)) is None:
            task = self._asked[key] = asyncio.create_task(ask())
            self._running[task] = key
            task.add_done_callback(partial(self._answered, key))
        return await asyncio.shield(task)  # whoever stops waiting does not stop the others

    def forget(self, orgs: set[str]) -> None:
        """Forget what is known of the organizations, and do not remember what is being asked about them now."""
        for table in (self._known, self._asked):
            for key in [each for each in table if each[1] in orgs]:
                table.pop(key, None)

    async def aclose(self, identity: str) -> None:
        """Stop the requests with that token that are under way."""
        tasks = [task for task, key in self._running.items() if key[0] == identity]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _answered(self, key: Key, task: asyncio.Task[V]) -> None:
        del self._running[task]
        failed = task.cancelled() or task.exception() is not None
        if self._asked.get(key) is not task:
            return  # something was changed while it was under way
        del self._asked[key]
        if not failed:
            self._known[key] = task.result()


class Memory:
    """What is remembered, for all tokens of a process: a change made with one is a change for the others.

    `timer` counts seconds.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self.users: Shelf[PulumiUser] = Shelf(USER, 256, timer)
        self.stacks: Shelf[tuple[StackSummary, ...]] = Shelf(STACKS, 64, timer)
        self.members: Shelf[tuple[Member, ...]] = Shelf(MEMBERS, 64, timer)
        self.teams: Shelf[Team] = Shelf(GROUPS, 256, timer)
        self.roles: Shelf[tuple[Role, ...]] = Shelf(GROUPS, 64, timer)

    def forget(self, *orgs: str) -> None:
        """Everything about these organizations was perhaps changed; "" stands for the users themselves."""
        gone = {org.casefold() for org in orgs}
        for shelf in (self.users, self.stacks, self.members, self.teams, self.roles):
            shelf.forget(gone)

    async def aclose(self, identity: str) -> None:
        """Stop the requests with that token that are under way."""
        for shelf in (self.users, self.stacks, self.members, self.teams, self.roles):
            await shelf.aclose(identity)
