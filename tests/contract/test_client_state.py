"""Exported states against recorded bodies: what is taken over, what never is, and what is too large."""

import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import BadAnswer, NotFound, TooLarge
from bot.model import StackRef
from bot.pulumi import PulumiClient
from bot.state import HIDDEN, PendingOperation, StackState
from tests.contract.recorded import NOW, STACK, TOKEN, Json, Recorded, at, no, ok, sample

S = "/api/stacks/demo/demo-aws-ts-webserver/dev-user1"
URN = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::logs"
KEY = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
STACK_URN = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


async def exported(body: object) -> StackState:
    return await Recorded([ok(body)]).client.export_state(STACK)


def state(*resources: Json, **deployment: object) -> Json:
    return {"version": 3, "deployment": {"resources": resources, **deployment}}


def stack(outputs: object) -> Json:
    return {"urn": STACK_URN, "type": "pulumi:pulumi:Stack", "custom": False, "outputs": outputs}


async def test_the_state_as_the_documentation_shows_it() -> None:
    """Three resources, and the stack's one output."""
    pulumi = Recorded([ok(sample("export"))] * 2)
    found = await pulumi.client.export_state(STACK)
    assert (found.version, found.engine) == (3, "v2.22.0")
    assert found.time == at(1615872593).replace(microsecond=782994)
    assert [each.type for each in found.resources] == ["pulumi:pulumi:Stack", "pulumi:providers:aws", "aws:ec2/vpc:Vpc"]
    vpc = found.resources[2]
    assert (vpc.name, vpc.id, vpc.custom, vpc.protect) == ("main", "vpc-04057e18647a66e24", True, False)
    assert vpc.parent == found.resources[0].urn
    assert (found.outputs, found.pending) == ({"vpcId": "vpc-04057e18647a66e24"}, ())
    await pulumi.client.export_state(STACK, 95)
    assert pulumi.paths == [f"{S}/export", f"{S}/export/95"]


@pytest.mark.parametrize("body", [{}, {"version": 3}, {"deployment": None}, {"version": None, "deployment": {}}])
async def test_a_stack_that_never_ran(body: Json) -> None:
    """Nothing, in each of the ways in which it is written."""
    found = await exported(body)
    assert (found.resources, found.outputs, found.pending, found.time) == ((), {}, (), None)


async def test_what_marks_a_resource() -> None:
    """Protected, only read, awaiting deletion, half made; and a schema of version 4."""
    marks = {
        "protect": True,
        "external": True,
        "delete": True,
        "initErrors": ["no"],
        "modified": "2026-01-02T03:04:05Z",
    }
    body = {**state({"urn": URN, "type": "aws:s3/bucket:Bucket", **marks}), "version": 4, "features": ["taint"]}
    (found,) = (await exported(body)).resources
    assert (found.protect, found.external, found.delete, found.failed) == (True, True, True, True)
    assert (found.modified, found.created) == (at(1767323045), None)
    (plain,) = (await exported(state({"urn": URN, "initErrors": [], "protect": None}))).resources
    assert (plain.protect, plain.failed, plain.name) == (False, False, "logs")


async def test_an_interrupted_update_leaves_operations_open() -> None:
    """Worth a warning."""
    pending = [{"resource": {"urn": URN, "type": "aws:s3/bucket:Bucket"}, "type": "creating"}]
    found = await exported(state(pending_operations=pending))
    assert found.pending == (PendingOperation(urn=URN, type="aws:s3/bucket:Bucket", kind="creating"),)


