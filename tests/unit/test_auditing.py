"""The trail as people read it: whole stories, who may see what, a file that no spreadsheet runs."""

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot import steps
from bot.approvals import Actor, Origin, Verdict
from bot.card import Card
from bot.records import Record
from bot.services.cards import display
from bot.services.desk import Where
from bot.services.story import told
from bot.services.trail_file import harmless, written
from bot.slack.blocks import to_message
from bot.store.requests import SqlRequests
from bot.store.trail import SqlTrail
from sandbox.slack import seed
from tests.town import ANN, NOON, Town, bot, ground, town
from tests.unit.test_steps import WITHIN, ballot, needing

BO = replace(ANN, user=seed.BO)
POLICY = f'[groups]\napprovers = ["@sre"]\nauditors = ["{seed.CY}"]\n'
PEOPLE = {name: Actor(user=user, login=name) for name, user in (("bo", seed.BO), ("cy", seed.CY), ("dee", seed.DEE))}


@asynccontextmanager
async def told_town(folder: Path) -> AsyncIterator[Town]:
    """A request of Bo's from the asking to the end."""
    async with ground() as at, bot(at, folder, policy=POLICY) as place:
        requests = SqlRequests(place.services.world.store.database, display)
        asked = needing(2, requester=PEOPLE["bo"], origin=Origin(channel=seed.PLATFORM), reason="retired, moved away")
        await requests.open(steps.ask(asked))
        for who, comment in (("cy", "checked with data"), ("dee", "")):
            vote = ballot(PEOPLE[who], Verdict.APPROVE, comment=comment)
            await requests.change(asked.id, partial(steps.vote, ballot=vote, within=WITHIN))
        later = NOON + timedelta(seconds=61)
        await requests.change(asked.id, lambda found: steps.claim(found, later))
        await requests.change(asked.id, lambda found: steps.intend(found, later, "attempt"))
        await requests.change(asked.id, lambda found: steps.succeed(found, later, "It answers 404 now."))
        yield place


async def asks(place: Town, line: str, where: Where = ANN) -> Card:
    place.where = where
    return await place.asks(line)


def text(card: Card) -> str:
    return to_message(card).text


async def test_story_27_a_story_names_who_did_what_from_the_rows_alone(tmp_path: Path) -> None:
    async with told_town(tmp_path) as place:
        said = text(await asks(place, "trail r-7f3kq", BO)).splitlines()
    assert said[0] == "Trail of R-7F3KQ"
    assert "State: succeeded" in said
    assert "Policy: the default: 2 approvals by @sre" in said
    assert said[5:] == [
        f"• 2026-11-24 12:00 UTC  @{seed.BO} (bo) asked for it: stack rm acme/shop/prod: “retired, moved away”",
        f"• 2026-11-24 12:01 UTC  @{seed.CY} (cy) approved it: “checked with data”",
        f"• 2026-11-24 12:01 UTC  @{seed.DEE} (dee) approved it, the last approval that it needed",
        "• 2026-11-24 12:01 UTC  It was taken in hand",
        "• 2026-11-24 12:01 UTC  The call was sent to Pulumi: stack rm acme/shop/prod",
        "• 2026-11-24 12:01 UTC  It is done: It answers 404 now.",
        "Rows 1 to 6 of the trail",
    ]


async def test_admins_and_the_policys_auditors_see_everything_others_what_is_theirs(tmp_path: Path) -> None:
    async with told_town(tmp_path) as place:
        for where, rows in ((ANN, 6), (BO, 6), (replace(ANN, user=seed.CY), 6), (replace(ANN, user=seed.DEE), 0)):
            said = text(await asks(place, "trail", where))
            assert said.count("R-7F3KQ") == rows, where
        assert "has nothing of yours" in text(await asks(place, "trail --mine"))
        for line in ("trail verify", "trail export"):
            assert "for auditors" in text(await asks(place, line, BO))
            assert "for auditors" not in text(await asks(place, line, replace(ANN, user=seed.CY)))


async def test_the_newest_rows_turn_their_pages(tmp_path: Path) -> None:
    async with told_town(tmp_path) as place:
        assert [each.label for each in (await asks(place, "trail")).buttons if hasattr(each, "label")] == []
        card = await asks(place, "trail --before 3")
        assert text(card).splitlines()[1].startswith("• 2  R-7F3KQ  ")
        assert [each.command for each in card.buttons if hasattr(each, "command")] == ["trail"]


async def test_the_trail_says_that_it_is_whole_and_its_head(tmp_path: Path) -> None:
    async with told_town(tmp_path) as place:
        card = await asks(place, "trail verify")
        head = await SqlTrail(place.services.world.store.database).head()
    assert card.title == "The trail is whole"
    assert f"Rows: 6\nHead: {head.hash}" in text(card)


async def test_an_unknown_request_is_said_to_be(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        assert "no request R-NONE" in text(await asks(place, "trail R-NONE"))
        assert text(await asks(place, "trail")) == "Nothing is in the trail yet"


async def test_the_file_holds_every_row(tmp_path: Path) -> None:
    async with told_town(tmp_path) as place:
        for form in ("csv", "json"):
            answer = await place.desk.answer(place.desk.parse(f"trail export --format {form}"), ANN)
            assert answer.attachment
            content = answer.attachment.content.decode()
            if form == "csv":
                rows = list(csv.DictReader(io.StringIO(content)))
                assert [row["deed"] for row in rows][:2] == ["asked", "voted"]
                assert rows[0]["requester"] == seed.BO
            else:
                assert [json.loads(line)["seq"] for line in content.splitlines()] == [1, 2, 3, 4, 5, 6]
                assert answer.attachment.name.endswith(".jsonl")


@pytest.mark.parametrize("cell", ["=cmd()", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\n@x", "\uff1d1"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(cell: str) -> None:
    assert harmless(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "R-7F3KQ", "a=b", "2026-11-24", '{"a":1}', "<@U1>"])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


def row(deed: str, body: str) -> Record:
    return Record(seq=1, at=NOON, subject="R-1", deed=deed, body=body, hash="")


@pytest.mark.parametrize("body", ["", "nonsense", "[]", '{"votes": []}', '{"user": 7, "text": null}'])
@pytest.mark.parametrize("deed", ["voted", "asked", "failed", "from a later version"])
def test_a_row_of_any_shape_can_be_told_and_written(deed: str, body: str) -> None:
    assert told(row(deed, body))
    assert written([row(deed, body)], "csv")
    assert written([row(deed, body)], "json")
