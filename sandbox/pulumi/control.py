"""The routes under /control/pulumi: what is there, play something, finish it."""

from json import JSONDecodeError
from math import inf
from typing import Any, Protocol

from aiohttp import web

from sandbox.pulumi.errors import Idle, Locked, Unknown
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.wire import Profile
from sandbox.pulumi.world import Stack, Update, World

Json = dict[str, Any]

_LONG_POLL = 20.0


class Cloud(Protocol):
    """What is driven."""

    profile: Profile
    speed: float
    theatre: Theatre
    world: World

    @property
    def rev(self) -> int:
        """Grows with every change."""

    async def changed(self, after: int, seconds: float = ...) -> int:
        """Wait for a change."""

    def play(self, name: str, scenario: str, *, speed: float | None = ...) -> Update:
        """Begin an update."""

    def finish(self, name: str) -> Update:
        """Bring what runs to its end."""


class Control:
    """The handlers, over one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def routes(self) -> list[web.RouteDef]:
        """All of them, to be added to any application."""
        return [
            web.get("/control/pulumi", self.state),
            web.post("/control/pulumi/play", self.play),
            web.post("/control/pulumi/finish", self.finish),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """Everything that the panel shows; with `after`, once the revision is larger or the wait is over."""
        if (after := request.query.get("after")) is not None:
            if not after.isdecimal():
                return _refused(400, "bad_after", "'after' is a revision: a whole number.")
            await self._cloud.changed(int(after), _LONG_POLL)
        return web.json_response(self._state())

    def _state(self) -> Json:
        cloud = self._cloud
        return {
            "rev": cloud.rev,
            "profile": cloud.profile,
            "speed": cloud.speed,
            "organizations": sorted({place.org for place in cloud.world.stacks}),
            "scenarios": [{"name": s.name, "title": s.title, "about": s.about} for s in SCENARIOS.values()],
            "stacks": [self._stack(stack) for stack in cloud.world.stacks.values() if not stack.hidden],
        }

    def _stack(self, stack: Stack) -> Json:
        theatre = self._cloud.theatre
        latest, running = theatre.latest(stack), theatre.running(stack)
        ending = theatre.ending(stack, latest) if latest else None
        return {
            "stack": str(stack.place),
            "resources": len(ending.after) if ending else 0,
            "version": latest.version if latest else 0,
            "result": ending.status if ending else None,
            "kind": latest.kind if latest else None,
            "ended": theatre.ended(stack, latest) if latest else None,
            "running": self._running(stack, running) if running else None,
        }

    def _running(self, stack: Stack, update: Update) -> Json:
        done, total = self._cloud.theatre.progress(stack, update)
        return {
            "update_id": update.id,
            "version": update.version,
            "kind": update.kind,
            "scenario": update.scenario,
            "started": int(update.started),
            "done": done,
            "total": total,
        }

    async def play(self, request: web.Request) -> web.Response:
        """Begin an update or a preview."""
        body = await _body(request)
        speed = body.get("speed")
        if not isinstance(body.get("stack"), str) or not isinstance(body.get("scenario"), str):
            return _refused(400, "bad_request", "'stack' and 'scenario' are needed, both texts.")
        if speed is not None and (
            isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 <= speed < inf
        ):
            return _refused(400, "bad_speed", "'speed' is a number, 0 or more.")
        try:
            update = self._cloud.play(body["stack"], body["scenario"], speed=speed)
        except Unknown as unknown:
            return _refused(404, "unknown", str(unknown))
        except Locked as locked:
            return _refused(409, "locked", str(locked))
        return _played(update)

    async def finish(self, request: web.Request) -> web.Response:
        """Bring what runs to its end."""
        body = await _body(request)
        try:
            update = self._cloud.finish(str(body.get("stack")))
        except Unknown as unknown:
            return _refused(404, "unknown", str(unknown))
        except Idle as idle:
            return _refused(409, "idle", str(idle))
        return _played(update)


async def _body(request: web.Request) -> Json:
    """The JSON object that was sent; nothing for anything else."""
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _played(update: Update) -> web.Response:
    return web.json_response({"ok": True, "update_id": update.id, "version": update.version})


def _refused(status: int, error: str, message: str) -> web.Response:
    return web.json_response({"ok": False, "error": error, "message": message}, status=status)