async def test_case_33_secrets_never_get_past_the_edge(caplog: pytest.LogCaptureFixture) -> None:
    """Encrypted or in plain text, at any depth; those of other resources are not even read."""
    caplog.set_level(logging.DEBUG)
    plain, encrypted = {KEY: SECRET, "plaintext": '"hunter2"'}, {KEY: SECRET, "ciphertext": "aHVudGVyMg=="}
    outputs = {"a": plain, "b": [encrypted, {"c": plain}], "d": {"url": "https://x"}, "e": None, "f": 2**60, "g": 1.5}
    other = {"urn": URN, "type": "x:y:Z", "inputs": {"p": plain}, "outputs": {"p": "hunter2"}}
    found = await exported(state(other, stack(outputs)))
    assert found.outputs == {
        "a": HIDDEN,
        "b": [HIDDEN, {"c": HIDDEN}],
        "d": {"url": "https://x"},
        "e": None,
        "f": 2**60,
        "g": 1.5,
    }
    assert HIDDEN == "[secret]"
    assert not any(word in repr(found) + caplog.text for word in ("hunter2", "aHVudGVyMg", SECRET))


async def test_case_33_the_engines_other_form_of_a_secret() -> None:
    """An output value says itself whether it is one; an asset, marked with the same key, is none."""
    value = {KEY: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "hunter2"}
    asset = {KEY: "c44067f5952c0a294b673a41bacd8c17", "path": "./index.html"}
    found = await exported(state(stack({"a": {**value, "secret": True}, "b": asset})))
    assert found.outputs == {"a": HIDDEN, "b": asset}


@pytest.mark.parametrize("outputs", [None, {}])
async def test_a_stack_without_outputs(outputs: object) -> None:
    """And an old copy of the stack is not the stack."""
    old = {**stack({"a": "old"}), "delete": True}
    assert (await exported(state(old, stack(outputs)))).outputs == {}


async def test_half_a_character_is_no_reason_to_see_nothing() -> None:
    """Go writes it, JSON can spell it, no text holds it."""
    text = json.dumps(state(stack({"a": "?"}))).replace("?", r"\ud800")
    found = await Recorded([httpx.Response(200, text=text)]).client.export_state(STACK)
    assert found.outputs == {"a": "\ufffd"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"version": "hunter2"}',
        b'{"deployment": {"resources": [{"type": "hunter2"}]}}',
        b'{"deployment": {"resources": [{"urn": {"hunter2": 1}}]}}',
        b'{"deployment": {"resources": [{"urn": "u", "type": "pulumi:pulumi:Stack", "outputs": ["hunter2"]}]}}',
        b'{"deployment": ' + b"[" * 100_000,
        b'{"deployment": {"resources": [{"urn": "u", "type": "pulumi:pulumi:Stack", "outputs": {"a": '
        + b"[" * 2_000
        + b"]" * 2_000
        + b"}}]}}",
        b"\xff",
    ],
    ids=range(10),
)
async def test_a_state_that_makes_no_sense_is_a_bad_answer(body: bytes) -> None:
    """It names the field, never the value; nesting is no way to stop the process."""
    with pytest.raises(BadAnswer) as caught:
        await Recorded([httpx.Response(200, content=body)]).client.export_state(STACK)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_a_state_that_is_too_large_says_so() -> None:
    """It stops reading at 64 MiB; what was read until then is let go."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield bytes(1024 * 1024)

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))
    api = PulumiClient("https://x.example", SecretStr(TOKEN), clock=lambda: NOW, transport=transport)
    with pytest.raises(TooLarge) as caught:
        await api.export_state(STACK)
    assert (caught.value.limit, sent) == (64 * 1024 * 1024, 65)
    assert "too large" in str(caught.value)


async def test_a_large_state_is_read() -> None:
    """Larger than any other answer may be."""
    padding = {"urn": URN, "type": "x:y:Z", "outputs": {"a": "x" * 1024 * 1024}}
    found = await exported(state(*[padding] * 40))
    assert len(found.resources) == 40


async def test_a_version_that_is_not_there() -> None:
    """Like any other thing."""
    with pytest.raises(NotFound, match="Stack Version"):
        await Recorded([no(404, "Not Found: Stack Version")]).client.export_state(StackRef("demo", "a", "b"), 7)
