"""The client against recorded bodies: what it asks, and what it makes of the answers."""

import re

import httpx
import pytest

from bot.errors import BadAnswer, BadRequest, MissingRoute, NotFound
from bot.model import CurrentOperation, Result, StackRef
from bot.ports import PulumiApi
from tests.contract.recorded import PLAIN, STACK, UPDATE_ID, Json, Recorded, at, no, ok, sample

S = "/api/stacks/demo/demo-aws-ts-webserver/dev-user1"


async def test_every_request_says_who_asks_and_which_api_it_understands() -> None:
    """Pulumi wants these headers on every call."""
    pulumi = Recorded([ok(sample("user"))])
    await pulumi.client.user()
    headers = pulumi.requests[0].headers
    assert headers["Authorization"].startswith("token pul-")
    assert headers["Accept"] == "application/vnd.pulumi+8"
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "pulumi-chatops"


async def test_the_user_and_the_organizations() -> None:
    """A person's token."""
    user = await Recorded([ok(sample("user"))]).client.user()
    assert (user.login, user.name, user.organizations, user.machine) == ("user1", "First Last", ("demo", "org1"), None)


async def test_a_machine_token_is_told_apart() -> None:
    """`tokenInfo` comes only with tokens that belong to no person."""
    body = {**sample("user"), "githubLogin": "", "tokenInfo": {"name": "ci", "organization": "demo", "team": ""}}
    assert (await Recorded([ok(body)]).client.user()).machine == "ci"


async def test_an_answer_that_is_no_user_is_refused() -> None:
    """Some other JSON at the configured address must not pass for Pulumi."""
    with pytest.raises(BadAnswer, match="neither a login nor a token"):
        await Recorded([ok({"hello": "world"})]).client.user()


async def test_get_stack() -> None:
    """The documented sample: running, tagged, at version 91."""
    pulumi = Recorded([ok(sample("stack"))])
    stack = await pulumi.client.stack(STACK)
    assert pulumi.paths == [S]
    assert stack.stack == STACK
    assert stack.version == 91
    assert stack.active_update == "d333a711-4aa0-402f-be6d-72af9665fc37"
    assert stack.current == CurrentOperation(kind="update", author="user1", started=at(1615872156))
    assert stack.tags["pulumi:runtime"] == "nodejs"


@pytest.mark.parametrize("gone", [{"currentOperation": None, "tags": None, "activeUpdate": ""}, {}])
async def test_a_stack_that_never_ran(gone: Json) -> None:
    """Null, absent and "" all mean that there is nothing; the server's spelling of the name wins."""
    body = {"orgName": "Demo", "projectName": STACK.project, "stackName": STACK.stack, "version": 0, **gone}
    stack = await Recorded([ok(body)]).client.stack(STACK)
    assert stack.stack == StackRef("Demo", STACK.project, STACK.stack)
    assert (stack.active_update, stack.current, stack.tags, stack.version) == (None, None, {}, 0)


async def test_an_author_that_is_an_address_is_shortened() -> None:
    """E-mail addresses are nobody's business."""
    operation = {"kind": "Pupdate", "author": "jane@acme-corp.com", "started": 0}
    stack = await Recorded([ok({**sample("stack"), "currentOperation": operation})]).client.stack(STACK)
    assert stack.current == CurrentOperation(kind="update", author="jane", started=None)


async def test_an_update_by_its_version() -> None:
    """A number, or the latest."""
    pulumi = Recorded([ok(sample("updates")["updates"][0])] * 2)
    assert (await pulumi.client.update(STACK, 95)).update_id == UPDATE_ID
    assert (await pulumi.client.update(STACK, "latest")).version == 95
    assert pulumi.paths == [f"{S}/updates/95", f"{S}/updates/latest"]


async def test_a_missing_update_is_not_a_missing_route() -> None:
    """One is the person's concern, the other the server's."""
    with pytest.raises(NotFound, match="Update"):
        await Recorded([no(404, "Not Found: Update")]).client.update(STACK, 96)
    with pytest.raises(MissingRoute):
        await Recorded([httpx.Response(404, text="404 page not found\n", headers=PLAIN)]).client.update(STACK, 96)


@pytest.mark.parametrize(
    ("word", "result"),
    [
        ("succeeded", Result.SUCCEEDED),
        ("cancelled", Result.CANCELLED),
        ("not started", Result.NOT_STARTED),
        ("in-progress", Result.RUNNING),
        ("enchanted", Result.UNKNOWN),
    ],
)
async def test_the_status_in_every_spelling(word: str, result: Result) -> None:
    """Words of other servers and of the future included."""
    pulumi = Recorded([ok({**sample("status"), "status": word})])
    assert await pulumi.client.status(STACK, UPDATE_ID) is result
    assert pulumi.paths == [f"{S}/update/{UPDATE_ID}"]


async def test_names_cannot_change_what_is_asked_for() -> None:
    """Parts of a path are encoded; what would lead elsewhere is refused before anything is sent."""
    pulumi = Recorded([ok(sample("status"))])
    await pulumi.client.status(STACK, "a/b?c#d%2e:é")
    assert pulumi.paths == [f"{S}/update/a%2Fb%3Fc%23d%252e%3A%C3%A9"]
    for update_id in ("", ".", ".."):
        with pytest.raises(BadRequest):
            await pulumi.client.status(STACK, update_id)
    assert len(pulumi.requests) == 1


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"stacks": 7}', b'{"stacks": [{"orgName": "hunter2"}]}', b"\xff"]
)
async def test_a_success_that_makes_no_sense_is_a_bad_answer(body: bytes) -> None:
    """It names the field, never the value."""
    with pytest.raises(BadAnswer) as caught:
        await anext(Recorded([httpx.Response(200, content=body)]).client.stacks("demo"))
    assert "hunter2" not in str(caught.value)


def test_the_client_is_the_port() -> None:
    """Checked by mypy: what the services need is what the client has."""
    api: PulumiApi = Recorded([]).client
    assert re.fullmatch("[0-9a-f]{12}", api.identity)
    assert api.identity == Recorded([]).client.identity


async def test_events_as_the_documentation_shows_them() -> None:
    """The documented sample, and what is no page of events at all."""
    body = sample("events")
    pulumi = Recorded([ok(body), httpx.Response(200, text="[]")])
    (page,) = [each async for each in pulumi.client.events(STACK, UPDATE_ID)]
    assert [event.type for event in page.events] == [each["type"] for each in body["events"]]
    assert pulumi.paths == [f"{S}/update/{UPDATE_ID}/events"]
    assert pulumi.queries == [{}]
    with pytest.raises(BadAnswer, match="no page of events"):
        await anext(pulumi.client.events(STACK, UPDATE_ID, token="a+/b&c"))
    assert pulumi.queries[-1] == {"continuationToken": "a+/b&c"}
