"""An app behind a request URL that sees every request raw, checks it as slack_sdk does, and answers as it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, host_app

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Got:
    """One request as it came, url_verification left out."""

    headers: Mapping[str, str]
    body: str
    genuine: bool

    @property
    def form(self) -> dict[str, str]:
        assert self.headers["Content-Type"] == FORM
        return dict(parse_qsl(self.body, keep_blank_values=True, strict_parsing=True))

    @property
    def json(self) -> Json:
        assert self.headers["Content-Type"] == "application/json"
        found: Json = json.loads(self.body)
        return found


@dataclass
class App:
    """`answer` makes the answer to each request; `got` holds what came."""

    now: Callable[[], float]
    answer: Callable[[Got], Any] = lambda _: web.Response()
    got: "asyncio.Queue[Got]" = field(default_factory=asyncio.Queue)
    echoes: bool = True
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        if "url_verification" in body:
            return web.Response(text=json.loads(body)["challenge"] if self.echoes else "Hello")
        got = Got(request.headers.copy(), body, self._genuine(request, body))
        await self.got.put(got)
        answer = self.answer(got)
        found: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
        return found

    async def never(self) -> web.Response:
        """An answer that does not come while the test lasts."""
        await self.over.wait()
        return web.Response()

    async def next(self) -> Got:
        async with asyncio.timeout(10):
            return await self.got.get()

    def _genuine(self, request: web.Request, body: str) -> bool:
        verifier = SignatureVerifier(seed.SIGNING_SECRET, self)  # type: ignore[arg-type]  # it wants a `now()`
        return verifier.is_valid_request(body, dict(request.headers))


@asynccontextmanager
async def listening(slack: Slack) -> AsyncIterator[App]:
    """An app that the workspace has found at its request URL."""
    app, site = App(slack.clock), web.Application()
    site.router.add_post("/slack/events", app.serve)
    async with host_app(site) as url:
        slack.workspace.http.connect(f"{url}/slack/events", f"{slack.url}/slack")
        await slack.until(lambda state: bool(state["bot"]["connected"]))
        yield app
        app.over.set()
        slack.workspace.http.disconnect()
        if slack.workspace.http.watch:
            await slack.workspace.http.watch  # no request is under way when the app ends
