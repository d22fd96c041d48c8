"""`trigger_id`: the right to open one modal within three seconds."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.model import SlackError
from sandbox.slack.switches import Switches

LIFE = 3.0


@dataclass(frozen=True, slots=True)
class Trigger:
    """Who did something, in which conversation (none in a modal), and until when it counts."""

    person: str
    channel: str
    expires: float


class Triggers:
    """Every trigger that was handed out and is not spent."""

    def __init__(self, switches: Switches, now: Callable[[], float], scale: float) -> None:
        self._switches, self._now, self._life = switches, now, LIFE * scale
        self._open: dict[str, Trigger] = {}
        self._spent: set[str] = set()

    def issue(self, person: str, channel: str = "") -> str:
        """A new one, for what this person just did."""
        trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._open[trigger] = Trigger(person, channel, self._now() + self._life)
        return trigger

    def spend(self, trigger: str) -> Trigger:
        """What it was handed out for, once; raises Slack's refusal for a strange, old or used one."""
        if trigger in self._spent:
            raise SlackError("exchanged_trigger_id")
        if trigger not in self._open:
            raise SlackError("invalid_trigger_id")
        found = self._open[trigger]
        if self._switches.expired_triggers or self._now() > found.expires:
            raise SlackError("expired_trigger_id")
        self._spent.add(trigger)
        return found
