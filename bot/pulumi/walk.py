"""Reading an audit log backwards between two times: pure, one page after the other.

`startTime` of these endpoints is the *newest* bound: what comes is older, newest first. (Pulumi's page says the
opposite, above a sample that contradicts it.) A token is a time, too, in whole seconds, so a page may repeat what the
one before ended with. https://www.pulumi.com/docs/reference/cloud-rest-api/audit-logs/
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from bot.pulumi.rules import TokenTrail

V = TypeVar("V", bound=Hashable)


@dataclass(slots=True)
class Walk(Generic[V]):
    """Where the reading is: ask with `token`, or with `start` if there is none; `take` the page, then move on.

    `when` is the time of an item, None for one that has none, such as the header of a table.
    """

    since: datetime
    until: datetime
    when: Callable[[V], datetime | None]
    start: int = 0
    _trail: TokenTrail = field(default_factory=TokenTrail)
    _seen: Counter[V] = field(default_factory=Counter)
    _oldest: datetime | None = None
    _fresh: bool = False

    def __post_init__(self) -> None:
        self.start = math.ceil(self.until.timestamp())

    @property
    def token(self) -> str | None:
        """What asks for the next page."""
        return self._trail.token

    def take(self, page: Iterable[V]) -> list[V]:
        """The items of the page that were not there before and are within the bounds: `until` itself is not.

        Two equal items on one page are two; on two pages they are one that came twice.
        """
        here, fresh, times = Counter[V](), list[V](), list[datetime]()
        for each in page:
            here[each] += 1
            at = self.when(each)
            times += [at] if at else []
            if here[each] > self._seen[each] and (at is None or self.since <= at < self.until):
                fresh.append(each)
        self._fresh = any(count > self._seen[each] for each, count in here.items())
        self._seen |= here
        self._oldest = min(times, default=None)
        return fresh

    def follow(self, token: str | None) -> bool:
        """Move on to the next page by its token. False at the end: no token, or older than `since`."""
        if not token or self._past():
            return False
        return self._trail.follow(token) or self.step()  # stuck in a second that is larger than a page: jump

    def step(self) -> bool:
        """Move on to the next page by time, where there are no tokens. False at the end: nothing new, or too old."""
        if self._oldest is None or self._past():
            return False
        start = math.floor(self._oldest.timestamp()) + (1 if self._fresh else 0)
        if start >= self.start and not self._fresh:
            return False
        self.start, self._trail = start, TokenTrail()
        return True

    def _past(self) -> bool:
        return self._oldest is not None and self._oldest < self.since
