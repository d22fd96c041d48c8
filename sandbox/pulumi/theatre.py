"""Where updates are played: plans and streams made when asked for, seen as far as the time has come."""

from collections.abc import Callable
from math import inf
from typing import Any

from cachetools import LRUCache

from sandbox.pulumi.events import Timed, render
from sandbox.pulumi.plan import Plan
from sandbox.pulumi.release import Uploads
from sandbox.pulumi.resources import Resource, dice, program
from sandbox.pulumi.scenarios import SCENARIOS
from sandbox.pulumi.scene import Scene
from sandbox.pulumi.world import Ending, Stack, Update, World, before

# What the CLI still does after its last upload, before it says that it is through.
_GOODBYE = 2.0
_LONG = 3600.0
_EVENTS = 120_000  # kept of all streams together


def _weight(stream: list[Timed]) -> int:
    """No stream is too big to be kept."""
    return min(len(stream) + 1, _EVENTS // 2)


class Theatre:
    """Answers where each update stands now. All of it follows from the world and the time; the rest is caches."""

    def __init__(self, world: World, now: Callable[[], float]) -> None:
        self.world = world
        self.now = now
        self._plans: LRUCache[str, Plan] = LRUCache(128)
        self._streams: LRUCache[str, list[Timed]] = LRUCache(_EVENTS, _weight)

    def plan(self, stack: Stack, update: Update) -> Plan:
        """What the update does, from the state that it found."""
        if update.id not in self._plans:
            scene = Scene(
                stack.origin,
                self._found(stack, update),
                update.version,
                dice(update.id),
                update.id,
                update.twist,
                stack.size,
            )
            self._plans[update.id] = SCENARIOS[update.scenario].play(scene)
        return self._plans[update.id]

    def _found(self, stack: Stack, update: Update) -> tuple[Resource, ...]:
        if update.fresh:
            return ()
        earlier = before(stack, update)
        if update.chained and earlier:
            return self.ending(stack, earlier).after
        return program(stack.origin, update.version - 1, stack.size)

    def ending(self, stack: Stack, update: Update) -> Ending:
        """How it ends, whether or not it has come to that."""
        if update.ending is None:
            plan = self.plan(stack, update)
            steps = sum(step.op not in {"create-replacement", "delete-replaced"} for step in plan.steps)
            changes = plan.changes if plan.summary else None
            seconds = plan.seconds + _GOODBYE
            update.ending = Ending(seconds, plan.result, plan.status, changes, plan.after, steps, bool(plan.packs))
        return update.ending

    def stream(self, stack: Stack, update: Update) -> list[Timed]:
        """All its events, released or not."""
        if update.id not in self._streams:
            self._streams[update.id] = render(self.plan(stack, update), plain_config(stack))
        return self._streams[update.id]

    def uploads(self, stack: Stack, update: Update) -> Uploads:
        """When its events arrive; known without them once they were made, however many updates run."""
        if update.uploads is None:
            update.uploads = Uploads.of(self.stream(stack, update), update.twist.late)
        return update.uploads

    def over(self, stack: Stack, update: Update) -> bool:
        """Whether it has ended; no scenario is so long that an old one must be planned to know."""
        elapsed = update.elapsed(self.now())
        if SCENARIOS[update.scenario].endless:
            return elapsed == inf
        return elapsed > max(_LONG, 2 * update.twist.seconds) or elapsed >= self.ending(stack, update).seconds

    def through(self, stack: Stack, update: Update) -> bool:
        """Whether it has ended and all its events are there: the last ones may come after the end."""
        uploads = self.uploads(stack, update)
        return self.over(stack, update) and uploads.arrived(update.elapsed(self.now())) == len(uploads.at)

    def curtain(self, stack: Stack, update: Update) -> float:
        """When it ends, to the fraction of a second."""
        return update.wall(self.ending(stack, update).seconds)

    def ended(self, stack: Stack, update: Update) -> int:
        """When it ended, in whole seconds; 0 while it runs."""
        return int(self.curtain(stack, update)) if self.over(stack, update) else 0

    def running(self, stack: Stack) -> Update | None:
        """The update that holds the lock."""
        last = stack.updates[-1] if stack.updates else None
        return last if last and not self.over(stack, last) else None

    def latest(self, stack: Stack) -> Update | None:
        """The newest update that has ended."""
        done = stack.updates[:-1] if self.running(stack) else stack.updates
        return done[-1] if done else None

    def released(self, stack: Stack, update: Update) -> int:
        """How many of its events have arrived."""
        return self.uploads(stack, update).released(update.elapsed(self.now()))

    def events(self, stack: Stack, update: Update, first: int, last: int) -> list[dict[str, Any]]:
        """The events from number `first` up to `last`, as they are stored: the time is that of their upload.

        Those of a lost upload are not among them.
        """
        stream, uploads = self.stream(stack, update), self.uploads(stack, update)
        there = (number for number in range(first, last) if uploads.upload(number) != update.twist.lost)
        return [_stored(stream[number], update, uploads.uploaded(number)) for number in there]

    def progress(self, stack: Stack, update: Update) -> tuple[int, int]:
        """How many of its resources are through, and of how many."""
        total = self.ending(stack, update).steps
        return min(self.uploads(stack, update).progress(update.elapsed(self.now())), total), total

    def arrived(self, stack: Stack, update: Update) -> int:
        """How often something has become visible of it: its uploads, and its end."""
        return self.uploads(stack, update).arrived(update.elapsed(self.now())) + self.over(stack, update)


def _stored(event: Timed, update: Update, arrived: float) -> dict[str, Any]:
    _, kind, body = event
    if kind == "summaryEvent":
        body = {**body, "durationSeconds": max(1, round(update.wall(body["durationSeconds"]) - update.started))}
    return {"timestamp": int(update.wall(arrived)), "type": kind, kind: body}


def plain_config(stack: Stack) -> dict[str, str]:
    """The configuration as a stream's prelude shows it: secrets are blinded."""
    return {key: "[secret]" if value.startswith("secret:") else value for key, value in stack.config.items()}
