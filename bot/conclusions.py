"""What can be said of an update from its events: values only, computed by `bot.updates.conclude`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.model import Result
from bot.urns import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A resource that failed. `op` is empty where the engine never said what it was about to do.

    `messages` are its error diagnostics, clean, each once; empty where the engine gave none.
    """

    resource: Resource
    op: str
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A step that has begun and not ended: it runs, or it was interrupted. `started` is None where unknown."""

    resource: Resource
    op: str
    started: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A finding of a policy. `resource` is None where it concerns the stack; `waiver` says why it was let pass."""

    policy: str
    pack: str
    version: str
    level: str
    severity: str
    resource: Resource | None
    message: str
    waiver: str | None = None

    def __str__(self) -> str:
        pack = f"{self.pack}@{self.version}" if self.version else self.pack
        where = f" on {self.resource}" if self.resource else ""
        return f"policy {self.policy} ({pack}){where}: {self.message or 'violated'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """`mandatory` violations fail an update, `excepted` ones would have, `advisory` ones only tell.

    `remediated` are not violations: the policy has changed the resource's inputs.
    """

    mandatory: tuple[Violation, ...] = ()
    excepted: tuple[Violation, ...] = ()
    advisory: tuple[Violation, ...] = ()
    remediated: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """Everything here is plain text, free of markup, control characters and known secrets, and not escaped.

    `counts` are logical changes by op, `same` included, zeros left out: the summary's own, or our count without one.
    `stack_errors` are errors of no resource, `program_output` is the end of what the program wrote to stderr.
    `interrupted` is empty while the update runs, `running` once it is over.
    `incomplete` means that events were lost, so that something may be missing here.
    `cause` has at most 8 lines, none after a plain success.
    """

    outcome: Result
    counts: Mapping[str, int]
    failures: tuple[Failure, ...] = ()
    interrupted: tuple[Activity, ...] = ()
    running: tuple[Activity, ...] = ()
    diagnostics: Mapping[str, int] = field(default_factory=dict)
    stack_errors: tuple[str, ...] = ()
    program_output: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    policies: Policies = field(default_factory=Policies)
    maybe_corrupt: bool = False
    duration_seconds: float | None = None
    preview: bool = False
    incomplete: bool = False
    events: int = 0
    unknown_events: int = 0
    cause: tuple[str, ...] = ()

    @property
    def unchanged(self) -> int:
        """How many resources stayed as they were."""
        return self.counts.get("same", 0)

    @property
    def changes(self) -> dict[str, int]:
        """The counts that change something: as in the CLI's last line, without `same`, reads and discards."""
        return {op: n for op, n in self.counts.items() if op not in _NO_CHANGE}


# https://github.com/pulumi/pulumi/blob/master/pkg/backend/display/display.go
_NO_CHANGE = {"same", "read", "read-replacement", "discard"}
