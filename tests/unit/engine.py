"""Engine events made by hand, in the shape the CLI records: what no recording holds, and small cases of the rest."""

import json
from pathlib import Path
from typing import Any

import msgspec

from bot.conclusions import Conclusion
from bot.events import EngineEvent, EventPage, decode_page
from bot.model import Result
from bot.updates import UpdateView, fold, fold_page
from bot.verdict import conclude
from tests.need import need

Event = dict[str, Any]

STACK = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
LIVE = {"id": "old-1", "custom": True}
COPY = LIVE | {"delete": True}
COMPONENT: dict[str, Any] = {"old": None, "new": {"id": ""}}


def urn(name: str, type_: str = "aws:s3/bucket:Bucket") -> str:
    return f"urn:pulumi:prod::shop::{type_}::{name}"


def step(kind: str, name: str, op: str, **more: Any) -> Event:
    """`old` and `new` are states; without them a new custom resource is meant."""
    state = {"custom": True, "id": f"{name}-id"}
    metadata = {"op": op, "urn": urn(name), "type": "aws:s3/bucket:Bucket", "old": None, "new": state} | more
    return {kind: {"metadata": metadata}}


def pre(name: str, op: str = "create", **more: Any) -> Event:
    return step("resourcePreEvent", name, op, **more)


def outputs(name: str, op: str = "create", **more: Any) -> Event:
    return step("resOutputsEvent", name, op, **more)


def failed(name: str, op: str = "create", **more: Any) -> Event:
    return step("resOpFailedEvent", name, op, **more)


def done(name: str, op: str = "create", **more: Any) -> list[Event]:
    return [pre(name, op, **more), outputs(name, op, **more)]


def diagnostic(message: str, severity: str = "error", **more: Any) -> Event:
    return {"diagnosticEvent": {"message": message, "severity": severity, "color": "raw"} | more}


CANCELED = diagnostic("<{%reset%}>update canceled<{%reset%}>\n")


def error(name: str, message: str) -> Event:
    return diagnostic(message, urn=urn(name))


def violation(policy: str = "no-public-buckets", level: str = "mandatory", **more: Any) -> Event:
    finding = {
        "resourceUrn": urn("logs"),
        "message": "<{%reset%}>The bucket\nmust not be public.<{%reset%}>\n",
        "policyName": policy,
        "policyPackName": "security",
        "policyPackVersion": "3",
        "policyPackVersionTag": "1.2.0",
        "enforcementLevel": level,
    }
    return {"policyEvent": finding | more}


def summary(result: str | None = None, **more: Any) -> Event:
    stated = {} if result is None else {"result": result}
    return {"summaryEvent": {"maybeCorrupt": False, "durationSeconds": 3} | stated | more}


def page(*events: Event, token: str | None = None) -> EventPage:
    """The events as REST serves them: with `type`, without `sequence`."""
    served = [event if "type" in event else {"type": next(iter(event), ""), **event} for event in events]
    return decode_page(json.dumps({"events": served, "continuationToken": token}).encode())


def recorded(*events: Event) -> list[EngineEvent]:
    return list(decode_page(json.dumps({"events": events}).encode()).events)


def view(*events: Event) -> UpdateView:
    seen = UpdateView()
    for event in recorded(*events):
        fold(seen, event)
    return seen


def pages_view(*pages: EventPage) -> UpdateView:
    seen = UpdateView()
    for each in pages:
        fold_page(seen, each)
    return seen


def concluded(*events: Event, result: Result | None = None, over: bool = True) -> Conclusion:
    return conclude(view(*events), result=result, over=over)


def names(conclusion: Conclusion) -> list[str]:
    return [failure.resource.name for failure in conclusion.failures]


def recordings() -> list[Path]:
    """Pulumi's own recorded streams, where they are at hand beside the repository."""
    folder = Path(__file__).parents[3] / "shared" / "pulumi" / "event-streams"
    return sorted(folder.glob("*.json*")) or need("the recorded streams of pulumi/pulumi")


def as_rest(event: EngineEvent) -> Event:
    """One decoded event as the service would serve it."""
    built: Event = json.loads(msgspec.json.encode(event))
    return {"type": event.kind} | {
        key: value for key, value in built.items() if value is not None and key != "sequence"
    }
