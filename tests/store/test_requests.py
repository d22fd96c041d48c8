"""Requests and their messages as rows, over both databases."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import steps
from bot.approvals import Request, State, Step, VoteRefused
from bot.records import Occupied
from bot.services.cards import display, root
from bot.store.database import Database
from bot.store.messages import SqlMessages
from bot.store.requests import SqlRequests
from bot.store.trail import SqlTrail
from tests.unit.test_steps import ANN, BO, CHECKS, CY, NOON, WITHIN, ballot, needing, request


def approve(by: object) -> Callable[[Request], Step]:
    return lambda found: steps.vote(found, ballot(by), within=WITHIN)  # type: ignore[arg-type]  # an actor


@pytest.fixture
def requests(database: Database) -> SqlRequests:
    return SqlRequests(database, display)


@pytest.fixture
def messages(database: Database) -> SqlMessages:
    return SqlMessages(database)


async def test_a_request_its_card_and_its_trail_are_stored_together(
    requests: SqlRequests, messages: SqlMessages, database: Database
) -> None:
    await requests.open(steps.ask(request()))
    assert await requests.get("R-7F3KQ") == request()
    (card,) = await messages.dirty(NOON)
    assert (card.key, card.ts, card.channel) == (root("R-7F3KQ"), None, "C1")
    assert [row.deed for row in await SqlTrail(database).of("R-7F3KQ")] == ["asked"]


async def test_story_24_the_same_delivery_makes_one_request(requests: SqlRequests) -> None:
    first = await requests.open(steps.ask(request()))
    again = await requests.open(steps.ask(request(id="R-OTHER")))
    assert again == first


async def test_one_open_request_about_one_thing(requests: SqlRequests) -> None:
    await requests.open(steps.ask(request()))
    other = steps.ask(request(id="R-OTHER", source="trigger 2"))
    with pytest.raises(Occupied) as refused:
        await requests.open(other)
    assert refused.value.request.id == "R-7F3KQ"
    await requests.change("R-7F3KQ", lambda found: steps.withdraw(found, ANN, NOON))
    assert (await requests.open(other)).id == "R-OTHER"


async def test_fifty_votes_at_once_approve_once(requests: SqlRequests, database: Database) -> None:
    await requests.open(steps.ask(needing(1)))

    async def one(number: int) -> Step | VoteRefused:
        by = replace(BO, user=f"U{number}", login=f"bo{number}", email="")
        try:
            return (await requests.change("R-7F3KQ", approve(by)))[1]
        except VoteRefused as refused:
            return refused

    said = await asyncio.gather(*map(one, range(50)))
    assert sum(isinstance(each, Step) for each in said) == 1
    assert [row.deed for row in await SqlTrail(database).of("R-7F3KQ")] == ["asked", "approved"]


async def test_what_a_step_raises_stores_nothing(requests: SqlRequests, messages: SqlMessages) -> None:
    await requests.open(steps.ask(request()))
    with pytest.raises(VoteRefused):
        await requests.change("R-7F3KQ", approve(ANN))
    assert await requests.get("R-7F3KQ") == request()
    assert len(await messages.dirty(NOON)) == 1


async def test_votes_come_back_in_order_and_a_change_of_mind_replaces_one(requests: SqlRequests) -> None:
    await requests.open(steps.ask(needing(3)))
    await requests.change("R-7F3KQ", approve(BO))
    after, _ = await requests.change(
        "R-7F3KQ", lambda found: steps.vote(found, ballot(BO, comment="sure", after=90), within=WITHIN)
    )
    after, _ = await requests.change("R-7F3KQ", lambda found: steps.vote(found, ballot(CY, after=95), within=WITHIN))
    assert [(vote.by.user, vote.comment) for vote in after.votes] == [("BO", "sure"), ("CY", "")]
    assert await requests.get("R-7F3KQ") == after


async def test_the_clerk_finds_what_is_due_and_nothing_else(requests: SqlRequests) -> None:
    await requests.open(steps.ask(request()))
    assert await requests.due(NOON) == []
    assert len(await requests.due(NOON + timedelta(hours=1))) == 1  # a reminder
    await requests.change("R-7F3KQ", approve(BO))
    assert [each.state for each in await requests.due(NOON)] == [State.APPROVED]
    await requests.change("R-7F3KQ", lambda found: steps.claim(found, NOON))
    await requests.change("R-7F3KQ", lambda found: steps.intend(found, NOON, "a"))
    assert [each.sent_by for each in await requests.due(NOON)] == ["a"]
    await requests.change("R-7F3KQ", lambda found: steps.lose(found, NOON, "silence", CHECKS))
    assert await requests.due(NOON) == []
    assert len(await requests.due(NOON + CHECKS[0])) == 1


async def test_lists_are_newest_first_and_filtered(requests: SqlRequests) -> None:
    for number in range(3):
        each = request(
            id=f"R-{number}", source=str(number), subject=str(number), created=NOON + timedelta(seconds=number)
        )
        await requests.open(steps.ask(each))
    await requests.change("R-1", lambda found: steps.withdraw(found, ANN, NOON))
    assert [each.id for each in await requests.find()] == ["R-2", "R-1", "R-0"]
    assert [each.id for each in await requests.find(states=(State.PENDING,), limit=1, offset=1)] == ["R-0"]
    assert await requests.find(requester="BO") == []


async def test_replies_wait_for_their_root_and_share_its_thread(requests: SqlRequests, messages: SqlMessages) -> None:
    await requests.open(steps.ask(needing(2)))
    await requests.change("R-7F3KQ", approve(BO))
    (card,) = await messages.dirty(NOON)
    assert await messages.begin(card.id, NOON)
    await messages.posted(card.id, "C1", "1.1", card.revision)
    (note,) = await messages.dirty(NOON)
    assert (note.parent_ts, note.ts) == ("1.1", None)
    assert await messages.place(card.key) == ("C1", "1.1")


async def test_a_message_is_behind_until_its_newest_revision_is_shown(
    requests: SqlRequests, messages: SqlMessages
) -> None:
    await requests.open(steps.ask(needing(2)))
    (card,) = await messages.dirty(NOON)
    await requests.change("R-7F3KQ", approve(BO))
    await messages.posted(card.id, "C1", "1.1", card.revision)
    (again,) = [each for each in await messages.dirty(NOON) if each.id == card.id]
    assert again.revision == card.revision + 1
    await messages.shown(card.id, again.revision)
    assert [each.id for each in await messages.dirty(NOON) if each.id == card.id] == []
    await messages.touch("R-7F3KQ")
    assert [each.revision for each in await messages.dirty(NOON) if each.id == card.id] == [again.revision + 1]


async def test_what_people_deleted_is_posted_again_so_many_times(requests: SqlRequests, messages: SqlMessages) -> None:
    await requests.open(steps.ask(request()))
    (card,) = await messages.dirty(NOON)
    await messages.posted(card.id, "C1", "1.1", card.revision)
    assert await messages.vanished(card.id, most=1)
    assert (await messages.dirty(NOON))[0].generation == 1
    assert not await messages.vanished(card.id, most=1)


async def test_a_dead_root_takes_its_waiting_replies_along(requests: SqlRequests, messages: SqlMessages) -> None:
    await requests.open(steps.ask(needing(2)))
    await requests.change("R-7F3KQ", approve(BO))
    (card,) = await messages.dirty(NOON)
    dead = await messages.bury(card.id, "is_archived")
    assert len(dead) == 2
    assert await messages.dirty(NOON) == []
