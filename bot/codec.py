"""Core values as JSON and back, so that a row can hold them: each value carries the name of its class.

Only classes that are listed here are made. A field that is missing takes its default, one that is unknown is left out:
rows that an older or a newer version wrote can be read.
"""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, TypeVar

from bot import approvals, bursts, card, incidents, model

T = TypeVar("T")

_CLASSES: Final = {
    each.__name__: each
    for each in (
        *(card.Bold, card.Code, card.Link, card.When, card.User, card.Group, card.Channel),
        *(card.Text, card.Facts, card.Items, card.Output, card.Note, card.Plan, card.Task, card.Doing),
        *(card.Run, card.Share, card.Open, card.Act, card.Style, card.Tone, card.Card),
        *(approvals.Actor, approvals.Vote, approvals.Verdict, approvals.Ruling, approvals.Origin, approvals.State),
        *(approvals.Request, model.Risk, model.StackRef),
        *(incidents.Incident, incidents.Place, incidents.Stamp, bursts.Burst, bursts.Blow),
    )
}
_CLASS, _VALUE, _TIME = "$", "v", "$time"


def encode(value: object) -> Any:  # noqa: ANN401  # JSON
    """The value as JSON can hold it. TypeError for a class that is not listed."""
    match value:
        case Enum():
            return {_CLASS: _known(value), _VALUE: value.value}
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return {_TIME: round(value.timestamp() * 1000)}
        case tuple():
            return [encode(each) for each in value]
    if not is_dataclass(value):
        raise TypeError(f"a {type(value).__name__} can't be stored")
    return {_CLASS: _known(value), **{each.name: encode(getattr(value, each.name)) for each in fields(value)}}


def _known(value: object) -> str:
    name = type(value).__name__
    if _CLASSES.get(name) is not type(value):
        raise TypeError(f"a {name} can't be stored")
    return name


def decode(kind: type[T], stored: object) -> T:
    """The value that `encode` was given. ValueError when it is not one of `kind`."""
    value = _decoded(stored)
    if not isinstance(value, kind):
        raise ValueError(f"not a {kind.__name__}")  # noqa: TRY004  # the stored text is wrong, not the caller
    return value


def _decoded(stored: Any) -> Any:  # noqa: ANN401  # JSON
    match stored:
        case list():
            return tuple(map(_decoded, stored))
        case {"$time": int(ms)}:
            return datetime.fromtimestamp(ms / 1000, UTC)
        case {"$": str(name)} if name in _CLASSES:
            return _made(_CLASSES[name], stored)
        case dict():
            raise ValueError("a row holds something that is not known")
    return stored


def _made(kind: type[Any], stored: dict[str, Any]) -> Any:  # noqa: ANN401  # whatever the class is
    if issubclass(kind, Enum):
        return kind(stored[_VALUE])
    known = {each.name for each in fields(kind)}
    return kind(**{name: _decoded(value) for name, value in stored.items() if name in known})
