"""Fold the events of one update into a view; `bot.verdict` says at any time what the view means.

Left fold: however the events are cut into pages, the view is the same. Replays change nothing, where they can be
told from real repetition: an event by its sequence number, a page (REST events have none) by its token and its ends.
Two equal warnings in a row without a number are two warnings.
"""

from bisect import bisect_left
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from bot.cause import is_cancellation
from bot.events import Diagnostic, EngineEvent, EventPage, PolicyFinding, Step, StepEvent, Summary

# What one view may keep, so that a flood of diagnostics costs no memory: the first errors, the last output.
_ERRORS: Final = 500
_OUTPUT: Final = 200
_WARNINGS: Final = 20
_TEXT: Final = 8_000

# The parts of a replacement. Only its `replace` step is counted; all belong to the live resource's row.
_REPLACING: Final = {"create-replacement", "replace", "read-replacement", "import-replacement"}
_REPLACED: Final = {"delete-replaced", "discard-replaced"}
# Not logical changes: parts of a replacement, a refresh whose outcome is not known, internal steps.
_UNCOUNTED: Final = (_REPLACING - {"replace"}) | _REPLACED | {"", "read", "refresh", "remove-pending-replace", "diff"}


class Row(msgspec.Struct, gc=False):
    """A resource, or a copy of one that awaits deletion, with the step it is in."""

    urn: str
    type: str
    op: str = ""
    custom: bool = False
    running: bool = False
    started: float = 0
    counted: str = ""
    replaced_id: str | None = None


class Note(NamedTuple):
    """An error as it came, with the URN it came for."""

    urn: str
    text: str


@dataclass(slots=True)
class UpdateView:
    """What is known of one update so far. `fold` and `fold_page` change it, `conclude` reads it, nothing else does."""

    rows: dict[str, Row] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    diagnostics: Counter[str] = field(default_factory=Counter)
    errors: list[Note] = field(default_factory=list)
    output: deque[str] = field(default_factory=lambda: deque(maxlen=_OUTPUT))
    warnings: list[str] = field(default_factory=list)
    violations: list[PolicyFinding] = field(default_factory=list)
    remediations: list[PolicyFinding] = field(default_factory=list)
    summary: Summary | None = None
    broken: bool = False
    cancelled: bool = False
    planning: bool = False
    first: float = 0
    last: float = 0
    events: int = 0
    unknown_events: int = 0
    pages: set[int] = field(default_factory=set)
    numbers: list[int] = field(default_factory=list)


def fold_page(view: UpdateView, page: EventPage) -> None:
    """Fold a page, unless it is a replay of one that was folded before."""
    if not page.events:
        return
    mark = hash((page.token, len(page.events), *map(msgspec.json.encode, (page.events[0], page.events[-1]))))
    if mark not in view.pages:
        view.pages.add(mark)
        for event in page.events:
            fold(view, event)


def fold(view: UpdateView, event: EngineEvent) -> None:
    """Fold one event, in the order of the source; one whose sequence number was seen before changes nothing."""
    if event.sequence and _repeats(view.numbers, event.sequence):
        return
    view.events += 1
    at = event.timestamp
    if at and not view.first <= at <= view.last:
        view.first, view.last = min(view.first or at, at), max(view.last, at)
    kind, pre, outputs = event.type, event.resource_pre_event, event.res_outputs_event
    if pre is not None and (kind is None or kind == "resourcePreEvent"):  # nearly all events are one of these two
        _begin(view, pre, at or 0)
    elif outputs is not None and (kind is None or kind == "resOutputsEvent"):
        _done(view, outputs)
    else:
        _fold_any(view, event)


def _repeats(numbers: list[int], number: int) -> bool:
    """Note a sequence number; they come in order, with gaps, but for batches that overtake each other."""
    if not numbers or number > numbers[-1]:
        numbers.append(number)
        return False
    at = bisect_left(numbers, number)
    if numbers[at] == number:
        return True
    numbers.insert(at, number)
    return False


def _begin(view: UpdateView, pre: StepEvent, at: float) -> None:
    step = pre.metadata
    row = _row(view, step)
    state = step.new or step.old
    row.op, row.running, row.started = step.op, True, at
    row.custom = bool(state and state.custom)
    if not row.custom and step.op not in _UNCOUNTED:  # a component need not send outputs
        row.counted = step.op
    view.planning = bool(pre.planning)


def _done(view: UpdateView, outputs: StepEvent) -> None:
    op = outputs.metadata.op
    row = _row(view, outputs.metadata)
    row.op, row.running = op, False  # a refresh says only here what it found
    if op not in _UNCOUNTED:
        row.counted = op


def _failed(view: UpdateView, failure: StepEvent) -> None:
    step = failure.metadata
    row = _row(view, step)
    row.op, row.running = step.op, False
    if not row.custom:
        row.counted = ""
    view.failed[step.urn] = step.op
    view.broken = True


def _row(view: UpdateView, step: Step) -> Row:
    """Find or make the step's row: by URN, and for a copy that awaits deletion also by the copy's id.

    The copy that this very replacement leaves behind belongs to the row of the replacement.
    """
    key, old, op = step.urn, step.old, step.op
    replacing = op in _REPLACING
    if old is not None and old.delete and not replacing:
        live = view.rows.get(key)
        if not (op in _REPLACED and live and live.replaced_id == old.id):
            key = f"{key}\n{old.id}"
    row = view.rows.get(key)
    if row is None:
        row = view.rows[key] = Row(step.urn, step.type)
    if replacing and old is not None:
        row.replaced_id = old.id
    return row


def _fold_any(view: UpdateView, event: EngineEvent) -> None:
    match event.kind:
        case "resourcePreEvent" if event.resource_pre_event:
            _begin(view, event.resource_pre_event, event.timestamp or 0)
        case "resOutputsEvent" if event.res_outputs_event:
            _done(view, event.res_outputs_event)
        case "resOpFailedEvent" if event.res_op_failed_event:
            _failed(view, event.res_op_failed_event)
        case "diagnosticEvent" if event.diagnostic_event:
            _diagnose(view, event.diagnostic_event)
        case "errorEvent" if event.error_event:
            _error(view, "", _short(event.error_event.error))
        case "policyEvent" if event.policy_event:
            view.violations.append(event.policy_event)
        case "policyRemediationEvent" if event.policy_remediation_event:
            view.remediations.append(event.policy_remediation_event)
        case "summaryEvent":
            view.summary = event.summary_event
        case "unknown":
            view.unknown_events += 1


def _diagnose(view: UpdateView, diagnostic: Diagnostic) -> None:
    if diagnostic.ephemeral:
        return
    severity, text = diagnostic.severity or "info", _short(diagnostic.message)
    view.diagnostics[severity] += 1
    if severity == "error":
        _error(view, diagnostic.urn or "", text)
    elif severity == "warning" and len(view.warnings) < _WARNINGS:
        view.warnings.append(text)
    elif severity == "info#err":
        view.output.append(text)


def _error(view: UpdateView, urn: str, text: str) -> None:
    view.broken = True
    view.cancelled = view.cancelled or is_cancellation(text)
    if urn:
        view.failed.setdefault(urn, "")
    if len(view.errors) < _ERRORS:
        view.errors.append(Note(urn, text))


def _short(text: str | None) -> str:
    text = text or ""
    half = _TEXT // 2
    return text if len(text) <= _TEXT else f"{text[:half]}\n…\n{text[-half:]}"
