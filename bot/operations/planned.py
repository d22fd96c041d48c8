"""Commands that are known by name, so that help and suggestions are whole, and that say what they come with."""

from bot.model import Effect
from bot.operations.base import Planned

_APPROVALS, _LIVE = "approvals", "live updates"


def _write(name: str, summary: str, group: str, *aliases: str) -> Planned:
    return Planned(name=name, summary=summary, group=group, aliases=aliases, comes_with=_APPROVALS, effect=Effect.WRITE)


def _live(name: str, summary: str, *aliases: str) -> Planned:
    return Planned(name=name, summary=summary, group="Following", aliases=aliases, comes_with=_LIVE)


PLANNED = (
    _live("watch", "Follow an update in a thread"),
    _live("unwatch", "Stop following"),
)
