"""Control routes for what happens to stacks around the plays: many at once, made, given away, deleted."""

import asyncio
from typing import Final, Protocol

from aiohttp import web

from sandbox.pulumi.control import Cloud, Json, is_speed, read_body, refused
from sandbox.pulumi.errors import Locked, Unknown
from sandbox.pulumi.failures import CAUSES
from sandbox.pulumi.resources import Place
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.scene import PLAIN, Twist
from sandbox.pulumi.seed import founded
from sandbox.pulumi.world import Stack

MOST: Final = 500
STORM, ORG, SIZE = "storm", "acme", 11
BREATH: Final = 10  # stacks, and then others may do something
CAUSED: Final = frozenset({"failing-resource", "fails-again", "fails-otherwise", "recovers"})
DEEDS: Final = ("create", "delete", "transfer")


class Stage(Cloud, Protocol):
    """The cloud, as it is changed from outside the API."""

    def now(self) -> float:
        """The time."""

    def stack(self, name: str) -> Stack:
        """The stack of that name."""

    def change(self) -> None:
        """Tell those who watch."""


class Stagehand:
    """The handlers, over one cloud. No lock stops them: what they do has happened behind the API's back."""

    def __init__(self, cloud: Stage) -> None:
        self._cloud = cloud

    def routes(self) -> list[web.RouteDef]:
        """All of them, to be added to any application."""
        return [
            web.post("/control/pulumi/storm", self.storm),
            web.post("/control/pulumi/stack", self.stack),
        ]

    async def storm(self, request: web.Request) -> web.Response:
        """Play on so many stacks of their own project at once; those that are there already and run are left out."""
        body = await read_body(request)
        wrong, scenarios = _wrong(body)
        if wrong:
            return refused(400, "bad_storm", wrong)
        causes = [next(iter(CAUSES))] if body.get("same_cause") else list(CAUSES)
        played = []
        for number in range(body["stacks"]):
            place, scenario = Place(ORG, STORM, f"s-{number + 1:03}"), scenarios[number % len(scenarios)]
            twist = Twist(cause=causes[number % len(causes)]) if scenario in CAUSED else PLAIN
            played += self._strike(place, scenario, body.get("speed"), twist)
            if number % BREATH == 0:
                await asyncio.sleep(0)
        return web.json_response({"ok": True, "played": len(played), "stacks": played})

    def _strike(self, place: Place, scenario: str, speed: float | None, twist: Twist) -> list[str]:
        world = self._cloud.world
        if place not in world.stacks:
            world.stacks[place] = founded(place, SIZE, self._cloud.now(), {})
        try:
            self._cloud.play(str(place), scenario, speed=speed, twist=twist)
        except Locked:
            return []
        return [str(place)]

    async def stack(self, request: web.Request) -> web.Response:
        """`create`, `delete` or `transfer` (`to` an organization) a stack, whatever runs on it."""
        body = await read_body(request)
        deed, name, to = body.get("do"), str(body.get("stack")), str(body.get("to"))
        tags = body.get("tags") or {}
        if deed not in DEEDS or not isinstance(tags, dict):
            return refused(400, "bad_deed", f"'do' is {', '.join(DEEDS[:-1])} or {DEEDS[-1]}, 'tags' an object.")
        try:
            if deed == "create":
                self._create(name, {str(key): str(value) for key, value in tags.items()})
            elif deed == "delete":
                del self._cloud.world.stacks[self._cloud.stack(name).place]
            else:
                self._give(self._cloud.stack(name), to)
        except Unknown as unknown:
            return refused(404, "unknown", str(unknown))
        except ValueError as wrong:
            return refused(400, "bad_stack", str(wrong))
        self._cloud.change()
        return web.json_response({"ok": True})

    def _create(self, name: str, tags: dict[str, str]) -> None:
        place, world = Place.parse(name), self._cloud.world
        if place in world.stacks or place.org not in world.organizations:
            raise ValueError(f"{name} is there already, or its organization is not.")
        world.stacks[place] = founded(place, SIZE, self._cloud.now(), tags)

    def _give(self, stack: Stack, to: str) -> None:
        there = {(place.org, place.project, place.stack) for place in self._cloud.world.stacks}
        if to not in self._cloud.world.organizations or (to, stack.place.project, stack.place.stack) in there:
            raise ValueError(f"There is no organization '{to}', or it has such a stack.")
        self._cloud.world.move(stack, to)


def _wrong(body: Json) -> tuple[str, list[str]]:
    """What is wrong with a storm, "" for nothing; and its scenarios, which take turns."""
    count, wanted = body.get("stacks"), body.get("scenario")
    scenarios = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST:
        return f"'stacks' is a whole number from 1 to {MOST}.", []
    if not scenarios or any(each not in SCENARIOS for each in scenarios):
        return "'scenario' is one, or a list of them.", []
    if not is_speed(body.get("speed")):
        return "'speed' is a number, 0 or more.", []
    return "", [str(each) for each in scenarios]
