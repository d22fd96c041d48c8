"""The routes under /control/pulumi: what is there, play something, finish it."""

from collections.abc import Sequence
from json import JSONDecodeError
from math import inf
from typing import Any, Protocol

from aiohttp import web

from sandbox.pulumi.errors import Idle, Locked, Unknown
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.scene import Twist
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

    def play(
        self, name: str, scenario: str, *, speed: float | None = ..., twist: Twist = ..., then: Sequence[str] = ...
    ) -> Update:
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
                return refused(400, "bad_after", "'after' is a revision: a whole number.")
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
            "scenario": latest.scenario if latest else None,
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
        body = await read_body(request)
        speed, then = body.get("speed"), body.get("then", [])
        if not isinstance(body.get("stack"), str) or not isinstance(body.get("scenario"), str):
            return refused(400, "bad_request", "'stack' and 'scenario' are needed, both texts.")
        if not is_speed(speed):
            return refused(400, "bad_speed", "'speed' is a number, 0 or more.")
        if not isinstance(then, list):
            return refused(400, "bad_request", "'then' is a list of scenarios.")
        try:
            update = self._cloud.play(body["stack"], body["scenario"], speed=speed, then=[str(each) for each in then])
        except Unknown as unknown:
            return refused(404, "unknown", str(unknown))
        except Locked as locked:
            return refused(409, "locked", str(locked))
        return _played(update)

    async def finish(self, request: web.Request) -> web.Response:
        """Bring what runs to its end."""
        body = await read_body(request)
        try:
            update = self._cloud.finish(str(body.get("stack")))
        except Unknown as unknown:
            return refused(404, "unknown", str(unknown))
        except Idle as idle:
            return refused(409, "idle", str(idle))
        return _played(update)


def is_speed(value: object) -> bool:
    """Whether it says how fast to play; None is as fast as usual."""
    right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf
    return value is None or right


async def read_body(request: web.Request) -> Json:
    """The JSON object that was sent; nothing for anything else."""
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}


def _played(update: Update) -> web.Response:
    return web.json_response({"ok": True, "update_id": update.id, "version": update.version})


def refused(status: int, error: str, message: str) -> web.Response:
    """No, in the contract's word and in a sentence."""
    return web.json_response({"ok": False, "error": error, "message": message}, status=status)
