"""Words on cards: numbers and times as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.card import When
from bot.model import Result, StackRef, UpdateInfo
from bot.operations.wording import ago, changes, kind, plural, state, title, took, when

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PROD = StackRef("acme", "shop", "prod")


def update(**facts: object) -> UpdateInfo:
    known = {
        "stack": PROD,
        "update_id": "u",
        "version": 96,
        "kind": "update",
        "preview": False,
        "result": Result.FAILED,
    }
    return UpdateInfo(**{**known, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.6, "1 m"), (134, "2 m 14 s"), (3600, "1 h"), (90_000, "1 d 1 h"), (-5, "0 s")],
)
def test_a_duration_names_its_two_largest_units(seconds: float, said: str) -> None:
    assert took(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (-3, "just now"),
        (30, "just now"),
        (61, "1 min ago"),
        (7_300, "2 h ago"),
        (200_000, "2 d ago"),
        (99_999_999, "3 y ago"),
    ],
)
def test_an_age_is_one_unit(age: int, said: str) -> None:
    assert ago(NOW - timedelta(seconds=age), NOW) == said


def test_counts_skip_zeros_name_what_is_unknown_and_end_with_what_stayed() -> None:
    """Case 12."""
    counts = {"create": 0, "same": 12, "update-replace": 1, "frobnicate": 2}
    assert changes(counts) == "1 update-replace, 2 frobnicate, 12 unchanged"
    assert changes({"same": 0}) == changes({}) == "no changes"


def test_a_running_update_shows_time_so_far_and_no_end() -> None:
    """Case 4."""
    running = update(result=Result.RUNNING, started=NOW - timedelta(minutes=3), changes=None)
    assert when(running, NOW) == ("started ", When(NOW - timedelta(minutes=3)), ", 3 m so far")
    assert title(running) == "Update is running · acme/shop/prod · v96"


def test_an_update_without_times_has_no_1970() -> None:
    assert when(update(), NOW) == ("unknown",)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "Update"),
        ({"kind": "destroy"}, "Destroy"),
        ({"kind": "update", "preview": True}, "Preview"),
        ({"kind": "destroy", "preview": True}, "Preview of a destroy"),
        ({"kind": "resource-import"}, "Resource-import"),
    ],
)
def test_a_kind_in_words(facts: dict[str, object], said: str) -> None:
    assert kind(update(**facts)) == said


def test_a_word_for_a_state_never_seen_before_claims_nothing() -> None:
    assert Result.of("quantum") is Result.UNKNOWN
    assert state(Result.UNKNOWN) == "is in a state I don't know"
    assert plural(1, "stack") == "1 stack"
    assert plural(2_000, "stack") == "2,000 stacks"


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("not started", Result.NOT_STARTED),
        ("not-started", Result.NOT_STARTED),
        ("requested", Result.NOT_STARTED),
        ("running", Result.RUNNING),
        ("in-progress", Result.RUNNING),
        ("succeeded", Result.SUCCEEDED),
        ("failed", Result.FAILED),
        ("cancelled", Result.CANCELLED),
        ("canceled", Result.CANCELLED),
        ("", Result.UNKNOWN),
        (None, Result.UNKNOWN),
    ],
)
def test_every_spelling_of_a_result_is_known(word: str | None, result: Result) -> None:
    assert Result.of(word) is result
    assert result.final is (result in {Result.SUCCEEDED, Result.FAILED, Result.CANCELLED})
