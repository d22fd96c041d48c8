"""How fast messages may go out: posts by channel, edits by message and in all. It forgets with its leader's term.

https://docs.slack.dev/apis/web-api/rate-limits/ : one post a second for each channel, about 50 edits a minute in all.
"""

from collections import deque
from collections.abc import Callable

from bot.timing import Timing


class Pacer:
    """Says whether something may go out now, and counts it when it does. `clock` is seconds that only grow."""

    def __init__(self, timing: Timing, clock: Callable[[], float]) -> None:
        self._timing = timing
        self._clock = clock
        self._posts: dict[str, float] = {}
        self._edits: dict[int, float] = {}
        self._minute: deque[float] = deque()
        self._barred: dict[str, float] = {}

    def may_post(self, channel: str) -> bool:
        """Take the channel's turn, if it has one."""
        now = self._clock()
        if self._closed("post", now) or now - self._posts.get(channel, -1e9) < self._timing.post_gap:
            return False
        self._posts[channel] = now
        return True

    def may_edit(self, message_id: int) -> bool:
        """Take one of the minute's edits, if there is one and the message was not edited a moment ago."""
        now = self._clock()
        while self._minute and now - self._minute[0] >= 60:  # noqa: PLR2004  # a minute
            self._minute.popleft()
        full = len(self._minute) >= self._timing.edits_a_minute
        if full or self._closed("edit", now) or now - self._edits.get(message_id, -1e9) < self._timing.edit_gap:
            return False
        self._edits[message_id] = now
        self._minute.append(now)
        return True

    def bar(self, what: str, seconds: float) -> None:
        """Slack said "ratelimited": no `post` or `edit` for so long."""
        self._barred[what] = self._clock() + seconds

    def _closed(self, what: str, now: float) -> bool:
        return now < self._barred.get(what, 0.0)
