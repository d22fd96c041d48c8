"""The database does it and its answer is late, or never comes; or somebody stops waiting in the middle of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.approvals import State
from bot.store import database as module
from bot.store.messages import SqlMessages
from bot.store.opening import open_store
from tests.crash.lives import AT, LIFE, lives
from tests.crash.stories import STORIES, done

Send = Callable[[Any, str], Any]


class Commits:
    """Stands before a bot's driver: the answer to its writes is lost where `loses` says so of their number."""

    def __init__(self, send: Send, loses: Callable[[int], bool]) -> None:
        self._send, self._loses = send, loses
        self.done = self.lost = 0
        self._writing: dict[Any, bool] = {}

    async def __call__(self, driver: Any, script: str) -> None:
        await self._send(driver, script)
        if script.startswith("BEGIN"):
            self._writing[driver] = script != "BEGIN" and "READ ONLY" not in script
        elif script == "COMMIT" and LIFE.get() and self._writing.get(driver):
            self.done += 1
            if self._loses(self.done):
                self.lost += 1
                raise module._Failure(ConnectionError("the answer is lost"))


def lose(monkeypatch: pytest.MonkeyPatch, loses: Callable[[int], bool]) -> Commits:
    commits = Commits(module._send, loses)
    monkeypatch.setattr(module, "_send", commits)
    return commits


@pytest.mark.parametrize("story", ["done by two", "withdrawn", "never arrived", "pressed"])
async def test_a_commit_whose_answer_is_lost_counts_once(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    """Every third one; the retry recognises it."""
    commits = lose(monkeypatch, lambda number: number % 3 == 0)
    async with lives(url, tmp_path) as bots:
        await bots.tell(STORIES[story], "name")
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]
        assert bots.sight.witness.repeats == 0
        records = [each.deed for each in await bots.sight.records()]
    assert commits.lost >= 3
    assert records.count("checked") == (3 if story == "never arrived" else 0)


@pytest.mark.parametrize(
    ("point", "story"),
    [("ask", "done"), ("decide", "done by two"), ("withdraw", "withdrawn"), ("mark", "never arrived")],
)
async def test_what_people_did_counts_once_although_its_answer_is_lost(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, story: str
) -> None:
    """The very transaction of their command, vote or press."""

    def loses(_: int) -> bool:
        return AT.get() == f"{point}:before" and not commits.lost

    commits = lose(monkeypatch, loses)
    async with lives(url, tmp_path) as bots:
        await bots.tell(STORIES[story], "name")
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]
    assert commits.lost == 1


@pytest.mark.parametrize("nth", range(1, 15, 4))
async def test_a_commit_whose_answer_never_comes_is_found_by_a_later_look(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """Four in a row: whoever asked is told that the database is down. Nothing is called twice, nothing gets stuck."""
    async with lives(url, tmp_path) as bots:
        await bots.alive()
        commits = lose(monkeypatch, lambda number: nth <= number < nth + 4)
        await done(bots, bots.sight, "name")
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]
        assert (await bots.sight.one("name")).state is State.SUCCEEDED
    assert commits.lost >= 4


async def test_what_is_known_about_slack_waits_for_the_database(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post was answered and the database is away: its `ts` is stored later, and nothing is posted twice."""
    send, left = module._send, 30

    async def refused(driver: Any, script: str) -> None:
        nonlocal left
        life = LIFE.get()
        if life and "posted:before" in life.passed and script.startswith("BEGIN") and left:
            left -= 1
            raise module._Failure(ConnectionError("the database is away"))
        await send(driver, script)

    monkeypatch.setattr(module, "_send", refused)
    async with lives(url, tmp_path) as bots:
        await bots.tell(STORIES["done"], "name")
        assert not left
        assert bots.sight.witness.repeats == 0
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]


async def test_whoever_stops_waiting_leaves_no_lock(url: str) -> None:
    """Between two statements, a cursor still open: SQLite's only connection was never to be had again after that."""
    kept: list[Any] = []

    async def work(connection: AsyncConnection) -> None:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        await connection.exec_driver_sql("delete from message")
        if connection.dialect.name == "sqlite":
            kept.append(await driver.execute("select 1 union select 2"))
        reached.set()
        await asyncio.Event().wait()

    async with open_store(url) as store:
        reached = asyncio.Event()
        waiting = asyncio.create_task(store.database.run(work))
        await reached.wait()
        waiting.cancel()
        await asyncio.wait({waiting})
        async with asyncio.timeout(3):
            await SqlMessages(store.database).touch("anything")
