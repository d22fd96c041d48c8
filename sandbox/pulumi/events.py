"""A plan as the engine events that Pulumi Cloud stores: envelope, payloads, order, times. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.pulumi.kinds import UNKNOWN
from sandbox.pulumi.plan import UNCOUNTED, Plan, Step
from sandbox.pulumi.resources import Resource

# Seconds since the start, the type, the payload.
Timed = tuple[float, str, Mapping[str, Any]]


def render(plan: Plan, config: Mapping[str, str]) -> list[Timed]:
    """All events of the plan in order. The summary's duration is the engine's own; correct it for the speed."""
    found: list[Timed] = [(0.5, "preludeEvent", {"config": dict(config)})]
    for step in plan.steps:
        found.extend(_told(step, plan))
    found.extend((remark.at, remark.type, remark.body) for remark in plan.remarks)
    found.sort(key=lambda event: event[0])
    if plan.summary:
        found.append((plan.seconds, "summaryEvent", _summary(plan)))
    return found


def _told(step: Step, plan: Plan) -> Iterator[Timed]:
    planning = {"planning": True} if plan.preview else {}
    yield step.start, "resourcePreEvent", {"metadata": _metadata(step, step.op, done=False), **planning}
    if step.fate == "failed":
        body = {
            "metadata": _metadata(step, step.op, done=False),
            "status": _status(step),
            "steps": plan.steps.index(step),
        }
        yield step.end, "resOpFailedEvent", body
    elif step.fate == "done" and (step.resource.custom or step.new is None or step.shown):
        yield (
            step.end,
            "resOutputsEvent",
            {"metadata": _metadata(step, step.outcome, done=True, preview=plan.preview), **planning},
        )
    elif step.fate == "done" and plan.finished:
        at = max(plan.seconds - 0.3, step.end)
        yield (
            at,
            "resOutputsEvent",
            {"metadata": _metadata(step, step.outcome, done=True, preview=plan.preview), **planning},
        )


def _status(step: Step) -> int:
    """What the provider knows of a failed operation: 0 nothing was done, 1 a part of it, 2 it cannot say."""
    if step.resource.type.startswith("kubernetes:"):
        return 1
    return 0 if step.op == "create" else 2


def _metadata(step: Step, op: str, *, done: bool, preview: bool = False) -> dict[str, Any]:
    about = step.resource
    old = (
        _state(step.old, pending_delete=op == "delete-replaced" or (op == "replace" and step.replacing))
        if step.old
        else None
    )
    kind = "update-replace" if step.replacing else "update"
    return {
        "op": op,
        "urn": about.urn,
        "type": about.type,
        "old": old,
        "new": _new(step, done=done, preview=preview) if step.new or op == "refresh" else None,
        **({"keys": list(step.changed)} if step.replacing else {}),
        **({"diffs": list(step.changed)} if step.changed and op != "refresh" else {}),
        "detailedDiff": _diff(step, kind) if step.changed and op != "refresh" else None,
        **({} if step.op in UNCOUNTED else {"logical": True}),
        "provider": about.provider,
    }


def _diff(step: Step, kind: str) -> dict[str, Any]:
    return {path: {"diffKind": kind, "inputDiff": False} for path in step.changed}


def _new(step: Step, *, done: bool, preview: bool) -> dict[str, Any]:
    if step.op == "refresh" and not done:
        return _state(step.old or step.resource)
    new = step.resource
    if not done:
        return {**_state(new), "id": new.id if step.op in {"update", "refresh", "replace"} else "", "outputs": {}}
    if preview and step.op in {"create", "create-replacement", "replace"}:
        return {**_state(new), "id": "", "outputs": dict.fromkeys(new.outputs or {}, UNKNOWN)}
    return _state(new)


def _state(resource: Resource, *, pending_delete: bool = False) -> dict[str, Any]:
    return {
        "type": resource.type,
        "urn": resource.urn,
        **({"custom": True} if resource.custom else {}),
        **({"delete": True} if pending_delete else {}),
        "id": resource.id,
        "parent": resource.parent,
        "inputs": resource.inputs or {},
        "outputs": resource.outputs or {},
        "provider": resource.provider,
    }


def _summary(plan: Plan) -> dict[str, Any]:
    return {
        "maybeCorrupt": False,
        "durationSeconds": max(1, round(plan.seconds)),
        "resourceChanges": plan.changes,
        "PolicyPacks": dict(plan.packs),
        "isPreview": plan.preview,
        "result": plan.word,
    }
