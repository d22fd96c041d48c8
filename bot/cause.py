"""Why an update ended as it did, in at most 8 lines: the first real error, not its echoes."""

import re
from collections.abc import Sequence
from typing import Final

from bot.conclusions import Activity, Conclusion, Failure
from bot.model import Result
from bot.plain import plain
from bot.urns import STACK_TYPE

LINES: Final = 8
LENGTH: Final = 900  # characters in all, shared by the lines; no line is cut below WIDTH
WIDTH: Final = 200

_PREFIX: Final = re.compile(r"\A(?:(?:error|warning): |\S+\.go:\d+: (?:sdk\.helper_schema: )?)+", re.IGNORECASE)
_SUFFIX: Final = re.compile(r": provider=[\w.-]+@[\w.+-]+$")
# How the AWS SDK wraps every refusal: https://github.com/aws/smithy-go and aws-sdk-go-v2/aws/transport/http
_REQUEST: Final = re.compile(r"https response error StatusCode: \d+, RequestID: [^,\s]*,(?: HostID: [^,\s]*,)? ")
_COUNT: Final = re.compile(r"(?<!\d)\d+ errors? occurred:\s*$")  # Go's multierror, around bullets
_BULLET: Final = re.compile(r"\s*\* ")
_FRAME: Final = re.compile(r"\s+at |\s*\^+$")  # JavaScript, Java, .NET

