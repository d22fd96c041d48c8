"""Clients by token: one for each person who linked their account, all over one memory."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from pydantic import SecretStr

from bot.ports import Clock, PulumiApi
from bot.pulumi.cache import CachedPulumi
from bot.pulumi.client import PulumiClient
from bot.pulumi.exchange import Timeouts
from bot.pulumi.memory import Memory


def own_clients(
    base_url: str, *, clock: Clock, timeouts: Timeouts, memory: Memory | None = None
) -> Callable[[SecretStr], AbstractAsyncContextManager[PulumiApi]]:
    """Opens clients for people's own tokens. What one of them writes, all that share the `memory` forget.

    ValueError on entering: the token cannot be used.
    """

    @asynccontextmanager
    async def connect(token: SecretStr) -> AsyncIterator[PulumiApi]:
        client = PulumiClient(base_url, token, clock=clock, timeouts=timeouts, own=True)
        cached = CachedPulumi(client, memory)
        try:
            yield cached
        finally:
            await cached.aclose()
            await client.aclose()

    return connect
