"""The fake Pulumi Cloud: the audit log, read and exported."""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from sandbox.pulumi.audit_routes import EVENTS_A_PAGE, LINES_A_FILE
from tests.unit.sandbox_openapi import documented, valid
from tests.unit.sandbox_pulumi import START, Json, Service, serve

LOG = "/api/orgs/acme/auditlogs"
NOW = str(int(START))
DAY = 86400


@pytest.fixture(params=["current", "seed"])
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with serve(request.param) as served:
        yield served


only_current = pytest.mark.parametrize("service", ["current"], indirect=True)


async def pages(service: Service, **query: Any) -> list[list[Json]]:
    found, more = [], query
    while True:
        page = await service.send("GET", LOG, **more)
        found.append(page["auditLogEvents"])
        if not (token := page.get("continuationToken")):
            return found
        assert token == str(found[-1][-1]["timestamp"])
        more = {**query, "continuationToken": token}


def distinct(found: list[list[Json]]) -> list[Json]:
    """Every event once: those of a page's last second come again on the next."""
    seen, kept = Counter[str](), []
    for page in found:
        here = Counter[str]()
        for each in page:
            here[str(each)] += 1
            if here[str(each)] > seen[str(each)]:
                kept.append(each)
        seen |= here
    return kept


async def export(service: Service, **query: Any) -> str:
    """The file, decompressed by the test and not by the client."""
    headers = {"Authorization": f"token {service.cloud.token}", "Accept-Encoding": "identity"}
    answer = await service.http.get(f"/pulumi{LOG}/export", params=query, headers=headers, auto_decompress=False)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    assert answer.headers["Content-Encoding"] == "gzip"
    return gzip.decompress(await answer.read()).decode()


async def test_the_log_is_of_a_month_and_newest_first(service: Service) -> None:
    found = distinct(await pages(service, startTime=NOW))
    assert len(found) > 500
    times = [each["timestamp"] for each in found]
    assert times == sorted(times, reverse=True)
    assert START - 30 * DAY <= times[-1] < times[0] < START
    assert len({each["event"] for each in found}) >= 12


async def test_the_pages_repeat_a_second_that_two_events_share(service: Service) -> None:
    found = await pages(service, startTime=NOW)
    assert {len(page) for page in found[:-1]} == {EVENTS_A_PAGE}
    repeated = [page[0]["timestamp"] == before[-1]["timestamp"] for before, page in pairwise(found)]
    assert all(repeated)
    assert sum(map(len, found)) > len(distinct(found)) == len({str(each) for each in distinct(found)})
    stored = service.cloud.world.organizations["acme"].log
    assert len(distinct(found)) == len(stored)


async def test_a_second_that_is_larger_than_a_page_is_got_past(service: Service) -> None:
    for _ in range(EVENTS_A_PAGE + 5):
        await service.get("/api/stacks/acme/ann-sandbox/scratch/export")
    found = await pages(service, startTime=str(int(START) + 1))
    stored = service.cloud.world.organizations["acme"].log
    assert {each["timestamp"] for page in found for each in page} == {each.timestamp for each in stored}


async def test_the_start_is_the_newest_bound(service: Service) -> None:
    everything = distinct(await pages(service, startTime=NOW))
    bound = everything[100]["timestamp"]
    older = distinct(await pages(service, startTime=str(bound)))
    assert older == [each for each in everything if each["timestamp"] < bound]
    ended = distinct(await pages(service, startTime=NOW, endTime=str(bound)))
    assert ended == [each for each in everything if each["timestamp"] <= bound]
    for query in ({}, {"endTime": NOW}, {"startTime": "yesterday"}, {"startTime": NOW, "format": "csv"}):
        await service.send("GET", LOG, status=400, **query)
    await service.send("GET", LOG, status=400, startTime=NOW, page="1")
    await service.send("GET", LOG, status=400, continuationToken="abc")


async def test_the_log_is_filtered_by_user_and_event(service: Service) -> None:
    everything = distinct(await pages(service, startTime=NOW))
    by_ann = distinct(await pages(service, startTime=NOW, userFilter="ann"))
    assert by_ann == [each for each in everything if each["user"]["githubLogin"] == "ann"]
    roles = distinct(await pages(service, startTime=NOW, eventFilter="Member Role Changed"))
    assert roles == [each for each in everything if each["event"] == "Member Role Changed"]
    assert len(roles) == 3
    assert distinct(await pages(service, startTime=NOW, eventFilter="member-role-changed")) == roles
    assert await service.send("GET", LOG, status=404, startTime=NOW, userFilter="nobody") == "Not Found: user not found"
    ignored = await service.send("GET", LOG, startTime=NOW, user="ann", eventType="Member Role Changed")
    assert ignored == await service.send("GET", LOG, startTime=NOW), "the CLI's names mean nothing"


async def test_the_log_agrees_with_the_updates(service: Service) -> None:
    told = {
        match[1]: each
        for each in distinct(await pages(service, startTime=NOW))
        if (match := re.match(r'Started (?:update|preview) "(.+?)" for stack', each["description"]))
    }
    made = {
        u.id: (s, u)
        for s in service.cloud.world.stacks.values()
        for u in (*s.updates, *s.previews)
        if s.place.org == "acme" and u.started >= START - 30 * DAY
    }
    assert set(told) == set(made)
    for ident, each in told.items():
        stack, update = made[ident]
        assert (each["timestamp"], each["user"]["githubLogin"]) == (int(update.started), update.author)
        assert each["description"].endswith(f'for stack "{stack.place.project}/{stack.place.stack}"')
    assert {each["user"]["githubLogin"] for each in told.values()} <= {
        m.login for m in service.cloud.world.people.values()
    }


