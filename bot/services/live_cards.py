"""What Slack shows of an update while it runs: one message that moves, and lines in its thread. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.card import Bold, Button, Card, Doing, Facts, Line, Note, Open, Output, Part, Plan, Run, Task, Text, Tone
from bot.conclusions import Activity, Conclusion, Failure, Violation
from bot.model import Result, UpdateInfo
from bot.operations.base import Scene
from bot.operations.wording import TONES, changes, origin, plural, title, took
from bot.records import Watch
from bot.urns import STACK_TYPE

_SHOWN: Final = 6  # steps by name, the slowest first
_FAILED: Final = 4
_STUCK: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What the stack's last successful updates were like; None where it never had one."""

    resources: int | None = None
    lasts: timedelta | None = None


def info_of(watch: Watch) -> UpdateInfo:
    """The update as far as its watch knows it."""
    return UpdateInfo(
        stack=watch.stack,
        update_id=watch.update_id,
        version=watch.version,
        kind=watch.kind,
        preview=False,
        result=Result.RUNNING,
        started=watch.at,
    )


def starting_card(update: UpdateInfo, scene: Scene) -> Card:
    """The message as it begins, before any event was read."""
    parts: tuple[Part, ...] = (Facts((("Changed by", origin(update)),)),)
    return Card(title(update), Tone.RUNNING, parts, _buttons(update, scene))


def progress_card(
    update: UpdateInfo, found: Conclusion, usual: Usual, scene: Scene, *, heard: datetime | None = None
) -> Card:
    """The message while it runs: how far, how long, what is being worked on. `heard` is when the last events came."""
    parts: list[Part] = [Text(_measure(update, found, usual, scene.now))]
    if tasks := tuple(_tasks(found, scene.now)):
        parts.append(Plan(_heading(found), tasks))
    if update.message or update.requested_by:
        parts.append(Facts((("Changed by", origin(update)),)))
    if heard and scene.now - heard >= _STUCK:
        parts.append(Note(f"No news for {took(scene.now - heard)}: it may wait for something slow, or be stuck"))
    return Card(title(update), Tone.RUNNING, tuple(parts), _buttons(update, scene))


def _measure(update: UpdateInfo, found: Conclusion, usual: Usual, now: datetime) -> Line:
    done = sum(found.counts.values())
    pieces: list[str] = [changes(found.counts) if found.counts else "nothing done yet"]
    if usual.resources and 0 < done <= usual.resources:  # more than last time: nobody knows how many are to come
        pieces.append(f"{min(99, done * 100 // usual.resources)} % of about {usual.resources}")
    if update.started:
        elapsed = took(now - update.started)
        pieces.append(f"{elapsed}, usually {took(usual.lasts)}" if usual.lasts else f"{elapsed} so far")
    return (Bold(pieces[0]), *(f"  ·  {piece}" for piece in pieces[1:]))


def _heading(found: Conclusion) -> str:
    return f"Working on {plural(len(found.running), 'resource')}" if found.running else "Between two steps"


def _tasks(found: Conclusion, now: datetime) -> Iterator[Task]:
    """What failed, then what runs, the slowest first."""
    for failure in [each for each in found.failures if each.resource.type != STACK_TYPE][:_FAILED]:
        yield Task(failure.resource.urn, f"{failure.resource}", Doing.FAILED, failure.op)
    slowest = sorted(found.running, key=lambda each: each.started or now)
    for activity in slowest[:_SHOWN]:
        yield Task(activity.resource.urn, f"{activity.resource}", Doing.RUNNING, _doing(activity, now))
    if len(slowest) > _SHOWN:
        yield Task("more", f"and {len(slowest) - _SHOWN} more", Doing.RUNNING)


def _doing(activity: Activity, now: datetime) -> str:
    return f"{activity.op}, {took(now - activity.started)}" if activity.started else activity.op


def _buttons(update: UpdateInfo, scene: Scene) -> tuple[Button, ...]:
    url = scene.console.update(update) or scene.console.stack(update.stack)
    stop = Run("Stop following", f"unwatch {update.stack}")
    return (stop, *((Open("Open in Pulumi", url),) if url else ()))


def milestones(found: Conclusion) -> Iterator[tuple[str, Card]]:
    """Lines for the thread, with keys that name what they say: the first error of each resource, each violation."""
    for failure in found.failures:
        if failure.messages and failure.resource.type != STACK_TYPE:
            yield f"error/{failure.resource.urn}", _failed(failure)
    for violation in found.policies.mandatory:
        where = violation.resource.urn if violation.resource else "stack"
        yield f"policy/{violation.policy}/{where}", _violated(violation)


def _failed(failure: Failure) -> Card:
    lines = tuple(failure.messages[0].splitlines()[:8])
    return Card(f"Failed: {failure.resource}", Tone.BAD, (Output(lines),))


def _violated(violation: Violation) -> Card:
    return Card(f"Policy violated: {violation.policy}", Tone.BAD, (Text((str(violation),)),))


def ended_note(update: UpdateInfo) -> Card:
    """The line that the channel sees, too, when an update is over."""
    lasted = f"It took {took(update.ended - update.started)}." if update.started and update.ended else ""
    return Card(title(update), TONES[update.result], (Text((lasted,)),) if lasted else ())


def stopped_card(update: UpdateInfo, scene: Scene) -> Card:
    """What the message becomes when nobody wants it to move any more."""
    again = Run("Follow again", f"watch {update.stack}")
    return Card(f"No longer followed · {update.stack}", Tone.PLAIN, (), (again, *_buttons(update, scene)[1:]))


def lost_card(watch: Watch, why: str) -> Card:
    """What it becomes when nothing more can be learnt of it."""
    parts = (Text((why,)),)
    return Card(f"Lost sight of it · {watch.stack}", Tone.WARN, parts, (Run("Status", f"status {watch.stack}"),))
