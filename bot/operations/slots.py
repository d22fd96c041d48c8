"""The arguments of a command, read from its model: the grammar, the usage line and the command line all use these."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from bot.model import StackRef
from bot.operations.values import Args, KnownOrgMark, MaybeMark, OrgMark, OrgsMark, PairMark, RestMark, UpdateSelector


class Kind(StrEnum):
    """How a slot is typed."""

    TARGET = "target"
    UPDATE = "update"
    ORG = "org"
    ORGS = "orgs"
    WORD = "word"
    MAYBE = "maybe"
    REST = "rest"
    OPTION = "option"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument: the model's field, how it is typed, its default, and its values if it is a choice.

    `named`: an organization that is typed by name. `known`: a word that names one. `paired`: see `PairMark`.
    """

    field: str
    kind: Kind
    default: object
    choices: tuple[str, ...] = ()
    about: str = ""
    named: bool = False
    known: bool = False
    paired: bool = False

    @property
    def name(self) -> str:
        """What people call it: `to-org` for the field `to_org`."""
        return self.field.replace("_", "-")

    @property
    def flag(self) -> str:
        """`--event-type` for the field `event_type`."""
        return "--" + self.name

    @property
    def positional(self) -> bool:
        """Typed by its place, not by its name."""
        return not self.named and self.kind not in {Kind.OPTION, Kind.FLAG}

    @property
    def usage(self) -> str:
        """How help shows it."""
        name = self.name if self.kind is not Kind.TARGET else "target"
        match Kind.OPTION if self.named else self.kind:
            case Kind.WORD:
                return f"<{name}>"
            case Kind.REST:
                return f"[{name} …]"
            case Kind.ORGS:
                return "[org …]"
            case Kind.OPTION:
                return f"[{self.flag} {'|'.join(self.choices) or 'X'}]"
        return f"[{self.flag if self.kind is Kind.FLAG else name}]"

    def words(self, value: object) -> Iterator[str]:
        """The words that say this value; none for the default."""
        if value == self.default:
            return
        if self.kind is Kind.FLAG:
            yield self.flag
        elif self.kind is Kind.OPTION or self.named:
            yield from (self.flag, str(value))
        else:
            yield from map(str, value) if isinstance(value, tuple) else (str(value),)


@lru_cache(maxsize=256)
def slots(model: type[Args]) -> tuple[Slot, ...]:
    """The slots of a model, in the order of its fields."""
    return tuple(_slot(name, field) for name, field in model.model_fields.items())


def usage(of: tuple[Slot, ...]) -> list[str]:
    """The words of a usage line; the page number is left out, buttons turn pages."""
    return [slot.usage for slot in of if slot.field != "page"]


def _slot(name: str, field: FieldInfo) -> Slot:
    default = None if field.is_required() else field.get_default(call_default_factory=False)
    kinds = _plain(field.annotation)
    marks = field.metadata
    return Slot(
        name,
        _kind(field, kinds),
        default,
        _choices(field.annotation),
        field.description or "",
        named=OrgMark(named=True) in marks,
        known=KnownOrgMark() in marks,
        paired=PairMark() in marks,
    )


def _kind(field: FieldInfo, kinds: tuple[Any, ...]) -> Kind:
    for mark, kind in ((OrgMark, Kind.ORG), (OrgsMark, Kind.ORGS), (RestMark, Kind.REST), (MaybeMark, Kind.MAYBE)):
        if any(isinstance(item, mark) for item in field.metadata):
            return kind
    for known, kind in ((StackRef, Kind.TARGET), (UpdateSelector, Kind.UPDATE), (bool, Kind.FLAG)):
        if known in kinds:
            return kind
    return Kind.WORD if field.is_required() else Kind.OPTION


def _plain(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a type expression is anything
    """The types inside an annotation, `None` left out."""
    inner = get_args(annotation)
    if get_origin(annotation) is Literal or not inner:
        return (annotation,)
    return tuple(kind for part in inner if part is not NoneType for kind in _plain(part))


def _choices(annotation: Any) -> tuple[str, ...]:  # noqa: ANN401  # a type expression is anything
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    return next((found for part in get_args(annotation) if (found := _choices(part))), ())


def looks_like_update(word: str) -> bool:
    """Whether a lone word names an update rather than a stack."""
    try:
        UpdateSelector.parse(word)
    except ValueError:
        return False
    return not re.fullmatch(r"0\d*", word)
