"""What several changes have in common."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, Field

from bot.approvals import Facts
from bot.errors import NotFound, NothingHappened, NotSent, PulumiError, Refusal
from bot.model import Stack
from bot.operations.base import Entry, Proof, Seen
from bot.operations.catalogue import near_words
from bot.operations.values import Args, StackArgs
from bot.operations.words import mention
from bot.ports import PulumiApi

T = TypeVar("T")
_PART = 3  # letters, at least, for a part of a name
GONE: Final[Facts] = (("stack", "gone"),)


async def unsent(read: Awaitable[T]) -> T:
    """A read that a change begins with. Whatever goes wrong with it, the change itself was not sent."""
    try:
        return await read
    except NothingHappened:
        raise
    except PulumiError as error:
        raise NotSent(error.endpoint, error.message) from error


async def found(read: Awaitable[T]) -> T | None:
    """What is read, or None where Pulumi says that there is none."""
    try:
        return await read
    except NotFound:
        return None


def shown(*, seen: bool, text: str) -> Proof:
    """A read-back that shows the effect, or does not."""
    return Proof(Seen.YES if seen else Seen.NO, text)


def instead(entry: Entry, args: Args, field: str) -> Callable[[str], str]:
    """The command line with another name in that field."""
    return lambda name: entry.line(args.model_copy(update={field: name}))


def unknown(text: str, typed: str, known: Iterable[str], line: Callable[[str], str], other: str) -> Refusal:
    """There is none such: the command lines with the close ones, else the command `other`."""
    near = tuple(map(line, _close(typed, tuple(known))))
    return Refusal(text, near or (other,), "Did you mean one of these?" if near else "")


def _close(typed: str, known: tuple[str, ...]) -> list[str]:
    """The nearest names; where none is near, those that it is a part of."""
    inside = [name for name in known if len(typed) >= _PART and typed.casefold() in name.casefold()]
    return near_words(typed, known) or sorted(inside)[:3]


async def existing(pulumi: PulumiApi, args: StackArgs, entry: Entry) -> Stack:
    """The stack that is to be changed. Raises Refusal with the close ones of its organization when there is none."""
    try:
        return await pulumi.stack(args.stack)
    except NotFound:
        there = {str(each.stack): each.stack async for each in pulumi.stacks(args.stack.org)}
        near = near_words(str(args.stack), there)
        lines = tuple(entry.line(args.model_copy(update={"stack": there[name]})) for name in near)
        text = f"{args.stack} doesn't exist, or my token cannot see it."
        raise Refusal(text, lines or (f"stack ls {args.stack.org}",), "Close:" if near else "") from None


def idle(stack: Stack, what: str) -> None:
    """Refuse while an update runs; a killed one may hold the stack until somebody cancels it.

    https://www.pulumi.com/docs/iac/cli/commands/pulumi_cancel/
    """
    if stack.current is None:
        return
    by = f" by {stack.current.author}" if stack.current.author else ""
    raise Refusal(
        f"{stack.stack} is being changed right now ({stack.current.kind}{by}). {what} has to wait.",
        (f"status {stack.stack}",),
        "Ask again when it is over. If it was killed, pulumi cancel frees the stack.",
    )


def running(stack: Stack) -> str:
    """What holds the stack, as a fact."""
    return f"{stack.current.kind} by {stack.current.author}".removesuffix(" by ") if stack.current else "nothing"


def _login(value: object) -> object:
    if isinstance(value, str) and mention(value):
        raise ValueError("I know people by their Pulumi login; type that")
    return value.removeprefix("@") if isinstance(value, str) else value


# https://www.pulumi.com/docs/administration/organizations-teams/ has no rule; GitHub's own names are the narrowest.
LoginField = Annotated[
    str, BeforeValidator(_login), Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._@+-]+$")
]
