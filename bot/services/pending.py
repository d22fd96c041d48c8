"""Tokens between being typed and being confirmed: in memory only, for who typed them, once, for ten minutes."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from bot.model import PulumiUser
from bot.ports import Clock

_LIVES: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Typed:
    """A token, who typed it, and whose it is once Pulumi said so."""

    user: str
    token: SecretStr
    until: datetime
    account: PulumiUser | None = None


class Pending:
    """At most one token for each person, under an id that nobody can guess."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._typed: dict[str, Typed] = {}

    def put(self, user: str, token: SecretStr, account: PulumiUser | None = None) -> str:
        """Keep it under a new id; what the same person typed before is forgotten."""
        now = self._clock()
        self._typed = {id_: each for id_, each in self._typed.items() if each.user != user and each.until > now}
        id_ = secrets.token_urlsafe(16)
        self._typed[id_] = Typed(user, token, now + _LIVES, account)
        return id_

    def take(self, id_: str, user: str) -> Typed | None:
        """Give it out, once, to who typed it; None for anybody else and when it is too late."""
        typed = self._typed.get(id_)
        if typed is None or typed.user != user:
            return None
        del self._typed[id_]
        return typed if typed.until > self._clock() else None

    def restore(self, id_: str, typed: Typed) -> None:
        """Put back what was taken and could not be stored."""
        self._typed[id_] = typed
