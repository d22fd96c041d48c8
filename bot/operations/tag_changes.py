"""Setting and removing a tag of a stack.

https://www.pulumi.com/docs/iac/concepts/stacks/#stack-tags
"""

from typing import Annotated

from pydantic import Field

from bot.approvals import Facts
from bot.card import Code, Line, Part
from bot.card import Facts as Rows
from bot.errors import ClientError, Refusal
from bot.model import Risk, Stack, StackRef
from bot.operations.base import Look, Mutation, Proof, Receipt, Study
from bot.operations.changing import GONE, existing, found, instead, shown, unknown
from bot.operations.tags import SYSTEM
from bot.operations.values import PairMark, StackArgs
from bot.operations.words import quote
from bot.ports import PulumiApi
from bot.refusals import tag_exists

_OURS = "slack:"  # tags that the bot itself reads: whom to ask, whom to tell

# The CLI's own limits: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/stacks.go
NameField = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._:-]+$")]
ValueField = Annotated[str, Field(max_length=256), PairMark()]


class TagArgs(StackArgs):
    """Which tag."""

    name: NameField


class SetArgs(TagArgs):
    """Which tag, and its value from now on."""

    value: ValueField


def _stack(args: TagArgs) -> StackRef:
    return args.stack


def _risk(args: TagArgs) -> Risk:
    return Risk.ADMIN if args.name.startswith(_OURS) else Risk.LOW


def _facts(stack: Stack, name: str) -> Facts:
    value = stack.tags.get(name)
    return ((name, "not set" if value is None else f"“{value}”"),)


async def value_now(pulumi: PulumiApi, args: TagArgs) -> Facts:
    """What the tag says now."""
    stack = await found(pulumi.stack(args.stack))
    return _facts(stack, args.name) if stack else GONE


def _own(args: TagArgs) -> None:
    if args.name.startswith(SYSTEM):
        raise Refusal(
            f"{args.name} is one of Pulumi's own tags: it says what Pulumi found out, and can't be changed by hand.",
            (f"stack tag ls {args.stack}",),
        )


def _said(value: str | None) -> Line:
    return (("not set",) if value is None else (Code(value),)) if value != "" else ("(empty)",)


def _impact(stack: Stack, name: str, after: Line) -> tuple[Part, ...]:
    return (Rows((("Tag", (Code(name),)), ("Now", _said(stack.tags.get(name))), ("Then", after))),)


async def study_set(pulumi: PulumiApi, args: SetArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """Old and new value. Refuses one of Pulumi's own tags, and a value that is there already."""
    _own(args)
    stack = await existing(pulumi, args, SET)
    if stack.tags.get(args.name) == args.value:
        said = "is empty already" if not args.value else f"says “{args.value}” already"
        raise Refusal(f"Nothing to do: {args.name} of {args.stack} {said}.", (f"stack tag ls {args.stack}",))
    return Study(_facts(stack, args.name), _impact(stack, args.name, _said(args.value)))


async def set_tag(pulumi: PulumiApi, args: SetArgs) -> Receipt:
    """Add it; where it is there already, change it. Which of the two fits is Pulumi's to say: nothing is read before.

    https://www.pulumi.com/docs/reference/cloud-rest-api/stack-tags/
    """
    try:
        await pulumi.add_tag(args.stack, args.name, args.value)
    except ClientError as error:
        if not tag_exists(error):
            raise
        await pulumi.update_tag(args.stack, args.name, args.value)
    return Receipt()


async def verify_set(pulumi: PulumiApi, args: SetArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """The value that is shown now."""
    value = (await pulumi.stack(args.stack)).tags.get(args.name)
    said = "is not set" if value is None else f"says “{value}”"
    return shown(seen=value == args.value, text=f"{args.name} of {args.stack} {said}.")


async def study_remove(pulumi: PulumiApi, args: TagArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """What goes. Refuses one of Pulumi's own tags, and one that is not there."""
    _own(args)
    stack = await existing(pulumi, args, REMOVE)
    if args.name not in stack.tags:
        own = [name for name in stack.tags if not name.startswith(SYSTEM)]
        text, every = f'{args.stack} has no tag "{args.name}".', f"stack tag ls {args.stack}"
        raise unknown(text, args.name, own, instead(REMOVE, args, "name"), every)
    return Study(_facts(stack, args.name), _impact(stack, args.name, ("removed",)))


async def remove_tag(pulumi: PulumiApi, args: TagArgs) -> Receipt:
    """Remove it."""
    await pulumi.delete_tag(args.stack, args.name)
    return Receipt()


async def verify_remove(pulumi: PulumiApi, args: TagArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether it is gone."""
    there = args.name in (await pulumi.stack(args.stack)).tags
    return shown(seen=not there, text=f"{args.stack} has {'still a' if there else 'no'} tag {args.name}.")


SET = Mutation(
    name="stack tag set",
    aliases=("tag", "tag set"),
    summary="Set a tag of a stack: name value, or name=value",
    group="Stacks",
    example="acme/shop/prod env production",
    args=SetArgs,
    title=lambda args: f"Set tag {args.name}={quote(args.value)} on {args.stack}",
    subject=lambda args: f"tag {args.name} of {args.stack}",
    org=lambda args: args.stack.org,
    stack=_stack,
    confirm=lambda args: args.stack.stack,
    risk=_risk,
    study=study_set,
    facts=value_now,
    execute=set_tag,
    verify=verify_set,
)
REMOVE = Mutation(
    name="stack tag rm",
    aliases=("stack tag remove", "stack tag delete", "untag", "tag rm", "tag remove", "tag delete"),
    summary="Remove a tag from a stack",
    group="Stacks",
    example="acme/shop/prod env",
    args=TagArgs,
    title=lambda args: f"Remove tag {args.name} from {args.stack}",
    subject=lambda args: f"tag {args.name} of {args.stack}",
    org=lambda args: args.stack.org,
    stack=_stack,
    confirm=lambda args: args.stack.stack,
    risk=_risk,
    study=study_remove,
    facts=value_now,
    execute=remove_tag,
    verify=verify_remove,
)
