"""How an update stands, and why it failed."""

from dataclasses import dataclass

from bot.card import Card, Line, Run, Text, Tone
from bot.model import Result, StackRef, UpdateInfo
from bot.operations.base import Operation, Scene
from bot.operations.overview import OVERVIEW
from bot.operations.reports import DEPTH, Report, Streak, newest, pick, report, streak
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
    """The failure that was asked for, and the newest update if that is another one."""

    latest: UpdateInfo | None
    failure: Report | None
    streak: Streak | None


async def why(pulumi: PulumiApi, args: WhyArgs) -> Why:
    """The newest failure with the run it belongs to, or the update that was named."""
    if args.update.word != "failed":
        chosen = await pick(pulumi, args.stack, args.update)
        return Why(latest=chosen, failure=await report(pulumi, chosen) if chosen else None, streak=None)
    latest = await newest(pulumi, args.stack)
    failures = await streak(pulumi, args.stack) if latest else None
    failure = await report(pulumi, failures.failed) if failures else None
    return Why(latest=latest, failure=failure, streak=failures)


def show_why(args: WhyArgs, found: Why, scene: Scene) -> Card:
    """The cause, or that there is none to explain."""
    if found.latest is None:
        return never_ran(args.stack, scene)
    if found.failure is None:
        return _no_failure(args.stack, found.latest, scene)
    card = verdict(found.failure, scene, found.streak)
    latest, failed = found.latest, found.failure.update
    if latest.update_id != failed.update_id and (latest.result is Result.SUCCEEDED or not latest.result.final):
        return _past(card, latest, failed, scene)
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
