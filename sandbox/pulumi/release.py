"""When events become visible: in uploads of at most 50, or every 4 seconds. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.pulumi.events import Timed

BATCH = 50
EVERY = 4.0
UNCOUNTED_OUTPUTS = frozenset({"create-replacement", "delete-replaced"})


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one stream: when each arrives, and how many events are there then."""

    at: tuple[float, ...]
    total: tuple[int, ...]

    done: tuple[int, ...] = ()
    """How many resources are through after each upload."""

    @classmethod
    def of(cls, events: Sequence[Timed], late: float = 0.0) -> "Uploads":
        """Cut a stream into uploads; the last one is so many seconds `late`."""
        at: list[float] = []
        total: list[int] = []
        first = 0
        for number, (when, _, _) in enumerate(events):
            full, due = number - first == BATCH, when - events[first][0] > EVERY
            if full or due:
                at.append(events[number - 1][0] if full else events[first][0] + EVERY)
                total.append(number)
                first = number
        total.append(len(events))
        return cls((*at, events[-1][0] + 0.2 + late), tuple(total), tuple(_through(events, total)))

    def progress(self, seconds: float) -> int:
        """How many resources are through after so many seconds, as far as anybody knows."""
        count = self.arrived(seconds)
        return self.done[count - 1] if count else 0

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


def _through(events: Sequence[Timed], total: Sequence[int]) -> Iterator[int]:
    done, first = 0, 0
    for last in total:
        done += sum(
            kind == "resOutputsEvent" and body["metadata"]["op"] not in UNCOUNTED_OUTPUTS
            for _, kind, body in events[first:last]
        )
        first = last
        yield done
