"""What the bot wants to say, before Slack: neutral values that `slack/blocks.py` alone turns into Block Kit.

Plain `str` is always somebody's text: it is shown as it is, never parsed, never a mention, never a link.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self


class Tone(StrEnum):
    """The state at a glance. The title's words carry it too: colour and signs are never alone."""

    PLAIN = ""
    RUNNING = "⏳"
    GOOD = "✅"
    WARN = "⚠️"
    BAD = "❌"


@dataclass(frozen=True, slots=True)
class Bold:
    """Words that carry the line."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A name, a command or a value, in fixed width."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that open `url`; without one they are just words."""

    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class When:
    """A moment, shown in each reader's own time zone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """A Slack user by id. In a message for several readers this notifies them."""

    id: str


@dataclass(frozen=True, slots=True)
class Group:
    """A Slack user group by id and handle (without the @). In a message for several readers this notifies them."""

    id: str
    handle: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A Slack channel by id; Slack shows its name to those who may see it."""

    id: str


Inline = str | Bold | Code | Link | When | User | Group | Channel
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    line: Line


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values, one to a line."""

    items: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A bullet list."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """What another program said, in fixed width."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Small print below the rest."""

    text: str


class Doing(StrEnum):
    """Where one step of a plan stands."""

    WAITING = "pending"
    RUNNING = "in_progress"
    DONE = "complete"
    FAILED = "error"


@dataclass(frozen=True, slots=True)
class Task:
    """One step of a plan. `key` tells it apart from the others of the plan."""

    key: str
    title: str
    doing: Doing
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps with a sign for each, which move while people look on."""

    title: str
    tasks: tuple[Task, ...]


Part = Text | Facts | Items | Output | Note | Plan


@dataclass(frozen=True, slots=True)
class Run:
    """A button that runs a command line as if the person who presses it had typed it."""

    label: str
    command: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A button that runs the command again and shows the answer to the whole channel."""

    command: str


@dataclass(frozen=True, slots=True)
class Open:
    """A button that opens a page."""

    label: str
    url: str


class Style(StrEnum):
    """How Slack draws a button: one that carries the message, one that is hard to take back."""

    PLAIN = ""
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Act:
    """A button about one request: `verb` says what, `subject` is the request's id and all that the button carries."""

    label: str
    verb: str
    subject: str
    style: Style = Style.PLAIN


Button = Run | Share | Open | Act


@dataclass(frozen=True, slots=True)
class Card:
    """One message. The title's first word says the state; the rest may be cut by Slack's limits, the title is not."""

    title: str
    tone: Tone = Tone.PLAIN
    parts: tuple[Part, ...] = ()
    buttons: tuple[Button, ...] = field(default=())

    def having(self, *buttons: Button) -> Self:
        """The same card with more buttons at its end."""
        return replace(self, buttons=(*self.buttons, *buttons))

    def noting(self, text: str) -> Self:
        """The same card with a line of small print at its end."""
        return replace(self, parts=(*self.parts, Note(text)))
