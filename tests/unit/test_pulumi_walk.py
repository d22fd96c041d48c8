"""Walking back through an audit log, for every way in which a server may cut it into pages."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulumi.walk import Walk

Item = tuple[int, int]  # a second, and which event of it
SINCE, UNTIL = 20, 80
MOST = 4  # events in one second


def at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@dataclass
class Server:
    """An audit log, newest first, with a page size. It counts what it is asked, and gives up on whoever never stops."""

    log: list[Item]
    size: int
    asked: int = 0

    def _page(self, rest: list[Item], token: Callable[[list[Item]], str]) -> tuple[list[Item], str | None]:
        self.asked += 1
        assert self.asked < 1000, "it never ends"
        page = rest[: self.size]
        return page, token(page) if len(rest) > len(page) else None

    def by_time(self, start: int, token: str | None) -> tuple[list[Item], str | None]:
        """As Pulumi Cloud: the token is the last event's second, and the next page begins with that second again."""
        last = start - 1 if token is None else int(token)
        return self._page([each for each in self.log if each[0] <= last], lambda page: str(page[-1][0]))

    def by_place(self, start: int, token: str | None) -> tuple[list[Item], str | None]:
        """The token is a place in the list: nothing comes twice."""
        rest = [each for each in self.log if each[0] < start]
        first = int(token or 0)
        return self._page(rest[first:], lambda page: str(first + len(page)))

    def stubborn(self, start: int, token: str | None) -> tuple[list[Item], str | None]:
        """As `by_time`, with a token on the last page, too."""
        page, more = self.by_time(start, token)
        return page, more or (str(page[-1][0]) if page else None)

    def without_tokens(self, start: int, _: str | None) -> tuple[list[Item], str | None]:
        """As an export."""
        return self._page([each for each in self.log if each[0] < start], lambda _: "")


DIALECTS = [Server.by_time, Server.by_place, Server.stubborn]


def logs(most: int) -> st.SearchStrategy[list[Item]]:
    seconds = st.lists(st.integers(0, 99), max_size=40)
    return seconds.map(lambda found: numbered(found, most))


def numbered(seconds: list[int], most: int) -> list[Item]:
    """At most so many events in one second, two in three of them equal to another."""
    kept = [(second, n) for second, times in Counter(seconds).items() for n in range(min(times, most))]
    return sorted(kept, reverse=True)


def walked(walk: Walk[Item], ask: Callable[[int, str | None], tuple[list[Item], str | None]]) -> list[Item]:
    found: list[Item] = []
    for _ in count():
        page, token = ask(walk.start, walk.token)
        found += walk.take(page)
        if not walk.follow(token):
            return found
    raise AssertionError


def stepped(walk: Walk[Item], ask: Callable[[int, str | None], tuple[list[Item], str | None]]) -> list[Item]:
    found: list[Item] = []
    for _ in count():
        found += walk.take(ask(walk.start, None)[0])
        if not walk.step():
            return found
    raise AssertionError


def walk() -> Walk[Item]:
    return Walk[Item](at(SINCE), at(UNTIL), lambda each: at(each[0]))


def within(log: list[Item]) -> list[Item]:
    return [each for each in log if SINCE <= each[0] < UNTIL]


@pytest.mark.parametrize("dialect", DIALECTS)
@given(log=logs(MOST), size=st.integers(MOST + 1, 9))
def test_every_event_within_the_bounds_comes_once_and_in_order(
    dialect: Callable[[Server, int, str | None], tuple[list[Item], str | None]], log: list[Item], size: int
) -> None:
    """However it is cut."""
    server = Server(log, size)
    assert walked(walk(), lambda start, token: dialect(server, start, token)) == within(log)


@given(log=logs(MOST), size=st.integers(MOST + 1, 9))
def test_the_same_by_time_alone(log: list[Item], size: int) -> None:
    """As exports are read."""
    server = Server(log, size)
    assert stepped(walk(), server.without_tokens) == within(log)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(log=logs(99), size=st.integers(1, 3))
def test_a_second_that_is_larger_than_a_page_hides_nothing_that_is_older(
    dialect: Callable[[Server, int, str | None], tuple[list[Item], str | None]], log: list[Item], size: int
) -> None:
    """Of that second itself a page is seen; no event comes twice, and the reading ends."""
    server = Server(log, size)
    found = walked(walk(), lambda start, token: dialect(server, start, token))
    assert {second for second, _ in found} == {second for second, _ in within(log)}
    assert len(set(found)) == len(found)


def test_what_is_older_than_the_lower_bound_ends_the_walk() -> None:
    """Even where a token offers more."""
    reading = walk()
    assert reading.take([(30, 0), (SINCE, 0), (SINCE - 1, 0)]) == [(30, 0), (SINCE, 0)]
    assert not reading.follow("10")
    assert not reading.step()


def test_an_equal_event_is_new_where_a_page_holds_more_of_them_than_any_before() -> None:
    """Pages that repeat one event do not use up another that looks the same."""
    reading = walk()
    assert reading.take([(50, 0)]) == [(50, 0)]
    assert reading.take([(50, 0)]) == []
    assert reading.take([(50, 0), (50, 0)]) == [(50, 0)]


def test_items_without_a_time_are_kept_once() -> None:
    """The header of a table."""
    reading = Walk[str](at(SINCE), at(UNTIL), lambda each: None if each == "header" else at(int(each)))
    assert reading.take(["header", "50", "40"]) == ["header", "50", "40"]
    assert reading.step()
    assert reading.take(["header", "40", "30"]) == ["30"]


def test_nothing_but_items_without_a_time_is_the_end() -> None:
    """Nobody knows where to go on."""
    reading = Walk[str](at(SINCE), at(UNTIL), lambda _: None)
    assert reading.take(["a", "b"]) == ["a", "b"]
    assert not reading.step()
