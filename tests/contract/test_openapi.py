"""What the client sends, and what the sandbox's `current` profile answers, against Pulumi's own OpenAPI document.

The document lies beside the repository where the project is developed; elsewhere these tests are skipped.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from bot.model import StackRef
from bot.organization import AuditFormat, TokenFilter
from tests.contract.recorded import NOW, STACK, UPDATE_ID, Json, Recorded, at, ok, sample
from tests.contract.served import PROD, served
from tests.contract.writes import WRITES, Write

DOCUMENT = Path(__file__).parents[3] / "shared" / "pulumi" / "openapi.json"
pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="needs Pulumi's OpenAPI document")

# The document leaves the answer of List Updates open; with `output-type=service` it is this one.
SERVICE = {"GetStackUpdates": "GetStackUpdatesResponse"}


@cache
def document() -> Json:
    found: Json = json.loads(DOCUMENT.read_text())
    return found


@cache
def schemas() -> Json:
    """The document's schemas as it means them: it marks nothing as nullable, and a bare object is any value."""
    tolerant: Json = {"components": {"schemas": meant(document()["components"]["schemas"])}}
    tag = tolerant["components"]["schemas"]["StackTag"]["properties"]["name"]["anyOf"][0]
    del tag["enum"]  # Pulumi's own tags; everybody makes others
    return tolerant


