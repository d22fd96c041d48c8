"""Lives of requests. Each story can be told again from its start after a crash: people look first, then go on."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.approvals import State
from sandbox.app import Sandbox
from sandbox.faults import Fault
from sandbox.pulumi.resources import Place
from tests.crash.sight import Sight, until

DEV, PROD = "acme/web/dev", "acme/shop/prod"  # one approval; two of them


class People(Protocol):
    """What people do, whichever way it reaches the bot. What the bot refuses is no error: they look, and go on."""

    async def ask(self, line: str) -> None:
        """Ann asks for something."""

    async def approve(self, who: str, request_id: str) -> None:
        """Somebody votes for it."""

    async def press(self, who: str, verb: str, request_id: str) -> None:
        """A button of the card: `withdraw`, `never`; `touch` is any press that changes nothing."""

    async def stop(self) -> None:
        """Whoever runs the bot stops it politely."""


Play = Callable[[People, Sight, str], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Story:
    """`play` leads one request, named by a word of its line, to `end`. `fault` is what goes wrong once, and not here.

    `life` is how long a request may wait, in seconds.
    """

    play: Play
    end: State
    fault: tuple[str, str, str] | None = None
    life: float = 600.0

    def prepare(self, sandbox: Sandbox, name: str) -> None:
        """Before it is told for the first time."""
        if self.fault:
            service, match, when = self.fault
            match = match.format(name=name)
            sandbox.faults.add(Fault(service=service, kind="drop", match=match, when=when, times=1))  # type: ignore[arg-type]  # one of two words


async def _asked(people: People, sight: Sight, line: str, name: str) -> str:
    while (found := await sight.find(name)) is None:
        await people.ask(line)
        await asyncio.sleep(0)
    return found.id


async def _approved(people: People, sight: Sight, name: str) -> None:
    """Bo and Cy, who are @sre, vote until it is decided."""
    for who in ("bo", "cy"):
        while (now := await sight.one(name)).state is State.PENDING and len(now.votes) == int(who == "cy"):
            await people.approve(who, now.id)


async def _ended(sight: Sight, name: str) -> None:
    async def is_so() -> bool:
        return (await sight.one(name)).state not in {State.PENDING, State.APPROVED, State.EXECUTING}

    await until(is_so)


async def _settled(sight: Sight, name: str) -> None:
    async def is_so() -> bool:
        return await sight.idle(name)

    await until(is_so)


async def done(people: People, sight: Sight, name: str, stack: str = DEV) -> None:
    """Asked, approved, carried out, shown."""
    await _asked(people, sight, f"stack tag set {stack} {name} yes", name)
    await _approved(people, sight, name)
    await _settled(sight, name)


async def done_by_two(people: People, sight: Sight, name: str) -> None:
    """The same where policy asks for two approvals."""
    await done(people, sight, name, PROD)


async def withdrawn(people: People, sight: Sight, name: str) -> None:
    """Taken back by who asked."""
    request_id = await _asked(people, sight, f"stack tag set {DEV} {name} yes", name)
    while not (await sight.one(name)).state.final:
        await people.press("ann", "withdraw", request_id)
    await _settled(sight, name)


async def expired(people: People, sight: Sight, name: str) -> None:
    """Nobody decides."""
    await _asked(people, sight, f"stack tag set {DEV} {name} yes", name)
    await _settled(sight, name)


async def stale(people: People, sight: Sight, name: str) -> None:
    """Somebody else set the tag before the approval came."""
    await _asked(people, sight, f"stack tag set {DEV} {name} yes", name)
    sight.sandbox.pulumi.world.stacks[Place(*DEV.split("/"))].tags[name] = "no"
    await _approved(people, sight, name)
    await _settled(sight, name)


async def never(people: People, sight: Sight, name: str) -> None:
    """It never reached Pulumi, nobody knows; after the last look an approver says that it did not happen."""
    await done(people, sight, name)
    while (now := await sight.one(name)).state is State.UNKNOWN:
        await people.press("bo", "never", now.id)
    await _settled(sight, name)


async def pressed(people: People, sight: Sight, name: str) -> None:
    """Somebody presses a button of the card that changes nothing: it is shown once more."""
    request_id = await _asked(people, sight, f"stack tag set {DEV} {name} yes", name)

    async def is_posted() -> bool:
        return bool((await sight.rows(request_id))[0].ts)

    await until(is_posted)
    if (await sight.one(name)).state is State.PENDING:
        await people.press("cy", "touch", request_id)
    await done(people, sight, name)


async def leaving(people: People, sight: Sight, name: str) -> None:
    """The bot is stopped politely once it was asked; another one goes on."""
    if await sight.find(name) is None:
        await _asked(people, sight, f"stack tag set {DEV} {name} yes", name)
        await people.stop()
    await done(people, sight, name)


STORIES: Final = {
    "done": Story(done, State.SUCCEEDED),
    "done by two": Story(done_by_two, State.SUCCEEDED),
    "withdrawn": Story(withdrawn, State.WITHDRAWN),
    "expired": Story(expired, State.EXPIRED, life=0.4),
    "stale": Story(stale, State.STALE),
    "lost answer": Story(done, State.SUCCEEDED, ("pulumi", "POST api/stacks/acme/web/dev/tags", "after")),
    "never arrived": Story(never, State.FAILED, ("pulumi", "POST api/stacks/acme/web/dev/tags", "before")),
    "pressed": Story(pressed, State.SUCCEEDED),
    "lost edit": Story(done, State.SUCCEEDED, ("slack", "chat.update", "after")),
    "leaving": Story(leaving, State.SUCCEEDED),
}

# Where the bot is killed: point → the stories that pass it, and how often it has been passed by then.
POINTS: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "ask": (("done", 1),),
    "decide": (("done", 1), ("done by two", 2)),
    "withdraw": (("withdrawn", 1),),
    "claim": (("done", 1),),
    "fingerprint": (("done by two", 1),),
    "intent": (("done", 1),),
    "mutate": (("done", 1), ("done by two", 1)),
    "outcome": (("done", 1), ("lost answer", 1)),
    "verify": (("done", 1), ("lost answer", 1)),
    "proof": (("done", 1), ("lost answer", 1)),
    "recheck": (("never arrived", 1), ("never arrived", 3)),
    "expire": (("expired", 1),),
    "stale": (("stale", 1),),
    "mark": (("never arrived", 1),),
    "post_intent": (("done", 1), ("done", 2)),
    "post": (("done", 1), ("done", 3)),
    "posted": (("done", 1), ("done", 2)),
    "edit": (("done", 1), ("done", 2)),
    "shown": (("done", 1), ("done", 2)),
    "dirty": (("pressed", 1), ("lost edit", 1)),
    "acquire": (("done", 1),),
    "renew": (("done", 1),),
    "hand_over": (("leaving", 1),),
}
# Killed there, the call was said to be made and was not: nobody can know, and it is never sent again.
UNSENT: Final = ("intent:after", "mutate:before")
# Points that are passed while a request is carried out, by somebody else.
BESIDE: Final = {"post_intent", "post", "posted", "edit", "shown", "dirty", "acquire", "renew", "hand_over"}
CASES: Final = [(point, story, nth) for point, stories in POINTS.items() for story, nth in stories]
FIRST: Final = [(point, *stories[0]) for point, stories in POINTS.items()]  # the others are for `make crash`
