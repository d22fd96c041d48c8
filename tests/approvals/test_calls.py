"""The one call on bad days: what Pulumi answers, what the card then says, and how often it was sent."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.approvals import State
from bot.model import StackRef
from bot.timing import FAST
from tests.approvals.acting import asks, becomes, decides, note, number, presses
from tests.live import Live, living

SET = "POST stacks/acme/web/dev/tags"
SENT = "POST api/stacks"


@pytest_asyncio.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with living(tmp_path) as found:
        yield found


async def test_an_answer_that_comes_too_late_is_unknown_until_a_look_proves_it(tmp_path: Path) -> None:
    slow = replace(FAST, call=0.2)
    async with living(tmp_path, timing=slow) as live:
        posted = await asks(live.slack)
        live.city.late = 1
        await decides(live.slack, "bo", posted)
        unknown = await becomes(live.slack, number(posted), "Outcome unknown")
        assert "The call was sent, and whether it happened is not known" in unknown.text
        assert "Check again" in unknown.buttons
        done = await becomes(live.slack, number(posted), "Done")
        assert "Read back: " in done.text
        assert live.city.writes == [SET]


async def test_what_no_look_shows_is_left_to_people_and_looked_at_again_when_they_ask(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", SENT, "drop", when="before")
    await decides(live.slack, "bo", posted)
    unknown = await live.slack._first("bo", "platform", lambda raw: "never send it again" in raw["text"])
    assert set(unknown.buttons) == {"Check again", "It did not happen"}
    await _done_by_somebody_else(live)
    await presses(live.slack, "cy", unknown, "Check again")
    await becomes(live.slack, number(posted), "Done")
    assert live.city.writes == [SET]


async def _done_by_somebody_else(live: Live) -> None:
    """As a slow server would, long after."""
    (asked,) = await live.town.services.decisions.listed((State.UNKNOWN,))
    order = live.town.services.execution._restore(asked.operation, asked.args)
    await order.mutation.execute(live.town.services.world.pulumi, order.args)


@pytest.mark.parametrize(("status", "words"), [(409, "Conflict"), (403, "Forbidden"), (404, "Not Found")])
async def test_a_refusal_of_pulumis_is_the_end_in_its_own_words(live: Live, status: int, words: str) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", SENT, "status", status=status)
    await decides(live.slack, "bo", posted)
    failed = await becomes(live.slack, number(posted), "Failed")
    assert "Pulumi refused it: " in failed.text
    assert words.lower() in failed.text.lower()
    assert list(failed.buttons) == ["Ask again"]
    assert "Pulumi refused it: " in (await note(live.slack, "Failed")).text
    assert live.city.writes == []


async def test_a_limit_of_pulumis_is_waited_for_and_the_call_goes_through_once(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", SENT, "status", status=429, retry_after=30)
    await decides(live.slack, "bo", posted)
    told = await note(live.slack, "Not done yet")
    assert "Pulumi limits how often I may ask" in told.text
    waiting = await becomes(live.slack, number(posted), "Approved")
    assert "Not done yet: Pulumi limits" in waiting.text
    assert list(waiting.buttons) == ["Reject…", "Withdraw"]
    live.city.clock.leap(seconds=30)
    await becomes(live.slack, number(posted), "Done")
    assert live.city.writes == [SET]


async def test_while_pulumi_is_down_nothing_is_sent_and_the_card_says_why(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", "", "status", times=0, status=503)
    await decides(live.slack, "bo", posted)
    told = await note(live.slack, "Not done yet")
    assert "Pulumi" in told.text
    waiting = await live.slack._first(
        "bo", "platform", lambda raw: "Not done yet: " in raw["text"] and not raw["thread_ts"]
    )
    assert list(waiting.buttons) == ["Reject…", "Withdraw"]
    assert live.city.writes == []
    live.town.sandbox.faults.clear()
    await becomes(live.slack, number(posted), "Done")
    assert live.city.writes == [SET]


async def test_an_approval_that_could_not_be_used_in_time_ends(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", "", "status", times=0, status=503)
    await decides(live.slack, "bo", posted)
    await note(live.slack, "Not done yet")
    live.city.clock.leap(minutes=15)
    expired = await becomes(live.slack, number(posted), "Expired")
    assert "The approval ran out before the call could be made." in expired.text


async def test_what_is_gone_by_then_voids_it(live: Live) -> None:
    posted = await asks(live.slack)
    await live.town.services.world.pulumi.delete_stack(StackRef("acme", "web", "dev"), force=True)
    live.city.writes.clear()
    await decides(live.slack, "bo", posted)
    void = await becomes(live.slack, number(posted), "Void")
    assert "gone" in void.text
    assert live.city.writes == []


async def test_a_withdrawal_while_it_waits_stops_it(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", SENT, "status", status=429, retry_after=30)
    await decides(live.slack, "bo", posted)
    await note(live.slack, "Not done yet")
    waiting = await becomes(live.slack, number(posted), "Approved")
    await presses(live.slack, "ann", waiting, "Withdraw")
    await becomes(live.slack, number(posted), "Withdrawn")
    live.city.clock.leap(minutes=1)
    await asyncio.sleep(0)
    assert live.city.writes == []
