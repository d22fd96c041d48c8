"""Audit logs against recorded bodies: walked backwards, cut at the bounds, no event lost or doubled; and as files."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.errors import BadAnswer, BadRequest, NotFound, TooLarge
from bot.model import Person
from bot.organization import AuditEvent, AuditExport, AuditFormat
from bot.pulumi.audit import unzipped
from tests.contract.recorded import NOW, SAMPLES, Json, Recorded, at, no, ok, sample

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
CSV = (SAMPLES / "audit.csv").read_bytes()
HEADER, *LINES = CSV.splitlines(keepends=True)
REST = (HEADER + LINES[-1], HEADER)  # what a server says when asked what is older than CSV
CEF = b"CEF:0|Pulumi|Pulumi Service|1.0|Stack Exported|Stack Exported|0|rt=%d suser=user1 msg=a \\= b\n"


def event(second: int, what: str = "Stack Exported") -> Json:
    return {"timestamp": second, "sourceIP": "10.0.0.1", "event": what, "description": "", "user": {}}


def page(*events: Json, token: str | None = None) -> httpx.Response:
    return ok({"auditLogEvents": events, "continuationToken": token})


async def seconds(pulumi: Recorded, since: datetime = LONG_AGO, until: datetime = NOW) -> list[int]:
    """Every answer that was prepared has to be asked for."""
    found = [each async for each in pulumi.client.audit_events("acme", since=since, until=until)]
    assert len(pulumi.requests) == len(pulumi.answers)
    return [int(each.at.timestamp()) for each in found]


async def test_the_events_as_the_documentation_shows_them() -> None:
    """Newest first; the upper bound is what is called `startTime`."""
    pulumi = Recorded([ok(sample("audit")), page()])
    found = [each async for each in pulumi.client.audit_events("acme", since=LONG_AGO, until=NOW, user="user1")]
    assert pulumi.paths[0] == "/api/orgs/acme/auditlogs"
    assert pulumi.queries[0] == {"startTime": str(int(NOW.timestamp())), "userFilter": "user1"}
    assert pulumi.queries[1] == {"continuationToken": "1615413365", "userFilter": "user1"}
    assert [each.at for each in found] == [at(1615413432), at(1615413365), at(1615413365)]
    assert found[1] == AuditEvent(
        at=at(1615413365),
        event="Stack Exported",
        description="Exported stack project1/dev",
        source_ip="10.0.0.1",
        user=Person("user1", "First Last"),
    )


async def test_an_event_as_it_comes_today() -> None:
    """By something that is no person, with a token, and refused."""
    pulumi = Recorded([ok(sample("audit_current"))])
    (found,) = [each async for each in pulumi.client.audit_events("acme", since=LONG_AGO, until=NOW, event="X")]
    assert pulumi.queries[0]["eventFilter"] == "X"
    assert (found.user, found.actor, found.token_id, found.token_name) == (None, "deploy bot", "t-1", "ci")
    assert (found.needs_organization_admin, found.needs_stack_admin, found.authentication_failed) == (True, True, True)


async def test_case_20_since_yesterday_walks_back_from_now() -> None:
    """It stops at the first page that reaches past the bound, cuts there, and never asks with the bound."""
    now, since = int(NOW.timestamp()), NOW - timedelta(days=1)
    old = int(since.timestamp())
    pulumi = Recorded(
        [
            page(event(now - 1), event(now - 9), token=str(now - 9)),
            page(event(now - 9, "Other"), event(old), event(old - 1), token=str(old - 1)),
        ]
    )
    assert await seconds(pulumi, since) == [now - 1, now - 9, now - 9, old]
    assert [query.get("startTime") for query in pulumi.queries] == [str(now), None]
    assert all(str(old) not in query.values() for query in pulumi.queries)


async def test_case_20_what_the_next_page_repeats_comes_once() -> None:
    """The token is a second, and the second is split; two equal events on one page are two."""
    a, b, c = event(50, "a"), event(50, "b"), event(50, "c")
    pulumi = Recorded([page(event(60), a, a, token="50"), page(a, a, b, c, token="49"), page(c, event(40))])
    assert await seconds(pulumi) == [60, 50, 50, 50, 50, 40]


async def test_the_log_ends_in_each_of_its_ways() -> None:
    """No token, an empty one, nothing but a token, a token that stands still on what is known."""
    assert await seconds(Recorded([page()])) == []
    assert await seconds(Recorded([page(event(50), token="")])) == [50]
    assert await seconds(Recorded([page(event(50), token="50"), page(token="49"), page()])) == [50]
    assert await seconds(Recorded([ok({"auditLogEvents": None})])) == []


async def test_a_second_that_is_larger_than_a_page_is_jumped_over() -> None:
    """The token stands still there; giving up would hide everything that is older."""
    full = [event(50, str(n)) for n in range(3)]
    pulumi = Recorded([page(*full, token="50"), page(*full, token="50"), page(event(40))])
    assert await seconds(pulumi) == [50, 50, 50, 40]
    assert pulumi.queries[2] == {"startTime": "50"}


async def test_a_server_that_always_says_the_same_is_left() -> None:
    """By token, then by time, and then it is over."""
    pulumi = Recorded([page(event(50), token="50")] * 4)
    assert await seconds(pulumi) == [50]
    asked = [query.get("startTime") or query["continuationToken"] for query in pulumi.queries]
    assert asked == [str(int(NOW.timestamp())), "50", "50", "50"]


async def test_the_upper_bound_itself_is_not_included_and_a_started_second_is() -> None:
    """Whole seconds: what happened in the second of `now` did happen before it ends."""
    now = NOW.replace(microsecond=500_000)
    second = int(now.timestamp())
    pulumi = Recorded([page(event(second + 1), event(second))])
    assert await seconds(pulumi, until=now) == [second]
    assert pulumi.queries[0]["startTime"] == str(second + 1)
    assert await seconds(Recorded([page(event(second))]), until=NOW) == []


async def test_stopping_early_asks_no_further() -> None:
    """The newest event costs one page."""
    pulumi = Recorded([ok(sample("audit"))])
    await anext(pulumi.client.audit_events("acme", since=LONG_AGO, until=NOW))
    assert len(pulumi.requests) == 1


async def test_a_plan_without_audit_logs_and_a_user_nobody_knows() -> None:
    """Pulumi's own words say which."""
    lacks = no(400, "Bad Request: Audit Logs is available only to organizations with an Enterprise subscription.")
    with pytest.raises(BadRequest, match="Enterprise"):
        await seconds(Recorded([lacks]))
    with pytest.raises(NotFound, match="user not found"):
        await seconds(Recorded([no(404, "Not Found: user not found")]))


