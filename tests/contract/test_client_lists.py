"""The client's lists against recorded bodies: where they end, in which order they come, and what is left out."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from bot.model import Person, Result, UpdateInfo
from tests.contract.recorded import STACK, UPDATE_ID, Json, Recorded, at, ok, sample

S = "/api/stacks/demo/demo-aws-ts-webserver/dev-user1"


async def test_case_1_last_update_zero_is_running_and_absent_is_never() -> None:
    """A naive reader says "56 years ago" to the first and crashes on the second."""
    one, two, three = ({"orgName": "demo", "projectName": "p", "stackName": name} for name in ("one", "two", "three"))
    page = {"stacks": [{**one, "lastUpdate": 0}, two, {**three, "lastUpdate": 1612481387, "resourceCount": 7}]}
    running, never, known = [each async for each in Recorded([ok(page)]).client.stacks("demo")]
    assert (running.running, running.last_update) == (True, None)
    assert (never.running, never.last_update) == (False, None)
    assert (known.running, known.last_update, known.resource_count) == (False, at(1612481387), 7)


@pytest.mark.parametrize("end", [{"continuationToken": ""}, {"continuationToken": None}, {}])
async def test_case_2_an_empty_page_with_a_token_is_not_the_end(end: Json) -> None:
    """All three spellings of the end are the end, and nothing else is."""
    pulumi = Recorded(
        [ok({"stacks": [], "continuationToken": "5-"}), ok({**sample("stacks"), **end} if end else bare())]
    )
    stacks = [str(each.stack) async for each in pulumi.client.stacks("org1")]
    assert stacks == ["org1/project1/dev"]  # org2's is not of the organization that was asked for
    assert pulumi.queries == [{"organization": "org1"}, {"organization": "org1", "continuationToken": "5-"}]


def bare() -> Json:
    return {"stacks": sample("stacks")["stacks"]}


async def test_filters_are_asked_for_and_checked_again() -> None:
    """Some servers ignore every parameter."""
    pulumi = Recorded([ok(bare())])
    stacks = [each async for each in pulumi.client.stacks("ORG2", project="project1", tag=("env", "prod"))]
    assert stacks == []
    assert pulumi.queries == [
        {"organization": "ORG2", "project": "project1", "tagName": "env", "tagValue": "prod"},
    ]


async def test_a_list_that_repeats_its_token_ends_without_doubles() -> None:
    """A server that ignores the token would be read for ever."""
    pulumi = Recorded([ok(sample("stacks")), ok(sample("stacks"))])
    assert [each.stack.org async for each in pulumi.client.stacks("org1")] == ["org1"]


async def test_a_list_that_repeats_its_stacks_under_new_tokens_ends() -> None:
    """The same, with tokens that look like progress."""
    pulumi = Recorded([ok({**sample("stacks"), "continuationToken": f"{n}-"}) for n in range(2)])
    assert [each.stack.org async for each in pulumi.client.stacks("org1")] == ["org1"]


async def test_an_empty_list_as_go_writes_it_and_a_name_that_cannot_be() -> None:
    """A null list is empty; a stack that no command could name is left out."""
    odd = {"orgName": "demo", "projectName": "a b", "stackName": "c"}
    pulumi = Recorded([ok({"stacks": None, "continuationToken": "x"}), ok({"stacks": [odd]})])
    assert [each async for each in pulumi.client.stacks("demo")] == []


async def test_list_updates() -> None:
    """The documented sample, newest first, with the commit and without e-mail addresses."""
    pulumi = Recorded([ok({**sample("updates"), "total": 2})])
    newest, older = [each async for each in pulumi.client.updates(STACK)]
    assert pulumi.paths == [f"{S}/updates"]
    assert pulumi.queries == [{"output-type": "service", "page": "1", "pageSize": "10"}]
    assert (newest.version, newest.update_id, newest.kind, newest.preview) == (95, UPDATE_ID, "update", False)
    assert (newest.result, newest.started, newest.ended) == (Result.SUCCEEDED, at(1615872578), at(1615872594))
    assert (older.kind, older.changes) == ("destroy", {"delete": 2})
    assert newest.requested_by == Person("user1", "First Last")
    assert newest.commit is not None
    assert (newest.commit.branch, newest.commit.dirty, newest.commit.author) == ("master", True, "First Last")
    assert newest.commit.url == "https://github.com/org1/repo1/commit/e61b846e6e8395338bce1053c2edb29ee3213b4b"
    assert "@" not in repr(newest)


async def test_case_3_the_flat_shape_is_read_without_ids() -> None:
    """Other servers answer flat and unpaged, previews included."""
    (update,) = [each async for each in Recorded([ok(sample("flat_updates"))]).client.updates(STACK)]
    assert (update.update_id, update.version, update.label) == (None, 1, "v1")
    assert (update.result, update.message) == (Result.SUCCEEDED, "Add a queue")
    assert update.commit is not None
    assert not update.commit.dirty


async def test_case_12_zero_changes_are_dropped_and_unknown_ones_kept() -> None:
    """Unknown words are somebody's new feature, not an error."""
    (update,) = [each async for each in Recorded([ok(sample("flat_updates"))]).client.updates(STACK)]
    assert update.changes == {"same": 12, "update-replace": 1, "frobnicate": 2}


