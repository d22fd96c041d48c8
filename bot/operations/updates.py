"""How an update stands, and why it failed."""

from dataclasses import dataclass

from bot.card import Card, Line, Run, Text, Tone
from bot.model import Result, Stack, StackRef, UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.overview import OVERVIEW
from bot.operations.reports import DEPTH, Past, Report, past, pick, report
from bot.operations.update_card import never_ran, verdict
from bot.operations.values import LATEST, StackArgs, UpdateField, UpdateSelector
from bot.operations.wording import TONES, ago, linked, state
from bot.ports import PulumiApi


class UpdateArgs(StackArgs):
    """An update of a stack: the newest, unless one is named."""

    update: UpdateField = LATEST


class WhyArgs(StackArgs):
    """An update of a stack: the newest that failed, unless one is named."""

    update: UpdateField = UpdateSelector("failed")


async def status(pulumi: PulumiApi, args: UpdateArgs) -> Report | None:
    """The update that is meant, with its events; None when the stack never ran."""
    update = await pick(pulumi, args.stack, args.update)
    return await report(pulumi, update) if update else None


def show_status(args: UpdateArgs, found: Report | None, scene: Scene) -> Card:
    """The card of the update."""
    if found:
        return verdict(found, scene)
    if args.update.word == "failed":
        return _no_failure(args.stack)
    return never_ran(args.stack, scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The failure that was asked for, what came before and after it, and the stack it belongs to."""

    stack: Stack
    past: Past
    failure: Report | None


async def why(pulumi: PulumiApi, args: WhyArgs) -> Why:
    """The newest failure with the run it belongs to, or the update that was named."""
    now = await pulumi.stack(args.stack)
    if args.update.word != "failed":
        chosen = await pick(pulumi, args.stack, args.update)
        return Why(stack=now, past=Past(latest=chosen), failure=await report(pulumi, chosen) if chosen else None)
    found = await past(pulumi, now)
    return Why(stack=now, past=found, failure=await report(pulumi, found.failed[0]) if found.failed else None)


def show_why(args: WhyArgs, found: Why, scene: Scene) -> Card:
    """The cause, or that there is none to explain."""
    latest = found.past.latest
    if latest is None:
        return never_ran(args.stack, scene)
    if found.failure is None:
        return _no_failure(args.stack, latest, scene)
    card = verdict(found.failure, scene, found.past, found.stack)
    if latest.update_id != found.failure.update.update_id:
        return _past(card, latest, found.failure.update, scene)
    return card


def _past(card: Card, latest: UpdateInfo, failed: UpdateInfo, scene: Scene) -> Card:
    """The failure is not how things stand: the title says so first."""
    age = f" {ago(latest.ended, scene.now)}" if latest.ended else ""
    now = (linked(latest, scene), f" {state(latest.result)}{age}. The last failure was {failed.label}:")
    head = f"{'Fine now' if latest.result is Result.SUCCEEDED else 'Running now'} · {latest.stack} · {latest.label}"
    return Card(head, TONES[latest.result], (Text(now), *card.parts), card.buttons)


def _no_failure(stack: StackRef, latest: UpdateInfo | None = None, scene: Scene | None = None) -> Card:
    text: Line = (f"None of its newest {DEPTH} updates failed.",)
    if latest and scene:
        text = (*text, " The newest, ", linked(latest, scene), f", {state(latest.result)}.")
    return Card(f"Nothing failed · {stack}", Tone.GOOD, (Text(text),), (Run("History", f"stack history {stack}"),))


STATUS = Operation(
    name="status",
    aliases=("stat", "st"),
    summary="How an update stands: the newest, or the one you name",
    group="Updates",
    example="acme/shop/prod v95",
    args=UpdateArgs,
    execute=status,
    render=show_status,
    instead=OVERVIEW,
)
WHY = Operation(
    name="why",
    aliases=("failed", "explain"),
    summary="Why the last failed update failed, and whether it is half-applied",
    group="Updates",
    example="acme/shop/prod",
    args=WhyArgs,
    execute=why,
    render=show_why,
)
