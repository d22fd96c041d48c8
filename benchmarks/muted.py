"""The real bot without its answers, to see what a command costs up to its ack. Started as a process of its own."""

import sys

from bot.__main__ import main
from handlers.answers import Answers


async def _nothing(*_: object) -> None:
    """Stand for an answer: the task is made, as it would be, and ends at once."""


if __name__ == "__main__":
    setattr(Answers, "_answer", _nothing)  # noqa: B010  # mypy refuses the assignment, and rightly
    sys.exit(main([]))
