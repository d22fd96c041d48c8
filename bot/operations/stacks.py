"""Which stacks there are, and one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from bot.card import Button, Card, Code, Facts, Inline, Items, Line, Link, Open, Run, Tone, When
from bot.errors import MissingRoute
from bot.model import Stack, StackRef, StackSummary, UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.paging import Page, PageField
from bot.operations.tags import own_first
from bot.operations.values import Args, OrgField, StackArgs
from bot.operations.wording import TONES, ago, joined, linked, plural, state, took
from bot.ports import PulumiApi

_TAGS = 12  # shown of one stack


class ListArgs(Args):
    """What to list."""

    org: OrgField
    project: str | None = Field(None, description="Only this project")
    tag: str | None = Field(None, description="Only with this tag: name, or name=value")
    find: str | None = Field(None, description="Only with this in their name")
    sort: Literal["last", "name", "size"] = Field("last", description="By last update, name or resources")
    page: PageField = 1


async def list_stacks(pulumi: PulumiApi, args: ListArgs) -> Page[StackSummary]:
    """One page of the stacks; all of them are read, since Pulumi sorts by nothing that people ask for."""
    tag = None
    if args.tag:
        name, has_value, value = args.tag.partition("=")
        tag = (name, value if has_value else None)
    wanted = (args.find or "").lower()
    stacks = pulumi.stacks(args.org, project=args.project, tag=tag)
    found = [each async for each in stacks if not wanted or wanted in str(each.stack).lower()]
    return Page.of(sorted(found, key=_ORDERS[args.sort]), args.page)


def _age(each: StackSummary) -> tuple[bool, float, StackRef]:
    return not each.running, -(each.last_update.timestamp() if each.last_update else 0), each.stack


_ORDERS: dict[str, Callable[[StackSummary], tuple[object, ...]]] = {
    "last": _age,
    "name": lambda each: (each.stack,),
    "size": lambda each: (-(each.resource_count or 0), each.stack),
}


def show_stacks(args: ListArgs, page: Page[StackSummary], scene: Scene) -> Card:
    """One line for each stack: what it is, how large, and when it last changed."""
    chosen = [f"project {args.project}"] if args.project else []
    chosen += [f"tag {args.tag}"] if args.tag else []
    chosen += [f"“{args.find}” in their name"] if args.find else []
    scope = f" with {' and '.join(chosen)}" if chosen else ""
    if not page.items:
        all_of_them = (Run("All stacks", f"stack ls {args.org}"),) if chosen else ()
        return Card(f"No stacks in {args.org}{scope}", Tone.PLAIN, (), all_of_them)
    counted = plural(page.total or 0, "stack")
    heading = " · ".join(filter(None, (f"{counted} in {args.org}{scope}", page.label)))
    lines = tuple(_summary_line(each, scene) for each in page.items)
    turn = page.buttons(lambda number: LIST.line(args.model_copy(update={"page": number})))
    return Card(heading, Tone.PLAIN, (Items(lines),), turn)


def _summary_line(each: StackSummary, scene: Scene) -> Line:
    name = Link(f"{each.stack.project}/{each.stack.stack}", scene.console.stack(each.stack))
    size = f"  ·  {plural(each.resource_count, 'resource')}" if each.resource_count is not None else ""
    if each.running:
        return (name, f"  ·  ⏳ update in progress{size}")
    if each.last_update is None:
        return (name, f"  ·  never updated{size}")
    return (name, f"{size}  ·  updated ", When(each.last_update), f" ({ago(each.last_update, scene.now)})")


LIST = Operation(
    name="stack ls",
    aliases=("stack list", "stacks", "ls"),
    summary="List the stacks of an organization",
    group="Stacks",
    example="acme --tag env=prod",
    args=ListArgs,
    execute=list_stacks,
    render=show_stacks,
)


@dataclass(frozen=True, slots=True)
class StackNow:
    """A stack and its newest update, where the server tells."""

    stack: Stack
    latest: UpdateInfo | None


async def latest_update(pulumi: PulumiApi, stack: StackRef) -> UpdateInfo | None:
    """The newest update, running or not; None when there is none or the server has no such list."""
    try:
        async for update in pulumi.updates(stack, page_size=1):
            return update
    except MissingRoute:
        pass
    return None


async def get_stack(pulumi: PulumiApi, args: StackArgs) -> StackNow:
    """The stack as Pulumi has it now."""
    stack = await pulumi.stack(args.stack)
    return StackNow(stack, await latest_update(pulumi, args.stack))


def show_stack(args: StackArgs, now: StackNow, scene: Scene) -> Card:
    """What it is, what last happened to it, what is happening, and its tags."""
    facts: list[tuple[str, Line]] = [("Last update", _last(now.latest, scene))]
    if current := now.stack.current:
        since = (f" for {took(scene.now - current.started)}",) if current.started else ()
        facts.append(("Running now", (f"{current.kind} by {current.author or 'somebody'}", *since)))
    if now.latest and now.latest.resource_count is not None:
        facts.append(("Resources", (f"{now.latest.resource_count:,}",)))
    facts += [("Tags", _tags(now.stack))] if now.stack.tags else []
    tone = Tone.RUNNING if now.stack.current else TONES[now.latest.result] if now.latest else Tone.PLAIN
    return Card(str(args.stack), tone, (Facts(tuple(facts)),), buttons_for(args.stack, now.latest, scene))


def _last(latest: UpdateInfo | None, scene: Scene) -> Line:
    if latest is None:
        return ("never updated",)
    at = latest.ended or latest.started
    by = f" by {latest.requested_by}" if latest.requested_by else ""
    time: tuple[Inline, ...] = (" ", When(at), f" ({ago(at, scene.now)})") if at else ()
    return (linked(latest, scene), f" {latest.kind} {state(latest.result)}{by}", *time)


def _tags(stack: Stack) -> Line:
    shown = joined((Code(f"{name}={value}") for name, value in own_first(dict(stack.tags))[:_TAGS]), "  ")
    hidden = len(stack.tags) - _TAGS
    return (*shown, f"  and {hidden} more") if hidden > 0 else shown


def buttons_for(stack: StackRef, latest: UpdateInfo | None, scene: Scene) -> tuple[Button, ...]:
    """What people ask next about a stack in this state."""
    buttons: list[Button] = []
    if latest and latest.result.final and latest.result.value != "succeeded":
        buttons.append(Run("Why?", f"why {stack}", primary=True))
    elif latest:
        buttons.append(Run("Status", f"status {stack}"))
    buttons.append(Run("History", f"stack history {stack}"))
    url = (scene.console.update(latest) if latest else None) or scene.console.stack(stack)
    return (*buttons, *((Open("Open in Pulumi", url),) if url else ()))


GET = Operation(
    name="stack get",
    aliases=("stack", "show", "stack show"),
    summary="One stack: last update, what runs, tags",
    group="Stacks",
    example="acme/shop/prod",
    args=StackArgs,
    execute=get_stack,
    render=show_stack,
)
