"""When events become visible: in uploads of at most 50, or every 4 seconds. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.pulumi.events import Timed

BATCH = 50
EVERY = 4.0


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one stream: when each arrives, and how many events are there then."""

    at: tuple[float, ...]
    total: tuple[int, ...]

    @classmethod
    def of(cls, events: Sequence[Timed]) -> "Uploads":
        """Cut a stream into uploads."""
        at: list[float] = []
        total: list[int] = []
        first = 0
        for number, (when, _, _) in enumerate(events):
            full, late = number - first == BATCH, when - events[first][0] > EVERY
            if full or late:
                at.append(events[number - 1][0] if full else events[first][0] + EVERY)
                total.append(number)
                first = number
        return cls((*at, events[-1][0] + 0.2), (*total, len(events)))

    def arrived(self, seconds: float) -> int:
        """How many uploads are there after so many seconds."""
        return bisect_right(self.at, seconds)

    def released(self, seconds: float) -> int:
        """How many events are there after so many seconds."""
        count = self.arrived(seconds)
        return self.total[count - 1] if count else 0

    def upload(self, number: int) -> int:
        """Which upload the event of that number is in, from 1."""
        return bisect_right(self.total, number) + 1

    def uploaded(self, number: int) -> float:
        """When the event of that number arrives."""
        return self.at[self.upload(number) - 1]
