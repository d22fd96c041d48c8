"""The benchmarks still run and still print; what they measure is judged by nobody here."""

import json
from collections import Counter

import msgspec
import pytest

from benchmarks.__main__ import measure
from benchmarks.report import Goal, Measure, Spread, as_json, table
from benchmarks.rounds import TINY, rotated
from benchmarks.synthetic import pages
from bot.events import decode_page
from bot.updates import UpdateView, fold_page

LINES = {"http": 4, "socket": 4, "forged": 1, "fold": 2, "start": 2}


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("row", ["forged", "fold"])  # the others start processes by the dozen
async def test_each_row_is_measured_and_printed(row: str) -> None:
    measures = await measure([row], TINY)
    printed = table(measures).splitlines()[2:]
    assert len(printed) == LINES[row]
    for line, each in zip(printed, measures, strict=True):
        assert line.startswith(row)
        assert each.goal.words() in line
        assert any(f"  {word}" in line for word in ("met", "missed", "n/a"))
    assert len(json.loads(msgspec.json.encode(as_json(measures)))["measures"]) == LINES[row]


def test_the_median_is_judged_and_quartiles_that_disagree_are_called_close() -> None:
    def verdict(goal: Goal, *values: float) -> str:
        return Measure(row="a", what="b", goal=goal, value=Spread.of(values) if values else None).verdict

    assert verdict(Goal(1.3), 1.0, 1.1, 1.2) == "met"
    assert verdict(Goal(1.3), 1.0, 1.2, 1.9) == "met (close)"
    assert verdict(Goal(0.6, at_least=True), 0.4, 0.5, 0.55) == "missed"
    assert verdict(Goal(0.6, at_least=True), 0.4, 0.59, 0.7) == "missed (close)"
    assert verdict(Goal(2, " ms")) == "n/a"


def test_ratios_are_taken_inside_a_round() -> None:
    assert Spread.ratio([2, 20, 200], [1, 10, 100]) == Spread(2, 2, 2)


def test_everybody_is_measured_once_a_round_and_begins_in_turn() -> None:
    assert "".join(rotated("abc", 4)) == "abcbcacababc"


def test_the_made_up_events_are_the_ones_that_the_bot_knows() -> None:
    view, folded = UpdateView(), list(map(decode_page, pages(1_200)))
    assert [len(page.events) for page in folded] == [500, 500, 200]
    assert [page.token is None for page in folded] == [False, False, True]
    for page in folded:
        fold_page(view, page)
    assert (view.events, view.unknown_events) == (1_200, 0)
    kinds = Counter(event.kind for page in folded for event in page.events)
    assert kinds["resourcePreEvent"] == len(view.rows)
    assert kinds["resOpFailedEvent"] == len(view.failed) > 0
    assert view.summary
