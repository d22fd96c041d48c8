"""One frozen declaration per command. Grammar, help, suggestions and the README table derive from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from bot.card import Card
from bot.console import Console
from bot.model import Effect
from bot.operations.slots import Slot, slots, usage
from bot.operations.values import Args, Target
from bot.operations.words import quote
from bot.ports import PulumiApi

A = TypeVar("A", bound=Args)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a card may know besides its result: the time it is made, and how to link to the console."""

    now: datetime
    console: Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What every command has: canonical name, aliases, one-line summary, an example that parses, arguments."""

    name: str
    summary: str
    group: str
    example: str = ""
    aliases: tuple[str, ...] = ()
    args: type[Args] = Args

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The arguments in the order in which they are typed."""
        return slots(self.args)

    @property
    def usage(self) -> str:
        """`stack get [target]`: the command as help prints it."""
        return " ".join((self.name, *usage(self.slots)))

    def line(self, args: Args) -> str:
        """The command line that means exactly these arguments: what buttons carry."""
        words = [word for slot in self.slots for word in slot.words(getattr(args, slot.field))]
        return " ".join((self.name, *map(quote, words)))


class Audience(StrEnum):
    """Who may ask. Everybody is every full member of the workspace."""

    EVERYBODY = "everybody"
    AUDITORS = "auditors"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes to the person who asked, in a direct message."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Entry, Generic[A, R]):
    """A command that asks Pulumi. `execute` gets the API and the arguments, nothing else; `render` is pure.

    `instead` answers when no target was named and none is known. What has an `attach` goes to a direct message.
    """

    execute: Callable[[PulumiApi, A], Awaitable[R]]
    render: Callable[[A, R, Scene], Card]
    effect: Effect = Effect.READ
    instead: "Operation[Any, Any] | None" = None
    audience: Audience = Audience.EVERYBODY
    attach: Callable[[A, R], Attachment] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore(Entry):
    """A command that the bot answers from its own memory; `services/chores.py` holds one function for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Entry):
    """A command that is known by name and not offered yet; `comes_with` completes "comes with …"."""

    comes_with: str
    effect: Effect = Effect.READ


@dataclass(frozen=True, slots=True)
class Call(Generic[A, R]):
    """An operation with full, valid arguments: what is authorised and run."""

    operation: Operation[A, R]
    args: A

    @property
    def line(self) -> str:
        """The command line that means exactly this call."""
        return self.operation.line(self.args)

    async def run(self, pulumi: PulumiApi, scene: Callable[[], Scene]) -> tuple[Card, Attachment | None]:
        """Ask Pulumi and word the answer. Raises PulumiError or Refusal."""
        result = await self.operation.execute(pulumi, self.args)
        attach = self.operation.attach
        card = self.operation.render(self.args, result, scene())
        return card, attach(self.args, result) if attach else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A command line that reads well, before anything is looked up.

    `target` is None when the command takes none; `values` holds the other arguments as they were typed.
    """

    entry: Entry
    target: Target | None
    values: Mapping[str, object]
    typed: str
    share: bool = False
