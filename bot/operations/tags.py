"""The tags of a stack."""

from typing import Annotated

from pydantic import Field

from bot.card import Card, Code, Items, Line, Open, Run, Text, Tone
from bot.errors import Refusal
from bot.model import Stack
from bot.operations.base import Operation, Scene
from bot.operations.catalogue import near_words
from bot.operations.paging import Page, PageField
from bot.operations.values import StackArgs
from bot.operations.wording import plural
from bot.ports import PulumiApi

# Set by Pulumi itself: https://www.pulumi.com/docs/iac/concepts/stacks/#stack-tags
SYSTEM = ("pulumi:", "vcs:", "gitHub:", "gitlab:")


def own_first(tags: dict[str, str]) -> list[tuple[str, str]]:
    """People's own tags by name, then those that Pulumi sets."""
    return sorted(tags.items(), key=lambda tag: (tag[0].startswith(SYSTEM), tag[0]))


class TagsArgs(StackArgs):
    """A page of a stack's tags."""

    page: PageField = 1


class TagArgs(StackArgs):
    """One tag."""

    name: Annotated[str, Field(min_length=1, max_length=40)]


async def read_tags(pulumi: PulumiApi, args: StackArgs) -> Stack:
    """The stack, whose tags are of interest."""
    return await pulumi.stack(args.stack)


def show_tags(args: TagsArgs, stack: Stack, scene: Scene) -> Card:
    """One line for each tag."""
    page = Page.of(own_first(dict(stack.tags)), args.page)
    if not page.items:
        return Card(f"No tags · {args.stack}", Tone.PLAIN, (), _open(stack, scene))
    heading = " · ".join(filter(None, (f"{plural(page.total or 0, 'tag')} of {args.stack}", page.label)))
    turn = page.buttons(lambda number: LIST.line(args.model_copy(update={"page": number})))
    return Card(heading, Tone.PLAIN, (Items(tuple(map(_line, page.items))),), (*turn, *_open(stack, scene)))


def _line(tag: tuple[str, str]) -> Line:
    name, value = tag
    note = ("  set by Pulumi, read-only",) if name.startswith(SYSTEM) else ()
    return (Code(name), "  ", value or "(empty)", *note)


def _open(stack: Stack, scene: Scene) -> tuple[Open, ...]:
    url = scene.console.stack(stack.stack)
    return (Open("Open in Pulumi", url),) if url else ()


async def read_tag(pulumi: PulumiApi, args: TagArgs) -> str:
    """The value of the tag. Raises Refusal with the close ones when there is none of that name."""
    stack = await pulumi.stack(args.stack)
    if (value := stack.tags.get(args.name)) is not None:
        return value
    near = near_words(args.name, stack.tags)
    lines = tuple(GET.line(args.model_copy(update={"name": name})) for name in near)
    raise Refusal(f'{args.stack} has no tag "{args.name}".', lines or (f"stack tag ls {args.stack}",))


def show_tag(args: TagArgs, value: str, scene: Scene) -> Card:  # noqa: ARG001  # every render gets the scene
    """The value alone."""
    text = Text((Code(args.name), "  ", value or "(empty)"))
    return Card(
        f"Tag {args.name} · {args.stack}", Tone.PLAIN, (text,), (Run("All tags", f"stack tag ls {args.stack}"),)
    )


LIST = Operation(
    name="stack tag ls",
    aliases=("stack tag list", "tags", "tag ls", "tag list"),
    summary="The tags of a stack",
    group="Stacks",
    example="acme/shop/prod",
    args=TagsArgs,
    execute=read_tags,
    render=show_tags,
)
GET = Operation(
    name="stack tag get",
    aliases=("tag get",),
    summary="One tag of a stack",
    group="Stacks",
    example="acme/shop/prod env",
    args=TagArgs,
    execute=read_tag,
    render=show_tag,
)
