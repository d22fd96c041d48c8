"""A served fake Pulumi Cloud, and a reader of it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from sandbox.pulumi import PulumiCloud, create
from sandbox.pulumi.world import Stack, Update

Json = dict[str, Any]
START = 1_795_526_400.0
SERVICE = {"output-type": "service", "page": "1", "pageSize": "5"}
SHOP = "/api/stacks/acme/shop/prod"
WAREHOUSE = "/api/stacks/acme/data/warehouse"


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Service:
    """A served cloud, asked with the bot's token unless told otherwise."""

    cloud: PulumiCloud
    clock: Clock
    http: TestClient[Any, Any]
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, path: str, *, method: str = "GET", **query: str) -> ClientResponse:
        headers = self.headers or {"Authorization": f"token {self.cloud.token}"}
        return await self.http.request(method, f"/pulumi{path}", params=query, headers=headers)

    async def get(self, path: str, **query: str) -> Json:
        answer = await self.ask(path, **query)
        assert answer.status == 200, (path, query, await answer.text())
        assert answer.headers["X-Pulumi-Request-ID"]
        return dict(await answer.json())

    async def pages(self, **query: str) -> list[Json]:
        """All pages of the list of stacks."""
        found = [await self.get("/api/user/stacks", **query)]
        while token := found[-1].get("continuationToken"):
            found.append(await self.get("/api/user/stacks", **query, continuationToken=token))
        return found

    async def events(self, name: str, update: Update) -> tuple[list[Json], str | None]:
        """The events that are there now, and the last token."""
        path, found, token = f"/api/stacks/{name}/update/{update.id}/events", [], ""
        while True:
            page = await self.get(path, **({"continuationToken": token} if token else {}))
            found += page["events"]
            if page["continuationToken"] in {None, token}:
                return found, page["continuationToken"]
            token = page["continuationToken"]


@asynccontextmanager
async def serve(profile: str = "current") -> AsyncIterator[Service]:
    """A new cloud in the loop of the test, under a clock that stands still."""
    clock = Clock()
    cloud = create(profile=profile, now=clock)
    app = web.Application()
    app.add_routes(cloud.control_routes())
    app.add_subapp("/pulumi", cloud.routes_api())
    async with TestClient(TestServer(app)) as client:
        yield Service(cloud, clock, client)


def recent(cloud: PulumiCloud) -> Iterator[tuple[Stack, Update]]:
    """The first and the last updates of every stack, and all previews."""
    for stack in cloud.world.stacks.values():
        for update in (*stack.updates[:1], *stack.updates[-4:], *stack.previews):
            yield stack, update
