"""The short memory over the client, on recorded answers."""

import asyncio
from dataclasses import dataclass

import httpx
import pytest

from bot.errors import Forbidden
from bot.ports import PulumiApi
from bot.pulumi import CachedPulumi
from bot.pulumi.memory import STACKS, USER, Memory
from tests.contract.recorded import STACK, UPDATE_ID, Recorded, no, ok, sample


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def stacks() -> httpx.Response:
    return ok({**sample("stacks"), "continuationToken": None})


async def names(api: PulumiApi, org: str = "org1", project: str | None = None) -> list[str]:
    return [str(each.stack) async for each in api.stacks(org, project=project)]


async def test_stacks_are_remembered_for_fifteen_seconds() -> None:
    """Each question by itself."""
    pulumi, seconds = Recorded([stacks(), stacks(), stacks()]), Seconds()
    api = CachedPulumi(pulumi.client, Memory(seconds))
    assert await names(api) == await names(api) == ["org1/project1/dev"]
    assert await names(api, project="other") == []
    assert len(pulumi.requests) == 2
    seconds.now = STACKS
    await names(api)
    assert len(pulumi.requests) == 3


async def test_the_user_is_remembered_for_a_minute() -> None:
    """It names the identity, too."""
    pulumi, seconds = Recorded([ok(sample("user"))] * 2), Seconds()
    api = CachedPulumi(pulumi.client, Memory(seconds))
    assert await api.user() is await api.user()
    seconds.now = USER
    await api.user()
    assert len(pulumi.requests) == 2
    assert api.identity == pulumi.client.identity


async def test_whoever_misses_together_shares_one_request() -> None:
    """Ten people opening the same list cost one call."""
    pulumi = Recorded([stacks()])
    api = CachedPulumi(pulumi.client)
    assert await asyncio.gather(*(names(api) for _ in range(10))) == [["org1/project1/dev"]] * 10
    assert len(pulumi.requests) == 1


async def test_a_caller_who_leaves_does_not_stop_the_others() -> None:
    """Not even the one whose question it was."""
    pulumi = Recorded([ok(sample("user"))])
    api = CachedPulumi(pulumi.client)
    first, second = asyncio.create_task(api.user()), asyncio.create_task(api.user())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).login == "user1"
    assert len(pulumi.requests) == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_errors_are_not_remembered() -> None:
    """Everybody who waits gets the error, the next one asks again."""
    pulumi = Recorded([no(403, "Forbidden: no"), ok(sample("user"))])
    api = CachedPulumi(pulumi.client)
    ends = await asyncio.gather(api.user(), api.user(), return_exceptions=True)
    assert [type(each) for each in ends] == [Forbidden, Forbidden]
    assert (await api.user()).login == "user1"


async def test_closing_stops_what_is_under_way() -> None:
    """No task outlives the process's end."""
    api = CachedPulumi(Recorded([ok(sample("user"))]).client)
    asked = asyncio.create_task(api.user())
    await asyncio.sleep(0)
    await api.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asked


async def test_everything_else_is_asked_anew() -> None:
    """A stack, its updates, previews and events change while one looks."""
    updates = ok({**sample("updates"), "total": 2})
    one = ok(sample("updates")["updates"][0])
    answers = [ok(sample("stack")), updates, one, ok(sample("status")), ok(sample("events")), ok(sample("previews"))]
    pulumi = Recorded([each for each in answers for _ in range(2)])
    api: PulumiApi = CachedPulumi(pulumi.client)
    for _ in range(2):
        assert (await api.stack(STACK)).version == 91
    for _ in range(2):
        assert [each.version async for each in api.updates(STACK)] == [95, 94]
    for _ in range(2):
        assert (await api.update(STACK, 95)).update_id == UPDATE_ID
    for _ in range(2):
        assert (await api.status(STACK, UPDATE_ID)).final
    for _ in range(2):
        assert len([event async for page in api.events(STACK, UPDATE_ID) for event in page.events]) > 3
    for _ in range(2):
        assert (await anext(api.previews(STACK))).preview
    assert len(pulumi.requests) == 12
