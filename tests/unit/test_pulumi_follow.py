"""Reading events to the end, for every way in which servers say "nothing new" and "the end"."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest, NoAnswer, NotFound, NotSent, PulumiError, RateLimited, ServerError
from bot.events import EngineEvent, EventPage
from bot.model import Result
from bot.pulumi.follow import PATIENCE, QUIET, followed, stored

RUNNING, FAILED = Result.RUNNING, Result.FAILED
REFUSED = BadRequest("update events", "Invalid continuation token.")
TIMEOUT = ServerError("update events", status=504)


def page(*numbers: int, token: str | None = None) -> EventPage:
    return EventPage(tuple(EngineEvent(sequence=number) for number in numbers), token)


async def numbers(pages: AsyncIterator[EventPage]) -> list[int | None]:
    return [event.sequence async for each in pages for event in each.events]


@dataclass
class Script:
    """Pages and statuses in the order in which they are given, and what was asked for in which order."""

    pages: list[EventPage | PulumiError]
    statuses: list[Result | PulumiError] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def look(self, token: str | None) -> EventPage:
        self.asked.append(token or "start")
        given = self.pages.pop(0)
        if isinstance(given, PulumiError):
            raise given
        return given

    async def status(self) -> Result:
        self.asked.append("status")
        given = self.statuses.pop(0)
        if isinstance(given, PulumiError):
            raise given
        return given

    async def wait(self) -> None:
        self.asked.append("wait")

    async def follow(self, token: str | None = None) -> list[int | None]:
        return await numbers(followed(self.look, self.status, token, self.wait))

    async def read(self, token: str | None = None) -> list[int | None]:
        return await numbers(stored(self.look, token))


async def test_case_5_an_empty_page_with_the_same_token_is_no_end() -> None:
    """Three times nothing, then the rest and null: everything once, and one end."""
    idle = page(token="a")
    script = Script([page(0, token="a"), idle, idle, idle, page(1, 2), page(1, 2)], [FAILED])
    assert await script.follow() == [0, 1, 2]
    assert script.asked == ["start", "a", "wait", "a", "wait", "a", "wait", "a", "status", "a"]


async def test_case_6_the_end_needs_no_summary_and_no_event() -> None:
    """Whatever is missing in the stream: the status is the proof."""
    script = Script([page(), page()], [FAILED])
    assert await script.follow() == []
    assert script.asked == ["start", "status", "start"]


async def test_an_absent_token_on_a_running_update_means_look_again() -> None:
    """Procella leaves the token out when there is nothing new; the last one stays good."""
    script = Script(
        [page(0, token="0"), page(), page(), page(1, token="1"), page(), page()], [RUNNING, RUNNING, FAILED]
    )
    assert await script.follow() == [0, 1]
    assert script.asked == ["start", "0", "status", "wait", "0", "status", "wait", "0", "1", "status", "1"]


async def test_events_that_came_between_the_look_and_the_status_are_not_lost() -> None:
    """A look that began before the status was final proves nothing."""
    script = Script([page(0, token="0"), page(), page(1), page(1)], [FAILED])
    assert await script.follow() == [0, 1]


async def test_a_server_without_tokens_repeats_itself_and_we_do_not() -> None:
    """What was handed out after a token is dropped when the same token brings it again."""
    script = Script([page(0, 1), page(0, 1, 2), page(0, 1, 2), page(0, 1, 2)], [RUNNING, RUNNING, FAILED])
    assert await script.follow() == [0, 1, 2]


async def test_a_token_that_never_ends_is_given_up_after_a_while() -> None:
    """The backstop: final, and nothing but the same token."""
    script = Script([page(0, token="a"), *[page(token="a")] * 20], [RUNNING, FAILED])
    assert await script.follow() == [0]
    assert script.asked.count("status") == 2
    assert script.asked.count("a") == 3 * QUIET


async def test_a_quiet_update_costs_one_call_a_look() -> None:
    """The status is asked only now and then while the token says that more may come."""
    idle = page(token="a")
    script = Script([page(0, token="a"), *[idle] * (2 * QUIET), page(1), page(1)], [RUNNING, RUNNING, FAILED])
    assert await script.follow() == [0, 1]
    assert script.asked.count("status") == 3


@pytest.mark.parametrize("outage", [TIMEOUT, NoAnswer("x"), NotSent("x")])
async def test_an_outage_is_not_the_end(outage: PulumiError) -> None:
    """Neither of the events nor of the status."""
    script = Script([outage, page(0), outage, page(0), page(0)], [outage, FAILED])
    assert await script.follow() == [0]


async def test_an_outage_that_lasts_is_an_error() -> None:
    """Otherwise nobody would ever hear of it."""
    script = Script([TIMEOUT] * PATIENCE)
    with pytest.raises(ServerError):
        await script.follow()
    assert script.asked.count("wait") == PATIENCE - 1


@pytest.mark.parametrize("outage", [TIMEOUT, NoAnswer("x"), NotSent("x")])
async def test_an_outage_of_the_status_that_lasts_is_an_error(outage: PulumiError) -> None:
    """The events still answer, but nothing would ever end."""
    script = Script([page(0)] * 100, [outage] * PATIENCE)
    with pytest.raises(type(outage)):
        await script.follow()
    assert script.asked.count("status") == PATIENCE


async def test_an_outage_of_the_status_that_passes_is_forgotten() -> None:
    """Only failures in a row count."""
    often: list[Result | PulumiError] = [*[TIMEOUT] * (PATIENCE - 1), RUNNING]
    script = Script([page(0)] * 100, [*often, *often, FAILED])
    assert await script.follow() == [0]


@pytest.mark.parametrize("error", [NotFound("x"), RateLimited("x"), BadRequest("x", "no")])
async def test_other_errors_are_raised(error: PulumiError) -> None:
    """The stack was deleted, the calls are too many: whoever follows decides."""
    with pytest.raises(type(error)):
        await Script([error]).follow()
    with pytest.raises(type(error)):
        await Script([RUNNING_PAGE], [error]).follow()


RUNNING_PAGE = page(0)


async def test_a_refused_token_restarts_once_and_repeats_nothing() -> None:
    """The count of what was handed out is kept."""
    script = Script(
        [page(0, 1, token="a"), REFUSED, page(0, token="b"), page(1, 2, token="c"), page(), page()], [FAILED]
    )
    assert await script.follow() == [0, 1, 2]
    again = Script([page(0, token="a"), REFUSED, page(0, token="b"), REFUSED])
    with pytest.raises(BadRequest):
        await again.follow()


async def test_a_refused_token_from_elsewhere_starts_over() -> None:
    """Nobody knows which events were seen before: all of them come."""
    assert await Script([REFUSED, page(0, 1)]).read("lost") == [0, 1]
    with pytest.raises(BadRequest):
        await Script([BadRequest("x", "Invalid 'type' value")]).read("lost")


async def test_what_is_stored_ends_at_the_first_page_that_brings_nothing() -> None:
    """Without waiting: a missing token, an empty page, a token that leads in a circle."""
    assert await Script([page(0, token="a"), page(1)]).read() == [0, 1]
    assert await Script([page(0, token="a"), page(token="a")]).read() == [0]
    assert await Script([page(0, token="a"), page(1, token="b"), page(2, token="a"), page(2, token="a")]).read() == [
        0,
        1,
        2,
    ]
    assert await Script([page()]).read() == []


async def test_what_is_stored_does_not_wait_for_a_server() -> None:
    """An error is an error."""
    with pytest.raises(ServerError):
        await Script([TIMEOUT]).read()


@dataclass
class Server:
    """A running update that moves on with every call, in the dialect of one server."""

    steps: list[int]
    dialect: Callable[[int, int, bool], tuple[int, str | None]]
    there: int = 0

    async def look(self, token: str | None) -> EventPage:
        self._move()
        start = int(token or 0)
        end, token = self.dialect(start, self.there, not self.steps)
        return page(*range(start, end), token=token)

    async def status(self) -> Result:
        self._move()
        return RUNNING if self.steps else FAILED

    async def wait(self) -> None:
        self._move()

    def _move(self) -> None:
        self.there += self.steps.pop() if self.steps else 0


def pulumi_cloud(start: int, there: int, over: bool) -> tuple[int, str | None]:  # noqa: FBT001
    end = min(start + 3, there)
    return end, None if over and end == there else str(end)


def procella(start: int, there: int, over: bool) -> tuple[int, str | None]:  # noqa: FBT001
    return there, str(there) if there > start and not over else None


def go_server(start: int, there: int, over: bool) -> tuple[int, str | None]:  # noqa: FBT001
    return there, None if over else str(there)


def stubborn(start: int, there: int, over: bool) -> tuple[int, str | None]:  # noqa: FBT001
    return min(start + 3, there), str(min(start + 3, there))


def forgetful(start: int, there: int, over: bool) -> tuple[int, str | None]:  # noqa: FBT001
    return there, None


@pytest.mark.parametrize("dialect", [pulumi_cloud, procella, go_server, stubborn, forgetful])
@given(steps=st.lists(st.integers(0, 7), max_size=40))
async def test_every_event_comes_once_in_order_and_the_reading_ends(
    dialect: Callable[[int, int, bool], tuple[int, str | None]], steps: list[int]
) -> None:
    """Whichever server it is, and however its events arrive."""
    server = Server(list(steps), dialect)
    read = await numbers(followed(server.look, server.status, None, server.wait))
    assert read == list(range(sum(steps)))
    assert await numbers(stored(server.look, None)) == read
