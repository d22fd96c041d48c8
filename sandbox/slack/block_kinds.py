"""The kinds of rule that `block_rules.py` is written in and `blocks.py` understands."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Str:
    """A string of at most `most` characters; `among` lists the only allowed ones, `form` names a pattern.

    A `blank` one may be white space only.
    """

    most: int
    least: int = 1
    among: tuple[str, ...] = ()
    form: str = ""
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Num:
    """A number; whole unless `fraction`."""

    least: float
    most: float
    fraction: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text object of one of these kinds."""

    most: int
    kinds: tuple[str, ...] = ("plain_text",)


@dataclass(frozen=True, slots=True)
class One:
    """An object whose `type` is one of these; `untyped` allows it to stand without one."""

    types: tuple[str, ...]
    untyped: bool = False


@dataclass(frozen=True, slots=True)
class Plain:
    """An object without a `type`, by the name of its shape."""

    shape: str


@dataclass(frozen=True, slots=True)
class Many:
    """A list; `holes` allows null between the items."""

    item: "Rule"
    most: int
    least: int = 1
    holes: bool = False


Rule = Str | Num | Flag | Text | One | Plain | Many
Shape = Mapping[str, Rule]