async def export(
    *bodies: bytes, form: AuditFormat = AuditFormat.CSV, since: datetime = LONG_AGO, headers: Sequence[str] = ()
) -> tuple[AuditExport, Recorded]:
    encoding = {"Content-Encoding": "gzip"} if headers else {}
    pulumi = Recorded([httpx.Response(200, content=each, headers=encoding) for each in bodies])
    return await pulumi.client.export_audit("acme", form, since=since, until=NOW), pulumi


@pytest.mark.parametrize("said", [(), ("gzip",)], ids=["unsaid", "said"])
async def test_case_21_an_export_is_compressed_whether_said_or_not(said: tuple[str, ...]) -> None:
    """Decompressed, with doubled quotes as they are, and the right number of events."""
    found, pulumi = await export(*map(gzip.compress, (CSV, *REST)), headers=said)
    assert (found.content, found.events, found.format) == (CSV, 4, AuditFormat.CSV)
    assert pulumi.paths == ["/api/orgs/acme/auditlogs/export"] * 3
    assert pulumi.queries[0] == {"startTime": str(int(NOW.timestamp())), "format": "csv"}
    assert "Content-Type" not in pulumi.requests[0].headers
    assert "user1" not in repr(found)


async def test_an_export_that_is_not_compressed_is_taken_too() -> None:
    """Proxies undo it."""
    found, _ = await export(CSV, *REST)
    assert found.content == CSV


async def test_an_export_in_pieces_is_asked_for_until_it_is_complete() -> None:
    """By time, since a text has no place for a token: one header, no line twice, none lost."""
    pieces = [HEADER + b"".join(LINES[:2]), HEADER + b"".join(LINES[1:3]), HEADER + LINES[2] + LINES[3], *REST]
    found, pulumi = await export(*pieces)
    assert found.content == CSV
    starts = [int(query["startTime"]) for query in pulumi.queries]
    assert starts == sorted(starts, reverse=True)


async def test_an_export_is_cut_at_its_lower_bound() -> None:
    """Two lines are newer than 23:09:30; the bound is never sent."""
    found, pulumi = await export(CSV, since=datetime(2021, 4, 11, 23, 9, 30, tzinfo=UTC))
    assert found.content == HEADER + LINES[0] + LINES[1]
    assert (found.events, len(pulumi.requests)) == (2, 1)


async def test_a_line_break_in_quotes_is_no_new_event() -> None:
    """Somebody's description."""
    odd = HEADER + b'2021-04-11T23:51:45Z,A,b,E,"one\r\ntwo ""x""\n",1.1.1.1,true,false,false'
    found, _ = await export(odd, odd, HEADER)
    assert (found.content, found.events) == (odd + b"\n", 1)


async def test_an_export_in_the_other_format() -> None:
    """Cut by the time that each line bears; a line without one is kept."""
    ms = int(NOW.timestamp() * 1000)
    lines = [CEF % (ms - 1000), CEF % (ms - 9000), b"CEF:0|something else\n", CEF % (ms - 99_000)]
    found, _ = await export(b"".join(lines), form=AuditFormat.CEF, since=NOW - timedelta(seconds=60))
    assert found.content == b"".join(lines[:3])
    assert found.events == 3
    alone, pulumi = await export(lines[2], form=AuditFormat.CEF)
    assert (alone.content, len(pulumi.requests)) == (lines[2], 1)


async def test_an_export_without_anything() -> None:
    """A header alone, or nothing at all."""
    for body in (b"", HEADER):
        found, _ = await export(body)
        assert (found.content, found.events) == (body, 0)


async def test_a_broken_export_is_a_bad_answer_and_a_bomb_is_too_large() -> None:
    """Half a file must not look like the whole one."""
    packed = gzip.compress(CSV)
    with pytest.raises(BadAnswer, match="cut off"):
        await export(packed[:-20])
    with pytest.raises(BadAnswer, match="broken"):
        await export(packed[:10] + b"\xff" * 40)
    with pytest.raises(TooLarge):
        unzipped("export audit log", gzip.compress(bytes(1000)), 999)
    assert unzipped("export audit log", gzip.compress(bytes(1000)), 1000) == bytes(1000)


async def test_an_export_that_never_ends_is_too_large() -> None:
    """Piece after piece, each of them in bounds."""
    line = b"2026-01-01T00:%02d:%02dZ,A,b,E,%s,1.1.1.1,true,false,false\n"
    pieces = [line % (*divmod(3000 - n, 60), b"x" * 8_000_000) for n in range(20)]
    with pytest.raises(TooLarge):
        await export(*pieces)