async def test_case_33_configuration_is_never_taken_over() -> None:
    """Secret or not: no value of the configuration gets past the edge."""
    body = sample("updates")
    body["updates"][0]["info"]["config"]["app:key"] = {"string": "hunter2", "secret": True, "object": False}
    body["updates"][0]["requestedByToken"] = "pul-ffffffffffffffff"
    updates = [each async for each in Recorded([ok({**body, "total": 2})]).client.updates(STACK)]
    assert not any(word in repr(updates) for word in ("hunter2", "us-west-2", "pul-ffff"))


@pytest.mark.parametrize("end", [0, -1, 1615872594, None])
async def test_case_4_a_running_update_has_no_end_and_no_counts(end: int | None) -> None:
    """`endTime` means nothing while it runs."""
    item = service(info(result="in-progress", endTime=end, resourceChanges={}))
    (update,) = [each async for each in Recorded([ok({"updates": [item], "total": 1})]).client.updates(STACK)]
    assert (update.result, update.ended, update.changes) == (Result.RUNNING, None, None)
    assert update.started == at(1615872578)


async def test_an_empty_result_is_not_final() -> None:
    """Procella says "" while an update runs, and also when it was cancelled: only the status tells."""
    item = {**info(result="", kind="destroy"), "updateID": UPDATE_ID}
    (update,) = [each async for each in Recorded([ok({"updates": [item]})]).client.updates(STACK)]
    assert (update.update_id, update.kind, update.result.final) == (UPDATE_ID, "destroy", False)


async def test_pages_are_followed_until_the_total() -> None:
    """Three pages of two. An update that starts meanwhile shifts the list and is no reason to repeat one."""
    pulumi = Recorded([page("f", "e", total=5), page("e", "d", total=6), page("c", "b", total=6)])
    assert [each.update_id async for each in pulumi.client.updates(STACK, page_size=2)] == [*"fedcb"]
    assert [query["page"] for query in pulumi.queries] == ["1", "2", "3"]


async def test_a_short_page_is_the_last_where_there_is_no_total() -> None:
    """One call less than asking until nothing comes."""
    pulumi = Recorded([page("c", "b"), page("a")])
    assert [each.update_id async for each in pulumi.client.updates(STACK, page_size=2)] == ["c", "b", "a"]


async def test_a_server_that_ignores_paging_is_read_once() -> None:
    """All items at once, or the same full page for ever: each item comes once, and the reading ends."""
    assert len([each async for each in Recorded([page(*"edcba")]).client.updates(STACK, page_size=2)]) == 5
    same = Recorded([page("b", "a"), page("b", "a")])
    assert [each.update_id async for each in same.client.updates(STACK, page_size=2)] == ["b", "a"]


async def test_a_later_page_of_a_server_that_ignores_paging() -> None:
    """The first pages are cut off, as if it had paged."""
    pulumi = Recorded([page(*"edcba")])
    assert [each.update_id async for each in pulumi.client.updates(STACK, page_size=2, page=2)] == ["c", "b", "a"]


async def test_stopping_early_asks_no_further() -> None:
    """An iterator costs what is looked at."""
    pulumi = Recorded([page("c", "b", total=3)])
    async for update in pulumi.client.updates(STACK, page_size=2):
        assert update.update_id == "c"
        break
    assert len(pulumi.requests) == 1


async def test_case_28_previews_come_newest_first_whatever_the_server_thinks() -> None:
    """The documented sample lists the oldest first, all of them with version 1."""
    body = sample("previews")
    pulumi = Recorded([ok({**body, "total": len(body["updates"])})])
    previews = [each async for each in pulumi.client.previews(STACK)]
    assert pulumi.paths == [f"{S}/updates/latest/previews"]
    assert pulumi.queries == [{"asc": "false", "page": "1", "pageSize": "10"}]
    assert previews == sorted(previews, key=started, reverse=True)
    assert {each.version for each in previews} == {1}
    assert len({each.update_id for each in previews}) == len(body["updates"])
    assert all(each.preview and each.kind == "update" for each in previews)


async def test_case_28_the_newest_preview_may_be_on_the_last_page() -> None:
    """Where `asc` is ignored, one page alone shows the oldest."""
    pulumi = Recorded([previews(1, 2, total=5), previews(3, 4, total=5), previews(5, total=5)])
    found = [each async for each in pulumi.client.previews(STACK, page_size=2)]
    assert [each.update_id for each in found] == ["5", "4", "3", "2", "1"]


async def test_previews_in_the_right_order_are_read_page_by_page() -> None:
    """No need to read to the end for the newest one."""
    pulumi = Recorded([previews(5, 4, total=5)])
    assert (await anext(pulumi.client.previews(STACK, page_size=1))).update_id == "5"
    assert pulumi.queries[0]["pageSize"] == "2"


def started(update: UpdateInfo) -> datetime:
    assert update.started is not None
    return update.started


def info(**changes: Any) -> Json:
    return {**sample("updates")["updates"][0]["info"], **changes}


def service(details: Json, update_id: str = UPDATE_ID) -> Json:
    return {"info": details, "updateID": update_id, "version": 95, "latestVersion": 95}


def page(*ids: str, total: int | None = None) -> httpx.Response:
    items = [service(info(startTime=1615872578 + ord(each)), each) for each in ids]
    return ok({"updates": items, **({"total": total} if total else {})})


def previews(*starts: int, total: int) -> httpx.Response:
    return ok(
        {"updates": [service(info(kind="Pupdate", startTime=each), str(each)) for each in starts], "total": total}
    )
