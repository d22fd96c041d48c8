"""Ask for `pulumi`: a sandbox, and a feed over it that comes and goes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.feed.watched import Watched, watched


@pytest_asyncio.fixture
async def pulumi(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(tmp_path) as found:
        yield found
