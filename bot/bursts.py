"""Too many failures at once in one channel: what goes beyond is one line each in a summary. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.model import StackRef

MOST: Final = 10  # messages about failures in one channel …
SPAN: Final = timedelta(minutes=5)  # … within this time; further ones are lines of a summary
_KEPT: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """A failure that only has a line. `fixed` is the label of the update that went well."""

    incident: str
    stack: StackRef
    label: str
    cause: str
    fixed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A channel's newest failures. `start` is when the summary began that is being written, None without one."""

    recent: tuple[datetime, ...] = ()
    start: datetime | None = None
    blows: tuple[Blow, ...] = ()


def struck(burst: Burst, blow: Blow, at: datetime) -> tuple[Burst, bool]:
    """One more failure; whether it is too many, and therefore only a line."""
    recent = (*(each for each in burst.recent if each > at - SPAN), at)[-_KEPT:]
    if len(recent) <= MOST:
        return Burst(recent=recent), False
    return Burst(recent=recent, start=burst.start or at, blows=(*burst.blows, blow)[-_KEPT:]), True


def mended(burst: Burst, incident: str, label: str) -> Burst:
    """What failed is well again."""
    blows = tuple(replace(each, fixed=label) if each.incident == incident else each for each in burst.blows)
    return replace(burst, blows=blows)
