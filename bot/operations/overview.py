"""What somebody on call wants to know first about an organization."""

from dataclasses import dataclass

from bot.card import Card, Items, Line, Link, Note, Part, Run, Text, Tone
from bot.errors import MissingRoute
from bot.model import Result, StackRef, StackSummary, UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.paging import SIZE
from bot.operations.stacks import latest_update
from bot.operations.values import Args, OrgsField
from bot.operations.wording import TONES, ago, plural, state
from bot.ports import PulumiApi

_WATCHED = 8  # stacks whose newest update the overview reads


class OverviewArgs(Args):
    """Which organizations."""

    orgs: OrgsField = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What runs, and how the most recently updated stacks ended."""

    total: int
    running: tuple[StackSummary, ...]
    recent: tuple[UpdateInfo, ...]


async def overview(pulumi: PulumiApi, args: OverviewArgs) -> Overview:
    """One listing of each organization, and the newest update of the most recently updated stacks."""
    everything = [each for org in args.orgs async for each in pulumi.stacks(org)]
    idle = [each for each in everything if each.last_update and not each.running]
    idle.sort(key=lambda each: each.last_update.timestamp() if each.last_update else 0, reverse=True)
    latest = [await _latest(pulumi, each.stack) for each in idle[:_WATCHED]]
    running = tuple(each for each in everything if each.running)
    return Overview(total=len(everything), running=running, recent=tuple(each for each in latest if each))


async def _latest(pulumi: PulumiApi, stack: StackRef) -> UpdateInfo | None:
    try:
        return await latest_update(pulumi, stack)
    except MissingRoute:
        return None


def show_overview(args: OverviewArgs, found: Overview, scene: Scene) -> Card:
    """What somebody on call wants to know first."""
    failed = [each for each in found.recent if each.result in {Result.FAILED, Result.CANCELLED}]
    health = plural(len(failed), "stack") + " not fine" if failed else "All fine"
    heading = f"{health}, {len(found.running)} running · {' + '.join(args.orgs)}"
    parts: list[Part] = []
    if found.running:
        lines = tuple(_running_line(each, scene) for each in found.running[:SIZE])
        parts += [Text(("Running now",)), Items(lines)]
    parts += [Text(("Most recently updated",)), Items(tuple(_stack_line(each, scene) for each in found.recent))]
    parts.append(Note(f"{plural(found.total, 'stack')} in all. Name one for its own status, or set a default with use"))
    asks = tuple(Run(f"Why {each.stack.project}/{each.stack.stack}?", f"why {each.stack}") for each in failed[:3])
    tone = Tone.BAD if failed else Tone.RUNNING if found.running else Tone.GOOD
    return Card(
        heading, tone, tuple(parts), (*asks, *(Run(f"Stacks of {org}", f"stack ls {org}") for org in args.orgs[:3]))
    )


def _running_line(each: StackSummary, scene: Scene) -> Line:
    return ("⏳ ", *_linked_stack(each.stack, scene), "  update in progress")


def _stack_line(update: UpdateInfo, scene: Scene) -> Line:
    at = update.ended or update.started
    age = f"  ·  {ago(at, scene.now)}" if at else ""
    by = f" by {update.requested_by}" if update.requested_by else ""
    return (
        f"{TONES[update.result].value} ",
        *_linked_stack(update.stack, scene),
        f"  {update.label} {update.kind} {state(update.result)}{by}{age}",
    )


def _linked_stack(stack: StackRef, scene: Scene) -> Line:
    return (Link(str(stack), scene.console.stack(stack)),)


OVERVIEW = Operation(
    name="overview",
    aliases=("status all", "fleet"),
    summary="What runs in your organizations, and what ended badly",
    group="Updates",
    example="acme",
    args=OverviewArgs,
    execute=overview,
    render=show_overview,
)
