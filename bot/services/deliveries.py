"""Deliveries of Pulumi's webhooks: who may make them, and how their hints reach the replica that leads."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog
from cachetools import TTLCache

from bot.console import Console
from bot.errors import PulumiError
from bot.records import Fence, StoreDown
from bot.timing import Timing
from bot.webhooks import Hint, Junk, is_signed, read_hint

log = structlog.get_logger()

_REMEMBERED: Final = 10_000
_FOR: Final = 24 * 3600.0  # seconds; nothing says how late a delivery may be sent again


class Mail(Protocol):
    """From whoever heard something to whoever leads."""

    async def leave(self, hint: Hint) -> None:
        """For the leader."""

    async def take(self) -> list[Hint]:
        """All there are, which are gone then."""


class Deliveries:
    """`hear` is told every hint where this process leads; elsewhere it is left for the one that does."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        secret: str,
        console: Console,
        orgs: Callable[[], Awaitable[Sequence[str]]],
        mail: Mail,
        *,
        hear: Callable[[Hint], None],
        leads: Callable[[], bool],
        timing: Timing,
    ) -> None:
        self._secret = secret
        self._console = console
        self._orgs = orgs
        self._mail = mail
        self._hear = hear
        self._leads = leads
        self._timing = timing
        self._done: TTLCache[str, bool] = TTLCache(_REMEMBERED, _FOR)

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether it is signed with our secret. `headers` have names in lower case."""
        return is_signed(body, headers.get("pulumi-webhook-signature", ""), self._secret)

    async def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """See to a genuine delivery. One that failed may come again under the same id, so only a success is noted."""
        delivery, kind = headers.get("pulumi-webhook-id", ""), headers.get("pulumi-webhook-kind", "")
        if delivery and delivery in self._done:
            return
        try:
            hint = read_hint(kind, body, self._console)
            if hint and await self._is_ours(hint):
                await self._pass_on(hint)
        except Junk:
            log.warning("a webhook's delivery can't be read", kind=kind, bytes=len(body))
        except (StoreDown, PulumiError) as error:
            log.warning("a webhook's hint is lost", kind=kind, cause=str(error))
        else:
            self._done[delivery] = True

    async def _is_ours(self, hint: Hint) -> bool:
        """Whether it is about an organization that we may show."""
        return hint.stack is None or hint.stack.org.casefold() in {org.casefold() for org in await self._orgs()}

    async def _pass_on(self, hint: Hint) -> None:
        if self._leads():
            self._hear(hint)
        else:
            await self._mail.leave(hint)

    async def run(self, _: Fence) -> None:
        """Take what the others left, while this process leads."""
        while True:
            for hint in await self._mail.take():
                self._hear(hint)
            await asyncio.sleep(self._timing.feed_hints)
