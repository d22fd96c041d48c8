"""What this Slack does wrong on purpose, or is set to: the part of its behaviour that a test or the page changes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final

from sandbox.slack.model import Json

MOST_COPIES: Final = 10
FAR: Final = 86_400
GOOD: Final = "good"


@dataclass(slots=True)
class Switches:
    """All of them as they are at the start: Slack on a good day."""

    copies: int = 1
    """How often each event is delivered: 2 shows whether the app notices what it has had."""
    late_acks: bool = False
    """Whether every acknowledgement comes after the 3 s, whatever the app did."""
    expired_triggers: bool = False
    """Whether the 3 s of every `trigger_id` are over when it is used."""
    refuse_handshakes: bool = False
    """Whether no Socket Mode connection is let in."""
    token: str = GOOD
    """What the Web API says of the bot's token: `good`, `token_revoked` or `account_inactive`."""
    edits_closed: bool = False
    """Whether the workspace's policy forbids to edit (`edit_window_closed`)."""
    idempotent: bool = False
    """Whether a post whose `client_msg_id` was posted before brings back that message; no document promises it."""
    mangles: bool = False
    """Whether what is typed gets em dashes and curly quotes, as on macOS."""
    skew: int = 0
    """Seconds that the clock of signed requests is ahead (HTTP mode); more than 300 and they must be refused."""
    signature: str = GOOD
    """How requests are signed (HTTP mode): `good`, `bad` or `none`."""
    replays: int = 0
    """How often each signed request is sent again, to the letter (HTTP mode): each must be refused."""

    def set(self, wanted: object) -> None:
        """Turn those that are named; ValueError says what is wrong, and then none is turned."""
        if not isinstance(wanted, dict):
            raise ValueError("The body is not an object.")  # noqa: TRY004 - one exception for everything that is sent wrong
        for name, value in wanted.items():
            if name not in CHECKS:
                raise ValueError(f"There is no switch '{name}'.")
            is_right, words = CHECKS[name]
            if not is_right(value):
                raise ValueError(f"'{name}' is {words}.")
        for name, value in wanted.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """As at the start."""
        self.set(asdict(Switches()))

    def shown(self) -> Json:
        """All of them by name."""
        return asdict(self)


def _whole(least: int, most: int) -> tuple[Callable[[object], bool], str]:
    def is_right(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return is_right, f"a whole number from {least} to {most}"


def _among(*words: str) -> tuple[Callable[[object], bool], str]:
    return lambda value: value in words, ", ".join(words[:-1]) + " or " + words[-1]


_FLAG: Final = (lambda value: isinstance(value, bool), "true or false")
_OTHERS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "copies": _whole(1, MOST_COPIES),
    "replays": _whole(0, MOST_COPIES),
    "skew": _whole(-FAR, FAR),
    "token": _among(GOOD, "token_revoked", "account_inactive"),
    "signature": _among(GOOD, "bad", "none"),
}
CHECKS: Final = {each.name: _OTHERS.get(each.name, _FLAG) for each in fields(Switches)}
