"""Times as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.operations.values import Moment

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        ("24h", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2W", NOW - timedelta(weeks=2)),
        ("now", NOW),
        ("yesterday", NOW - timedelta(days=1)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:30", datetime(2026, 11, 20, 10, 30, tzinfo=UTC)),
        ("2026-11-20T10:30:00+02:00", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_so_long_ago_or_a_date(said: str, means: datetime) -> None:
    assert Moment.parse(said).resolved(NOW) == means


@pytest.mark.parametrize("said", ["", "soon", "7 fortnights", "-3d", "2026-13-01", "999999d"])
def test_what_is_no_time_is_refused_with_examples(said: str) -> None:
    with pytest.raises(ValueError, match="a time is 30m"):
        Moment.parse(said)


@pytest.mark.parametrize("said", ["45m", "now", "2026-11-20T10:30:00Z"])
def test_a_moment_is_written_as_it_is_read(said: str) -> None:
    assert str(Moment.parse(said)) == said


def test_a_moment_that_was_not_resolved_is_no_date() -> None:
    assert Moment(at=NOW).fixed == NOW
    with pytest.raises(ValueError, match="not resolved"):
        _ = Moment.parse("24h").fixed