async def test_what_is_played_is_in_the_log(service: Service) -> None:
    update = service.cloud.play("acme/shop/staging", "mixed-change", author="bo")
    await service.noted("Stack Update Started", f'Started update "{update.id}" for stack "shop/staging"', by="bo")


@only_current
async def test_a_machine_is_no_person(service: Service) -> None:
    await service.send("GET", "/api/stacks/acme/shop/prod/export", by="acme-deploy")
    last = (await service.log())[0]
    assert (last["user"], last["actorName"]) == ({"name": "", "githubLogin": "", "avatarUrl": ""}, "acme-deploy")
    failed = [each for each in await service.log(eventFilter="Login Failed") if each["authFailure"]]
    assert [each["user"]["githubLogin"] for each in failed] == ["dee"]
    assert "tokenID" not in failed[0]
    assert (await service.log(userFilter="ann"))[0]["tokenName"].startswith("Generated by pulumi login")


async def test_of_one_second_what_was_done_last_comes_first(service: Service) -> None:
    for name in ("scratch", "try", "scratch"):
        await service.get(f"/api/stacks/acme/ann-sandbox/{name}/export")
    words = [each["description"].rpartition("/")[2] for each in (await service.log())[:3]]
    assert words == ["scratch", "try", "scratch"]
    await service.get("/api/stacks/acme/ann-sandbox/try/export")
    assert (await service.log())[0]["description"].endswith("try")


@pytest.mark.parametrize("service", ["seed"], indirect=True)
async def test_the_fields_of_the_first_page_only(service: Service) -> None:
    found = (await pages(service, startTime=NOW))[0]
    assert {key for each in found for key in each} == {"timestamp", "sourceIP", "event", "description", "user"}


async def test_the_log_is_for_administrators_of_the_larger_plans(service: Service) -> None:
    for rest in ("", "/export", "/event-types"):
        query = {} if rest == "/event-types" else {"startTime": NOW}
        await service.send("GET", f"{LOG}{rest}", by="bo", status=403, **query)
        await service.send("GET", f"/api/orgs/nowhere/auditlogs{rest}", status=404, **query)
        await service.send("GET", f"/api/orgs/newco/auditlogs{rest}", status=403, **query)
        plan = "Bad Request: Audit Logs is available only to organizations with an Enterprise subscription."
        assert await service.send("GET", f"/api/orgs/newco/auditlogs{rest}", by="cy", status=400, **query) == plan


# --- as a file


async def test_a_table_is_always_compressed_and_doubles_its_quotes(service: Service) -> None:
    text = await export(service, startTime=NOW)
    head = "Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure"
    assert text.startswith(f"{head}\n")
    assert '""' in text
    rows = list(csv.DictReader(io.StringIO(text)))
    events = distinct(await pages(service, startTime=NOW))[: len(rows)]
    assert len(rows) == LINES_A_FILE
    assert [(r["Event"], r["Description"], r["Login"]) for r in rows] == [
        (e["event"], e["description"], e["user"]["githubLogin"]) for e in events
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", r["Timestamp"]) for r in rows)
    assert {r["RequireOrgAdmin"] for r in rows} == {"true", "false"}
    assert (await service.log())[0]["description"] == "Exported audit logs as CSV"


async def test_cef_and_the_filters_of_a_file(service: Service) -> None:
    lines = (await export(service, startTime=NOW, format="cef", eventFilter="Stack Tag Added")).splitlines()
    src = lines[0].split("src=")[1].split()[0]
    head = "CEF:0|Pulumi|Pulumi Service|1.0|Stack Tag Added|Stack Tag Added|0|"
    words = r'msg=Added tag "tier" \= "<1>" to stack "shop/prod"'
    assert lines == [f"{head}rt={int(START - 130 * 3600)}000 src={src} suser=bo {words}"]
    assert (await export(service, startTime=NOW, userFilter="lou")).count("\n") == 1
    await service.send("GET", f"{LOG}/export", status=400, startTime=NOW, format="json")
    await service.send("GET", f"{LOG}/export", status=400)
    await service.send("GET", f"{LOG}/export", status=404, startTime=NOW, userFilter="nobody")


async def test_the_kinds_of_event_cover_the_log(service: Service) -> None:
    kinds = (await service.get(f"{LOG}/event-types"))["eventTypes"]
    assert {e["event"] for e in distinct(await pages(service, startTime=NOW))} <= {k["displayName"] for k in kinds}
    assert [k["replacedBy"] for k in kinds if k["deprecated"]] == ["team-updated"]


@documented
@only_current
async def test_the_log_is_as_the_document_says(service: Service) -> None:
    await service.send("GET", "/api/stacks/acme/shop/prod/export", by="acme-deploy")
    for start in (str(int(START) + 1), "1"):
        valid("ResponseAuditLogs", await service.send("GET", LOG, startTime=start))
