"""The real process, killed for real: at the three points where most is at stake."""

from pathlib import Path

import pytest

from tests.crash.outside import outside
from tests.crash.stories import STORIES
from tests.crash.telling import Trap


@pytest.mark.slow
@pytest.mark.parametrize("point", ["intent:after", "mutate:after", "post:after"])
async def test_every_promise_outlives_sigkill(sqlite_url: str, tmp_path: Path, point: str) -> None:
    async with outside(sqlite_url, tmp_path) as bots:
        await bots.tell(STORIES["done"], "name", Trap(point))
        assert bots.kills == 1
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]
        assert bots.sight.witness.repeats == int(point == "post:after")
        assert len(bots.sight.seen("name")) == int(point != "intent:after")
