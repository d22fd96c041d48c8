"""Every duration that the engine goes by, in one value: real ones for production, fast ones for tests."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Spans of business time as timedelta; spans that a loop or a call waits as seconds.

    `checks` are the read-backs after a call whose answer never came, counted from the call. `settle` is how long
    after a post whose answer is unknown the same post may be made again. `feed` is from one list of stacks to the next
    while something runs or was hinted at; after `feed_blind` without an answer of Pulumi's, people are told.
    """

    life: timedelta = timedelta(hours=4)
    reminders: tuple[float, ...] = (0.25, 0.5, 0.75)
    execute_within: timedelta = timedelta(minutes=15)
    checks: tuple[timedelta, ...] = field(
        default=(timedelta(seconds=12), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
    )
    settle: timedelta = timedelta(seconds=12)
    retry: timedelta = timedelta(seconds=2)
    call: float = 10.0
    scan: float = 0.5
    idle: float = 2.0
    decide: float = 2.5
    lease: float = 12.0
    beat: float = 3.0
    look: float = 2.0
    guard: float = 9.0
    edit_gap: float = 3.0
    edits_a_minute: int = 45
    post_gap: float = 1.0
    follow: float = 2.0
    follow_quiet: float = 10.0
    drain: float = 20.0
    feed: float = 10.0
    feed_quiet: float = 30.0
    feed_gather: float = 0.3
    feed_previews: float = 60.0
    feed_hints: float = 2.0
    feed_limited: float = 60.0
    feed_blind: float = 300.0


REAL: Final = Timing()

FAST: Final = Timing(
    checks=tuple(timedelta(seconds=each) for each in (0.3, 0.6, 0.9)),
    settle=timedelta(seconds=0.3),
    retry=timedelta(seconds=0.05),
    scan=0.05,
    idle=0.05,
    lease=1.2,
    beat=0.3,
    look=0.2,
    guard=0.9,
    edit_gap=0.0,
    edits_a_minute=100_000,
    post_gap=0.0,
    follow=0.05,
    follow_quiet=0.2,
    drain=5.0,
    feed=0.2,
    feed_quiet=0.4,
    feed_gather=0.01,
    feed_previews=0.1,
    feed_hints=0.05,
    feed_limited=0.1,
    feed_blind=1.0,
)
"""For tests: the same order of things, in tenths of seconds."""
