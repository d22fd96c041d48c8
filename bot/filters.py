"""What one word of a subscription says: which stacks (`acme/shop/*`), or what an update has to be like (`user:ann`).

`*` and `?` mean what they mean in a shell, and no `*` reaches over a slash; the case of letters does not matter.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Self

from bot.happenings import Happening
from bot.model import StackRef, UpdateInfo
from bot.operations.words import quote

_PART = re.compile(r"[A-Za-z0-9_.*?-]{1,100}")
MEASURE: Final = re.compile(r"(>=|<=|>|<)([0-9]{1,9})")
_COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
MEASURES: Final = ("changes", "deletes", "replaces")
FIELDS: Final = ("tag", "user", "message", "branch", "env", "result")
_UNCHANGED: Final = {"same", "read", "read-replacement", "discard"}
_BY_NAME: Final = ("tag", "env")
_ORDER: Final = (*FIELDS, *MEASURES)


def fits(text: str, pattern: str) -> bool:
    """Whether all of the text is what the pattern says."""
    return fnmatchcase(text.casefold(), pattern.casefold().replace("[", "[[]"))


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """Stacks by name: three patterns. The constructor raises ValueError for what can be no part of a name."""

    org: str
    project: str = "*"
    stack: str = "*"

    def __post_init__(self) -> None:
        for part in (self.org, self.project, self.stack):
            if not _PART.fullmatch(part):
                raise ValueError(f"\"{part}\" can't be part of a stack's name")

    @classmethod
    def of(cls, stack: StackRef) -> Self:
        """The one stack."""
        return cls(stack.org, stack.project, stack.stack)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `*`, `acme/*`, `acme/shop`, `acme/shop/prod` or `*/prod` (`project/stack`, as its first is no name)."""
        parts = text.strip("/").split("/")
        if text == "*":
            return cls("*")
        if len(parts) == 2 and wild(parts[0]):  # noqa: PLR2004  # project/stack
            return cls("*", *parts)
        if len(parts) > 3:  # noqa: PLR2004  # organization, project, stack
            raise ValueError(f'"{text}" has too many parts')
        return cls(*parts)

    @property
    def exact(self) -> StackRef | None:
        """The stack, where only one can be meant."""
        if wild(self.org + self.project + self.stack):
            return None
        try:
            return StackRef(self.org, self.project, self.stack)
        except ValueError:  # no stack can be called so
            return None

    def covers(self, stack: StackRef) -> bool:
        """Whether the stack is one of these."""
        pairs = ((stack.org, self.org), (stack.project, self.project), (stack.stack, self.stack))
        return all(fits(text, pattern) for text, pattern in pairs)

    def moved(self, old: StackRef, new: StackRef) -> "Pattern":
        """The same after a stack got another name: only what named just that stack changes."""
        return Pattern.of(new) if self == Pattern.of(old) else self

    def __str__(self) -> str:
        if (self.org, self.project, self.stack) == ("*", "*", "*"):
            return "*"
        if (self.project, self.stack) == ("*", "*") and not wild(self.org):
            return f"{self.org}/*"
        return f"{self.org}/{self.project}/{self.stack}"


def wild(text: str) -> bool:
    """Whether a pattern may mean several."""
    return "*" in text or "?" in text


@dataclass(frozen=True, slots=True)
class Term:
    """A demand on an update, or on its stack's tags: a field of FIELDS with a pattern, or a measure such as `>0`."""

    field: str
    value: str

    @property
    def group(self) -> str:
        """Terms of one group are alternatives; those of several groups must all hold. Each tag is its own group."""
        return f"{self.field}:{self.value.partition('=')[0].casefold()}" if self.field in _BY_NAME else self.field

    def holds(self, happening: Happening) -> bool:
        """Whether it is so; what is not known is not so. Tags have to be read."""
        if self.field == "tag":
            return _listed(happening.tags or {}, self.value)
        return happening.update is not None and self._holds(happening.update)

    def _holds(self, update: UpdateInfo) -> bool:
        match self.field:
            case "user":
                who = update.requested_by
                return who is not None and any(name and fits(name, self.value) for name in (who.login, who.name))
            case "message":
                return fits(update.message, f"*{self.value}*")
            case "branch":
                return update.commit is not None and fits(update.commit.branch, self.value)
            case "env":
                return _listed(update.environment, self.value)
            case "result":
                return update.result.value == self.value
        return _measured(update.changes, self.field, self.value)

    def __str__(self) -> str:
        return f"{self.field}{self.value}" if self.field in MEASURES else f"{self.field}:{quote(self.value)}"

    def __lt__(self, other: "Term") -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[int, str]:
        return _ORDER.index(self.field), self.value


def _listed(values: Mapping[str, str], wanted: str) -> bool:
    """`name` is there, or `name=pattern` fits."""
    name, equals, pattern = wanted.partition("=")
    found = [value for key, value in values.items() if key.casefold() == name.casefold()]
    return any(not equals or fits(value, pattern) for value in found)


def _measured(changes: Mapping[str, int] | None, measure: str, limit: str) -> bool:
    """Whether as many logical changes of that sort were made; a replacement is one change, and no delete."""
    found = MEASURE.fullmatch(limit)
    if changes is None or found is None:
        return False
    ops = {"deletes": {"delete"}, "replaces": {"replace"}}.get(measure, changes.keys() - _UNCHANGED)
    return _COMPARE[found[1]](sum(changes.get(op, 0) for op in ops), int(found[2]))
