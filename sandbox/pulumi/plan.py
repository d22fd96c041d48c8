"""What an update does, before it is put into events: steps with times, remarks, and how it ends. Pure."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from sandbox.pulumi.resources import Place, Resource

Fate = Literal["done", "failed", "interrupted"]
# A replacement is told in three steps but counted once, a refresh under what it found: these say nothing of their own.
UNCOUNTED = frozenset({"create-replacement", "delete-replaced", "refresh"})


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on one resource, from `start` to `end` seconds after the update's start.

    `shown` is the operation of its outputs event where that differs (a refresh ends as same, update or delete).
    """

    op: str
    old: Resource | None
    new: Resource | None
    start: float
    end: float
    fate: Fate = "done"
    changed: tuple[str, ...] = ()
    replacing: bool = False
    shown: str = ""

    @property
    def resource(self) -> Resource:
        """The resource that it is about."""
        return self.new or self.old or _nothing()

    @property
    def outcome(self) -> str:
        """The operation that it is counted under."""
        return self.shown or self.op

    @property
    def counted(self) -> bool:
        """Whether the summary counts it: done, and not a part of something counted elsewhere."""
        return self.fate == "done" and self.outcome not in UNCOUNTED


def _nothing() -> Resource:
    raise ValueError("a step has an old or a new resource")


@dataclass(frozen=True, slots=True)
class Remark:
    """Any event that is no step: a diagnostic, a policy's finding."""

    at: float
    type: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """An update from beginning to end.

    `seconds` is the engine's time; `result` is what the history says (succeeded, failed), `status` what the update says
    (also cancelled), `word` what the summary says. `finished`: the program ran to its end, so components have outputs.
    Without `summary` the stream just stops.
    """

    steps: tuple[Step, ...]
    remarks: tuple[Remark, ...]
    seconds: float
    after: tuple[Resource, ...]
    result: str = "succeeded"
    status: str = "succeeded"
    word: str = "succeeded"
    finished: bool = True
    summary: bool = True
    preview: bool = False
    packs: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> dict[str, int]:
        """How many resources ended under each operation, as the summary counts them."""
        return dict(Counter(step.outcome for step in self.steps if step.counted))


class Stage:
    """Where a scenario plays: it hands out start and end times, `lanes` operations side by side."""

    def __init__(self, place: Place, dice: Random, *, lanes: int, pace: float) -> None:
        self.place = place
        self.steps: list[Step] = []
        self.remarks: list[Remark] = []
        self._dice = dice
        self._pace = pace
        self._lanes = [1.0] * lanes

    @property
    def clock(self) -> float:
        """When everything that was begun is over."""
        return max(self._lanes)

    def wait(self, seconds: float = 0.0) -> None:
        """What comes next begins after all that is there, `seconds` later."""
        self._lanes = [self.clock + seconds] * len(self._lanes)

    def add(self, op: str, old: Resource | None, new: Resource | None, seconds: float, **more: Any) -> Step:  # noqa: ANN401 - Step's fields
        """An operation in the lane that is free first."""
        began = heapq.heappop(self._lanes)
        ended = began + max(0.05, seconds * self._pace * self._dice.uniform(0.7, 1.4))
        heapq.heappush(self._lanes, ended)
        step = Step(op, old, new, round(began, 2), round(ended, 2), **more)
        self.steps.append(step)
        return step

    def same(self, *resources: Resource) -> None:
        """Resources that are as they should be."""
        for each in resources:
            self.add("same", each, each, 0.15)

    def keep(self, resource: Resource) -> Resource:
        """A resource that is as it should be, and stays so."""
        self.same(resource)
        return resource

    def create(self, *resources: Resource) -> None:
        """New resources."""
        for each in resources:
            self.add("create", None, each, each.seconds)

    def delete(self, *resources: Resource) -> None:
        """Resources that go, children first."""
        for each in reversed(resources):
            self.add("delete", each, None, each.seconds * 0.6)

    def update(self, resource: Resource, salt: object) -> Resource:
        """A change in place of one property; the resource as it is after."""
        new, changed = resource.turned(salt, self.place.project)
        self.add("update", resource, new, max(1.0, resource.seconds * 0.5), changed=(changed,))
        return new

    def replace(self, resource: Resource, salt: object) -> Resource:
        """The first two steps of a replacement; the resource as it is after. End it with `drop`."""
        turned, changed = resource.turned(salt, self.place.project)
        new = turned.renewed(salt)
        step = self.add("create-replacement", resource, new, resource.seconds, changed=(changed,), replacing=True)
        until = round(step.end + 0.05, 2)
        self.steps.append(Step("replace", resource, new, step.end, until, changed=(changed,), replacing=True))
        return new

    def drop(self, replaced: Resource) -> None:
        """The last step of a replacement: the old one goes."""
        self.add("delete-replaced", replaced, None, replaced.seconds * 0.6)

    def fail(self, op: str, old: Resource | None, new: Resource | None, seconds: float) -> Step:
        """An operation that does not succeed; say why with `say`."""
        return self.add(op, old, new, seconds, fate="failed")

    def remark(self, at: float, kind: str, body: Mapping[str, Any]) -> None:
        """Any other event."""
        self.remarks.append(Remark(round(at, 2), kind, body))

    def say(self, at: float, severity: str, message: str, urn: str = "") -> None:
        """A diagnostic in the CLI's own markup."""
        self.remark(at, "diagnosticEvent", diagnostic(severity, message, urn))


def diagnostic(severity: str, message: str, urn: str = "") -> dict[str, Any]:
    """The body of a diagnostic event; a program's output has no prefix."""
    label = {"error": "<{%fg 1%}>error: <{%reset%}>", "warning": "<{%fg 3%}>warning: <{%reset%}>"}.get(severity)
    return {
        **({"urn": urn} if urn else {}),
        **({"prefix": label} if label else {}),
        "message": f"<{{%reset%}}>{message}<{{%reset%}}>\n",
        "color": "raw",
        "severity": severity,
    }
