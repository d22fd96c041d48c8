"""What command words mean before anything is looked up: targets and updates."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from bot.model import StackRef

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"[v#]?([1-9][0-9]{0,8})")


class Args(BaseModel):
    """The arguments of one command. Required fields are positional, the others are `--options`, booleans are flags."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Here:
    """The default of the channel, then of the person."""


@dataclass(frozen=True, slots=True)
class Named:
    """One to three parts of a name: `stack`, `org/stack` or `project/stack`, `org/project/stack`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A console link, on whatever host: it has to be checked against this deployment's console."""

    stack: StackRef
    url: str


Target = Here | Named | Pasted


@dataclass(frozen=True, slots=True)
class UpdateSelector:
    """Which update of a stack: `latest`, `failed` (the latest that failed), a version or an id."""

    word: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `latest`, `failed`, `95`, `v95`, `#95` or a UUID; anything else raises ValueError."""
        if text in {"latest", "failed"}:
            return cls(text)
        if version := _VERSION.fullmatch(text):
            return cls(version[1])
        if _UUID.fullmatch(text):
            return cls(text.lower())
        raise ValueError(f'An update is latest, failed, a version such as v95, or an id; not "{text}".')

    @property
    def version(self) -> int | None:
        """The version, when that is what was said."""
        return int(self.word) if self.word.isdecimal() else None

    @property
    def update_id(self) -> str | None:
        """The id, when that is what was said."""
        return self.word if _UUID.fullmatch(self.word) else None

    def __str__(self) -> str:
        return f"v{self.word}" if self.word.isdecimal() else self.word


LATEST = UpdateSelector("latest")

_SPAN = re.compile(r"([0-9]{1,5}) ?(m|min|h|d|w)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAMED = {"now": timedelta(0), "yesterday": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as people say it: so long ago, or a date in UTC. `resolve` makes the first kind into the second."""

    ago: timedelta | None = None
    at: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `30m`, `24h`, `7d`, `2w`, `now`, `yesterday` or an ISO date; anything else raises ValueError."""
        if text.lower() in _NAMED:
            return cls(ago=_NAMED[text.lower()])
        if span := _SPAN.fullmatch(text.lower()):
            return cls(ago=timedelta(**{_UNITS[span[2]]: int(span[1])}))
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f'a time is 30m, 24h, 7d, yesterday, or a date such as 2026-11-20; not "{text}"') from None
        return cls(at=at.replace(tzinfo=at.tzinfo or UTC))

    def resolved(self, now: datetime) -> datetime:
        """The moment itself."""
        return self.at if self.at is not None else now - (self.ago or timedelta(0))

    @property
    def fixed(self) -> datetime:
        """The moment, once it was resolved; ValueError before."""
        if self.at is None:
            raise ValueError("the moment was not resolved")
        return self.at

    def __str__(self) -> str:
        if self.at is not None:
            return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        minutes = abs(int((self.ago or timedelta(0)).total_seconds() // 60))
        if minutes and minutes % 1440 == 0:
            return f"{minutes // 1440}d"
        return f"{minutes}m" if minutes else "now"


def _stack(value: object) -> object:
    return StackRef.parse(value) if isinstance(value, str) else value


def _selector(value: object) -> object:
    return UpdateSelector.parse(value) if isinstance(value, str) else value


def _moment(value: object) -> object:
    return Moment.parse(value) if isinstance(value, str) else value


def _ahead(value: object) -> object:
    """The same words for the future: `30d` is in thirty days."""
    if not isinstance(value, str):
        return value
    try:
        moment = Moment.parse(value)
    except ValueError:
        moment = Moment()
    if moment.at is None and not (moment.ago and _SPAN.fullmatch(value.lower())):
        raise ValueError(f'an end is 30d, 12w, or a date such as 2027-01-31; not "{value}"')
    return Moment(at=moment.at, ago=-moment.ago if moment.ago else None)


@dataclass(frozen=True, slots=True)
class OrgMark:
    """Marks the field that names an organization, which is found by itself when there is only one.

    It is typed by its place, or where `named`, as `--org`.
    """

    named: bool = False


@dataclass(frozen=True, slots=True)
class KnownOrgMark:
    """Marks a word that has to name an organization that the bot serves."""


@dataclass(frozen=True, slots=True)
class PairMark:
    """Marks a value that may be typed together with the word before it: `env=prod`."""


@dataclass(frozen=True, slots=True)
class OrgsMark:
    """Marks the field that names organizations: all that the bot may show, unless some are named."""


@dataclass(frozen=True, slots=True)
class RestMark:
    """Marks the field that takes all remaining words."""


@dataclass(frozen=True, slots=True)
class MaybeMark:
    """Marks the field that takes one word by its place, and may be left out."""


StackField = Annotated[StackRef, BeforeValidator(_stack), PlainSerializer(str), WithJsonSchema({"type": "string"})]
UpdateField = Annotated[
    UpdateSelector, BeforeValidator(_selector), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
MomentField = Annotated[Moment, BeforeValidator(_moment), PlainSerializer(str), WithJsonSchema({"type": "string"})]
AheadField = Annotated[Moment, BeforeValidator(_ahead), PlainSerializer(str), WithJsonSchema({"type": "string"})]
OrgField = Annotated[str, OrgMark()]
NamedOrgField = Annotated[str, OrgMark(named=True)]
OrgsField = Annotated[tuple[str, ...], OrgsMark()]
RestField = Annotated[tuple[str, ...], RestMark()]
MaybeField = Annotated[str, MaybeMark()]


class StackArgs(Args):
    """Arguments of a command about one stack."""

    stack: StackField
