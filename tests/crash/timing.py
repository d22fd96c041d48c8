"""The durations of bots that are killed all day."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.timing import FAST

QUICK: Final = replace(
    FAST,
    checks=tuple(timedelta(seconds=each) for each in (0.15, 0.25, 0.35)),
    settle=timedelta(seconds=0.15),
    decide=10.0,
    lease=0.8,
    beat=0.15,
    look=0.1,
    guard=0.6,
)
