"""Files and direct messages in the fake workspace: three steps, who may see what, and the careless ways to do it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import seed
from tests.unit.sandbox_slack import Json, Slack, serve

BYTES = b"version,result\n96,failed\n"
DM = seed.direct(seed.ANN)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serve() as served:
        yield served


async def promised(slack: Slack, data: bytes = BYTES, name: str = "history.csv") -> Json:
    return await slack.ask("files.getUploadURLExternal", filename=name, length=str(len(data)))


async def sent(slack: Slack, url: str, data: Any = BYTES) -> tuple[int, str]:
    async with slack.http.post(url, data=data) as answer:
        return answer.status, await answer.text()


async def uploaded(slack: Slack, **more: Any) -> str:
    place = await promised(slack, **more)
    assert (await sent(slack, place["upload_url"], more.get("data", BYTES)))[0] == 200
    found: str = place["file_id"]
    return found


async def shared(slack: Slack, *ids: str, **args: Any) -> Json:
    return await slack.api(
        "files.completeUploadExternal", files=[{"id": each, "title": "History"} for each in ids], **args
    )


async def fetched(slack: Slack, path: str) -> tuple[int, bytes]:
    async with slack.http.get(slack.url + path) as answer:
        return answer.status, await answer.read()


async def test_a_file_in_the_thread_of_a_direct_message(slack: Slack) -> None:
    root = await slack.api("chat.postMessage", channel=seed.ANN, text="Here")
    assert root["channel"] == DM
    answer = await shared(slack, await uploaded(slack), channel_id=DM, thread_ts=root["ts"], initial_comment="a <b>")
    assert "ts" not in answer
    assert (answer["files"][0]["name"], answer["files"][0]["title"]) == ("history.csv", "History")
    message = (await slack.messages(channel=DM))[-1]
    assert (message["thread_ts"], message["text"]) == (root["ts"], "a &lt;b&gt;")
    (file,) = message["files"]
    assert (file["size"], file["mimetype"]) == (len(BYTES), "text/csv")
    assert file["url"].startswith("/slack/files/")
    assert await fetched(slack, file["url"]) == (200, BYTES)


async def test_the_sdk_does_it_in_one_call(slack: Slack) -> None:
    client = AsyncWebClient(seed.BOT_TOKEN, base_url=f"{slack.url}/slack/api/", session=slack.http)
    await client.files_upload_v2(channel=seed.PLATFORM, content="x" * 900_000, filename="long.txt", title="Log")
    (file,) = (await slack.messages())[-1]["files"]
    assert (file["title"], file["size"]) == ("Log", 900_000)


async def test_only_who_sees_the_message_can_fetch_the_file(slack: Slack) -> None:
    await shared(slack, await uploaded(slack), channel_id=DM)
    url = (await slack.messages(channel=DM))[-1]["files"][0]["url"]
    for stranger in (seed.BO, "U0NOBODY", ""):
        assert (await fetched(slack, url.replace(seed.ANN, stranger)))[0] == 404
    assert (await fetched(slack, f"/slack/files/F0NOTHING/x?as={seed.ANN}"))[0] == 404
    ts = (await slack.messages(channel=DM))[-1]["ts"]
    await slack.api("chat.delete", channel=DM, ts=ts)
    assert (await fetched(slack, url))[0] == 404


async def test_a_file_is_saved_under_its_own_name_and_never_shown_as_a_page(slack: Slack) -> None:
    await shared(slack, await uploaded(slack, name='a "b".html'), channel_id=DM)
    url = (await slack.messages(channel=DM))[-1]["files"][0]["url"]
    async with slack.http.get(slack.url + url) as answer:
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20%22b%22.html"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"filename": "", "length": "5"}, "invalid_arguments"),
        ({"filename": "x"}, "invalid_arguments"),
        ({"filename": "x", "length": "many"}, "invalid_arguments"),
        ({"filename": "x", "length": "0"}, "missing_argument"),
        ({"filename": "x", "length": str(10**12)}, "file_upload_size_restricted"),
    ],
)
async def test_a_file_that_cannot_be_promised(slack: Slack, args: Json, error: str) -> None:
    assert (await slack.ask("files.getUploadURLExternal", **args))["error"] == error


async def test_the_first_step_reads_no_json(slack: Slack) -> None:
    assert (await slack.api("files.getUploadURLExternal", filename="x", length=5))["error"] == "invalid_arguments"


async def test_exactly_the_promised_bytes_once(slack: Slack) -> None:
    url = (await promised(slack))["upload_url"]
    assert (await sent(slack, url, BYTES + b"x"))[0] == 400
    assert (await sent(slack, url, BYTES[1:]))[0] == 400
    form = aiohttp.FormData()
    form.add_field("filename", BYTES, filename="history.csv")
    assert await sent(slack, url, form) == (200, f"OK - {len(BYTES)}")
    assert (await sent(slack, url))[0] == 404
    assert (await sent(slack, url + "x"))[0] == 404


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"channel_id": seed.ANN}, "channel_not_found"),
        ({"channel_id": seed.SECURITY}, "channel_not_found"),
        ({"channels": "C0NOWHERE"}, "invalid_channel"),
        ({"channel_id": seed.RANDOM}, "not_in_channel"),
        ({"channel_id": seed.OLD_PROJECT}, "posting_to_channel_denied"),
        ({"channel_id": seed.PLATFORM, "thread_ts": "1.000001"}, "invalid_arguments"),
    ],
)
async def test_where_a_file_cannot_go(slack: Slack, args: Json, error: str) -> None:
    slack.workspace.api.scopes[seed.BOT_TOKEN] = seed.SCOPES | {"chat:write.public"}
    assert (await shared(slack, await uploaded(slack), **args))["error"] == error


async def test_a_person_is_named_among_channels_and_no_thread_stands_in_two(slack: Slack) -> None:
    root = (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="Here"))["ts"]
    file, both = await uploaded(slack), f"{seed.PLATFORM}, {seed.BO}"
    assert (await shared(slack, file, channels=both, thread_ts=root))["error"] == "invalid_arguments"
    assert (await shared(slack, file, channels=both))["ok"]
    for channel in (seed.PLATFORM, seed.direct(seed.BO)):
        assert len((await slack.messages(seed.BO, channel))[-1]["files"]) == 1


async def test_a_file_is_completed_once_and_after_its_bytes(slack: Slack) -> None:
    place = await promised(slack)
    assert (await shared(slack, place["file_id"]))["error"] == "file_not_found"
    file = await uploaded(slack)
    assert (await shared(slack, file, file))["error"] == "invalid_arguments"
    assert (await shared(slack))["error"] == "invalid_arguments"
    assert (await shared(slack, file))["ok"], "without a channel it stays private"
    assert (await shared(slack, file, channel_id=DM))["error"] == "file_not_found"
    assert await slack.messages(channel=DM) == []


async def test_the_scope(slack: Slack) -> None:
    slack.workspace.api.scopes[seed.BOT_TOKEN] = frozenset({"chat:write"})
    answer = await promised(slack)
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "files:write", "chat:write")


async def test_a_direct_message_is_opened_by_id_alone_or_with_a_scope_more(slack: Slack) -> None:
    assert (await slack.api("conversations.open", users=seed.BO))["needed"] == "im:write"
    slack.workspace.api.scopes[seed.BOT_TOKEN] = seed.SCOPES | {"im:write"}
    assert (await slack.api("conversations.open", users=seed.BO))["channel"]["id"] == seed.direct(seed.BO)
    errors = {"U0NOBODY": "user_not_found", seed.TIM: "user_disabled", seed.BOT: "cannot_dm_bot"}
    for user, error in errors.items():
        assert (await slack.api("conversations.open", users=user))["error"] == error


async def test_members_page_by_page(slack: Slack) -> None:
    page = await slack.ask("conversations.members", channel=seed.SHOP_ALERTS, limit="4")
    cursor = page["response_metadata"]["next_cursor"]
    rest = await slack.ask("conversations.members", channel=seed.SHOP_ALERTS, cursor=cursor)
    assert {*page["members"], *rest["members"]} == {*seed.PEOPLE, seed.BOT}
    assert (await slack.ask("conversations.members", channel=seed.SECURITY))["error"] == "channel_not_found"
    assert (await slack.ask("conversations.members", channel=DM))["needed"] == "im:read"


async def test_permalinks(slack: Slack) -> None:
    root = (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="Root"))["ts"]
    reply = (await slack.api("chat.postMessage", channel=seed.PLATFORM, text="Reply", thread_ts=root))["ts"]
    answer = await slack.ask("chat.getPermalink", channel=seed.PLATFORM, message_ts=reply)
    digits = reply.replace(".", "")
    place = f"https://acme.slack.com/archives/{seed.PLATFORM}/p{digits}"
    assert answer["permalink"] == f"{place}?thread_ts={root}&cid={seed.PLATFORM}"
    missing = await slack.ask("chat.getPermalink", channel=seed.PLATFORM, message_ts="1.000001")
    assert missing["error"] == "message_not_found"
