"""Whether this process can do its work, part by part."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from bot.errors import PulumiError
from bot.ports import PulumiApi, Settings

_LIMIT = 3.0  # seconds for each part


class Health:
    """What `/readyz` says. Pulumi is asked at most once a minute (the client remembers)."""

    def __init__(self, store: Settings, slack: Callable[[], Awaitable[bool]], pulumi: PulumiApi) -> None:
        self._store = store
        self._slack = slack
        self._pulumi = pulumi

    async def parts(self) -> Mapping[str, bool]:
        """Part → whether it answers."""
        store, slack, pulumi = await asyncio.gather(*map(_in_time, (self._stored(), self._slack(), self._answers())))
        return {"store": store, "slack": slack, "pulumi": pulumi}

    async def _stored(self) -> bool:
        await self._store.get("health", "ping")
        return True

    async def _answers(self) -> bool:
        try:
            await self._pulumi.user()
        except PulumiError:
            return False
        return True


async def _in_time(part: Awaitable[bool]) -> bool:
    try:
        async with asyncio.timeout(_LIMIT):
            return await part
    except Exception:  # noqa: BLE001  # whatever is wrong with a part, the answer is that it is not ready
        return False
