"""What command words mean before anything is looked up: targets and updates."""

import re
from dataclasses import dataclass
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


def _stack(value: object) -> object:
    return StackRef.parse(value) if isinstance(value, str) else value


def _selector(value: object) -> object:
    return UpdateSelector.parse(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class OrgMark:
    """Marks the field that names an organization: positional, and found by itself when there is only one."""


@dataclass(frozen=True, slots=True)
class OrgsMark:
    """Marks the field that names organizations: all that the bot may show, unless some are named."""


@dataclass(frozen=True, slots=True)
class RestMark:
    """Marks the field that takes all remaining words."""


StackField = Annotated[StackRef, BeforeValidator(_stack), PlainSerializer(str), WithJsonSchema({"type": "string"})]
UpdateField = Annotated[
    UpdateSelector, BeforeValidator(_selector), PlainSerializer(str), WithJsonSchema({"type": "string"})
]
OrgField = Annotated[str, OrgMark()]
OrgsField = Annotated[tuple[str, ...], OrgsMark()]
RestField = Annotated[tuple[str, ...], RestMark()]


class StackArgs(Args):
    """Arguments of a command about one stack."""

    stack: StackField
