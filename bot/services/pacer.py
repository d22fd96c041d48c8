"""How fast messages may go out: posts by channel, edits by message and in all. It forgets with its leader's term.

https://docs.slack.dev/apis/web-api/rate-limits/ : one post a second for each channel, about 50 edits a minute in all.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from cachetools import TTLCache

from bot.records import Priority
from bot.timing import Timing

# The part of a minute's edits that each kind may take: a quarter is kept for approval cards, half for what is final.
_SHARE: Final = {Priority.CARD: 1.0, Priority.NOTE: 0.75, Priority.PROGRESS: 0.5}
_MINUTE: Final = 60.0


class Pacer:
    """Says whether something may go out now, and counts it when it does. `clock` is seconds that only grow."""

    def __init__(self, timing: Timing, clock: Callable[[], float]) -> None:
        self._timing = timing
        self._clock = clock
        self._posts: TTLCache[str, float] = TTLCache(10_000, _MINUTE, clock)
        self._edits: TTLCache[int, float] = TTLCache(100_000, _MINUTE, clock)
        self._minute: deque[float] = deque()
        self._barred: dict[str, float] = {}

    def may_post(self, channel: str) -> bool:
        """Take the channel's turn, if it has one."""
        now = self._clock()
        if self._closed("post", now) or now - self._posts.get(channel, -_MINUTE) < self._timing.post_gap:
            return False
        self._posts[channel] = now
        return True

    def may_edit(self, message_id: int, priority: Priority) -> bool:
        """Take one of the minute's edits, if there is one for that kind and the message was not edited a moment ago."""
        now = self._clock()
        too_soon = now - self._edits.get(message_id, -_MINUTE) < self._timing.edit_gap
        if too_soon or self._closed("edit", now) or self.spent() >= self._timing.edits_a_minute * _SHARE[priority]:
            return False
        self._edits[message_id] = now
        self._minute.append(now)
        return True

    def spent(self) -> int:
        """The edits of the last minute."""
        now = self._clock()
        while self._minute and now - self._minute[0] >= _MINUTE:
            self._minute.popleft()
        return len(self._minute)

    def bar(self, what: str, seconds: float) -> None:
        """Slack said "ratelimited": no `post` or `edit` for so long."""
        self._barred[what] = max(self._barred.get(what, 0.0), self._clock() + seconds)

    def _closed(self, what: str, now: float) -> bool:
        return now < self._barred.get(what, 0.0)