def meant(node: Any) -> Any:
    if isinstance(node, list):
        return [meant(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("type") == "object" and not node.keys() & {"properties", "additionalProperties", "allOf"}:
        return {}
    made = {key: meant(value) for key, value in node.items()}
    if isinstance(node.get("properties"), dict):
        made["properties"] = {name: nullable(value) for name, value in made["properties"].items()}
    if isinstance(node.get("additionalProperties"), dict):
        made["additionalProperties"] = nullable(made["additionalProperties"])
    return made


def nullable(schema: Any) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def operation(method: str, path: str) -> Json:
    """The operation that a path belongs to; the one with the fewest variables wins, as routers do it."""
    fits = [each for each in document()["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
    assert fits, f"{path} is no path of Pulumi's"
    found: Json = document()["paths"][min(fits, key=lambda each: each.count("{"))][method.lower()]
    return found


def faults(schema: Json, value: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]


def faults_of(schema: Json, value: object) -> list[str]:
    """The same for a schema that refers to others; what an object has and the schema does not know is a fault."""
    unknown = set(value) - properties(schema) if isinstance(value, dict) else set()
    return [*faults({**schemas(), **schema}, value), *(f"{name} is unknown" for name in unknown)]


def properties(schema: Json) -> set[str]:
    if "$ref" in schema:
        return properties(schemas()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return set(schema.get("properties", {})).union(*map(properties, schema.get("allOf", ())))


def check_request(request: httpx.Request, path: str) -> Json:
    """Every parameter is known and fits, and so does the body; the operation is given back."""
    found = operation(request.method, path)
    known = {each["name"]: each["schema"] for each in found.get("parameters", []) if each["in"] == "query"}
    for name, text in request.url.params.multi_items():
        assert name in known, f"{found['operationId']} has no {name}"
        value = text if known[name]["type"] == "string" else json.loads(text)
        assert not faults(known[name], value), f"{name}={text}"
    assert bool(request.content) == ("requestBody" in found), found["operationId"]
    if request.content:
        schema = found["requestBody"]["content"]["application/json"]["schema"]
        assert not faults_of(schema, json.loads(request.content)), found["operationId"]
    return found


def check_answer(found: Json, body: bytes, status: int = 200) -> None:
    """The answer is what the document promises for that success: a body that fits, or none at all."""
    content = found["responses"][str(status)].get("content", {})
    if "application/json" not in content:
        assert not body or "text/plain" in content, found["operationId"]
        return
    schema = content["application/json"]["schema"]
    if name := SERVICE.get(found["operationId"]):
        schema = {"$ref": f"#/components/schemas/{name}"}
    assert not faults({**schemas(), **schema}, json.loads(body)), found["operationId"]


@dataclass
class Witness(httpx.AsyncBaseTransport):
    """Passes everything on, and keeps it."""

    seen: list[tuple[httpx.Request, int, bytes]] = field(default_factory=list)
    real: httpx.AsyncHTTPTransport = field(default_factory=httpx.AsyncHTTPTransport)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.real.handle_async_request(request)
        body = await answer.aread()
        await answer.aclose()
        self.seen.append((request, answer.status_code, body))
        headers = [each for each in answer.headers.multi_items() if each[0] != "content-encoding"]  # undone by reading
        return httpx.Response(answer.status_code, headers=headers, content=body)

    async def aclose(self) -> None:
        await self.real.aclose()


async def test_every_request_is_one_of_pulumis() -> None:
    """Paths and parameters, for everything that the client can ask."""
    updates, events = sample("updates"), sample("events")
    one = updates["updates"][0]
    answers = [sample("user"), {"stacks": [], "continuationToken": "5-"}, {"stacks": []}, sample("stack"), updates]
    pulumi = Recorded([ok(each) for each in (*answers, one, one, sample("status"), events, sample("previews"))])
    api = pulumi.client
    await api.user()
    assert [each async for each in api.stacks("acme", project="shop", tag=("env", "prod"))] == []
    await api.stack(STACK)
    await anext(api.updates(STACK))
    await api.update(STACK, 95)
    await api.update(STACK, "latest")
    await api.status(STACK, UPDATE_ID)
    assert [each async for each in api.events(STACK, UPDATE_ID, token="t")]
    await anext(api.previews(STACK))
    for request in pulumi.requests:
        check_request(request, request.url.path)
    assert len(pulumi.requests) == len(pulumi.answers)


async def test_the_current_profile_of_the_sandbox_answers_as_the_document_says() -> None:
    """A fake that promises less or other things would prove nothing."""
    async with served("current") as cloud:
        witness = Witness()
        api = cloud.client(transport=witness)
        await api.user()
        assert len([each async for each in api.stacks("acme")]) > 50
        await api.stack(PROD)
        for scenario in ("failing-resource", "policy-violation", "refresh-drift"):
            played = cloud.cloud.play(str(PROD), scenario, speed=4.0)
            await api.stack(PROD)
            await anext(api.updates(PROD))
            assert [each async for each in api.events(PROD, played.id, wait=cloud.clock.tick)]
            await api.status(PROD, played.id)
        preview = cloud.cloud.play(str(PROD), "preview", speed=0)
        assert [each async for each in api.previews(PROD)]
        assert [each async for each in api.events(PROD, preview.id)]
        await api.update(PROD, "latest")
    for request, status, body in witness.seen:
        check_answer(check_request(request, request.url.path.removeprefix("/pulumi")), body, status)


async def test_the_current_profile_answers_about_organizations_as_the_document_says() -> None:
    """Every read and every write, each with an effect on the sandbox."""
    async with served("current") as cloud:
        cloud.cloud.switches.role_names = True
        witness = Witness()
        api = cloud.client(transport=witness)
        dev, now = StackRef("acme", "shop", "dev"), at(int(cloud.clock()))
        await api.export_state(dev)
        await api.export_state(dev, 1)
        await api.add_tag(dev, "a:b", "c")
        await api.update_tag(dev, "a:b", "d")
        await api.delete_tag(dev, "a:b")
        await api.transfer_stack(dev, "newco")
        await api.delete_stack(PROD, force=True)
        assert [each async for each in api.members("acme")]
        await api.add_member("acme", "kit", "member")
        await api.edit_role("acme", "kit", "admin")
        await api.edit_role_by_id("acme", "kit", (await api.roles("acme"))[0].id)
        await api.remove_member("acme", "kit")
        await api.create_team("acme", "ops")
        await api.create_github_team("acme", 4410021)
        await api.add_team_member("acme", "ops", "bo")
        assert (await api.team("acme", "ops")).members
        await api.remove_team_member("acme", "ops", "bo")
        await api.delete_team("acme", "ops")
        made = await api.create_token("ci")
        assert [each async for each in api.tokens(TokenFilter.ALL)]
        await api.delete_token(made.id)
        assert [each async for each in api.audit_events("acme", since=at(0), until=now)]
        assert (await api.export_audit("acme", since=at(0), until=now)).events
    asked = set()
    for request, status, body in witness.seen:
        found = check_request(request, request.url.path.removeprefix("/pulumi"))
        check_answer(found, body, status)
        asked.add(found["operationId"])
    assert len(asked) == 22


async def test_every_read_of_an_organization_is_one_of_pulumis() -> None:
    """Members, roles, teams, tokens, states and audit logs; the second page of each list, too."""
    more, audit = {"continuationToken": "5"}, {**sample("audit_current"), "continuationToken": None}
    lists = [{**sample("members"), **more}, sample("members"), {**sample("tokens"), **more}, sample("tokens")]
    others = [sample("roles_current"), sample("team_current"), sample("export"), sample("export")]
    audits = [{**sample("audit"), **more}, audit, {"auditLogEvents": []}]
    file = httpx.Response(200, text="")
    pulumi = Recorded([*map(ok, (*lists, *others, *audits)), file])
    api, begin = pulumi.client, at(0)
    assert [each async for each in api.members("demo")]
    assert [each async for each in api.tokens(TokenFilter.ALL)]
    await api.roles("demo")
    await api.team("demo", "ops")
    await api.export_state(STACK)
    await api.export_state(STACK, 95)
    assert len([each async for each in api.audit_events("demo", since=begin, until=NOW, user="ann", event="X")]) == 4
    assert [each async for each in api.audit_events("demo", since=begin, until=NOW)] == []
    await api.export_audit("demo", AuditFormat.CEF, since=begin, until=NOW, user="ann", event="X")
    for request in pulumi.requests:
        check_request(request, request.url.raw_path.decode().partition("?")[0])
    assert len(pulumi.requests) == len(pulumi.answers)


@pytest.mark.parametrize("write", WRITES, ids=str)
async def test_every_write_is_one_of_pulumis(write: Write) -> None:
    """Method, path, parameters and body; and its success is one that the document names."""
    pulumi = Recorded([httpx.Response(200, json=write.answer)])
    await write.call(pulumi.client)
    found = check_request(pulumi.requests[0], pulumi.paths[0])
    assert {"200", "201", "204"} & set(found["responses"])


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/orgs/demo/members", "members_current"),
        ("GET", "/api/orgs/demo/roles", "roles_current"),
        ("GET", "/api/orgs/demo/teams/ops", "team_current"),
        ("GET", "/api/user/tokens", "tokens_current"),
        ("GET", "/api/orgs/demo/auditlogs", "audit_current"),
        ("POST", "/api/user/tokens", "new_token"),
        ("GET", "/api/stacks/a/b/c/export", "export"),
    ],
)
def test_bodies_that_are_shaped_after_the_document_fit_it(method: str, path: str, name: str) -> None:
    """Otherwise they would prove nothing."""
    check_answer(operation(method, path), json.dumps(sample(name)).encode())


def test_the_checks_would_notice() -> None:
    """A validator that accepts everything proves nothing."""
    status, delete = operation("GET", "/api/stacks/a/b/c/update/d"), operation("DELETE", "/api/orgs/a/teams/b")
    with pytest.raises(AssertionError):
        check_answer(status, b'{"status": 7, "events": []}')
    with pytest.raises(AssertionError):
        check_answer(status, b'{"status": "running"}')
    with pytest.raises(AssertionError):
        check_answer(delete, b"{}", 204)
    with pytest.raises(KeyError):
        check_answer(delete, b"", 200)
    with pytest.raises(AssertionError, match="no path"):
        operation("GET", "/api/nothing")
    with pytest.raises(AssertionError, match="has no"):
        check_request(httpx.Request("GET", "https://x/?maxresults=1"), "/api/user/stacks")
    for body in ({"name": "a"}, {"name": "a", "value": 7}, {"name": "a", "value": "b", "colour": "c"}, None):
        with pytest.raises(AssertionError):
            check_request(httpx.Request("POST", "https://x", json=body), "/api/stacks/a/b/c/tags")
    with pytest.raises(AssertionError):
        check_request(httpx.Request("POST", "https://x", json={"description": "a"}), "/api/user/tokens")
