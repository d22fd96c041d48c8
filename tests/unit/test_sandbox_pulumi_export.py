"""The fake Pulumi Cloud: a stack's state as it is exported."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.unit.sandbox_pulumi import SHOP, Json, Service, serve

SENTINEL = "4dabf18193072939515e22adb298388d"


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


def found(node: Any, key: str) -> list[Json]:
    """Every object in it that has the key."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [each for deep in inner for each in found(deep, key)] + (
        [node] if isinstance(node, dict) and key in node else []
    )


async def test_the_state_agrees_with_the_stack_and_its_last_update(service: Service) -> None:
    for name in ("shop/prod", "shop/staging", "web/prod", "search/dev", "edge/prod-eu", "data/warehouse"):
        stack = service.cloud.stack(f"acme/{name}")
        export = await service.get(f"/api/stacks/acme/{name}/export")
        latest = service.cloud.theatre.latest(stack)
        assert latest is not None
        after = service.cloud.theatre.ending(stack, latest).after
        listed = export["deployment"]["resources"]
        providers = [each for each in listed if each["type"].startswith("pulumi:providers:")]
        rest = {each["urn"]: each for each in listed if each not in providers}
        assert sorted(rest) == sorted(each.urn for each in after)
        assert all(rest[r.urn]["type"] == r.type and rest[r.urn].get("parent", "") == r.parent for r in after)
        named = {f"{each['urn']}::{each['id']}" for each in providers}
        assert {each["provider"] for each in rest.values() if each["custom"]} == named
        assert len(named) == len(providers)
        assert export["deployment"]["secrets_providers"]["state"]["owner"] == "acme"


async def test_parents_and_dependencies_come_first_and_some_are_protected_or_external(service: Service) -> None:
    listed = (await service.get("/api/stacks/acme/payments/prod/export"))["deployment"]["resources"]
    assert listed[0]["type"] == "pulumi:pulumi:Stack"
    seen: set[str] = set()
    for each in listed:
        assert {each.get("parent", ""), *each.get("dependencies", ())} <= seen | {""}, each["urn"]
        seen.add(each["urn"])
    assert {each["type"] for each in listed if each.get("protect")} >= {"aws:rds/instance:Instance"}
    assert any(each.get("external") for each in listed)
    depends = [each["propertyDependencies"] for each in listed if "propertyDependencies" in each]
    assert any(None in d.values() for d in depends)
    assert any(isinstance(value, list) for d in depends for value in d.values())


async def test_secrets_are_ciphertext_and_each_its_own(service: Service) -> None:
    answer = await service.ask(f"{SHOP}/export")
    text = await answer.text()
    assert "[secret]" not in text
    assert "hunter2" not in text
    export = json.loads(text)
    secrets = found(export, SENTINEL)
    assert len(secrets) >= 3
    assert all(set(each) == {SENTINEL, "ciphertext"} for each in secrets)
    assert all(each[SENTINEL] == "1b47061264138c4ac30d75fd1eb44270" for each in secrets)
    assert len({each["ciphertext"] for each in secrets}) == len(secrets)
    assert all(b64decode(each["ciphertext"], validate=True) for each in secrets)
    outputs = export["deployment"]["resources"][0]["outputs"]
    assert SENTINEL in outputs["adminPassword"]
    assert SENTINEL in outputs["database"]["password"]
    assert outputs["url"] == "https://prod.acme.example"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("network/prod", {"creating", "updating"}), ("platform/runners", {"creating", "updating"}), ("shop/prod", None)],
)
async def test_what_was_begun_and_not_ended_is_pending(service: Service, name: str, kinds: set[str] | None) -> None:
    deployment = (await service.get(f"/api/stacks/acme/{name}/export"))["deployment"]
    pending = deployment.get("pending_operations")
    assert (pending and {each["type"] for each in pending}) == kinds
    assert all(each["resource"]["urn"].startswith("urn:pulumi:") for each in pending or ())


async def test_the_state_of_an_earlier_version(service: Service) -> None:
    latest, same = await service.get(f"{SHOP}/export"), await service.get(f"{SHOP}/export/96")
    assert latest == same
    assert await service.get(f"{SHOP}/export/94") != latest
    for version, status in (("97", 404), ("0", 404), ("latest", 400), ("-1", 400), ("9.5", 400)):
        answer = await service.ask(f"{SHOP}/export/{version}")
        assert (answer.status, (await answer.json())["code"]) == (status, status), version
    assert (await service.ask(f"{SHOP}/export", version="94")).status == 400


async def test_a_running_update_has_no_state_yet(service: Service) -> None:
    service.cloud.play("acme/shop/staging", "mixed-change", speed=1)
    path = "/api/stacks/acme/shop/staging/export"
    assert (await service.ask(f"{path}/59")).status == 404
    assert await service.get(path) == await service.get(f"{path}/58")
    service.cloud.finish("acme/shop/staging")
    assert await service.get(path) == await service.get(f"{path}/59")


async def test_a_stack_that_never_ran_has_no_deployment(service: Service) -> None:
    version = {"version": 4, "features": []} if service.cloud.profile == "current" else {"version": 3}
    assert await service.get("/api/stacks/acme/ann-sandbox/scratch/export") == version
    assert await service.get("/api/stacks/acme/ann-sandbox/try/export") == {**version, "deployment": None}
    assert (await service.get(f"{SHOP}/export"))["version"] == version["version"]


async def test_only_those_who_may_read_a_stack_export_it(service: Service) -> None:
    for name, status in (("acme/legacy/prod", 403), ("acme/vault/tenant-01", 404), ("acme/shop/none", 404)):
        assert (await service.ask(f"/api/stacks/{name}/export")).status == status


async def test_each_export_is_in_the_audit_log(service: Service) -> None:
    await service.get(f"{SHOP}/export")
    await service.get(f"{SHOP}/export/95")
    query = {"startTime": str(int(service.clock.now) + 1), "userFilter": "pulumi-bot"}
    events = (await service.get("/api/orgs/acme/auditlogs", **query))["auditLogEvents"]
    assert [(e["event"], e["description"]) for e in events[:2]] == [("Stack Exported", "Exported stack shop/prod")] * 2
