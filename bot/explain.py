"""`python -m bot explain`: why recorded updates ended as they did, with no network and without the bot's libraries."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat, starmap
from pathlib import Path
from typing import Final

from bot.cause import doing
from bot.conclusions import Conclusion, Failure, Violation
from bot.model import Result
from bot.plain import plain, redact
from bot.recordings import UNREADABLE, decode_stream
from bot.updates import UpdateView, fold
from bot.verdict import conclude

_PROG: Final = "python -m bot explain"
_HELP: Final = """\
A file may be what `pulumi up --event-log FILE` (or preview, refresh, destroy) writes, JSON lines or a JSON list of
engine events, or a saved page of the REST API (GET .../update/{id}/events). Nothing is sent anywhere.

examples:
  python -m bot explain up.jsonl
  python -m bot explain --json logs/*.jsonl | jq -r 'select(.outcome == "failed") | .file, .cause[]'

exit status: 0 when every file could be read, whatever became of the updates; 1 when one could not; 2 for bad usage.
"""
_MOST: Final = 20

Paint = Callable[[str, str], str]


def main(argv: list[str] | None = None) -> int:
    """Explain the files named in `argv`; the exit status is 0 when all could be read, 1 otherwise."""
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a letter still gets the rest
    try:
        status = _explain(arguments.files, as_json=arguments.json)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head`: as a program that SIGPIPE ended, and quiet at exit as well
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROG,
        description="Say why recorded Pulumi updates ended as they did.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="recorded engine events; - is standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object for each file, each on one line")
    return parser


def _explain(names: Sequence[str], *, as_json: bool) -> int:
    paint = _painter()
    unread = 0
    for name in names:
        try:
            conclusion = _conclusion(name)
        except (OSError, ValueError) as error:
            _complain(name, (error.strerror if isinstance(error, OSError) else None) or str(error))
            unread += 1
            continue
        answer = _json(name, conclusion) if as_json else "\n".join(_report(name, conclusion, paint))
        sys.stdout.write(f"{answer}\n" if as_json or len(names) == 1 else f"{answer}\n\n")
    return 1 if unread else 0


def _conclusion(name: str) -> Conclusion:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    view, damaged = UpdateView(), 0
    for event in decode_stream(data):
        damaged += event is UNREADABLE
        fold(view, event)
    if damaged:
        _complain(name, f"{_number(damaged, 'piece')} could not be read (cut off?); the rest is explained")
    return conclude(view)


def _complain(name: str, problem: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"{_PROG}: {plain(name)}: {problem}\n")


def _json(name: str, conclusion: Conclusion) -> str:
    policies = conclusion.policies
    return json.dumps(
        {
            "file": name,
            "outcome": conclusion.outcome.value,
            "counts": dict(conclusion.counts),
            "failed": [redact(failure.resource.urn) for failure in conclusion.failures],
            "interrupted": [redact(activity.resource.urn) for activity in conclusion.interrupted],
            "policy_violations": [
                _violation(found) for found in (*policies.mandatory, *policies.excepted, *policies.advisory)
            ],
            "diagnostics": dict(conclusion.diagnostics),
            "cause": list(conclusion.cause),
            "duration_seconds": conclusion.duration_seconds,
            "events": conclusion.events,
            "unknown_events": conclusion.unknown_events,
        }
    )


def _violation(found: Violation) -> dict[str, str | bool | None]:
    return {
        "policy": found.policy,
        "pack": found.pack,
        "version": found.version,
        "level": found.level,
        "severity": found.severity or None,
        "resource": redact(found.resource.urn) if found.resource else None,
        "message": found.message,
        "excepted": found.waiver is not None,
        "reason": found.waiver or None,
    }


def _painter() -> Paint:
    """Colour for people at a terminal, https://no-color.org respected."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return lambda text, code: f"\x1b[{code}m{text}\x1b[0m"
    return lambda text, _code: text


_COLOURS: Final = {Result.SUCCEEDED: "1;32", Result.FAILED: "1;31", Result.CANCELLED: "1;33"}
_BOLD, _DIM = "1", "2"


def _report(name: str, conclusion: Conclusion, paint: Paint) -> Iterator[str]:
    outcome = paint(conclusion.outcome.value, _COLOURS.get(conclusion.outcome, _BOLD))
    kind = "preview " if conclusion.preview else ""
    yield f"{plain(name)}: {kind}{outcome}{_after(conclusion.duration_seconds)}"
    yield from (f"  {line}" for line in conclusion.cause)
    for label, lines in _details(conclusion):
        news = [line for line in lines if line not in conclusion.cause]
        for head, line in zip(chain([label], repeat("")), _some(news), strict=False):
            yield f"  {paint(head.ljust(12), _DIM)}{line}"


def _details(conclusion: Conclusion) -> Iterator[tuple[str, Iterable[str]]]:
    policies = conclusion.policies
    yield "failed", map(_failure, conclusion.failures)
    yield "unfinished", (doing(activity) for activity in conclusion.interrupted)
    yield "mandatory", map(str, policies.mandatory)
    yield "excepted", (f"{found} ({found.waiver or 'no reason given'})" for found in policies.excepted)
    yield "advisory", map(str, policies.advisory)
    yield "remediated", (f"{found.resource or 'the stack'} by {found.policy}" for found in policies.remediated)
    yield "changes", _changes(conclusion) or ([] if conclusion.incomplete else ["none"])
    yield "diagnostics", _listed(starmap(_diagnostics, conclusion.diagnostics.items()))
    yield "note", _notes(conclusion)


def _failure(failure: Failure) -> str:
    return f"{failure.resource} ({failure.op})" if failure.op not in {"", "same"} else str(failure.resource)


def _changes(conclusion: Conclusion) -> list[str]:
    return _listed(f"{number} {_change(op, planned=conclusion.preview)}" for op, number in conclusion.counts.items())


def _change(op: str, *, planned: bool) -> str:
    return f"to {op}" if planned and op != "same" else _DONE.get(op, op)


def _diagnostics(severity: str, count: int) -> str:
    if severity.startswith("info"):
        return f"{_number(count, 'message')}{' on stderr' if severity == 'info#err' else ''}"
    return _number(count, plain(severity) if severity != "debug" else "debug message")


def _listed(items: Iterable[str]) -> list[str]:
    text = ", ".join(items)
    return [text] if text else []


_DONE: Final = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "same": "unchanged",
    "read": "read",
    "import": "imported",
    "discard": "discarded",
}


def _notes(conclusion: Conclusion) -> Iterator[str]:
    if conclusion.maybe_corrupt:
        yield "the engine says the state may be corrupt: `pulumi refresh` compares it with what really exists"
    if conclusion.incomplete:
        yield "events are missing, so this may not be everything"
    if conclusion.unknown_events:
        yield f"{_number(conclusion.unknown_events, 'event')} of a kind not known here"


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST
    return [*lines[:_MOST], f"… and {more} more"] if more > 0 else lines


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _after(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " after " + (" ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s")
