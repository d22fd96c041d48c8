"""What was measured beside its goal: as a table for people, as JSON for machines."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from statistics import median, quantiles
from typing import Any, Final, Self

_LIBRARIES: Final = ("slack-bolt", "slack-sdk", "aiohttp", "uvicorn", "uvloop", "httpx", "pydantic", "msgspec")
_COLUMNS: Final = ("row", "what", "goal", "measured", "same twice", "verdict", "beside")


@dataclass(frozen=True, slots=True)
class Spread:
    """The median over the rounds with its quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Of one value for each round."""
        low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else (values[0],) * 3
        return cls(median(values), low, high)

    @classmethod
    def ratio(cls, ours: Sequence[float], theirs: Sequence[float]) -> Self:
        """Of the ratios inside the rounds."""
        return cls.of([mine / other for mine, other in zip(ours, theirs, strict=True)])

    def words(self, unit: str) -> str:
        """`1.12x [1.08-1.20]`."""
        return f"{_figure(self.median)}{unit} [{_figure(self.low)}-{_figure(self.high)}]"


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004  # three digits


@dataclass(frozen=True, slots=True)
class Goal:
    """At most `limit`, or at least that."""

    limit: float
    unit: str = "x"
    at_least: bool = False

    def words(self) -> str:
        """`<= 1.3x`."""
        return f"{'>=' if self.at_least else '<='} {self.limit:g}{self.unit}"

    def met(self, value: float) -> bool:
        """Whether the value reaches it."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table. `noise` is the same measure of two equal programs; without a `value` it is n/a."""

    row: str
    what: str
    goal: Goal
    value: Spread | None
    noise: Spread | None = None
    beside: str = ""

    @property
    def verdict(self) -> str:
        """By the median. `(close)`: one of the quartiles is on the other side."""
        if self.value is None:
            return "n/a"
        met = self.goal.met(self.value.median)
        close = self.goal.met(self.value.low) != self.goal.met(self.value.high)
        return ("met" if met else "missed") + (" (close)" if close else "")

    def cells(self) -> tuple[str, ...]:
        """The line, in columns."""
        value = self.value.words(self.goal.unit) if self.value else "n/a"
        noise = self.noise.words("x") if self.noise else "-"
        return self.row, self.what, self.goal.words(), value, noise, self.verdict, self.beside


def table(measures: Iterable[Measure]) -> str:
    """All of them under one heading."""
    lines = [_COLUMNS, *(each.cells() for each in measures)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in (padded[0], "-" * len(padded[0]), *padded[1:]))


def as_json(measures: Iterable[Measure]) -> dict[str, Any]:
    """All of them, with what they were measured on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "libraries": {name: version(name) for name in _LIBRARIES},
        "measures": [asdict(each) | {"verdict": each.verdict} for each in measures],
    }
