"""Words and lines that several cards share. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.card import Inline, Line, Link, Tone, When
from bot.model import Result, UpdateInfo
from bot.operations.base import Scene

TONES = {
    Result.SUCCEEDED: Tone.GOOD,
    Result.FAILED: Tone.BAD,
    Result.CANCELLED: Tone.WARN,
    Result.RUNNING: Tone.RUNNING,
    Result.NOT_STARTED: Tone.RUNNING,
    Result.UNKNOWN: Tone.WARN,
}
_UNCHANGED = {"same", "read", "discard", "read-replacement"}
_STATES = {
    Result.RUNNING: "is running",
    Result.NOT_STARTED: "has not started",
    Result.UNKNOWN: "is in a state I don't know",
}
_DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "refresh": "refreshed",
    "import": "imported",
    "same": "unchanged",
    "read": "read",
    "discard": "discarded",
}


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 stack`, `2 stacks`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def took(time: timedelta) -> str:
    """`2 m 14 s`: the two largest units, never negative."""
    seconds = max(0, round(time.total_seconds()))
    units = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
    parts = []
    for name, size in units:
        if value := seconds // size:
            parts.append(f"{value} {name}")
        seconds %= size
    return " ".join(parts[:2]) or "0 s"


def ago(then: datetime, now: datetime) -> str:
    """`20 min ago`: the largest unit, since nobody acts on the seconds of an age."""
    age = (now - then).total_seconds()
    for name, size in (("y", 31_536_000), ("d", 86_400), ("h", 3_600), ("min", 60)):
        if age >= size:
            return f"{int(age // size)} {name} ago"
    return "just now"


def done(op: str) -> str:
    """`created` for `create`; an op never seen before stays as it is."""
    return _DONE.get(op, op)


def changes(counts: Mapping[str, int]) -> str:
    """`1 created, 2 updated, 12 unchanged`: zeros skipped, unknown words kept, what did not change last."""
    changed = [f"{count:,} {done(op)}" for op, count in counts.items() if count and op not in _UNCHANGED]
    rest = [f"{count:,} {done(op)}" for op, count in counts.items() if count and op in _UNCHANGED]
    return ", ".join(changed + rest) or "no changes"


def state(result: Result) -> str:
    """The word a title begins with, after the kind: `Update failed`."""
    return _STATES.get(result, result.value)


def kind(update: UpdateInfo) -> str:
    """`Update`, `Destroy`, `Preview`, `Preview of a destroy`."""
    if not update.preview:
        return update.kind.capitalize() or "Update"
    return "Preview" if update.kind in {"update", "preview", ""} else f"Preview of a {update.kind}"


def title(update: UpdateInfo) -> str:
    """The state first, then which stack and which update."""
    label = "" if update.preview and not update.update_id else f" · {update.label}"
    return f"{kind(update)} {state(update.result)} · {update.stack}{label}"


def when(update: UpdateInfo, now: datetime) -> Line:
    """When it ran and how long it took; elapsed time while it runs."""
    if update.started is None:
        return ("unknown",)
    if update.ended is None:
        return (
            "started ",
            When(update.started),
            f", {took(now - update.started)} so far" if not update.result.final else "",
        )
    return (When(update.ended), f" ({ago(update.ended, now)}), took {took(update.ended - update.started)}")


def origin(update: UpdateInfo) -> Line:
    """Who and what caused it: person, commit, message."""
    pieces: list[Inline] = []
    if update.requested_by:
        pieces.append(str(update.requested_by))
    if update.commit and update.commit.sha:
        pieces += [" in " if pieces else "", Link(update.commit.sha[:7], update.commit.url or None)]
        pieces.append(" (with uncommitted changes)" if update.commit.dirty else "")
    if first := first_line(update.message):
        pieces.append(f" “{first}”" if pieces else f"“{first}”")
    return tuple(pieces) or ("unknown",)


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def linked(update: UpdateInfo, scene: Scene) -> Link:
    """`v96`, leading to its page."""
    return Link(update.label, scene.console.update(update))


def joined(lines: Iterable[Inline], between: str = "  ·  ") -> Line:
    """Inlines with a separator between them; empty ones are left out."""
    pieces: list[Inline] = []
    for piece in lines:
        if piece:
            pieces += [between, piece] if pieces else [piece]
    return tuple(pieces)
