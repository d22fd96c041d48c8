"""What tells a watcher that something changed."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable


class Revisions:
    """A number per person that grows with each change which that person can see."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict(lambda: 1)
        self._changed: dict[str, asyncio.Event] = {}
        self.closed = False

    def __getitem__(self, person: str) -> int:
        return self._numbers[person]

    def bump(self, people: Iterable[str]) -> None:
        """Something changed before the eyes of `people`."""
        for person in people:
            self._numbers[person] += 1
            self._wake(person)

    def open(self) -> None:
        """Let people wait (again)."""
        self.closed = False

    def close(self) -> None:
        """Let every waiter go; later ones return at once."""
        self.closed = True
        for person in list(self._changed):
            self._wake(person)

    async def beyond(self, person: str, revision: int, seconds: float) -> int:
        """The person's number, as soon as it is larger than `revision`, or whatever it is after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while self._numbers[person] <= revision and not self.closed:
                    await self._changed.setdefault(person, asyncio.Event()).wait()
        except TimeoutError:
            pass
        return self._numbers[person]

    def _wake(self, person: str) -> None:
        event = self._changed.pop(person, None)
        if event:
            event.set()
