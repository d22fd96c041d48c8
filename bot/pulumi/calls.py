"""What the calls of every subject stand on: an exchange with one server, and how long a write may take."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from copy import copy
from typing import Final, Self, TypeVar

from pydantic import BaseModel

from bot.model import StackRef
from bot.pulumi import wire
from bot.pulumi.exchange import Body, Exchange, Query
from bot.pulumi.rules import TokenTrail

WRITE: Final = 10.0  # seconds

M = TypeVar("M", bound=BaseModel)
P = TypeVar("P", bound=wire.Page)
V = TypeVar("V")


class Calls:
    """The common part. Every method raises `bot.errors.PulumiError` and nothing else.

    Reads are tried again within one deadline. A write is sent once; that it raises a NothingHappened is a proof, and
    after anything else nobody knows: look before asking for the same again.
    """

    def __init__(self, exchange: Exchange, seconds: float = WRITE) -> None:
        self._exchange = exchange
        self._seconds = seconds

    def within(self, seconds: float) -> Self:
        """The same server, token and connections, with `seconds` for each write instead of ten."""
        other = copy(self)
        other._seconds = seconds  # noqa: SLF001  # a copy of this
        return other

    async def _get(self, endpoint: str, shape: type[M], *path: str, query: Query | None = None) -> M:
        return wire.read(endpoint, shape, await self._exchange.get(endpoint, "api", *path, query=query))

    async def _send(
        self, method: str, endpoint: str, *path: str, body: Body | None = None, query: Query | None = None
    ) -> bytes:
        return await self._exchange.send(method, endpoint, "api", *path, within=self._seconds, body=body, query=query)


async def listed(
    ask: Callable[[str | None], Awaitable[P]], items: Callable[[P], Iterable[V]], key: Callable[[V], Hashable]
) -> AsyncIterator[V]:
    """A list that continues by token, no item twice. It ends where the server repeats itself, too."""
    trail, seen = TokenTrail(), set[Hashable]()
    while True:
        page = await ask(trail.token)
        found = list(items(page))
        fresh = [each for each in found if key(each) not in seen]
        seen.update(map(key, fresh))
        for each in fresh:
            yield each
        if not trail.follow(page.token) or (found and not fresh):
            return


def stack_path(stack: StackRef) -> tuple[str, ...]:
    """Where the server keeps a stack."""
    return ("stacks", stack.org, stack.project, stack.stack)
