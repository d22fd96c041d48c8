"""Pulumi Cloud as one object: what the API serves, what the page and the tests drive."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from sandbox.pulumi import seed as seeds
from sandbox.pulumi.api import Api
from sandbox.pulumi.people import BOT
from sandbox.pulumi.resources import Place
from sandbox.pulumi.scenarios import SCENARIOS, Twist
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.wire import Profile, Wire
from sandbox.pulumi.world import Stack, Update, World, uuid

_TICK = 0.2


class Unknown(Exception):
    """There is no such stack or scenario."""


class Locked(Exception):
    """An update runs on the stack already."""


class Idle(Exception):
    """Nothing runs on the stack."""


class PulumiCloud:
    """A Pulumi Cloud. Whatever has been released of an update follows from `now()`; no task runs in the background."""

    def __init__(self, seed: int, profile: Profile, speed: float, now: Callable[[], float]) -> None:
        self.profile: Profile = profile
        self.speed = speed
        self.now = now
        self._seed = seed
        self._changes = 0
        self._bell = asyncio.Event()
        self._watched: list[tuple[Stack, Update]] = []
        self._begin()

    def _begin(self) -> None:
        self.world: World = seeds.build(self._seed, self.now())
        self.theatre = Theatre(self.world, self.now)
        self.wire = Wire(self.profile, self.theatre)
        self._watched = [(s, u) for s in self.world.stacks.values() if (u := self.theatre.running(s))]

    @property
    def token(self) -> str:
        """The bot's access token."""
        return self.token_of(BOT)

    def token_of(self, login: str) -> str:
        """The access token of a member."""
        return self.world.token(login)

    @property
    def rev(self) -> int:
        """Grows with everything that becomes visible: something played, an upload of events, an end, a reset."""
        return self._changes + sum(self.theatre.arrived(stack, update) for stack, update in self._watched)

    async def changed(self, after: int, seconds: float = 20.0) -> int:
        """Wait until `rev` is larger, at most so many seconds; gives `rev`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self.rev <= after and (left := deadline - loop.time()) > 0:
            await self._ring(min(left, _TICK))
        return self.rev

    async def _ring(self, seconds: float) -> None:
        bell = self._bell
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return

    def _change(self) -> None:
        self._changes += 1
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def stack(self, name: str) -> Stack:
        """The stack `org/project/stack`; Unknown if there is none."""
        try:
            return self.world.stacks[Place.parse(name)]
        except (KeyError, ValueError):
            raise Unknown(f"There is no stack {name}.") from None

    def play(
        self, name: str, scenario: str, *, speed: float | None = None, author: str = "ci-bot", message: str | None = None,
        twist: Twist | None = None,
    ) -> Update:  # fmt: skip
        """Begin an update on the stack, or a preview, which needs no lock. `speed` 0 brings it to its end at once."""
        stack = self.stack(name)
        if scenario not in SCENARIOS:
            raise Unknown(f"There is no scenario {scenario}.")
        preview = SCENARIOS[scenario].kind.startswith("P")
        if not preview and self.theatre.running(stack):
            raise Locked(f"An update runs on {name} already.")
        latest = self.theatre.latest(stack)
        version = (latest.version if latest else 0) + 1
        kept = stack.previews if preview else stack.updates
        mark = uuid(self._seed, stack.place, version, scenario, "played", len(kept))
        words = SCENARIOS[scenario].about if message is None else message
        pace = self.speed if speed is None else speed
        update = Update(
            mark,
            version,
            scenario,
            author,
            words,
            self.now(),
            pace,
            chained=True,
            fresh=latest is None,
            twist=twist or Twist(),
        )
        kept.append(update)
        self._watched.append((stack, update))
        self._change()
        return update

    def finish(self, name: str) -> Update:
        """Play what runs on the stack, previews too, to its end at once; the lock's holder, else the preview."""
        stack = self.stack(name)
        open_now = [u for u in (*stack.updates[-1:], *stack.previews) if not self.theatre.over(stack, u)]
        if not open_now:
            raise Idle(f"Nothing runs on {name}.")
        for update in open_now:
            update.cut = self.now()
        self._change()
        return open_now[0]

    def reset(self) -> None:
        """Everything as it was at the start, only that the start is now."""
        self._changes = self.rev
        self._begin()
        self._change()

    def routes_api(self) -> web.Application:
        """A new application with the REST API, to be mounted under /pulumi; it serves this cloud, whatever is reset."""
        return Api(lambda: self.theatre, lambda: self.wire).application()
