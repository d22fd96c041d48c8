"""Slack's rate limits: so many calls of a method in any minute, so many posts to a channel; the rest is a 429.

https://docs.slack.dev/apis/web-api/rate-limits
A minute is any minute, not one of the clock: the strictest reading of "50+ per minute". What is refused counts for
nothing, so whoever waits as long as `Retry-After` says is heard.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from sandbox.slack.model import Json, SlackError

MINUTE: Final = 60.0
REMEMBERED: Final = 50
ROUNDING: Final = 1e-6
POST: Final = "chat.postMessage"
POSTS: Final = 300  # a minute in all the workspace, of "several hundred"
BURST: Final = 5  # posts to one channel at once; after that one a second
TIER_2, TIER_3, TIER_4, HUNDREDS, OPENING = 20, 50, 100, 600, 10

_NAMED: Final[Mapping[int, tuple[str, ...]]] = {
    TIER_2: ("users.list", "conversations.list", "usergroups.list", "usergroups.users.list", "users.conversations"),
    TIER_4: (
        "chat.postEphemeral",
        *(f"views.{each}" for each in ("open", "push", "update", "publish")),
        "users.info",
        "conversations.members",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
    ),
    HUNDREDS: ("auth.test", "api.test", "chat.getPermalink", "blocks.validate"),
    OPENING: ("apps.connections.open",),
    POSTS: (POST,),
}
TIERS: Final[Mapping[str, int]] = {name: tier for tier, names in _NAMED.items() for name in names}


class RateLimited(SlackError):
    """429: the method is closed for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__("ratelimited")
        self.retry_after = max(1, ceil(seconds))


@dataclass(slots=True)
class Window:
    """The calls of the last minute, and all that were counted or refused."""

    most: int
    stamps: deque[float] = field(default_factory=deque)
    calls: int = 0
    refused: int = 0

    def full(self, now: float, minute: float) -> float:
        """How long until there is room for one more; 0 when there is."""
        while self.stamps and self.stamps[0] <= now - minute + ROUNDING:
            self.stamps.popleft()
        return self.stamps[0] + minute - now if len(self.stamps) >= self.most else 0.0


@dataclass(slots=True)
class Bucket:
    """Posts to one channel: one a second on the long run, a few at once."""

    tokens: float
    at: float
    calls: int = 0
    refused: int = 0

    def empty(self, now: float, second: float) -> float:
        """How long until there is room for one more; 0 when there is."""
        self.tokens = min(float(BURST), self.tokens + max(0.0, now - self.at) / second)
        self.at = now
        return (1 - self.tokens) * second if self.tokens < 1 - ROUNDING else 0.0


class Limits:
    """Counts the calls of one app in one workspace. `scale` shortens minutes and seconds."""

    def __init__(self, now: Callable[[], float], *, on: bool, known: Callable[[str], str]) -> None:
        self._now, self._known, self._at_first = now, known, on
        self.on, self.scale = on, 1.0
        self._windows: dict[str, Window] = {}
        self._channels: dict[str, Bucket] = {}
        self._latest: deque[Json] = deque(maxlen=REMEMBERED)

    def reset(self) -> None:
        """As at the start: nobody has called."""
        self.on, self.scale = self._at_first, 1.0
        self.forget()

    def forget(self) -> None:
        """All counters at nought."""
        self._windows.clear()
        self._channels.clear()
        self._latest.clear()

    def pass_or_refuse(self, method: str, args: Json) -> None:
        """Count this call; raises RateLimited when it is one too many."""
        now, window = self._now(), self._window(method)
        bucket = self._bucket(args, now) if method == POST else None
        wait = window.full(now, MINUTE * self.scale)
        crowded = bucket.empty(now, self.scale) if bucket else 0.0
        if self.on and (wait or crowded):
            window.refused += 1
            if bucket:
                bucket.refused += bool(crowded)
            refusal = RateLimited(max(wait, crowded))
            channel = self._known(str(args.get("channel", ""))) if bucket else None
            self._latest.append({"method": method, "channel": channel, "retry_after": refusal.retry_after, "at": now})
            raise refusal
        window.calls += 1
        if bucket:
            bucket.calls += 1
            bucket.tokens -= self.on
        if self.on:
            window.stamps.append(now)

    def shown(self) -> Json:
        """As the control route tells it."""
        now = self._now()
        return {
            "on": self.on,
            "scale": self.scale,
            "refused": sum(each.refused for each in self._windows.values()),
            "methods": [self._method(name, now) for name in sorted(self._windows)],
            "channels": [
                {"channel": name, "calls": each.calls, "refused": each.refused}
                for name, each in sorted(self._channels.items())
            ],
            "latest": list(self._latest),
        }

    def _method(self, name: str, now: float) -> Json:
        window = self._windows[name]
        window.full(now, MINUTE * self.scale)
        known: Json = {"method": name, "a_minute": window.most, "last_minute": len(window.stamps)}
        return {**known, "calls": window.calls, "refused": window.refused}

    def _window(self, method: str) -> Window:
        return self._windows.setdefault(method, Window(TIERS.get(method, TIER_3)))

    def _bucket(self, args: Json, now: float) -> Bucket:
        return self._channels.setdefault(self._known(str(args.get("channel", ""))), Bucket(float(BURST), now))
