"""A server that answers /control with canned JSON: the page's tests need neither the bot nor the real sandbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

Json = dict[str, Any]

PAGE = Path(__file__).parents[2] / "sandbox" / "page"
NOW = 1_795_526_400.0  # 24 November 2026, 13:20 UTC
ANN, BO, GUS, BOT = "U0ANN00001", "U0BO000002", "U0GUS00005", "U0PULUMI07"
PLATFORM, ALERTS, QUIET, OLD = "C0PLATFRM2", "C0SHOPALR3", "C0RANDOM04", "C0OLDPROJ6"
DIRECT = "D0ANN00001"


def message(minute: float, user: str = BOT, text: str = "", **more: Any) -> Json:
    """A message of `minute` minutes before now (a whole channel's are oldest first)."""
    known = {"ts": f"{NOW - 60 * minute:.6f}", "user": user, "bot": user == BOT, "text": text, "blocks": []}
    rest = {"thread_ts": None, "ephemeral": False, "edited": False, "system": False, "in_response_to": None}
    return {**known, **rest, **more}


def stack(name: str, version: int = 12, result: str | None = "succeeded", **more: Any) -> Json:
    """A stack that was updated a while ago."""
    known = {"stack": name, "resources": 42, "version": version, "result": result, "kind": "update"}
    known["scenario"] = "failing-resource" if result == "failed" else "mixed-change"
    return {**known, "ended": NOW - 7_300, "running": None, **more}


def running(version: int = 97, done: int = 12, total: int = 40) -> Json:
    """The part of a stack that says how far its update is."""
    about = {"update_id": "u-1", "version": version, "kind": "update", "scenario": "failing-resource"}
    return {**about, "started": NOW - 30, "done": done, "total": total}


class Canned:
    """What the server knows; tests change it and call `changed`."""

    def __init__(self) -> None:
        self.connected = True
        self.running: bool | None = None
        self.messages: dict[str, list[Json]] = {PLATFORM: [], ALERTS: [], QUIET: [], OLD: [], DIRECT: []}
        self.stacks = [stack("acme/shop/prod", 96, "failed"), stack("acme/shop/dev"), stack("acme/web/prod", 7)]
        self.faults: list[Json] = []
        self.switches: Json = {"copies": 1}
        self.limits: Json = {"on": True, "refused": 0, "methods": [], "channels": []}
        self.calls: list[tuple[str, Json]] = []
        """Every POST, in order: the last part of its path, and its body."""
        self.answers: dict[str, tuple[int, Json]] = {
            "say": (200, {"ok": True, "kind": "command", "acked": True, "milliseconds": 12}),
            "click": (200, {"ok": True, "kind": "click", "acked": True, "milliseconds": 8}),
            "play": (200, {"ok": True, "update_id": "u-1", "version": 97}),
            "bot/kill": (200, {"ok": True}),
            "bot/start": (200, {"ok": True}),
            "finish": (200, {"ok": True}),
            "faults": (200, {"ok": True}),
            "switches": (200, {"ok": True}),
            "limits": (200, {"ok": True}),
            "storm": (200, {"ok": True, "played": 2, "stacks": ["acme/storm/s-001", "acme/storm/s-002"]}),
        }
        self.held = asyncio.Event()
        """Cleared, POSTs wait for it."""
        self.held.set()
        self.stopping = False
        self._rev = 1
        self._moved = asyncio.Condition()

    async def changed(self) -> None:
        """Tell the page."""
        async with self._moved:
            self._rev += 1
            self._moved.notify_all()

    async def add(self, channel: str, *messages: Json) -> None:
        """More messages, and tell the page."""
        self.messages[channel] += messages
        await self.changed()

    async def stop(self) -> None:
        """Let go of whoever waits."""
        self.stopping = True
        self.held.set()
        await self.changed()

    async def beyond(self, rev: int) -> int:
        """The revision, once it is larger than this one."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._rev > rev or self.stopping)
            return self._rev

    def state(self, person: str) -> Json:
        """The workspace through a person's eyes; `to` names the addressee of an ephemeral message."""
        mine = {
            channel: [{k: v for k, v in each.items() if k != "to"} for each in some if each.get("to", person) == person]
            for channel, some in self.messages.items()
        }
        return {
            "rev": self._rev,
            "now": NOW,
            "team": {"id": "T0ACME0001", "name": "Acme"},
            "bot": {"connected": self.connected, "running": self.running, "user_id": BOT, "name": "Pulumi"},
            "commands": [
                {
                    "command": "/pulumi",
                    "description": "Ask Pulumi Cloud, or change it",
                    "usage_hint": "status | stack ls | why [stack] | help",
                }
            ],
            "users": USERS,
            "groups": [{"id": "S0SRE00001", "handle": "sre", "name": "Site reliability", "members": [ANN, BO]}],
            "channels": [each for each in CHANNELS if person == ANN or not each["im"]],
            "messages": mine,
        }

    def cloud(self) -> Json:
        """Pulumi Cloud."""
        known = {"rev": self._rev, "profile": "current", "speed": 1.0, "organizations": ["acme", "newco"]}
        return {**known, "scenarios": SCENARIOS, "stacks": self.stacks}


def _user(user: str, name: str, title: str, **more: bool) -> Json:
    flags = {"guest": False, "bot": False, "deleted": False, **more}
    return {"id": user, "name": name.split(maxsplit=1)[0].lower(), "real_name": name, "title": title, **flags}


def _channel(channel: str, name: str, topic: str, **more: bool) -> Json:
    known = {"id": channel, "name": name, "topic": topic, "private": False, "im": False, "archived": False}
    return {**known, "member": True, "bot_member": True, **more}


USERS = [
    _user(ANN, "Ann Sato", "Platform engineer"),
    _user(BO, "Bo Lind", "Developer"),
    _user("U0CY000003", "Cy Okafor", "Team lead"),
    _user("U0DEE00004", "Dee Roth", "Security engineer"),
    _user(GUS, "Gus Weber", "Contractor", guest=True),
    _user("U0TIM00006", "Old Tim", "Developer", deleted=True),
    _user(BOT, "Pulumi", "", bot=True),
]
CHANNELS = [
    _channel("C0GENERAL1", "general", "Everybody", bot_member=False),
    _channel(PLATFORM, "platform", "Infrastructure, with Pulumi"),
    _channel(ALERTS, "shop-alerts", "What the shop does"),
    _channel(QUIET, "random", "Anything else", bot_member=False),
    _channel("C0SECRITY5", "security", "Private", private=True, bot_member=False),
    _channel(OLD, "old-project", "Finished", archived=True),
    _channel(DIRECT, "pulumi", "", im=True, private=True),
]
SCENARIOS = [
    {"name": "mixed-change", "title": "A usual change", "about": "Creates, updates and deletes a few resources"},
    {"name": "failing-resource", "title": "A resource fails", "about": "RDS refuses the instance class"},
]


@asynccontextmanager
async def serving(canned: Canned, port: int = 0) -> AsyncIterator[str]:
    """The address of a server for this canned sandbox and the page."""
    runner = web.AppRunner(_application(canned), access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await canned.stop()
        await runner.cleanup()


def _application(canned: Canned) -> web.Application:
    async def index(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html")

    async def state(request: web.Request) -> web.Response:
        return web.json_response(canned.state(request.query["as"]))

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        rev = 0
        with suppress(ConnectionError):
            while not canned.stopping:
                rev = await canned.beyond(rev)
                await response.write(f'data: {{"rev": {rev}}}\n\n'.encode())
        return response

    async def cloud(_: web.Request) -> web.Response:
        return web.json_response(canned.cloud())

    async def trouble(request: web.Request) -> web.Response:
        what = request.match_info["what"]
        if request.method == "DELETE":
            canned.calls.append(("remove", dict(request.query)))
        return web.json_response({what: getattr(canned, what)})

    async def post(request: web.Request) -> web.Response:
        call = request.match_info["call"].removeprefix("pulumi/")
        canned.calls.append((call, await request.json()))
        await canned.held.wait()
        status, body = canned.answers[call]
        return web.json_response(body, status=status)

    app = web.Application()
    app.add_routes([web.get("/", index), web.static("/page", PAGE), web.get("/control/state", state)])
    app.add_routes([web.get("/control/stream", stream), web.get("/control/pulumi", cloud)])
    for verb in ("GET", "DELETE"):
        app.router.add_route(verb, "/control/{what:faults|switches|limits}", trouble)
    app.add_routes([web.post("/control/{call:.+}", post)])
    return app
