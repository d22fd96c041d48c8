"""What a view of an update means: how it ended, what failed, what is half-done."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.cause import cause, clip, tidy
from bot.conclusions import Activity, Conclusion, Failure, Policies, Violation
from bot.events import PolicyFinding
from bot.model import Result
from bot.plain import plain
from bot.updates import Row, UpdateView
from bot.urns import STACK_TYPE, resource

_TEXTS: Final = 20
_OUTPUT_LINES: Final = 40
_MESSAGE: Final = 2_000


def conclude(view: UpdateView, *, result: Result | None = None, over: bool = True) -> Conclusion:
    """Say what the events amount to. `result` is what the API says of the update, where it was asked.

    Pass `over=False` as long as the API has said nothing final: what has begun and not ended is then running;
    afterwards it was interrupted. The view is only read.
    """
    over = over or (result is not None and result.final)
    stated = _stated(view, result)
    policies = _policies(view)
    pending = tuple(map(_activity, _pending(view)))
    lost = stated is Result.SUCCEEDED and bool(pending)  # then the ends of these steps were lost, nothing else
    conclusion = Conclusion(
        outcome=_outcome(view, stated, policies) if over else result or Result.RUNNING,
        counts=_counts(view),
        failures=_failures(view),
        interrupted=pending if over and not lost else (),
        running=() if over else pending,
        diagnostics={plain(severity): count for severity, count in view.diagnostics.items()},
        stack_errors=_distinct(note.text for note in view.errors if _of_stack(note.urn)),
        program_output=_lines(view.output),
        warnings=_distinct(view.warnings),
        policies=policies,
        maybe_corrupt=bool(view.summary and view.summary.maybe_corrupt),
        duration_seconds=_duration(view),
        preview=_is_preview(view),
        incomplete=over and (view.summary is None or lost),
        events=view.events,
        unknown_events=view.unknown_events,
    )
    return replace(conclusion, cause=cause(conclusion))


def _stated(view: UpdateView, result: Result | None) -> Result | None:
    """How it ended in somebody's words: the API's before the summary's, and both call a cancelled update failed."""
    said = result
    if said is None or not said.final:
        said = Result.of(view.summary.result if view.summary else None)
    if not said.final:
        return None
    return Result.CANCELLED if said is Result.FAILED and view.cancelled else said


def _outcome(view: UpdateView, stated: Result | None, policies: Policies) -> Result:
    """As the CLI's own history reads it, where nobody has said how it ended.

    https://github.com/pulumi/pulumi/blob/master/pkg/cmd/pulumi/stack/stack_history_events_summary.go
    """
    if stated:
        return stated
    if view.cancelled:
        return Result.CANCELLED
    if view.broken or policies.mandatory:
        return Result.FAILED
    return Result.SUCCEEDED if view.summary else Result.UNKNOWN


def _counts(view: UpdateView) -> dict[str, int]:
    """The summary's counts; without them the resources by their last logical change that was done."""
    if view.summary and view.summary.resource_changes is not None:
        return {plain(op): number for op, number in view.summary.resource_changes.items() if number}
    return dict(Counter(row.counted for row in view.rows.values() if row.counted))


def _failures(view: UpdateView) -> tuple[Failure, ...]:
    texts: dict[str, list[str]] = {}
    for note in view.errors:
        texts.setdefault(note.urn, []).append(note.text)
    return tuple(_failure(urn, op, view.rows.get(urn), texts.get(urn, ())) for urn, op in view.failed.items())


def _failure(urn: str, op: str, row: Row | None, texts: Iterable[str]) -> Failure:
    return Failure(
        resource=resource(urn, row.type if row else ""),
        op=plain(op or (row.op if row else "")),
        messages=_distinct(texts),
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean for text in texts if (clean := tidy(text))))[:_TEXTS]


def _of_stack(urn: str) -> bool:
    return not urn or resource(urn).type == STACK_TYPE


def _pending(view: UpdateView) -> list[Row]:
    """Steps begun and not ended. Components are exempt, they end only when the program says so; so are failures."""
    return [row for row in view.rows.values() if row.running and row.custom and row.urn not in view.failed]


def _activity(row: Row) -> Activity:
    return Activity(resource=resource(row.urn, row.type), op=plain(row.op), started=_time(row.started))


def _time(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    lines = plain("\n".join(texts)).split("\n")
    return tuple(line.rstrip() for line in lines if line.strip())[-_OUTPUT_LINES:]


def _policies(view: UpdateView) -> Policies:
    found = [_violation(finding) for finding in view.violations]
    binding = [violation for violation in found if violation.level == "mandatory"]
    return Policies(
        mandatory=tuple(violation for violation in binding if violation.waiver is None),
        excepted=tuple(violation for violation in binding if violation.waiver is not None),
        advisory=tuple(violation for violation in found if violation.level != "mandatory"),
        remediated=tuple(map(_violation, view.remediations)),
    )


def _violation(found: PolicyFinding) -> Violation:
    waivers = found.exceptions if isinstance(found.exceptions, list) else [found.exceptions]
    reasons = [waiver.reason or "" for waiver in (*waivers, found.exception) if waiver]
    return Violation(
        policy=plain(found.policy_name or ""),
        pack=plain(found.policy_pack_name or ""),
        version=plain(found.policy_pack_version_tag or found.policy_pack_version or ""),
        # the engine, too, calls a remediation mandatory that did not help
        level="mandatory" if found.enforcement_level == "remediate" else plain(found.enforcement_level or ""),
        severity=plain(found.severity or ""),
        resource=resource(found.resource_urn) if found.resource_urn else None,
        message=clip(" ".join(plain(found.message or "").split()), _MESSAGE),
        waiver=plain("; ".join(filter(None, reasons))) if reasons else None,
    )


def _duration(view: UpdateView) -> float | None:
    """Seconds by the summary, else by the first and the last event, which over REST know only their upload."""
    stated = view.summary.duration_seconds if view.summary else None
    seconds = stated or view.last - view.first or stated
    return int(seconds) if seconds is not None and seconds == int(seconds) else seconds


def _is_preview(view: UpdateView) -> bool:
    said = view.summary.is_preview if view.summary else None
    return view.planning if said is None else said
