"""The sandbox's Pulumi Cloud in both profiles, and a client for it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.pulumi import PulumiClient
from tests.contract.served import PROFILES, Profile, Served, served


@pytest_asyncio.fixture(params=PROFILES)
async def pulumi(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    profile: Profile = request.param
    async with served(profile) as cloud:
        yield cloud


@pytest.fixture
def api(pulumi: Served) -> PulumiClient:
    return pulumi.client()
