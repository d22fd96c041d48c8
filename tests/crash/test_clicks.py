"""Fifty people approve one request at the same moment, on two processes over one PostgreSQL."""

from pathlib import Path

import pytest

from tests.crash.clicks import fifty_clicks, wrong


@pytest.mark.slow
@pytest.mark.postgres
async def test_fifty_clicks_have_one_winner(postgres_url: str, tmp_path: Path) -> None:
    assert not [*wrong(await fifty_clicks(postgres_url, tmp_path))]
