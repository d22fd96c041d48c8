"""What webhooks say: the payload of each kind, the filter that each falls under, the signature. Pure."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.pulumi.theatre import Theatre
from sandbox.pulumi.wire import CONSOLE, Json, Wire
from sandbox.pulumi.world import Stack, Update, uuid

_RUNS: Final = ("preview", "update", "destroy", "refresh", "import")
_STACKS: Final = (
    "stack_created",
    "stack_deleted",
    *(f"{run}_{end}" for run in _RUNS for end in ("succeeded", "failed")),
)
_DEPLOYMENTS: Final = (
    *(f"deployment_{state}" for state in ("queued", "started", "succeeded", "failed", "file_ingestion_failed")),
    "drift_detected",
    *(f"drift_{what}_{end}" for what in ("detection", "remediation") for end in ("succeeded", "failed")),
)
_POLICIES: Final = ("policy_violation_mandatory", "policy_violation_advisory")
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {"stacks": _STACKS, "deployments": _DEPLOYMENTS, "policies": _POLICIES}
FILTERS: Final = frozenset(each for group in GROUPS.values() for each in group)
KINDS: Final = (
    "stack", "stack_update", "stack_preview", "policy_violation", "drift_detection", "deployment", "ping",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that hooks are told: its kind, the filters that let it through (none: always), its organization."""

    kind: str
    filters: tuple[str, ...]
    org: str
    payload: Json


def encoded(payload: Json) -> bytes:
    """JSON as Go writes it: no spaces, and no character of HTML as it is."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode()


def signature(body: bytes, secret: str) -> str:
    """Lower-case hex of HMAC-SHA256 over the raw body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Words:
    """Makes facts of what is in the world."""

    def __init__(self, theatre: Theatre, wire: Wire) -> None:
        self._theatre, self._wire = theatre, wire

    def _about(self, stack: Stack, login: str) -> Json:
        """Who, and where; nobody where a machine did it."""
        place, people = stack.place, self._theatre.world.people
        org = self._wire.person(place.org)
        return {
            **({"user": self._wire.person(login)} if login in people else {}),
            "organization": {**org, "name": place.org.capitalize()},
            "projectName": place.project,
            "stackName": place.stack,
        }

    def stack(self, stack: Stack, action: str, login: str) -> Fact:
        """It was created or deleted."""
        payload = {**self._about(stack, login), "action": action}
        return Fact("stack", (f"stack_{action}",), stack.place.org, payload)

    def ended(self, stack: Stack, update: Update) -> Iterator[Fact]:
        """An update or a preview is over; its policies' findings come first, a refresh is a run of drift detection."""
        ending = self._theatre.ending(stack, update)
        yield from self._findings(stack, update)
        yield self.said(stack, update, "stack_preview" if update in stack.previews else "stack_update")
        if update.kind == "refresh":
            yield self.drift(stack, update.id, ending.result, ending.changes or {})

    def said(self, stack: Stack, update: Update | None, kind: str) -> Fact:
        """What is told of an update, or of a preview; of one that nobody made, without one."""
        ending, preview = self._theatre.ending(stack, update) if update else None, kind == "stack_preview"
        plain = "update" if preview or not update else update.kind
        result = ending.result if ending else "succeeded"
        payload = {
            **self._about(stack, update.author if update else ""),
            "updateUrl": link(stack, update) if update else f"{CONSOLE}/{stack.place}/updates/1",
            "kind": plain,
            "result": result,
            "resourceChanges": (ending.changes if ending else None) or {},
            "isPreview": preview,
        }
        return Fact(kind, (f"{'preview' if preview else plain}_{result}",), stack.place.org, payload)

    def _findings(self, stack: Stack, update: Update) -> Iterator[Fact]:
        for _, kind, body in self._theatre.stream(stack, update):
            if kind == "policyEvent" and not body.get("exceptions"):
                yield self.finding(stack, body, update)

    def finding(self, stack: Stack, body: Mapping[str, Any], update: Update | None = None) -> Fact:
        """A policy's finding. What Pulumi sends is not documented: what is known, by the names of its event."""
        names = ("policyPackName", "policyName", "enforcementLevel", "severity", "resourceUrn", "message")
        payload = self._about(stack, update.author if update else "")
        payload |= {name: body[name] for name in names if name in body}
        if update:
            payload["updateUrl"] = link(stack, update)
        return Fact("policy_violation", (f"policy_violation_{body['enforcementLevel']}",), stack.place.org, payload)

    def drift(self, stack: Stack, run: str, result: str, changes: Mapping[str, int]) -> Fact:
        """A run of drift detection."""
        drifted = any(count for name, count in changes.items() if name != "same")
        filters = (f"drift_detection_{result}", *(("drift_detected",) if drifted else ()))
        payload = {
            **self._about(stack, ""),
            "driftDetected": drifted,
            "driftRunId": uuid("drift", run),
            "status": result,
            "resourceChanges": dict(changes),
            "referenceUrl": f"{CONSOLE}/{stack.place}/drift",
        }
        return Fact("drift_detection", filters, stack.place.org, payload)

    def deployment(self, stack: Stack, version: int, operation: str, status: str) -> Fact:
        """A managed deployment has come to a state."""
        payload = {
            **self._about(stack, stack.owner),
            "deploymentUrl": f"{CONSOLE}/{stack.place}/deployments/{version}",
            "version": version,
            "operation": operation,
            "status": status,
        }
        return Fact("deployment", (f"deployment_{status}",), stack.place.org, payload)


def link(stack: Stack, update: Update) -> str:
    """Where the console shows it: an update by its version, a preview by its id."""
    if update in stack.previews:
        return f"{CONSOLE}/{stack.place}/previews/{update.id}"
    return f"{CONSOLE}/{stack.place}/updates/{update.version}"
