"""The client against the sandbox's Pulumi Cloud, in both profiles: a client passes only on both."""

from datetime import UTC, datetime

import pytest

from bot.errors import Forbidden, MissingRoute, NotFound, Unauthorized
from bot.events import EngineEvent
from bot.model import Result, StackRef
from bot.pulumi import PulumiClient
from tests.contract.served import BEGIN, PROD, Served

DEV = StackRef("acme", "shop", "dev")


async def test_who_the_token_is(api: PulumiClient) -> None:
    """A person of two organizations."""
    user = await api.user()
    assert (user.login, user.organizations, user.machine) == ("pulumi-bot", ("acme", "newco"), None)


async def test_every_stack_of_an_organization_comes_once(pulumi: Served, api: PulumiClient) -> None:
    """Over several pages, one of them empty; hidden stacks are not there, those of other organizations neither."""
    found = [str(each.stack) async for each in api.stacks("acme")]
    there = [
        str(each.place) for each in pulumi.cloud.world.stacks.values() if each.place.org == "acme" and not each.hidden
    ]
    assert found == there
    assert len(found) > 50
    assert [str(each.stack) async for each in api.stacks("nobody")] == []


async def test_stacks_by_project_and_tag(api: PulumiClient) -> None:
    """Filters that the server knows."""
    assert {each.stack.project async for each in api.stacks("acme", project="shop")} == {"shop"}
    assert {each.stack.stack async for each in api.stacks("acme", project="shop", tag=("env", "dev"))} == {"dev"}
    assert len([each async for each in api.stacks("acme", tag=("env", None))]) > 40


async def test_what_runs_shows_everywhere(pulumi: Served, api: PulumiClient) -> None:
    """In the list as running, at the stack as the operation that holds the lock, in the history without an end."""
    played = pulumi.cloud.play(str(DEV), "mixed-change", author="bo")
    await pulumi.clock.tick()
    assert DEV in [each.stack async for each in api.stacks("acme") if each.running]
    stack = await api.stack(DEV)
    assert stack.current is not None
    assert (stack.current.author, stack.current.kind, stack.active_update) == ("bo", "update", played.id)
    assert stack.current.started == datetime.fromtimestamp(BEGIN, UTC)
    newest = await anext(api.updates(DEV, page_size=1))
    assert (newest.result, newest.ended, newest.changes) == (Result.RUNNING, None, None)
    assert await api.status(DEV, played.id) is Result.RUNNING


async def test_a_stack_in_full(api: PulumiClient) -> None:
    """Tags, version, nothing running."""
    stack = await api.stack(PROD)
    assert (stack.stack, stack.version, stack.current) == (PROD, 96, None)
    assert stack.tags["pulumi:project"] == "shop"


@pytest.mark.parametrize(
    ("name", "error"), [("acme/vault/tenant-01", NotFound), ("acme/no/such", NotFound), ("acme/legacy/prod", Forbidden)]
)
async def test_stacks_that_are_not_shown(api: PulumiClient, name: str, error: type[Exception]) -> None:
    """Invisible and missing look the same; visible and forbidden does not."""
    with pytest.raises(error):
        await api.stack(StackRef.parse(name))


async def test_the_history_comes_once_and_newest_first(api: PulumiClient) -> None:
    """All 96 updates over five pages; from the middle on when asked."""
    updates = [each async for each in api.updates(PROD, page_size=20)]
    assert [each.version for each in updates] == list(range(96, 0, -1))
    assert len({each.update_id for each in updates}) == 96
    assert all(each.result.final and each.started and each.ended and each.requested_by for each in updates)
    assert not any(word in repr(updates) for word in ("hunter2", "@acme.example", "-token"))
    assert (await anext(api.updates(PROD, page_size=20, page=3))).version == 56


async def test_one_update(api: PulumiClient) -> None:
    """By version, the latest, and one that is not there."""
    latest = await api.update(PROD, "latest")
    assert latest == await anext(api.updates(PROD))
    assert latest == await api.update(PROD, 96)
    with pytest.raises(NotFound):
        await api.update(PROD, 97)


async def test_previews_come_newest_first_and_are_told_apart(pulumi: Served, api: PulumiClient) -> None:
    """All with the same version; their status and their events are found like any update's."""
    before = [each.update_id async for each in api.previews(DEV)]
    played = []
    for _ in range(5):
        played.append(pulumi.cloud.play(str(DEV), "preview", speed=0).id)
        await pulumi.clock.tick()
    previews = [each async for each in api.previews(DEV, page_size=2)]
    assert [each.update_id for each in previews] == played[::-1] + before
    assert len({each.version for each in previews}) == 1
    assert all((each.preview, each.kind) == (True, "update") for each in previews)
    assert await api.status(DEV, played[0]) is Result.SUCCEEDED
    assert [page async for page in api.events(DEV, played[0])]


@pytest.mark.parametrize(
    ("scenario", "result"),
    [
        ("mixed-change", Result.SUCCEEDED),
        ("failing-resource", Result.FAILED),
        ("program-error", Result.FAILED),
        ("cancelled", Result.CANCELLED),
        ("interrupted", Result.FAILED),
        ("big", Result.SUCCEEDED),
    ],
)
async def test_a_running_update_is_followed_to_its_end(
    pulumi: Served, api: PulumiClient, scenario: str, result: Result
) -> None:
    """What was followed is what is stored afterwards: everything, once, in order; and then it is over."""
    played = pulumi.cloud.play(str(DEV), scenario, speed=8.0 if scenario == "big" else 1.0)
    followed: list[EngineEvent] = []
    async for page in api.events(DEV, played.id, wait=pulumi.clock.tick):
        assert page.events
        followed += page.events
    assert followed == [event async for page in api.events(DEV, played.id) for event in page.events]
    assert await api.status(DEV, played.id) is result


async def test_following_can_go_on_from_a_token(pulumi: Served, api: PulumiClient) -> None:
    """The rest, and only the rest."""
    played = pulumi.cloud.play(str(DEV), "big", speed=0)
    first = await anext(api.events(DEV, played.id))
    rest = [event async for page in api.events(DEV, played.id, token=first.token) for event in page.events]
    everything = [event async for page in api.events(DEV, played.id) for event in page.events]
    assert [*first.events, *rest] == everything
    lost = [event async for page in api.events(DEV, played.id, token="lost") for event in page.events]
    assert lost == everything


async def test_an_unknown_token_and_a_server_without_the_route(pulumi: Served) -> None:
    """401 is about the token, plain 404 about the server."""
    stranger, elsewhere = pulumi.client(token="pul-" + "0" * 40), pulumi.client(path="/elsewhere")
    with pytest.raises(Unauthorized):
        await stranger.user()
    with pytest.raises(MissingRoute):
        await elsewhere.user()
