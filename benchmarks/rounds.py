"""Interleaved rounds: everything is measured once in each round, and each round begins with another one."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")
_ALL: Final = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset[int]()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured. Without `twice` nothing is measured against itself."""

    rounds: int
    starts: int
    seconds: float
    rate: int
    warm: int
    events: int
    twice: bool = True


FULL = Size(rounds=9, starts=7, seconds=2.0, rate=200, warm=100, events=50_000)
QUICK = Size(rounds=3, starts=3, seconds=1.0, rate=200, warm=50, events=50_000)
TINY = Size(rounds=1, starts=1, seconds=0.05, rate=200, warm=1, events=200, twice=False)


def rotated(these: Sequence[T], rounds: int) -> Iterator[T]:
    """Every one once a round; who is first moves on by one, so that nobody always follows the same load."""
    for number in range(rounds):
        start = number % len(these)
        yield from (*these[start:], *these[:start])


def apart() -> None:
    """Leave one processor to the servers and take the others, where there are two and the system can."""
    if hasattr(os, "sched_setaffinity") and len(_ALL) > 1:
        os.sched_setaffinity(0, _ALL - {min(_ALL)})


def beside(process: int) -> None:
    """Give a server the processor that `apart` has left to it."""
    if hasattr(os, "sched_setaffinity") and (left := _ALL - os.sched_getaffinity(0)):
        os.sched_setaffinity(process, left)
