"""What the documents leave open, to be set either way."""

from dataclasses import dataclass
from typing import Literal

TokenReply = Literal["200", "204 with a body", "204 empty"]


@dataclass(slots=True)
class Switches:
    """`role_names`: a built-in role may be given by its name; else it is a 404 that begins with "Role".

    `token_reply`: how a new token is answered. `token_days`: the longest life of one, by the organizations' policy.
    """

    role_names: bool
    token_reply: TokenReply
    token_days: int | None = None

    @classmethod
    def of(cls, profile: str) -> "Switches":
        """As each document says."""
        return cls(False, "200") if profile == "current" else cls(True, "204 with a body")  # noqa: FBT003 - positional fields
