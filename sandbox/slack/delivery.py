"""What is sent to the app, whichever way it goes: Socket Mode (`socket_mode.py`) or signed HTTP (`http_mode.py`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox.slack.model import Json

DEADLINE = 3.0

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a delivery.

    `error` is Slack's word for what went wrong, as people see it, or None for an acknowledgement; `reason` is the word
    that the next attempt carries.
    """

    error: str | None
    milliseconds: int
    payload: Json = field(default_factory=dict)
    reason: str = ""
    final: bool = False
    """Whether the app asked not to be sent this again."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often this was sent before, and why it is sent again."""

    number: int = 0
    reason: str = ""


class Delivery(Protocol):
    """The way to the app."""

    @property
    def connected(self) -> bool:
        """Whether somebody is there at the other end."""

    async def deliver(
        self, kind: Kind, payload: Callable[[str], Json], *, answers: bool, retry: Retry | None = None
    ) -> Answer:
        """Send it and wait, at most the 3 s, for the acknowledgement; its body counts where it `answers`.

        `payload` is told the address by which the app reaches this server. Events have a `retry`, others do not.
        """
