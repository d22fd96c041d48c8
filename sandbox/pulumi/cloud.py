"""Pulumi Cloud as one object: what the API serves, what the page and the tests drive."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from sandbox.pulumi import seed as seeds
from sandbox.pulumi.api import Api
from sandbox.pulumi.control import Control
from sandbox.pulumi.errors import Idle, Locked, Unknown
from sandbox.pulumi.gate import Gate
from sandbox.pulumi.past import begun
from sandbox.pulumi.people import BOT
from sandbox.pulumi.resources import Place
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.scene import PLAIN, Twist
from sandbox.pulumi.switches import Switches
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.wire import Profile, Wire
from sandbox.pulumi.world import Stack, Update, World, uuid

_TICK = 0.2


class PulumiCloud:
    """A Pulumi Cloud. Whatever has been released of an update follows from `now()`; no task runs in the background."""

    def __init__(self, seed: int, profile: Profile, speed: float, now: Callable[[], float]) -> None:
        self.profile: Profile = profile
        self.speed = speed
        self.now = now
        self._seed = seed
        self._changes = 0
        self._played = 0
        self._bell = asyncio.Event()
        self._open = True
        self._begin()

    def _begin(self) -> None:
        self.world: World = seeds.build(self._seed, self.now())
        self.theatre = Theatre(self.world, self.now)
        self.wire = Wire(self.profile, self.theatre)
        self.switches = Switches.of(self.profile)
        self._watched = [(s, u) for s in self.world.stacks.values() if (u := self.theatre.running(s))]

    @property
    def token(self) -> str:
        """The bot's access token."""
        return self.token_of(BOT)

    def token_of(self, login: str) -> str:
        """The first access token of a person, and a machine's by its name."""
        return self.world.token(login)

    @property
    def rev(self) -> int:
        """Grows with everything that becomes visible: something played, an upload of events, an end, a reset."""
        for stack, update in [each for each in self._watched if self.theatre.over(*each)]:
            self._changes += self.theatre.arrived(stack, update)
            self._watched.remove((stack, update))
        return self._changes + sum(self.theatre.arrived(*each) for each in self._watched)

    async def changed(self, after: int, seconds: float = 20.0) -> int:
        """Wait until `rev` is larger, at most so many seconds, not at all after `close`; gives `rev`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._open and self.rev <= after and (left := deadline - loop.time()) > 0:
            await self._ring(min(left, _TICK))
        return self.rev

    async def _ring(self, seconds: float) -> None:
        """Sleep until something is changed from outside; time itself rings no bell."""
        bell = self._bell
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return

    def _wake(self) -> None:
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()

    def _change(self) -> None:
        self._changes += 1
        self._wake()

    def close(self) -> None:
        """Let everybody go who waits for a change."""
        self._open = False
        self._wake()

    def stack(self, name: str) -> Stack:
        """The stack `org/project/stack`; Unknown if there is none."""
        try:
            return self.world.stacks[Place.parse(name)]
        except (KeyError, ValueError):
            raise Unknown(f"There is no stack {name}.") from None

    def play(  # noqa: PLR0913 - what the CLI is told, each with a default
        self,
        name: str,
        scenario: str,
        *,
        speed: float | None = None,
        author: str = "ci-bot",
        message: str | None = None,
        twist: Twist = PLAIN,
    ) -> Update:
        """Begin an update on the stack, or a preview, which needs no lock. `speed` 0 brings it to its end at once.

        Unknown, Locked, or ValueError for a negative speed.
        """
        stack, pace = self.stack(name), self.speed if speed is None else speed
        if scenario not in SCENARIOS:
            raise Unknown(f"There is no scenario {scenario}.")
        if pace < 0:
            raise ValueError("speed is negative")
        update = self._cast(stack, scenario, pace, author, twist)
        update.message = SCENARIOS[scenario].about if message is None else message
        self._watched.append((stack, update))
        self.world.organizations[stack.place.org].log.append(begun(stack, update))
        self._change()
        return update

    def _cast(self, stack: Stack, scenario: str, speed: float, author: str, twist: Twist) -> Update:
        kept = stack.previews if SCENARIOS[scenario].kind.startswith("P") else stack.updates
        if kept is stack.updates and self.theatre.running(stack):
            raise Locked(f"An update runs on {stack.place} already.")
        latest = self.theatre.latest(stack)
        version = latest.version + 1 if latest else 1
        self._played += 1
        mark = uuid(self._seed, stack.place, version, scenario, "played", self._played)
        update = Update(
            mark, version, scenario, author, "", self.now(), speed, latest is None, chained=True, twist=twist
        )
        kept.append(update)
        return update

    def finish(self, name: str) -> Update:
        """Bring what runs on the stack, previews too, to its end; gives the update, else the preview. Idle if none."""
        stack = self.stack(name)
        found = [u for u in (*stack.updates[-1:], *stack.previews) if not self.theatre.over(stack, u)]
        if not found:
            raise Idle(f"Nothing runs on {name}.")
        for update in found:
            update.cut = self.now()
        self._change()
        return found[0]

    def reset(self) -> None:
        """Everything as it was at the start, only that the start is now. What is played later gets new ids."""
        self._changes = self.rev
        self._begin()
        self._change()

    def routes_api(self) -> web.Application:
        """A new application with the REST API, to be mounted under /pulumi; it serves this cloud, whatever is reset."""
        self._open = True
        gate = Gate(lambda: self.theatre, lambda: self.wire, lambda: self.switches, self._change)
        app = Api(gate).application()
        app.on_shutdown.append(self._shut)
        return app

    async def _shut(self, _app: web.Application) -> None:
        self.close()

    def control_routes(self) -> list[web.RouteDef]:
        """What the page and the tests drive, under /control/pulumi."""
        return Control(self).routes()
