"""`bot.ports.PulumiApi` over HTTP: one method for each endpoint, in one module for each subject.

Pulumi's API: https://www.pulumi.com/docs/reference/cloud-rest-api/
"""

import asyncio
import hashlib
import random
from typing import Self

import httpx
from pydantic import SecretStr

from bot.ports import Clock
from bot.pulumi.account import AccountCalls
from bot.pulumi.audit import AuditCalls
from bot.pulumi.exchange import Exchange, Jitter, Pace, Sleep, Timeouts
from bot.pulumi.organizations import OrganizationCalls
from bot.pulumi.stacks import StackCalls
from bot.pulumi.updates import UpdateCalls


class PulumiClient(StackCalls, UpdateCalls, OrganizationCalls, AccountCalls, AuditCalls):
    """One connection pool to one server with one token; make one for the process, and close it.

    `base_url` may carry a path (self-hosted servers). ValueError: the address or the token cannot be used.
    `own`: the token is that of somebody who linked their account.
    What may be raised, and how often something is sent, is `Calls`' promise.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        base_url: str,
        token: SecretStr,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        jitter: Jitter = random.random,
        timeouts: Timeouts = Timeouts(),  # noqa: B008  # frozen
        transport: httpx.AsyncBaseTransport | None = None,
        own: bool = False,
    ) -> None:
        pace = Pace(clock=clock, sleep=sleep, jitter=jitter)
        super().__init__(Exchange(base_url, token, pace=pace, timeouts=timeouts, transport=transport, own=own))
        self._identity = hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:12]

    async def aclose(self) -> None:
        """Close every connection."""
        await self._exchange.aclose()

    @property
    def fresh(self) -> Self:
        """This has no memory."""
        return self

    @property
    def identity(self) -> str:
        """The start of the token's SHA-256: the same for the same token, and no way back to it."""
        return self._identity
