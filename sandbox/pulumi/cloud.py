"""Pulumi Cloud as one object: what the API serves, what the page and the tests drive."""

import asyncio
from collections.abc import Callable, Sequence

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
from sandbox.pulumi.stagehand import Stagehand
from sandbox.pulumi.switches import Switches
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.webhook_routes import WebhookRoutes
from sandbox.pulumi.webhooks import SECRET, Webhooks
from sandbox.pulumi.wire import Profile, Wire
from sandbox.pulumi.world import Stack, Update, World, uuid

TICK = 0.2
_AT_ONCE = 1000.0


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
        self.webhooks = Webhooks(self)
        self._begin()

    def _begin(self) -> None:
        self.world: World = seeds.build(self._seed, self.now())
        self.theatre = Theatre(self.world, self.now)
        self.wire = Wire(self.profile, self.theatre)
        self.switches = Switches.of(self.profile)
        self._watched = [(s, u) for s in self.world.stacks.values() if (u := self.theatre.running(s))]
        self._followed: dict[Place, Stack] = {}
        self.webhooks.begin()

    @property
    def webhook_secret(self) -> str:
        """What the bot's webhook is signed with."""
        return SECRET

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
        self.direct()
        looked = [(self.theatre.through(*each), each) for each in self._watched]  # once: time goes on meanwhile
        self._changes += sum(self.theatre.arrived(*each) for through, each in looked if through)
        self._watched = [each for through, each in looked if not through]
        return self._changes + sum(self.theatre.arrived(*each) for each in self._watched)

    async def changed(self, after: int, seconds: float = 20.0) -> int:
        """Wait until `rev` is larger, at most so many seconds, not at all after `close`; gives `rev`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._open and self.rev <= after and (left := deadline - loop.time()) > 0:
            await self.ring(min(left, TICK))
        return self.rev

    async def ring(self, seconds: float) -> None:
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

    def change(self) -> None:
        """Something is different: tell those who wait."""
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
        then: Sequence[str] = (),
    ) -> Update:
        """Begin an update on the stack, or a preview, which needs no lock. `speed` 0 brings it to its end at once.

        `then` are the scenarios that follow, each in the second in which the one before it has ended.
        Unknown, Locked, or ValueError for a negative speed.
        """
        self.direct()
        stack, pace = self.stack(name), self.speed if speed is None else speed
        for each in (scenario, *then):
            if each not in SCENARIOS:
                raise Unknown(f"There is no scenario {each}.")
        if pace < 0:
            raise ValueError("speed is negative")
        update = self._cast(stack, scenario, pace, author, twist)
        update.message = SCENARIOS[scenario].about if message is None else message
        self._begun(stack, update)
        if then:
            stack.encores += [(each, pace) for each in then]
            self._followed[stack.origin] = stack
            self.direct()
        return update

    def _begun(self, stack: Stack, update: Update) -> None:
        self._watched.append((stack, update))
        self.webhooks.watch(stack, update)
        self.world.organizations[stack.place.org].log.append(begun(stack, update))
        self.change()

    def direct(self) -> None:
        """Begin whatever follows on an update that has ended by now."""
        for stack in [each for each in self._followed.values() if not self.theatre.running(each)]:
            while stack.encores and not self.theatre.running(stack):
                self._follow(stack, *stack.encores.pop(0))
            if not stack.encores:
                del self._followed[stack.origin]

    def _follow(self, stack: Stack, scenario: str, speed: float) -> None:
        if self.world.stacks.get(stack.place) is not stack:
            return
        last = stack.updates[-1]
        update = self._cast(stack, scenario, speed, last.author, PLAIN)
        update.started, update.message = self.theatre.curtain(stack, last), SCENARIOS[scenario].about
        self._begun(stack, update)

    def _cast(self, stack: Stack, scenario: str, speed: float, author: str, twist: Twist) -> Update:
        kept = stack.previews if SCENARIOS[scenario].kind.startswith("P") else stack.updates
        if kept is stack.updates and self.theatre.running(stack):
            raise Locked(f"An update runs on {stack.place} already.")
        latest = self.theatre.latest(stack)
        version = latest.version + 1 if latest else 1
        self._played += 1
        mark = uuid(self._seed, stack.place, version, scenario, "played", self._played)
        twist = SCENARIOS[scenario].twist if twist == PLAIN else twist
        if SCENARIOS[scenario].endless:
            speed = speed or _AT_ONCE  # whatever the speed, it does not end
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
        self.direct()
        self.change()
        return found[0]

    def reset(self) -> None:
        """Everything as it was at the start, only that the start is now. What is played later gets new ids."""
        self._changes = self.rev
        self._begin()
        self.change()

    def routes_api(self) -> web.Application:
        """A new application with the REST API, to be mounted under /pulumi; it serves this cloud, whatever is reset."""
        self._open = True
        gate = Gate(lambda: self.theatre, lambda: self.wire, lambda: self.switches, self.change, self.direct)
        app = Api(gate).application()
        app.cleanup_ctx.append(self.webhooks.deliver)
        app.on_shutdown.append(self._shut)
        return app

    async def _shut(self, _app: web.Application) -> None:
        self.close()

    def control_routes(self) -> list[web.RouteDef]:
        """What the page and the tests drive, under /control/pulumi."""
        return [*Control(self).routes(), *Stagehand(self).routes(), *WebhookRoutes(self.webhooks).routes()]
