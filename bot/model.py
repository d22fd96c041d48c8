"""The values that every layer speaks: no I/O, no clock, nothing of Slack's or Pulumi's wire formats."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

# https://www.pulumi.com/docs/iac/concepts/stacks/#create-stack and the CLI's own validation of names
_ORG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,38}[A-Za-z0-9]")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class Effect(StrEnum):
    """What sending a request may do. A WRITE is never sent again by the machine."""

    READ = "read"
    WRITE = "write"


class Risk(StrEnum):
    """How much a change can break: what the built-in policy goes by."""

    LOW = "low"
    HIGH = "high"
    ADMIN = "admin"


class Result(StrEnum):
    """Where an update stands, whichever of Pulumi's spellings said so."""

    NOT_STARTED = "not started"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, word: str | None) -> Self:
        """Read any of Pulumi's words for it; a word never seen before is UNKNOWN, which is not final."""
        return cls(_RESULT_WORDS.get((word or "").lower().replace("-", " "), "unknown"))

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to the update."""
        return self in {Result.SUCCEEDED, Result.FAILED, Result.CANCELLED}


_RESULT_WORDS = {
    "not started": "not started",
    "requested": "not started",
    "running": "running",
    "in progress": "running",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
}


@dataclass(frozen=True, slots=True, order=True)
class StackRef:
    """The full name of a stack. The constructor raises ValueError for a name that Pulumi would not take."""

    org: str
    project: str
    stack: str

    def __post_init__(self) -> None:
        if not _ORG.fullmatch(self.org):
            raise ValueError(f'"{self.org}" can\'t be an organization: 3 to 40 letters, digits, - and _')
        for part in (self.project, self.stack):
            if not _NAME.fullmatch(part) or part in {".", ".."}:
                raise ValueError(f'"{part}" can\'t be a name: up to 100 letters, digits, - _ and .')

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `org/project/stack`; anything else raises ValueError."""
        parts = text.split("/")
        if len(parts) != 3:  # noqa: PLR2004  # organization, project, stack
            raise ValueError(f'"{text}" is not a full name like acme/shop/prod')
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.org}/{self.project}/{self.stack}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Pulumi names them. `login` may be empty where the actor is not a person."""

    login: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.login or "somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiUser:
    """Who a token acts as. `machine` holds the token's name when it belongs to no person (organization, team)."""

    login: str
    name: str = ""
    organizations: tuple[str, ...] = ()
    machine: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSummary:
    """One line of List Stacks. `last_update` is the start of the last update; None with `running` False: never."""

    stack: StackRef
    last_update: datetime | None = None
    running: bool = False
    resource_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentOperation:
    """Who holds the stack's lock. It may be orphaned by a killed CLI."""

    kind: str
    author: str
    started: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Get Stack. `active_update` is the id of the newest update, running or finished; None: never updated."""

    stack: StackRef
    version: int = 0
    active_update: str | None = None
    current: CurrentOperation | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The commit an update ran from, as far as Pulumi knows it."""

    sha: str = ""
    url: str = ""
    message: str = ""
    author: str = ""
    branch: str = ""
    dirty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateInfo:
    """One update or preview of a stack.

    `update_id` and `version` are None where the server gives none; only `update_id` identifies a preview.
    `kind` is the plain word (`update`, `destroy`, …) also for previews. `ended` is None while it runs.
    `changes` counts logical changes by op, zeros left out; None while it runs or where the server has none.
    """

    stack: StackRef
    update_id: str | None
    version: int | None
    kind: str
    preview: bool
    result: Result
    started: datetime | None = None
    ended: datetime | None = None
    message: str = ""
    changes: Mapping[str, int] | None = None
    resource_count: int | None = None
    requested_by: Person | None = None
    commit: Commit | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`v96`, or what else names it to people."""
        if self.preview:
            return f"preview {(self.update_id or '')[:8]}".rstrip()
        return f"v{self.version}" if self.version is not None else "update"
