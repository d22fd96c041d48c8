"""Pages of a list: which slice, and the buttons that turn it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from bot.card import Button, Run

T = TypeVar("T")

SIZE = 10
PageField = Annotated[int, Field(1, ge=1, le=100_000, description="Which page; buttons turn it")]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A slice of a list. `total` is None where the server does not say how many there are."""

    items: tuple[T, ...]
    number: int
    more: bool
    total: int | None = None

    @classmethod
    def of(cls, everything: Sequence[T], number: int) -> "Page[T]":
        """Cut a page out of a whole list; a number past the end means the last page."""
        last = max(1, -(-len(everything) // SIZE))
        number = min(number, last)
        start = (number - 1) * SIZE
        return cls(tuple(everything[start : start + SIZE]), number, number < last, len(everything))

    def buttons(self, line: Callable[[int], str]) -> tuple[Button, ...]:
        """◀ and ▶, where there is somewhere to go; `line` is the command line of a page."""
        back = (Run("◀ Newer" if self.total is None else "◀ Back", line(self.number - 1)),) if self.number > 1 else ()
        onward = (Run("Older ▶" if self.total is None else "More ▶", line(self.number + 1)),) if self.more else ()
        return (*back, *onward)

    @property
    def label(self) -> str:
        """`page 2 of 6`, or nothing when there is one page."""
        if self.number == 1 and not self.more:
            return ""
        return f"page {self.number}" + (f" of {-(-self.total // SIZE)}" if self.total is not None else "")
