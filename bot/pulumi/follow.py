"""Reading a stream of engine events to its end, whichever way a server marks "nothing new yet" and "the end".

While an update runs, Pulumi Cloud answers with the token it was asked with and an empty page; Procella leaves the token
out. So a look without a token, or too many that bring nothing, only lead to the status, which alone proves the end.
https://www.pulumi.com/docs/reference/cloud-rest-api/ (List Update Events)
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from bot.errors import BadRequest, NoAnswer, NotSent, PulumiError, ServerError
from bot.events import EngineEvent, EventPage
from bot.model import Result

log: structlog.stdlib.BoundLogger = structlog.get_logger()

QUIET: Final = 5  # looks in a row that bring nothing, before the status is asked
PATIENCE: Final = 10  # looks in a row that fail, before that is an error
_OUTAGES: Final = (ServerError, NoAnswer, NotSent)

Look = Callable[[str | None], Awaitable[EventPage]]
Status = Callable[[], Awaitable[Result]]
Wait = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Cursor:
    """How far a stream was read. `token` is where to look next; what a server repeats after it is dropped by `take`."""

    token: str | None
    _ahead: int = 0  # events after `token` that were handed out already
    _taken: int | None = None  # events handed out since the first one; None when the reading began later
    _used: set[str] = field(default_factory=set)
    _restarted: bool = False

    def __post_init__(self) -> None:
        if self.token is None:
            self._taken = 0

    def take(self, page: EventPage) -> tuple[EngineEvent, ...]:
        """The events of the page that are new. Moves on if it brings a token that was not used before."""
        fresh = page.events[self._ahead :]
        if page.token and page.token != self.token and page.token not in self._used:
            self._used.add(page.token)
            self.token = page.token
            self._ahead = max(0, self._ahead - len(page.events))
        else:
            self._ahead = max(self._ahead, len(page.events))
        if self._taken is not None:
            self._taken += len(fresh)
        return fresh

    def restart(self, error: BadRequest) -> bool:
        """Go back to the start if the token was refused; True once. What was handed out is not handed out again.

        Only where the reading began in the middle do events come again: nobody knows then which were seen.
        """
        if self.token is None or self._restarted or "continuation token" not in error.message.lower():
            return False
        self.token, self._ahead, self._taken, self._restarted = None, self._taken or 0, self._taken or 0, True
        self._used.clear()
        return True


@dataclass(slots=True)
class Outage:
    """Failures in a row of something that is asked again and again."""

    failures: int = 0

    def goes_on(self, error: PulumiError) -> None:
        """Count a failure. The one that exhausts the PATIENCE is raised."""
        self.failures += 1
        if self.failures >= PATIENCE:
            raise error
        log.info("pulumi is out of reach", endpoint=error.endpoint, error=type(error).__name__, failures=self.failures)


async def stored(look: Look, token: str | None) -> AsyncIterator[EventPage]:
    """What is there now: ends at the first page that brings nothing new, or no token."""
    cursor = Cursor(token)
    while True:
        page = await _look(look, cursor, None)
        if not (fresh := cursor.take(page)):
            return
        yield EventPage(fresh, page.token)
        if page.token is None:
            return


async def followed(look: Look, status: Status, token: str | None, wait: Wait) -> AsyncIterator[EventPage]:
    """Everything, as it comes. Ends with a look that began after the status was final and that brought nothing.

    Some servers keep sending a token even then: they get QUIET looks. An outage is waited out, PATIENCE looks long,
    and so is one of the status alone.
    """
    cursor, over, quiet, outage = Cursor(token), False, 0, Outage()
    while True:
        page = await _look(look, cursor, wait)
        if fresh := cursor.take(page):
            quiet = 0
            yield EventPage(fresh, page.token)
            if page.token or over:
                continue
        else:
            quiet += 1
            if over and (page.token is None or quiet >= QUIET):
                return
        if not over and (page.token is None or quiet % QUIET == 0):
            over = await _is_over(status, outage)
            if over:
                quiet = 0
                continue
        await wait()


async def _look(look: Look, cursor: Cursor, wait: Wait | None) -> EventPage:
    outage = Outage()
    while True:
        try:
            return await look(cursor.token)
        except BadRequest as error:
            if not cursor.restart(error):
                raise
        except _OUTAGES as error:
            if wait is None:
                raise
            outage.goes_on(error)
            await wait()


async def _is_over(status: Status, outage: Outage) -> bool:
    try:
        result = await status()
    except _OUTAGES as error:
        outage.goes_on(error)
        return False
    outage.failures = 0
    return result.final
