"""The whole bot in the test's own loop, at its socket: for conversations that need no process of their own."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.app import listen
from bot.approvals import Request
from bot.intake import bolt_app, identity
from bot.tasks import Tasks
from bot.timing import FAST, Timing
from bot.wiring import Reach, nothing
from sandbox.slack import seed
from tests.e2e.conversation import PEOPLE, Conversation
from tests.town import NOON, POLICY, Ground, Town, bot, ground

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
WITH_KEY = {"encryption_keys": KEY}


class Clock:
    """Time that goes on by itself from NOON, and leaps when told to."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=time.monotonic() - self._begun)

    def leap(self, **span: float) -> None:
        """`leap(hours=4)`: it is later now."""
        self._begun -= timedelta(**span).total_seconds()


@dataclass
class City:
    """A sandbox whose bots come and go, people who talk to them, and what has reached Pulumi."""

    ground: Ground
    slack: Conversation
    clock: Clock
    writes: list[str] = field(default_factory=list)
    late: float = 0  # seconds that Pulumi keeps the answer to a write, after it was done

    async def person(self, who: str, **changes: Any) -> None:
        """Deactivated, a guest, …: what administrators do."""
        await self.slack.control("people", {"user": PEOPLE[who], **changes})

    async def group(self, **changes: list[str]) -> None:
        """Who is in @sre: `add`, `remove`."""
        users = {name: [PEOPLE[who] for who in some] for name, some in changes.items()}
        await self.slack.control("groups", {"group": seed.SRE, **users})

    async def fault(self, service: str, match: str, kind: str, times: int = 1, **more: Any) -> None:
        """A bad day."""
        body = {"service": service, "match": match, "kind": kind, "times": times, **more}
        await self.slack.control("faults", body)

    async def update_runs(self, stack: str) -> None:
        """Somebody changes the stack elsewhere."""
        await self.slack.control("pulumi/play", {"stack": stack, "scenario": "first-deploy", "speed": 0})


@dataclass
class Live:
    """A bot that listens and works."""

    city: City
    town: Town

    @property
    def slack(self) -> Conversation:
        return self.city.slack

    async def request(self, request_id: str) -> Request:
        """As the store has it."""
        return await self.town.services.decisions.find(request_id)

    async def until(self, what: Callable[[], Any]) -> Any:
        """Wait for something that no message tells; `what` may be a coroutine function."""
        async with asyncio.timeout(15):
            while True:
                found = what()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.02)


@asynccontextmanager
async def city() -> AsyncIterator[City]:
    """A sandbox and its people."""
    clock = Clock()

    @web.middleware
    async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if request.path.startswith("/pulumi/") and request.method not in {"GET", "HEAD"}:
            place.writes.append(f"{request.method} {request.path.removeprefix('/pulumi/api/')}")
            await asyncio.sleep(place.late)
        return answer

    async with ground(now=clock, weather=noted) as at, aiohttp.ClientSession() as http:
        place = City(at, Conversation(http, at.address), clock)
        yield place


@asynccontextmanager
async def awake(
    place: City,
    folder: Path,
    *,
    timing: Timing = FAST,
    reach: Reach = nothing,
    policy: str = POLICY,
    env: Mapping[str, str] | None = None,
    leads: bool = True,
) -> AsyncIterator[Live]:
    """A bot on its feet: connected, and (if it `leads`) with its loops running."""
    settings = dict(WITH_KEY if env is None else env)
    async with bot(
        place.ground, folder, now=place.clock, timing=timing, reach=reach, policy=policy, env=settings
    ) as town:
        world, tasks, stop = town.services.world, Tasks(), asyncio.Event()
        me = await identity(world.slack, stop)
        assert me
        app = bolt_app(world.slack, me, "unused")
        listen(app, world, town.services, tasks)
        socket = AsyncSocketModeHandler(app, seed.APP_TOKEN)
        await socket.connect_async()
        leading = asyncio.create_task(town.services.leader.run(stop)) if leads else None
        try:
            await place.slack.connected()
            yield Live(place, town)
        finally:
            await socket.close_async()
            await tasks.drain(5)
            stop.set()
            if leading:
                await leading


@asynccontextmanager
async def living(folder: Path, **how: Any) -> AsyncIterator[Live]:
    """A bot on its feet in a sandbox of its own."""
    async with city() as place, awake(place, folder, **how) as live:
        yield live
