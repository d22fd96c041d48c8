"""Two bots at one PostgreSQL: whichever takes the press, a call is made once."""

import asyncio
from pathlib import Path

import pytest

from bot.approvals import Deed, Verdict
from bot.services.resolve import Where
from sandbox.slack import seed
from tests.approvals.acting import asks, becomes, number
from tests.live import WITH_KEY, awake, city

BO = Where(user=seed.BO, team=seed.TEAM, channel=seed.PLATFORM)


@pytest.mark.postgres
async def test_story_01_fifty_clicks_at_two_processes_make_one_call(postgres_url: str, tmp_path: Path) -> None:
    env = {**WITH_KEY, "database_url": postgres_url}
    async with (
        city() as place,
        awake(place, tmp_path, env=env) as one,
        awake(place, tmp_path, env=env, leads=False) as two,
    ):
        asked = number(await asks(place.slack))
        bots = [one.town.services.decisions, two.town.services.decisions] * 25
        votes = (each.vote(asked, BO, Verdict.APPROVE, comment="", typed="") for each in bots)
        taken = [step.deed for _, step in await asyncio.gather(*votes)]
        assert sorted(map(str, taken)) == [*["None"] * 49, str(Deed.APPROVED)]
        await becomes(place.slack, asked, "Done")
        assert place.writes == ["POST stacks/acme/web/dev/tags"]
