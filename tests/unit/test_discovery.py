"""What is new about a stack: by cases, and over random histories that are looked at in random moments."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.discovery import FirstLook, blank, boundary, deleted, needs_look, news, origin_of, previewed, unchanged
from bot.happenings import Happening, Kind
from bot.model import Result, StackRef, StackSummary, UpdateInfo
from bot.records import Known

STACK, OTHER = StackRef("acme", "shop", "prod"), StackRef("newco", "shop", "prod")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FIRST = FirstLook(at=NOON, complete=True)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def update(version: int, started: float, ended: float | None = None, result: str = "succeeded") -> UpdateInfo:
    return UpdateInfo(
        stack=STACK,
        update_id=f"id-{version}",
        version=version,
        kind="update",
        preview=False,
        result=Result.of(result if ended is not None else "in-progress"),
        started=at(started),
        ended=None if ended is None else at(ended),
    )


def known(of: UpdateInfo, failing: float | None = None) -> Known:
    seen = of.started if of.result.final else None
    begun = None if failing is None else at(failing)
    return replace(
        blank(STACK, at(900), seen), version=of.version, update_id=of.update_id, result=of.result, failing=begun
    )


def line(last: float | None = None, *, running: bool = False) -> StackSummary:
    return StackSummary(stack=STACK, last_update=None if last is None else at(last), running=running)


def told(before: Known, updates: Sequence[UpdateInfo], first: FirstLook = FIRST) -> list[tuple[str, set[str]]]:
    found = news(before, updates, first, seen=None, at=at(1000))
    return [(each.update.label if each.update else "", {str(kind) for kind in each.kinds}) for each in found.happenings]


@pytest.mark.parametrize(
    ("before", "listed", "needed"),
    [
        (None, line(), True),
        (blank(STACK, at(900), at(-50)), line(-50), False),
        (blank(STACK, at(900)), line(), False),
        (blank(STACK, at(900)), line(5), True),
        (blank(STACK, at(900), at(-50)), line(running=True), True),
        (known(update(3, 10, 20)), line(10), False),
        (known(update(3, 10, 20)), line(30), True),
        (known(update(3, 10)), line(running=True), True),
        (replace(known(update(3, 10)), seen=at(10)), line(10), True),
        (replace(known(update(3, 10, 20)), at=at(10.5)), line(10), True),
    ],
    ids=[
        "missing",
        "same-without-a-look",
        "never-updated",
        "began",
        "runs",
        "same",
        "another",
        "running",
        "not-the-end",
        "hiding",
    ],
)
def test_what_needs_a_look(before: Known | None, listed: StackSummary, *, needed: bool) -> None:
    assert needs_look(before, listed) is needed


def test_a_failure_is_told_once_and_then_its_recovery() -> None:
    failed, mended = update(4, 10, 20, "failed"), update(5, 30, 40)
    first = news(known(update(3, 1, 2)), [failed, update(3, 1, 2)], FIRST, seen=at(10), at=at(25))
    assert [each.kinds for each in first.happenings] == [{Kind.FAILED}]
    assert first.known.failing == at(10)
    then = news(first.known, [mended, failed], FIRST, seen=at(30), at=at(45))
    assert [each.kinds for each in then.happenings] == [{Kind.SUCCEEDED, Kind.RECOVERED}]
    assert then.known.failing is None
    assert news(then.known, [mended, failed], FIRST, seen=at(30), at=at(50)).happenings == ()


def test_a_refresh_that_goes_well_mends_a_refresh_only() -> None:
    failed, looked = update(4, 10, 20, "failed"), replace(update(5, 30, 40), kind="refresh")
    found = news(known(update(3, 1, 2)), [looked, failed, update(3, 1, 2)], FIRST, seen=at(30), at=at(45))
    assert [each.kinds for each in found.happenings] == [{Kind.FAILED}, {Kind.SUCCEEDED, Kind.REFRESHED}]
    assert found.known.failing == at(10)
    assert told(found.known, [update(6, 50, 60), looked, failed]) == [("v6", {"succeeded", "recovered"})]
    before = known(replace(failed, kind="refresh"), failing=10)
    again = told(before, [looked, replace(failed, kind="refresh")])
    assert again == [("v5", {"succeeded", "refreshed", "recovered"})]


def test_started_is_told_and_then_finished() -> None:
    running = news(known(update(3, 1, 2)), [update(4, 10), update(3, 1, 2)], FIRST, seen=None, at=at(12)).known
    assert told(known(update(3, 1, 2)), [update(4, 10), update(3, 1, 2)]) == [("v4", {"started"})]
    assert told(running, [update(4, 10), update(3, 1, 2)]) == []
    assert told(running, [update(4, 10, 20), update(3, 1, 2)]) == [("v4", {"succeeded"})]


def test_what_began_and_ended_between_two_looks_is_told_once_as_finished() -> None:
    pages = [update(6, 50), update(5, 30, 40, "cancelled"), update(4, 10, 20), update(3, 1, 2)]
    assert told(known(update(3, 1, 2)), pages) == [("v4", {"succeeded"}), ("v5", {"canceled"}), ("v6", {"started"})]


def test_an_update_that_runs_while_the_next_one_begins_is_closed_first() -> None:
    pages = [update(5, 21), update(4, 10, 20, "failed"), update(3, 1, 2)]
    assert told(known(update(4, 10)), pages) == [("v4", {"failed"}), ("v5", {"started"})]


def test_at_the_first_look_only_what_ends_later_is_news() -> None:
    pages = [update(9, -30), update(8, -100, -50, "failed")]
    found = news(blank(STACK, at(1)), pages, FIRST, seen=None, at=at(1))
    assert found.happenings == ()
    assert found.known.failing == at(-100)
    assert told(found.known, [update(9, -30, 5), pages[1]]) == [("v9", {"succeeded", "recovered"})]
    assert told(blank(STACK, at(1)), [update(9, -30, 5), pages[1]]) == [("v9", {"succeeded", "recovered"})]


def test_a_stack_that_was_made_again_begins_anew() -> None:
    before = known(update(7, 10, 20, "failed"), failing=10)
    new = [replace(update(number, 30 + number, 31 + number), update_id=f"new-{number}") for number in (7, 2, 1)]
    found = news(before, new, FIRST, seen=at(37), at=at(60))
    assert found.again
    assert [each.kinds for each in found.happenings] == [{Kind.CREATED}, *[{Kind.SUCCEEDED}] * 3]
    empty = news(before, [], FIRST, seen=None, at=at(60))
    assert empty.again
    assert empty.known == blank(STACK, at(60))


def test_versions_are_no_key_where_there_are_ids() -> None:
    """Some servers say version 1 for ever."""
    pages = [replace(update(number, number * 10, number * 10 + 5), version=1) for number in (4, 3)]
    before = replace(known(update(3, 30, 35)), version=1)
    assert told(before, pages) == [("v1", {"succeeded"})]
    assert boundary(before, pages[1], FIRST)
    assert not boundary(before, pages[0], FIRST)


def test_without_ids_the_version_has_to_do() -> None:
    pages = [replace(update(number, number * 10, number * 10 + 5), update_id=None) for number in (4, 3)]
    assert told(replace(known(update(3, 30, 35)), update_id=None), pages) == [("v4", {"succeeded"})]


def test_a_state_that_nobody_knows_is_told_when_it_is_known() -> None:
    odd = replace(update(4, 10), result=Result.UNKNOWN)
    found = news(known(update(3, 1, 2)), [odd, update(3, 1, 2)], FIRST, seen=None, at=at(12))
    assert found.happenings == ()
    assert told(found.known, [update(4, 10, 20, "cancelled"), update(3, 1, 2)]) == [("v4", {"canceled"})]


def test_created_comes_before_its_updates() -> None:
    found = news(blank(STACK, at(50)), [update(1, 10, 20)], FIRST, seen=at(10), at=at(50), created=True)
    assert [each.kinds for each in found.happenings] == [{Kind.CREATED}, {Kind.SUCCEEDED}]
    assert deleted(STACK, at(60)) == Happening(stack=STACK, kinds=frozenset({Kind.DELETED}), at=at(60))


def test_what_had_ended_before_the_first_look_needs_no_look() -> None:
    assert unchanged(line(-4000), line(-4000), FIRST)
    assert unchanged(line(), line(), FIRST)
    assert not unchanged(line(-4000), line(-10), FIRST)
    assert not unchanged(line(running=True), line(-4000), FIRST)
    assert not unchanged(line(-10), line(-10), FIRST), "on some servers it may run"


def test_a_stack_is_known_again_by_its_newest_update() -> None:
    pages = [update(5, 30, 40), update(4, 10, 20)]
    before, never = known(update(4, 10, 20)), blank(STACK, at(0), at(-50))
    assert origin_of(OTHER, line(30), pages, [before]) == before
    assert origin_of(OTHER, line(30), [update(1, 1, 2)], [before]) is None
    assert origin_of(STACK, line(30), pages, [before]) is None
    assert origin_of(OTHER, line(-50), [], [never]) == never
    assert origin_of(OTHER, line(-51), [], [never]) is None
    assert origin_of(StackRef("newco", "shop", "dev"), line(-50), [], [never]) is None


def test_previews_are_told_once_when_they_have_ended() -> None:
    previews = [replace(update(1, start, end), preview=True, update_id=f"p-{start}") for start, end in SPANS]
    found = list(previewed(previews, {"p-20"}, NOON))
    assert [each.update and each.update.update_id for each in found] == ["p-10"]
    assert found[0].kinds == {Kind.PREVIEWS}


SPANS = [(30, None), (20, 25), (10, 15), (-20, -10)]


@dataclass
class Pulumi:
    """A stack's life in quarters of seconds, of which the service tells whole seconds."""

    spans: list[tuple[float, float, str]]
    remade: float | None = None
    reads: int = 0

    def updates(self, now: float) -> list[UpdateInfo]:
        """Newest first, as they are at that moment."""
        found: list[UpdateInfo] = []
        cut = self.remade if self.remade is not None and now >= self.remade else None
        for number, (start, end, result) in enumerate(self.spans):
            if start > now or (cut is not None and start < cut):
                continue
            ended = int(end // 1) if end <= now else None
            one = update(len(found) + 1, int(start // 1), ended, result)
            found.append(replace(one, update_id=f"id-{number}"))
        return found[::-1]

    def line(self, now: float) -> StackSummary:
        newest = next(iter(self.updates(now)), None)
        running = newest is not None and not newest.result.final
        return StackSummary(
            stack=STACK, running=running, last_update=newest.started if newest and not running else None
        )

    def read(self, before: Known, first: FirstLook, now: float, page: int) -> list[UpdateInfo]:
        """Whole pages, down to the boundary."""
        found, met = list[UpdateInfo](), False
        for each in self.updates(now):
            found.append(each)
            met = met or boundary(before, each, first)
            if met and len(found) % page == 0:
                break
        return found


@dataclass
class Bot:
    """Looks now and then; what it stored outlives it."""

    first: FirstLook
    row: Known | None = None
    said: list[Happening] = field(default_factory=list)

    def look(self, pulumi: Pulumi, now: float, later: float, page: int, *, dies: bool) -> None:
        """List now, read later; whoever dies has stored nothing."""
        listed = pulumi.line(now)
        if not needs_look(self.row, listed):
            return
        before = self.row or blank(STACK, at(now))
        pages = pulumi.read(before, self.first, later, page)
        found = news(before, pages, self.first, seen=listed.last_update, at=at(later))
        if not dies:
            self.row = found.known
            self.said += found.happenings


@st.composite
def lives(draw: st.DrawFn) -> Pulumi:
    gaps = st.integers(0, 24).map(lambda quarters: quarters / 4)
    spans, now = [], -20.0
    for _ in range(draw(st.integers(0, 14))):
        start = now + draw(gaps)
        now = start + draw(gaps)
        spans.append((start, now, draw(st.sampled_from(["succeeded", "failed", "cancelled"]))))
        now += 0.25
    return Pulumi(spans)


LOOKS = st.lists(
    st.tuples(st.integers(0, 240).map(lambda quarters: quarters / 4), st.integers(0, 8), st.booleans()), max_size=12
)


@settings(max_examples=400, deadline=None)
@given(pulumi=lives(), looks=LOOKS, page=st.sampled_from([1, 2, 10]))
def test_everything_that_ends_after_the_first_look_is_told_once_and_in_order(
    pulumi: Pulumi, looks: list[tuple[float, int, bool]], page: int
) -> None:
    """Whenever it is looked at, however long reading takes, whatever is repeated after a crash."""
    begun = 0.25
    bot, now = Bot(FirstLook(at=at(begun), complete=False)), begun
    for moment, lag, dies in sorted(looks):
        now = max(now, begun + moment)
        bot.look(pulumi, now, now + lag / 4, page, dies=dies)
        now += lag / 4
    end = max(now, *(end for _, end, _ in pulumi.spans), 0) + 2
    for each in (end, end + 5):
        bot.look(pulumi, each, each, page, dies=False)
    finished = [each.update for each in bot.said if each.update and each.update.result.final]
    ids = [each.update_id for each in finished]
    must = [f"id-{number}" for number, (_, end, _) in enumerate(pulumi.spans) if end >= begun]
    may = [f"id-{number}" for number, (_, end, _) in enumerate(pulumi.spans) if end >= int(begun)]
    assert len(ids) == len(set(ids))
    assert set(must) <= set(ids) <= set(may)
    assert ids == sorted(ids, key=lambda each: int(each.removeprefix("id-")) if each else 0)
    started = [each.update.update_id for each in bot.said if each.update and Kind.STARTED in each.kinds]
    assert len(started) == len(set(started))
    said = [(each.update.update_id, each.update.result.final) for each in bot.said if each.update]
    assert all(said.index((each, False)) < said.index((each, True)) for each in started)
    assert bot.row is not None
    assert not needs_look(bot.row, pulumi.line(end + 10))


@settings(max_examples=200, deadline=None)
@given(pulumi=lives(), looks=LOOKS, remade=st.integers(1, 160))
def test_a_stack_made_again_is_told_of_from_its_new_start(
    pulumi: Pulumi, looks: list[tuple[float, int, bool]], remade: int
) -> None:
    """What the old one did and nobody saw in time is gone with it; all of the new one is told, once."""
    pulumi.remade = remade / 4
    inside = [span for span in pulumi.spans if span[1] < pulumi.remade or span[0] >= pulumi.remade]
    pulumi.spans = inside
    bot, now = Bot(FirstLook(at=at(0), complete=False)), 0.0
    for moment, lag, dies in sorted(looks):
        now = max(now, moment)
        bot.look(pulumi, now, now + lag / 4, 10, dies=dies)
        now += lag / 4
    end = max(now, pulumi.remade, *(end for _, end, _ in pulumi.spans), 0) + 2
    for each in (end, end + 5):
        bot.look(pulumi, each, each, 10, dies=False)
    ids = [each.update.update_id for each in bot.said if each.update and each.update.result.final]
    new = {f"id-{number}" for number, (start, _, _) in enumerate(pulumi.spans) if start >= pulumi.remade}
    assert len(ids) == len(set(ids))
    assert new <= set(ids)
