"""One frozen declaration per command. Grammar, help, suggestions and the README table derive from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import SecretStr

from bot.approvals import Facts
from bot.card import Card, Part
from bot.console import Console
from bot.model import Effect, Risk, StackRef
from bot.operations.slots import Kind, Slot, slots, usage
from bot.operations.values import Args, Target
from bot.operations.words import quote
from bot.ports import PulumiApi

A = TypeVar("A", bound=Args)
R = TypeVar("R")


MUTATION_FLAGS = (
    Slot("reason", Kind.OPTION, "", about="Why, for those who decide: at most 500 characters"),
    Slot("dry_run", Kind.FLAG, default=False, about="Only show what would happen; nobody is asked"),
)


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
    def flags(self) -> tuple[Slot, ...]:
        """What is typed beside the arguments and is none of them."""
        return ()

    @property
    def usage(self) -> str:
        """`stack get [target]`: the command as help prints it."""
        return " ".join((self.name, *usage((*self.slots, *self.flags))))

    def line(self, args: Args, *beside: str) -> str:
        """The command line that means exactly these arguments, and the flags `beside` them: what buttons carry."""
        places: list[str] = []
        flags: list[str] = []
        for slot in self.slots:
            (places if slot.positional else flags).extend(slot.words(getattr(args, slot.field)))
        dashed = any(word.startswith("-") for word in places)
        words = (*flags, *beside, "--", *places) if dashed else (*places, *flags, *beside)
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
    `own`: it is asked with the asker's own token, and its answer is for nobody else.
    """

    execute: Callable[[PulumiApi, A], Awaitable[R]]
    render: Callable[[A, R, Scene], Card]
    effect: Effect = Effect.READ
    instead: "Operation[Any, Any] | None" = None
    audience: Audience = Audience.EVERYBODY
    attach: Callable[[A, R], Attachment] | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Study:
    """What a look before asking found: `impact` is shown on the card, `facts` are what the approval is given on."""

    facts: Facts
    impact: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Pulumi answered to a change that it took. `reference` is its name for what was made ("" for nothing).

    `secret` is a value that may be shown once, to the requester alone, and is kept nowhere.
    """

    reference: str = ""
    secret: SecretStr | None = None


class Seen(StrEnum):
    """What a read-back says about the effect of a change."""

    YES = "yes"
    NO = "no"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Proof:
    """A read-back: whether the effect is there, and the words that say what was seen."""

    seen: Seen
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation(Entry, Generic[A]):
    """A command that changes something at Pulumi. It runs only as the call of an approved request, once.

    `title` says the change as an order ("Delete stack acme/shop/prod"). No two open requests share a `subject`.
    `stack` is the stack it is about, for policies (None: it is about the organization `org`, "" for one's own account).
    `confirm` is the word that an approver types where policy asks for it: the name of what is at stake.
    `study` looks before anybody is asked: its guards raise Refusal. `facts` reads the same facts as `study` again.
    `execute` makes the one mutating call (with its documented fallback after a 4xx) and raises PulumiError.
    `verify` reads back; it gets what `facts` were before and the receipt's reference ("" when the answer was lost).
    `own`: it acts on the requester's own Pulumi account, whose token it needs. `private`: the requester's press makes
    the call, since its receipt is a secret for them alone.
    """

    title: Callable[[A], str]
    subject: Callable[[A], str]
    org: Callable[[A], str]
    stack: Callable[[A], StackRef | None]
    confirm: Callable[[A], str]
    risk: Callable[[A], Risk]
    study: Callable[[PulumiApi, A, "Look"], Awaitable[Study]]
    facts: Callable[[PulumiApi, A], Awaitable[Facts]]
    execute: Callable[[PulumiApi, A], Awaitable[Receipt]]
    verify: Callable[[PulumiApi, A, Facts, str], Awaitable[Proof]]
    effect: Effect = Effect.WRITE
    own: bool = False
    private: bool = False

    @property
    def flags(self) -> tuple[Slot, ...]:
        """What every change takes: why it is asked for, and whether only to look."""
        return MUTATION_FLAGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Scene):
    """What a study may know besides Pulumi: the scene, and who asks (Pulumi login, "" when not linked)."""

    login: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore(Entry):
    """A command that the bot answers from its own memory; `services/chores.py` holds one function for each."""


@dataclass(frozen=True, slots=True)
class Order(Generic[A]):
    """A mutation with full, valid arguments: what is asked for, approved, stored by name and carried out."""

    mutation: Mutation[A]
    args: A

    @property
    def line(self) -> str:
        """The command line that means exactly this order."""
        return self.mutation.line(self.args)


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

    `target` is None when the command takes none; `values` holds the other arguments as they were typed. `reason` and
    `dry_run` belong to mutations: why it is asked for, and whether only to say what would happen.
    """

    entry: Entry
    target: Target | None
    values: Mapping[str, object]
    typed: str
    share: bool = False
    reason: str = ""
    dry_run: bool = False

    def line(self, args: Args) -> str:
        """The command line of the draft with these arguments, its flags kept."""
        said = {"reason": self.reason, "dry_run": self.dry_run}
        return self.entry.line(args, *(word for flag in self.entry.flags for word in flag.words(said[flag.field])))
