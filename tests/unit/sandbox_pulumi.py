"""A served fake Pulumi Cloud, and a reader of it."""

import json
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

    async def send(
        self, method: str, path: str, body: Any = None, *, by: str = "", status: int | None = None, **query: Any
    ) -> Any:
        """What is answered to a person's or a machine's request (else the bot's), None for nothing."""
        token = self.cloud.token_of(by) if by else self.cloud.token
        headers, more = {"Authorization": f"token {token}"}, {} if body is None else {"json": body}
        answer = await self.http.request(method, f"/pulumi{path}", params=query, headers=headers, **more)
        assert answer.status == (status or 200), (method, path, answer.status, await answer.text())
        content = await answer.read()
        found: Any = json.loads(content) if content else None
        assert answer.status < 400 or set(found) == {"code", "message"}
        return found["message"] if answer.status >= 400 else found

    async def log(self, org: str = "acme", **query: Any) -> list[Json]:
        """The newest page of the audit log."""
        query.setdefault("startTime", str(int(self.clock.now) + 1))
        return list((await self.send("GET", f"/api/orgs/{org}/auditlogs", **query))["auditLogEvents"])

    async def noted(self, event: str, words: str, org: str = "acme", by: str = "pulumi-bot") -> None:
        """The last thing in the audit log is this."""
        last = (await self.log(org))[0]
        assert (last["event"], last["description"], last["user"]["githubLogin"]) == (event, words, by)

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
