"""The card of one update: what happened, why, and whether it is half-applied. Pure."""

from collections.abc import Iterable, Sequence

from bot.card import Bold, Button, Card, Facts, Items, Line, Link, Note, Open, Output, Part, Run, Text, Tone
from bot.conclusions import Activity, Conclusion, Failure
from bot.model import Result, Stack, StackRef, UpdateInfo
from bot.operations.base import Scene
from bot.operations.reports import Past, Report
from bot.operations.wording import TONES, ago, changes, linked, origin, plural, title, when
from bot.urns import STACK_TYPE

_SHOWN = 3  # resources by name before "and N more"


def never_ran(stack: StackRef, scene: Scene) -> Card:
    """A stack without a single update."""
    url = scene.console.stack(stack)
    text = "No update was ever run on it, so there is nothing to explain. Its first pulumi up will show here."
    return Card(f"Never updated · {stack}", Tone.PLAIN, (Text((text,)),), (Open("Open in Pulumi", url),) if url else ())


def verdict(report: Report, scene: Scene, past: Past | None = None, stack: Stack | None = None) -> Card:
    """The whole story of an update in one message; with its past and its stack where they are known."""
    update, found = report.update, report.found
    parts: list[Part] = []
    if found:
        parts += _blame(found, update)
    facts = [*_facts(update, found, scene), *_owner(stack), *_standing(past, update, scene)]
    parts.append(Facts(tuple(facts)))
    parts += _small_print(update, found)
    return Card(title(update), TONES[update.result], tuple(parts), _buttons(update, scene))


def _blame(found: Conclusion, update: UpdateInfo) -> list[Part]:
    parts: list[Part] = []
    if (failed := real_failures(found)) and not found.policies.mandatory:
        parts.append(Items(failing(failed)))
    if found.cause and update.result is not Result.SUCCEEDED:
        parts.append(Output(found.cause))
    if found.running and not update.result.final:
        parts.append(Text((Bold("Working on"), "  ", *_activities(found.running))))
    return parts


def real_failures(found: Conclusion) -> Sequence[Failure]:
    """The resources that failed; the stack itself only repeats that something did."""
    return [each for each in found.failures if each.resource.type != STACK_TYPE]


def failing(failures: Sequence[Failure]) -> tuple[Line, ...]:
    """Each with what was being done to it."""
    lines: list[Line] = [(Bold(str(each.resource)), f" — {each.op or 'failed'}") for each in failures[:_SHOWN]]
    if len(failures) > _SHOWN:
        lines.append((f"and {plural(len(failures) - _SHOWN, 'more resource')} that failed",))
    return tuple(lines)


def _activities(activities: Sequence[Activity]) -> Line:
    named = [f"{each.resource} ({each.op})" for each in activities[:_SHOWN]]
    more = f" and {len(activities) - _SHOWN} more" if len(activities) > _SHOWN else ""
    return (", ".join(named) + more,)


def _facts(update: UpdateInfo, found: Conclusion | None, scene: Scene) -> Iterable[tuple[str, Line]]:
    yield "Changes", (_counts(update, found),)
    if found and update.result in {Result.FAILED, Result.CANCELLED} and not update.preview:
        yield "Half-applied?", (_applied(found),)
    yield "Changed by", origin(update)
    yield "When", when(update, scene.now)
    if ran := ran_in(update):
        yield "Ran in", ran


def _counts(update: UpdateInfo, found: Conclusion | None) -> str:
    counts = update.changes if update.changes is not None and update.result.final else found.counts if found else None
    if counts is None:
        return "not known"
    failed = f"{len(real_failures(found))} failed, " if found and real_failures(found) else ""
    so_far = "" if update.result.final else " so far"
    return f"{failed}{changes(counts)}{so_far}"


def _applied(found: Conclusion) -> str:
    done = found.changes
    said = f"yes: {changes(done)} before it stopped" if done else "no: nothing was changed before it stopped"
    if found.interrupted:
        said += f"; {plural(len(found.interrupted), 'resource was', 'resources were')} cut short and may exist in part"
    if found.maybe_corrupt:
        said += "; Pulumi warns that its state may not match what exists"
    return said


def ran_in(update: UpdateInfo) -> Line:
    """Where it was started; nothing where that is not known."""
    environment = update.environment
    if system := environment.get("ci.system"):
        number = environment.get("ci.build.number") or environment.get("ci.build.id", "")
        url = environment.get("ci.build.url", "")
        return (Link(f"{system} {number}".strip(), url if url.startswith("https://") else None),)
    kinds = {"cli": "somebody's terminal", "auto.local": "the Automation API", "auto.inline": "the Automation API"}
    known = kinds.get(environment.get("exec.kind", ""))
    return (known,) if known else ()


def _owner(stack: Stack | None) -> Iterable[tuple[str, Line]]:
    """Whom the stack's tags name."""
    tags = stack.tags if stack else {}
    if named := [tags[name] for name in ("slack:owner", "owner", "team") if tags.get(name)]:
        yield "Owned by", (", ".join(named),)


def _standing(past: Past | None, update: UpdateInfo, scene: Scene) -> Iterable[tuple[str, Line]]:
    """Whether it is the first failure, and what was last good."""
    if past is None or not past.failed or past.failed[0].update_id != update.update_id:
        return
    first = past.failed[-1]
    age = f" ({ago(first.ended, scene.now)})" if first.ended else ""
    several = (linked(first, scene), f"{age}, {len(past.failed)} times in a row")
    yield "Failing since", several if len(past.failed) > 1 else ("this update, the first to fail",)
    if good := past.last_good:
        yield "Last good", (linked(good, scene), f", {ago(good.ended, scene.now)}" if good.ended else "")


def _small_print(update: UpdateInfo, found: Conclusion | None) -> Iterable[Note]:
    if update.update_id is None:
        yield Note("This Pulumi server gives no update ids, so I can't read what happened inside")
    elif found is None:
        yield Note("This Pulumi server has no update events, so I can't read what happened inside")
    elif found.incomplete and update.result.final:
        yield Note("Pulumi's record of this update has holes: something may be missing here")
    if found and found.policies.excepted:
        yield Note(f"{plural(len(found.policies.excepted), 'policy violation')} excepted")
    if found and found.policies.advisory:
        yield Note(f"{plural(len(found.policies.advisory), 'advisory policy finding')}")


def _buttons(update: UpdateInfo, scene: Scene) -> tuple[Button, ...]:
    stack, buttons = update.stack, list[Button]()
    name = name_of(update)
    if not update.result.final:
        buttons.append(Run("Refresh", f"status {stack}{name}"))
        if not update.preview:
            buttons.append(Run("Watch", f"watch {stack}"))
    elif update.update_id:
        buttons.append(Run("All messages", f"stack history events {stack}{name}"))
    buttons.append(Run("History", f"stack history {stack}"))
    url = scene.console.update(update) or scene.console.stack(stack)
    return (*buttons, *((Open("Open in Pulumi", url),) if url else ()))


def name_of(update: UpdateInfo) -> str:
    """How a command line names the update: its version where that is unique, its id otherwise."""
    if update.version is not None and not update.preview:
        return f" v{update.version}"
    return f" {update.update_id}" if update.update_id else ""
