"""The short memory over the client, on recorded answers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import Forbidden, PulumiError
from bot.ports import PulumiApi
from bot.pulumi import CachedPulumi, Memory, PulumiClient
from bot.pulumi.memory import GROUPS, MEMBERS, STACKS, USER
from tests.contract.recorded import BASE, NOW, STACK, UPDATE_ID, Recorded, at, no, ok, sample
from tests.contract.writes import WRITES, Write

OTHER = SecretStr("pul-" + "f" * 40)


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
    """No task outlives the process's end; another token's requests are not touched."""
    memory = Memory()
    api = CachedPulumi(Recorded([ok(sample("user"))]).client, memory)
    other = CachedPulumi(PulumiClient(BASE, OTHER, clock=lambda: NOW, transport=answering(sample("user"))), memory)
    asked, theirs = asyncio.create_task(api.user()), asyncio.create_task(other.user())
    await asyncio.sleep(0)
    await api.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (await theirs).login == "user1"


async def ask_members(api: PulumiApi) -> object:
    return [each.login async for each in api.members("demo")]


async def ask_stacks(api: PulumiApi) -> object:
    return [each.stack async for each in api.stacks("demo")]


REMEMBERED: list[tuple[Callable[[PulumiApi], Awaitable[object]], str, float]] = [
    (ask_stacks, "stacks", STACKS),
    (ask_members, "members", MEMBERS),
    (lambda api: api.roles("demo"), "roles_current", GROUPS),
    (lambda api: api.team("demo", "platform"), "team_current", GROUPS),
    (lambda api: api.user(), "user", USER),
]
remembered = pytest.mark.parametrize(
    ("ask", "body", "seconds"), REMEMBERED, ids=["stacks", "members", "roles", "team", "user"]
)


@remembered
async def test_each_has_its_time(ask: Callable[[PulumiApi], Awaitable[object]], body: str, seconds: float) -> None:
    """Remembered until then, asked again after; `fresh` asks always, and is not remembered."""
    timer, pulumi = Seconds(), Recorded([ok({**sample(body), "continuationToken": None})] * 3)
    api = CachedPulumi(pulumi.client, Memory(timer))
    assert await ask(api) == await ask(api)
    timer.now = seconds - 0.1
    await ask(api)
    assert len(pulumi.requests) == 1
    await ask(api.fresh)
    await ask(api)
    assert len(pulumi.requests) == 2
    timer.now = seconds
    await ask(api)
    assert len(pulumi.requests) == 3


async def test_questions_are_told_apart() -> None:
    """By organization, by team, by project and tag; not by the case of an organization's name."""
    pulumi = Recorded([ok(sample("team_current"))] * 3)
    api = CachedPulumi(pulumi.client)
    for org, name in (("demo", "a"), ("Demo", "a"), ("demo", "b"), ("other", "a")):
        await api.team(org, name)
    assert pulumi.paths == [f"/api/orgs/{each}" for each in ("demo/teams/a", "demo/teams/b", "other/teams/a")]


async def test_tokens_are_told_apart() -> None:
    """What one person sees is not shown to another."""
    memory, mine = Memory(), Recorded([ok(sample("roles_current"))])
    api = CachedPulumi(mine.client, memory)
    other = CachedPulumi(PulumiClient(BASE, OTHER, clock=lambda: NOW, transport=answering({"roles": []})), memory)
    assert len(await api.roles("demo")) == 3
    assert await other.roles("demo") == ()
    assert len(await api.roles("demo")) == 3


ANSWERS = [httpx.Response(204), no(409, "Conflict: no"), httpx.Response(502), httpx.ReadError("reset")]


@pytest.mark.parametrize("answer", ANSWERS, ids=["done", "refused", "unknown", "no answer"])
@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_every_write_makes_forget_what_it_may_have_changed(
    write: Write, answer: httpx.Response | Exception
) -> None:
    """Done, refused or unknown, through the memory or through `fresh`, with any token."""
    result = httpx.Response(200, json=write.answer) if write.answer and answer is ANSWERS[0] else answer
    ask, body, _ = REMEMBERED[4 if "token" in write.name else 1]
    pulumi, memory = Recorded([ok(sample(body)), result] * 3 + [ok(sample(body))]), Memory()
    api, other = CachedPulumi(pulumi.client, memory), CachedPulumi(pulumi.client, memory)
    for writer in (api, api.fresh, other):
        await ask(api)
        await ask(api)
        with suppress(PulumiError):
            await write.call(writer)
    await ask(api)
    assert [request.method for request in pulumi.requests] == ["GET", write.method] * 3 + ["GET"]


async def test_a_write_elsewhere_changes_nothing_here() -> None:
    """Only its own organization is forgotten; a transfer concerns two."""
    pulumi = Recorded([ok({"roles": []}), httpx.Response(204), httpx.Response(204), ok({"roles": []})])
    api = CachedPulumi(pulumi.client)
    await api.roles("newco")
    await api.delete_team("demo", "ops")
    await api.roles("newco")
    assert len(pulumi.requests) == 2
    await api.transfer_stack(STACK, "NewCo")
    await api.roles("newco")
    assert len(pulumi.requests) == 4


async def test_a_read_that_a_write_overtook_is_not_remembered() -> None:
    """Its answer may be from before. Who asked before the write gets it; who asks after it does not."""
    asked, go = asyncio.Event(), asyncio.Event()
    reads = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal reads
        if request.method == "DELETE":
            return httpx.Response(204)
        reads += 1
        if reads > 1:
            return ok({"roles": []})
        asked.set()
        await go.wait()
        return ok(sample("roles_current"))

    client = PulumiClient(BASE, OTHER, clock=lambda: NOW, transport=httpx.MockTransport(answer))
    api = CachedPulumi(client)
    before = asyncio.create_task(api.roles("demo"))
    await asked.wait()
    await api.delete_team("demo", "ops")
    assert await api.roles("demo") == ()
    go.set()
    assert len(await before) == 3
    assert await api.roles("demo") == ()
    assert reads == 2


async def test_another_deadline_shares_the_memory() -> None:
    """It is the same server, asked less patiently."""
    pulumi = Recorded([ok({"roles": []}), httpx.Response(204), ok({"roles": []})])
    api = CachedPulumi(pulumi.client)
    hasty = api.within(2)
    await api.roles("demo")
    await hasty.roles("demo")
    await hasty.delete_team("demo", "ops")
    await api.roles("demo")
    assert [request.method for request in pulumi.requests] == ["GET", "DELETE", "GET"]
    assert pulumi.requests[1].extensions["timeout"]["read"] == 2
    assert hasty.identity == api.identity


def answering(body: object) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: ok(body))


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


async def test_states_tokens_and_audit_logs_are_asked_anew() -> None:
    """Too large to keep, or nobody's business afterwards."""
    audit, file = ok({**sample("audit"), "continuationToken": None}), httpx.Response(200, text="")
    answers = [ok(sample("export")), ok(sample("tokens")), audit, file]
    pulumi = Recorded([each for each in answers for _ in range(2)])
    api: PulumiApi = CachedPulumi(pulumi.client)
    for _ in range(2):
        assert (await api.export_state(STACK)).version == 3
    for _ in range(2):
        assert len([each async for each in api.tokens()]) == 2
    for _ in range(2):
        assert len([each async for each in api.audit_events("demo", since=at(0), until=NOW)]) == 3
    for _ in range(2):
        assert (await api.export_audit("demo", since=at(0), until=NOW)).events == 0
    assert len(pulumi.requests) == 8
