"""Answers that are lost or late: Slack's, and Pulumi's to each verb."""

from collections import Counter
from pathlib import Path

import pytest

from bot.approvals import State
from sandbox.faults import Fault
from tests.crash.lives import lives
from tests.crash.sight import REPEAT, until
from tests.crash.stories import STORIES, done


@pytest.mark.parametrize("nth", [1, 2])
async def test_a_post_whose_answer_is_lost_is_repeated_once_and_marked(url: str, tmp_path: Path, nth: int) -> None:
    """The card, or the first note in its thread."""
    async with lives(url, tmp_path) as bots:
        faults = bots.ground.sandbox.faults
        if nth > 1:
            await bots.alive()
            await bots.ask("stack tag set acme/web/dev name yes")
            await until(lambda: _posted(bots.sight.witness.posts))
        faults.add(Fault(service="slack", kind="drop", match="chat.postMessage", when="after", times=1))
        await bots.tell(STORIES["done"], "name")
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]
        (texts,) = (texts for texts in bots.sight.witness.posts.values() if len(texts) > 1)
        assert [REPEAT in text for text in texts] == [False, True]


async def _posted(posts: dict[str, list[str]]) -> bool:
    return bool(posts)


@pytest.mark.postgres
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_an_answer_of_slack_that_is_three_seconds_late_is_waited_for(
    postgres_url: str, tmp_path: Path, method: str
) -> None:
    async with lives(postgres_url, tmp_path) as bots:
        fault = Fault(service="slack", kind="slow-body", match=method, seconds=3, times=1)
        bots.ground.sandbox.faults.add(fault)
        await bots.tell(STORIES["done"], "name")
        assert fault.fired == 1
        assert bots.sight.witness.repeats == 0
        assert not [*await bots.sight.broken("name"), *await bots.sight.broken_at_large()]


@pytest.mark.parametrize(
    ("verb", "line", "seen"),
    [
        ("POST", "stack tag set acme/web/dev name yes", {"POST": 1}),
        ("PATCH", "stack tag set acme/web/dev env name", {"POST": 1, "PATCH": 1}),
        ("DELETE", "stack tag rm acme/web/dev env", {"DELETE": 1}),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_verb_whose_connection_drops_is_seen_once(  # noqa: PLR0917  # a table
    sqlite_url: str, tmp_path: Path, verb: str, line: str, seen: dict[str, int], when: str
) -> None:
    """The server read it and hung up. A POST that is refused with a 4xx is a proof; only then does the PATCH follow."""
    async with lives(sqlite_url, tmp_path) as bots:
        cut = Fault(service="pulumi", kind="drop", match=f"{verb} api/stacks", times=1)
        cut.when = "after" if when == "after" else "before"
        bots.ground.sandbox.faults.add(cut)
        await bots.alive()
        await bots.ask(line)
        word = line.split(" ", 3)[3]
        await bots.approve("bo", (await bots.sight.one(word)).id)
        await until(lambda: bots.sight.idle(word))
        assert cut.fired == 1
        assert Counter(call.split()[0] for call in bots.sight.witness.calls) == seen
        assert (await bots.sight.one(word)).state is (State.SUCCEEDED if when == "after" else State.UNKNOWN)


async def test_the_matrix_would_see_a_call_made_twice(sqlite_url: str, tmp_path: Path) -> None:
    """The witness counts what reaches Pulumi, whoever makes it."""
    async with lives(sqlite_url, tmp_path) as bots:
        await bots.alive()
        await done(bots, bots.sight, "name")
        bots.sight.witness.calls *= 2
        assert [each for each in await bots.sight.broken("name") if "2 calls" in each]
