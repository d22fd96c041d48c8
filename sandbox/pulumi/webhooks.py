"""Organizations' webhooks: what has happened is told to addresses, signed, once, late, twice or never, as they are set.

Nothing is sent again by itself, as at Pulumi Cloud: a delivery that failed or was lost is redelivered on demand.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Protocol

import aiohttp
from aiohttp import web

from sandbox.pulumi.resources import Place
from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.webhook_words import Fact, Words, encoded, signature
from sandbox.pulumi.wire import Json, Wire
from sandbox.pulumi.world import Stack, Update, World, uuid

SECRET: Final = "whsec-sandbox-4f1d0c"  # noqa: S105 - a fake's own
TIMEOUT, CONNECTIONS, REMEMBERED = 10.0, 20, 1000
GATHER = 0.4  # seconds that a hook which shuffles waits for more
_LOOK, _IDLE = 0.2, 20.0


@dataclass(slots=True, kw_only=True)
class Hook:
    """A webhook: of one organization, or of all; with some filters, or none. The rest is what goes wrong."""

    name: str
    url: str
    secret: str = ""
    organization: str = ""
    filters: frozenset[str] = frozenset()
    duplicate: int = 1
    """How often each delivery is sent, always under the same id."""
    shuffle: bool = False
    """Whether what happens together is told in the wrong order."""
    drop: float = 0.0
    """Which part of the deliveries is lost."""
    pile: list["Delivery"] = field(default_factory=list)

    def wants(self, fact: Fact) -> bool:
        """Whether it is told."""
        ours = self.organization in {"", fact.org}
        return ours and (not self.filters or not fact.filters or bool(self.filters & set(fact.filters)))


@dataclass(slots=True, kw_only=True)
class Delivery:
    """Something that was told, or lost, with the last answer to it. An attempt counts when it has come to its end."""

    id: str
    hook: Hook
    kind: str
    body: bytes
    timestamp: int
    lost: bool = False
    attempts: int = 0
    duration: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    answer: str = ""

    def shown(self) -> Json:
        """The record of the console's log, and what only this fake can know."""
        return {
            "id": self.id,
            "kind": self.kind,
            "payload": self.body.decode(),
            "timestamp": self.timestamp,
            "duration": self.duration,
            "requestUrl": self.hook.url,
            "requestHeaders": "\n".join(f"{name}: {value}" for name, value in self.headers.items()),
            "responseCode": self.status,
            "responseBody": self.answer,
            "hook": self.hook.name,
            "lost": self.lost,
            "attempts": self.attempts,
        }


class Cloud(Protocol):
    """What is told about."""

    world: World
    theatre: Theatre
    wire: Wire

    def now(self) -> float:
        """The time."""

    def direct(self) -> None:
        """Begin what is due."""

    def change(self) -> None:
        """Tell those who watch."""

    async def ring(self, seconds: float) -> None:
        """Sleep until something is changed."""


