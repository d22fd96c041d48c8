"""`trigger_id`: the right to open one modal within three seconds."""

import secrets
from collections.abc import Callable

from sandbox.slack.model import SlackError
from sandbox.slack.switches import Switches

LIFE = 3.0


class Triggers:
    """Every trigger that was handed out and is not spent."""

    def __init__(self, switches: Switches, now: Callable[[], float], scale: float) -> None:
        self._switches, self._now, self._life = switches, now, LIFE * scale
        self._open: dict[str, tuple[float, str]] = {}
        self._spent: set[str] = set()

    def issue(self, person: str) -> str:
        """A new one, for what this person just did."""
        trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._open[trigger] = (self._now() + self._life, person)
        return trigger

    def spend(self, trigger: str) -> str:
        """The person it belongs to, once; raises Slack's refusal for a strange, old or used one."""
        if trigger in self._spent:
            raise SlackError("exchanged_trigger_id")
        if trigger not in self._open:
            raise SlackError("invalid_trigger_id")
        expires, person = self._open[trigger]
        if self._switches.expired_triggers or self._now() > expires:
            raise SlackError("expired_trigger_id")
        self._spent.add(trigger)
        return person
