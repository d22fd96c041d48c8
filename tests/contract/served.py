"""The sandbox's Pulumi Cloud on a socket, inside the test's own loop, with a clock that only moves when told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import httpx
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.model import StackRef
from bot.pulumi import PulumiClient
from sandbox.pulumi import PulumiCloud, create

Profile = Literal["seed", "current"]
PROFILES: tuple[Profile, ...] = ("seed", "current")
PROD = StackRef("acme", "shop", "prod")
BEGIN = 1_795_526_400.0


@dataclass
class Clock:
    seconds: float = BEGIN

    def __call__(self) -> float:
        return self.seconds

    async def tick(self) -> None:
        """What a follower's wait is for the sandbox: two seconds."""
        self.seconds += 2.0


@dataclass
class Served:
    """A cloud, its clock, and clients for it, which are closed with it."""

    cloud: PulumiCloud
    clock: Clock
    base: str
    made: list[PulumiClient] = field(default_factory=list)

    def client(
        self, *, token: str | None = None, path: str = "", transport: httpx.AsyncBaseTransport | None = None
    ) -> PulumiClient:
        client = PulumiClient(
            self.base + path,
            SecretStr(token or self.cloud.token),
            clock=lambda: datetime.fromtimestamp(self.clock(), UTC),
            transport=transport,
        )
        self.made.append(client)
        return client


@asynccontextmanager
async def served(profile: Profile) -> AsyncIterator[Served]:
    clock = Clock()
    cloud = create(seed=7, profile=profile, now=clock)
    app = web.Application()
    app.add_subapp("/pulumi/", cloud.routes_api())
    async with TestServer(app) as server:
        pulumi = Served(cloud, clock, str(server.make_url("/pulumi")))
        try:
            yield pulumi
        finally:
            for client in pulumi.made:
                await client.aclose()