class Webhooks:
    """The hooks, their deliveries, and who watches the world for them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.hooks: dict[str, Hook] = {}
        self.deliveries: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._running: list[tuple[Stack, Update]] = []
        self._known: dict[Place, Stack] = {}
        self._chance = Random(1)  # noqa: S311 - which delivery is lost is no secret
        self._told = 0
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """A new world: what is there is nothing new. Hooks stay, and do what they should."""
        self.deliveries.clear()
        self.hooks = {
            name: Hook(name=name, url=hook.url, secret=hook.secret)
            for name, hook in self.hooks.items()
            if name == "bot"
        }
        self.follow()

    def follow(self) -> None:
        """Tell of whatever happens from now on."""
        stacks = self._cloud.world.stacks
        self._known = {stack.origin: stack for stack in stacks.values()}
        there = ((stack, update) for stack in stacks.values() for update in (*stack.updates[-1:], *stack.previews[-1:]))
        self._running = [each for each in there if not self._cloud.theatre.over(*each)]

    def watch(self, stack: Stack, update: Update) -> None:
        """This one was begun."""
        self._running.append((stack, update))

    def connect(self, url: str, secret: str = SECRET) -> None:
        """The bot of this sandbox listens there, for all organizations."""
        self.look()
        self.hooks["bot"] = Hook(name="bot", url=url, secret=secret)
        self.wake()

    def wake(self) -> None:
        """There is a hook: look more often."""
        self._cloud.change()

    def now(self) -> float:
        """The time."""
        return self._cloud.now()

    def find(self, name: str) -> Stack | None:
        """The stack `org/project/stack`, if there is one."""
        return next((stack for place, stack in self._cloud.world.stacks.items() if str(place) == name), None)

    def words(self) -> Words:
        """For facts about the world as it is now."""
        return Words(self._cloud.theatre, self._cloud.wire)

    def look(self) -> None:
        """Tell of what has ended, come and gone since the last look."""
        self._cloud.direct()
        words, theatre = self.words(), self._cloud.theatre
        facts = list(self._moved(words))
        looked = [(theatre.over(*each), each) for each in self._running]  # once: time goes on meanwhile
        self._running = [each for over, each in looked if not over]
        for stack, update in sorted((each for over, each in looked if over), key=lambda each: theatre.curtain(*each)):
            if stack.origin in self._known and self.hooks:
                facts += words.ended(stack, update)
        for fact in facts:
            self.tell(fact)

    def _moved(self, words: Words) -> Iterator[Fact]:
        """Stacks that were created and deleted; one that was given away is still the same."""
        now = {stack.origin: stack for stack in self._cloud.world.stacks.values()}
        before, self._known = self._known, now
        if not self.hooks or before.keys() == now.keys():
            return
        for origin in now.keys() - before.keys():
            yield words.stack(now[origin], "created", now[origin].owner)
        for origin in before.keys() - now.keys():
            yield words.stack(before[origin], "deleted", self._deleter(before[origin]))

    def _deleter(self, stack: Stack) -> str:
        """Who did it, if the audit log knows."""
        log = self._cloud.world.organizations[stack.place.org].log
        name = f'"{stack.place.project}/{stack.place.stack}"'
        return next(
            (e.login for e in log[:-50:-1] if e.event == "Stack Deleted" and name in e.description), stack.owner
        )

    def tell(self, fact: Fact, only: str = "") -> list[Delivery]:
        """Deliver a fact to every hook that wants it, or to one by its name."""
        hooks = [hook for hook in self.hooks.values() if only in {"", hook.name} and hook.wants(fact)]
        return [self._deliver(hook, fact) for hook in hooks]

    def redeliver(self, delivery: Delivery, *, new_id: bool) -> Delivery:
        """Send it again, unchanged; whether it keeps its id no document says."""
        if new_id:
            delivery = Delivery(
                id=self._id(),
                hook=delivery.hook,
                kind=delivery.kind,
                body=delivery.body,
                timestamp=int(self._cloud.now()),
            )
            self.deliveries.append(delivery)
        delivery.lost = False
        self._start(self._send(delivery, 1))
        return delivery

    def _id(self) -> str:
        self._told += 1
        return uuid("delivery", self._cloud.now(), self._told)

    def _deliver(self, hook: Hook, fact: Fact) -> Delivery:
        stamp, body = int(self._cloud.now()), encoded(fact.payload)
        delivery = Delivery(id=self._id(), hook=hook, kind=fact.kind, body=body, timestamp=stamp)
        self.deliveries.append(delivery)
        if fact.kind != "ping" and self._chance.random() < hook.drop:
            delivery.lost = True
        elif hook.shuffle and fact.kind != "ping":
            hook.pile.append(delivery)
            if len(hook.pile) == 1:
                self._start(self._shuffle(hook))
        else:
            self._start(self._send(delivery, hook.duplicate))
        return delivery

    async def _shuffle(self, hook: Hook) -> None:
        """The last thing that happened first."""
        await asyncio.sleep(GATHER)
        pile, hook.pile = hook.pile, []
        for delivery in reversed(pile):
            await self._send(delivery, hook.duplicate)

    async def _send(self, delivery: Delivery, times: int) -> None:
        for _ in range(times):
            await self._post(delivery)

    async def _post(self, delivery: Delivery) -> None:
        if not self._session:
            return
        hook, loop = delivery.hook, asyncio.get_running_loop()
        delivery.headers = {
            "Content-Type": "application/json",
            "User-Agent": "Go-http-client/1.1",
            "Pulumi-Webhook-ID": delivery.id,
            "Pulumi-Webhook-Kind": delivery.kind,
            **({"Pulumi-Webhook-Signature": signature(delivery.body, hook.secret)} if hook.secret else {}),
        }
        began = loop.time()
        delivery.status, delivery.answer = 0, ""
        try:
            async with self._session.post(
                hook.url, data=delivery.body, headers=delivery.headers, allow_redirects=False
            ) as answer:
                delivery.status, delivery.answer = answer.status, (await answer.text(errors="replace"))[:2000]
        except (aiohttp.ClientError, TimeoutError, ValueError) as wrong:  # ValueError: no such address
            delivery.answer = type(wrong).__name__
        delivery.duration = round((loop.time() - began) * 1000)
        delivery.attempts += 1
        self._cloud.change()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(self, _: web.Application) -> AsyncIterator[None]:
        """For as long as the API is served: watch, and send."""
        connector, timeout = aiohttp.TCPConnector(limit=CONNECTIONS), aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            self._session = session
            self._start(self._watch())
            yield
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._session = None

    async def _watch(self) -> None:
        while True:
            self.look()
            await self._cloud.ring(_LOOK if self.hooks else _IDLE)