_KINDS: Final = "update|preview|up|destroy|refresh|import|rename|operation"
_CANCELLED: Final = re.compile(rf"(?:{_KINDS}) cancell?ed\.?", re.IGNORECASE)
# What the engine and its parts say because something else went wrong before.
_ECHO: Final = re.compile(
    rf"""(?:an\ unhandled\ error\ occurred:\ )?
    (?: (?:{_KINDS})\ (?:failed|cancell?ed)
      | resource\ monitor\ (?:shut\ down|has\ terminated).*
      | (?:program\ )?(?:exited|failed)\ with\ (?:a\ )?(?:non-zero\ )?(?:exit\ )?(?:code|status):?\ *-?\d+
      | (?:program\ failed:\ )?exit\ (?:code|status):?\ *-?\d+
      | one\ or\ more\ (?:\w+\ )*errors?\ occurred
      | BAIL:.*
      | .*(?:context\ canceled|transport\ is\ closing|client\ connection\ is\ closing|reading\ from\ server:\ EOF)"?
    )\.?""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def tidy(text: str) -> str:
    """Return a diagnostic as plain lines, without blank ones and without the wrapping of the tools it came through."""
    lines, unwrapped = [], False
    for line in plain(text).split("\n"):
        bare = _COUNT.sub("", line)
        unwrapped = unwrapped or bare != line
        bare = _SUFFIX.sub("", _BULLET.sub("", bare, count=1) if unwrapped else bare).rstrip()
        bare = _REQUEST.sub("", bare)
        if bare:
            lines.append(bare)
    return _PREFIX.sub("", "\n".join(lines).lstrip(), count=1) if lines else ""


def is_cancellation(text: str) -> bool:
    """Whether an error only says that somebody cancelled; the engine then calls the update failed."""
    return _CANCELLED.fullmatch(tidy(text)) is not None


def is_echo(text: str) -> bool:
    """Whether a tidy error is the consequence of another one and explains nothing."""
    return _ECHO.fullmatch(text) is not None


def cause(conclusion: Conclusion) -> tuple[str, ...]:
    """Say why, in the words of the first real error. Nothing is claimed that the events do not say."""
    match conclusion.outcome:
        case Result.SUCCEEDED:
            blocks = [_unfinished("Nothing failed, but", conclusion)] if conclusion.interrupted else []
        case Result.CANCELLED:
            blocks = [_cancelled(conclusion), *_real_errors(conclusion)]
        case Result.FAILED:
            blocks = _real_errors(conclusion) or _next_best(conclusion)
        case Result.UNKNOWN:
            blocks = _real_errors(conclusion) or [_unknown(conclusion)]
        case _:
            blocks = _real_errors(conclusion)
    return _fit(blocks)


def _real_errors(conclusion: Conclusion) -> list[list[str]]:
    found = [(failure, text) for failure, text in _messages(conclusion) if not is_echo(text)]
    blocks = _of_resources(found)
    blocks += [[str(violation)] for violation in conclusion.policies.mandatory]
    return blocks + [text.split("\n") for text in conclusion.stack_errors if not is_echo(text)]


def _messages(conclusion: Conclusion) -> list[tuple[Failure, str]]:
    return [
        (failure, text)
        for failure in conclusion.failures
        if failure.resource.type != STACK_TYPE
        for text in failure.messages
    ]


def _of_resources(found: Sequence[tuple[Failure, str]]) -> list[list[str]]:
    """One block for each different error. Resources are named once there is more than one of them."""
    alike: dict[str, list[tuple[Failure, str]]] = {}
    for failure, text in found:
        alike.setdefault(re.sub(r"\d+", "", text.replace(failure.resource.urn, "")), []).append((failure, text))
    named = len({failure.resource.urn for failure, _ in found}) > 1
    blocks = []
    for (first, text), *others in alike.values():
        blocks.append((f"{first.resource}: {text}" if named else text).split("\n"))
        resources = dict.fromkeys(failure.resource for failure, _ in others if failure.resource != first.resource)
        if resources:
            blocks.append([f"the same for {_enumerated([str(resource) for resource in resources])}"])
    return blocks


def _next_best(conclusion: Conclusion) -> list[list[str]]:
    weak = _of_resources(_messages(conclusion))
    silent = [
        [f"{failure.op or 'the operation'} of {failure.resource} failed; the engine gave no message"]
        for failure in conclusion.failures
        if not failure.messages
    ]
    output = [list(conclusion.program_output[-LINES:])] if conclusion.program_output else []
    stack = [text.split("\n") for text in conclusion.stack_errors]
    return weak or silent + output or stack or [[_nothing(conclusion)]]


def _nothing(conclusion: Conclusion) -> str:
    lost = " Some events are missing." if conclusion.incomplete else ""
    return f"The {_kind(conclusion)} failed; its events hold no error message.{lost}"


def _cancelled(conclusion: Conclusion) -> list[str]:
    if conclusion.interrupted:
        return _unfinished(f"The {_kind(conclusion)} was cancelled;", conclusion)
    known = "." if conclusion.incomplete else "; no resource was left unfinished."
    return [f"The {_kind(conclusion)} was cancelled{known}"]


def _unknown(conclusion: Conclusion) -> list[str]:
    if not conclusion.events:
        return ["There are no events."]
    if conclusion.interrupted:
        return _unfinished("The events end without a result;", conclusion)
    return [f"The events end without a result: nothing says how the {_kind(conclusion)} ended."]


def _unfinished(opening: str, conclusion: Conclusion) -> list[str]:
    left = conclusion.interrupted
    number = "1 resource was" if len(left) == 1 else f"{len(left)} resources were"
    lines = [f"{opening} {number} left unfinished:", *(doing(activity) for activity in left[: LINES - 2])]
    more = len(left) - (LINES - 2)
    return [*lines, f"… and {more} more"] if more > 0 else lines


def doing(activity: Activity) -> str:
    """`creating aws:s3:Bucket logs`."""
    return f"{_DOING.get(activity.op, activity.op)} {activity.resource}"


_DOING: Final = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "creating the replacement of",
    "delete-replaced": "deleting the replaced",
    "read": "reading",
    "refresh": "refreshing",
    "import": "importing",
    "discard": "discarding",
    "same": "checking",
}


def _kind(conclusion: Conclusion) -> str:
    return "preview" if conclusion.preview else "update"


def _enumerated(names: Sequence[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _fit(blocks: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first block as whole as possible, the first line of the others, at most `LINES` in all."""
    if not blocks:
        return ()
    first, rest = blocks[0], [block[0] for block in blocks[1:]]
    lines = squeeze(first, LINES - min(len(rest), max(3, LINES - len(first))))
    room = LINES - len(lines)
    if len(rest) > room:
        rest = [*rest[: room - 1], f"… and {len(rest) - room + 1} more"]
    width = max(WIDTH, LENGTH // (len(lines) + len(rest)))
    return tuple(clip(line, width) for line in (*lines, *rest))


def squeeze(lines: Sequence[str], most: int) -> list[str]:
    """Head and tail of `lines`; stack frames go first."""
    if len(lines) > most:
        lines = [line for line in lines if not _FRAME.match(line)]
    if len(lines) <= most:
        return list(lines)
    head, tail = most // 2, most - most // 2 - 1
    return [*lines[:head], f"… {len(lines) - head - tail} more lines …", *lines[len(lines) - tail :]]


def clip(line: str, width: int = WIDTH) -> str:
    """Head and tail of one line."""
    tail = width // 3
    return line if len(line) <= width else f"{line[: width - tail - 3]} … {line[-tail:]}"
