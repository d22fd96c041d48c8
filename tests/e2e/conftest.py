"""The sandbox and the bot as processes of their own: one pair for each worker, reset before each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.conversation import Conversation


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest_asyncio.fixture
async def slack(sandbox_url: str) -> AsyncIterator[Conversation]:
    """A workspace at its start with the bot connected."""
    async with aiohttp.ClientSession() as http:
        conversation = Conversation(http, sandbox_url)
        await conversation.control("reset", {})
        await conversation.connected()
        yield conversation
