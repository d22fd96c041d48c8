"""Engine events as Pulumi serves and records them, decoded straight into the few fields that are needed.

A REST event names its payload in `type` and has no `sequence`; a recorded one is the other way round. Both become
an `EngineEvent`. https://www.pulumi.com/docs/reference/cloud-rest-api/stack-updates/ (List Update Events)
"""

import re
from typing import Final

import msgspec
from msgspec import Raw, Struct

UNKNOWN: Final = "unknown"


class State(Struct, frozen=True, gc=False):
    """A resource before or after a step. Without `custom` it is a component; `delete`: a copy awaiting deletion."""

    id: str | None = None
    custom: bool | None = None
    delete: bool | None = None


class Step(Struct, frozen=True, gc=False):
    """One step of the engine on one resource; `old` is None for a new one, `new` for one that goes away."""

    op: str = ""
    urn: str = ""
    type: str = ""
    old: State | None = None
    new: State | None = None


class StepEvent(Struct, frozen=True, gc=False):
    """A step begins, is done, or has failed. `planning` marks a preview, where nothing is really done."""

    metadata: Step
    planning: bool | None = None


class Diagnostic(Struct, frozen=True, gc=False):
    """A message of the engine, a provider or the program; without `urn` it concerns the stack."""

    message: str | None = None
    severity: str | None = None
    urn: str | None = None
    ephemeral: bool | None = None


class Waiver(Struct, frozen=True, gc=False):
    """Why a policy violation was let pass."""

    reason: str | None = None


class PolicyFinding(Struct, frozen=True, gc=False, rename="camel"):
    """A policy was violated; or, as a remediation and then without a level, it has changed the inputs."""

    message: str | None = None
    resource_urn: str | None = None
    policy_name: str | None = None
    policy_pack_name: str | None = None
    policy_pack_version: str | None = None
    policy_pack_version_tag: str | None = None
    enforcement_level: str | None = None
    severity: str | None = None
    exceptions: list[Waiver] | Waiver | None = None  # a list over REST; the CLI's own event carries one
    exception: Waiver | None = None


class Summary(Struct, frozen=True, gc=False, rename="camel"):
    """What the engine says at the end. Old streams have no `result`."""

    maybe_corrupt: bool | None = None
    duration_seconds: float | None = None
    resource_changes: dict[str, int] | None = None
    is_preview: bool | None = None
    result: str | None = None


class Text(Struct, frozen=True, gc=False):
    """`message` of a line of output, or `error` of an internal error of the engine."""

    message: str | None = None
    error: str | None = None


class Noise(Struct, frozen=True, gc=False):
    """A payload of which nothing is needed."""


class EngineEvent(Struct, frozen=True, gc=False, rename="camel"):
    """One event: `kind` names the payload that counts, the other payloads are None.

    `timestamp` is in seconds; over REST it is the time of the upload, which a whole batch shares. `sequence` is None
    over REST and 0 in some recordings.
    """

    type: str | None = None
    sequence: int | None = None
    timestamp: float | None = None
    resource_pre_event: StepEvent | None = None
    res_outputs_event: StepEvent | None = None
    diagnostic_event: Diagnostic | None = None
    res_op_failed_event: StepEvent | None = None
    policy_event: PolicyFinding | None = None
    policy_remediation_event: PolicyFinding | None = None
    summary_event: Summary | None = None
    stdout_event: Text | None = None
    error_event: Text | None = None
    prelude_event: Noise | None = None
    cancel_event: Noise | None = None
    policy_load_event: Noise | None = None
    policy_analyze_summary_event: Noise | None = None
    policy_remediate_summary_event: Noise | None = None
    policy_analyze_stack_summary_event: Noise | None = None
    start_debugging_event: Noise | None = None
    progress_event: Noise | None = None

    @property
    def kind(self) -> str:
        """The payload's name on the wire, such as `diagnosticEvent`, or UNKNOWN when no payload is known.

        `type` decides if it names a payload that is there, else the first known payload counts.
        """
        kind = self.type
        if kind is None:  # the two that make up most of a stream, at once
            if self.resource_pre_event is not None:
                return "resourcePreEvent"
            if self.res_outputs_event is not None:
                return "resOutputsEvent"
        elif kind in _PAYLOADS and getattr(self, _PAYLOADS[kind]) is not None:
            return kind
        return next((kind for kind, field in _PAYLOADS.items() if getattr(self, field) is not None), UNKNOWN)


_PAYLOADS: Final = {
    info.encode_name: info.name for info in msgspec.structs.fields(EngineEvent) if info.name.endswith("_event")
}


class EventPage(Struct, frozen=True):
    """A page of List Update Events. `token` asks for what follows; None: nothing follows yet."""

    events: tuple[EngineEvent, ...]
    token: str | None = None


class _Page(Struct, rename="camel"):
    events: tuple[EngineEvent, ...] | None
    continuation_token: str | None = None


class _Envelope(Struct):
    type: str | None = None
    sequence: int | None = None
    timestamp: float | None = None


class _RawPage(Struct, rename="camel"):
    events: list[Raw] | None
    continuation_token: str | None = None


_EVENT: Final = msgspec.json.Decoder(EngineEvent)
_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_PAGE: Final = msgspec.json.Decoder(_Page)
_RAW_PAGE: Final = msgspec.json.Decoder(_RawPage)


def decode_page(body: bytes) -> EventPage:
    """Read a REST page. An event that fits nothing we know becomes one of kind UNKNOWN; the page is never lost for it.

    A missing, null or empty token is None. ValueError: this is no page of events.
    """
    try:
        return _page(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _page(body: bytes) -> EventPage:
    try:
        page = _PAGE.decode(body)
        return EventPage(page.events or (), page.continuation_token or None)
    except ValueError:  # something in it is odd: take it apart
        pieces = _RAW_PAGE.decode(mended(body))
        return EventPage(tuple(map(decode_event, pieces.events or ())), pieces.continuation_token or None)


def decode_event(raw: Raw | bytes) -> EngineEvent:
    """Read one event. What does not fit keeps its envelope and is of kind UNKNOWN; nothing is raised."""
    for decoder in (_EVENT, _ENVELOPE):
        try:
            event = decoder.decode(raw)
        except (ValueError, RecursionError):
            continue
        return event if isinstance(event, EngineEvent) else EngineEvent(event.type, event.sequence, event.timestamp)
    return EngineEvent()


# One escape of a JSON string: a whole surrogate pair, or half of one (the group), or any other.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def mended(body: bytes) -> bytes:
    """Put U+FFFD where no character can be: for half a surrogate pair, which JSON can spell, and broken UTF-8."""
    return _ESCAPE.sub(lambda m: rb"\ufffd" if m[1] else m[0], body.decode("utf-8", "replace").encode())
