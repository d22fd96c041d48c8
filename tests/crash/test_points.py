"""The bot dies before and after every commit and every call that have a name; the next one keeps every promise."""

from pathlib import Path

import pytest

from tests.crash.lives import lives
from tests.crash.stories import FIRST, STORIES
from tests.crash.telling import Trap


@pytest.mark.parametrize(("point", "story", "nth"), FIRST)
async def test_every_promise_outlives_a_crash(url: str, tmp_path: Path, point: str, story: str, nth: int) -> None:
    async with lives(url, tmp_path) as bots:
        for side in ("before", "after"):
            name = f"{point}_{side}"
            await bots.tell(STORIES[story], name, Trap(f"{point}:{side}", nth))
            assert not await bots.sight.broken(name)
        assert not await bots.sight.broken_at_large()
        assert bots.kills >= 2
