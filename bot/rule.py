"""One rule of a policy: which changes it is about, and what it says about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bot.approvals import Ruling
from bot.model import Risk, StackRef

APPROVERS, AUDITORS = "approvers", "auditors"
PULUMI_ADMINS = "pulumi:admin"

_APPROVALS = {Risk.LOW: 1, Risk.HIGH: 1, Risk.ADMIN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is decided about. `org` is "" for one's own account; `tags` None: the stack's tags are not known."""

    operation: str
    risk: Risk
    org: str = ""
    stack: StackRef | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """Not allowed, whoever approves: why, as a sentence; how to mend it ("" for not at all); by which rule."""

    why: str
    fix: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which changes. What is empty fits all; a pattern fits as in a shell, whatever the case of its letters.

    https://docs.python.org/3/library/fnmatch.html ; a stack's pattern has three parts, and no `*` reaches over a slash.
    """

    operation: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()
    org: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    risk: tuple[Risk, ...] = ()

    def misses(self, subject: Subject) -> str:
        """Why it is not about this, "" when it is, as far as can be said without tags."""
        return next(self._misses(subject), "")

    def _misses(self, subject: Subject) -> Iterator[str]:
        if self.operation and not any(_fits(subject.operation, each) for each in self.operation):
            yield f"it is about {_either(self.operation)}"
        if self.risk and subject.risk not in self.risk:
            yield f"it is about changes of {_either(self.risk)} risk"
        if self.org and not (subject.org and any(_fits(subject.org, each) for each in self.org)):
            yield f"it is about {_either(self.org)}"
        if self.stack and not (subject.stack and any(_fits_stack(subject.stack, each) for each in self.stack)):
            yield f"it is about {_either(self.stack)}"
        yield from self._misses_tags(subject)

    def _misses_tags(self, subject: Subject) -> Iterator[str]:
        if self.tags and subject.stack is None:
            yield "it is about stacks"
        if subject.tags is None:
            return
        for name, pattern in self.tags.items():
            if name not in subject.tags or not _fits(subject.tags[name], pattern):
                yield f"it is about stacks tagged {name}={pattern}"

    def doubts(self, subject: Subject) -> bool:
        """Whether tags that nobody could read decide."""
        return bool(self.tags) and subject.stack is not None and subject.tags is None and not self.misses(subject)

    @property
    def everything(self) -> bool:
        """Whether no change can be another one's."""
        return not (self.operation or self.stack or self.org or self.tags or self.risk)

    def __str__(self) -> str:
        tags = " and ".join(f"{name}={value}" for name, value in self.tags.items())
        words = (
            _either(self.operation) or "every change",
            f"on {_either(self.stack)}" if self.stack else "",
            f"in {_either(self.org)}" if self.org else "",
            f"tagged {tags}" if tags else "",
            f"of {_either(self.risk)} risk" if self.risk else "",
        )
        return " ".join(filter(None, words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to do about what fits. None: as the change's class has it. `approvers` are spelled out, groups opened."""

    name: str
    match: Match = field(default_factory=Match)
    approvals: int | None = None
    approvers: tuple[str, ...] = ()
    reason: bool | None = None
    typed: bool | None = None
    channel: str = ""
    refuse: str = ""

    def says(self, risk: Risk) -> Ruling | Denied:
        """What it says about a change of this class that fits."""
        if self.refuse:
            return Denied(why=f"Refused by {self.name}: {self.refuse}", rule=self.name)
        admin = risk is Risk.ADMIN
        return Ruling(
            risk=risk,
            approvals=_APPROVALS[risk] if self.approvals is None else self.approvals,
            approvers=self.approvers,
            rule=self.name,
            reason=admin if self.reason is None else self.reason,
            typed=admin if self.typed is None else self.typed,
            channel=self.channel,
        )


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text.casefold(), pattern.casefold())


def _fits_stack(stack: StackRef, pattern: str) -> bool:
    parts = pattern.split("/")
    return len(parts) == 3 and all(map(_fits, (stack.org, stack.project, stack.stack), parts))  # noqa: PLR2004  # org, project, stack


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(words)
