"""The failure stories of approvals elsewhere, told to this bot: what people see, and what reaches Pulumi."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest_asyncio

from bot import steps
from bot.approvals import Deed, State, Verdict
from bot.services.resolve import Where
from sandbox.slack import seed
from tests.approvals.acting import (
    DELETE,
    NAME,
    TAG,
    asks,
    becomes,
    card,
    decides,
    note,
    number,
    opens,
    presses,
    privately,
    shown,
)
from tests.e2e.conversation import CHANNELS, PEOPLE
from tests.live import Live, awake, city, living

BO = Where(user=seed.BO, team=seed.TEAM, channel=seed.PLATFORM)
CY = Where(user=seed.CY, team=seed.TEAM, channel=seed.PLATFORM)
SET = "POST stacks/acme/web/dev/tags"


@pytest_asyncio.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with living(tmp_path) as found:
        yield found


async def test_story_01_fifty_clicks_make_one_call(live: Live) -> None:
    """At two processes: tests/store/test_two_processes.py."""
    asked, decisions = number(await asks(live.slack)), live.town.services.decisions
    votes = (decisions.vote(asked, BO, Verdict.APPROVE, comment="", typed="") for _ in range(50))
    taken = [step.deed for _, step in await asyncio.gather(*votes)]
    assert sorted(map(str, taken)) == [*["None"] * 49, str(Deed.APPROVED)]
    await becomes(live.slack, asked, "Done")
    assert live.city.writes == [SET]


async def test_story_03_a_button_carries_the_requests_id_and_works_in_any_channel(live: Live) -> None:
    posted = await asks(live.slack)
    acts = {label: button["value"] for label, button in posted.buttons.items()}
    assert set(acts.values()) == {number(posted)}
    copy = await live.slack.says("bo", f"/pulumi requests {number(posted)}", "shop-alerts")
    await decides(live.slack, "bo", copy)
    await becomes(live.slack, number(posted), "Done")


async def test_story_04_the_third_of_five_open_cards_decides_the_third_request(live: Live) -> None:
    cards = [await asks(live.slack, f"/pulumi tag set acme/web/dev tag{each} x") for each in range(5)]
    await decides(live.slack, "bo", cards[2], "Reject…")
    await becomes(live.slack, number(cards[2]), "Rejected")
    states = [(await live.request(number(each))).state for each in cards]
    assert states == [State.PENDING, State.PENDING, State.REJECTED, State.PENDING, State.PENDING]


async def test_story_05_the_card_says_that_it_runs_and_who_approved_and_its_buttons_are_gone(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.fault("pulumi", "POST api/stacks", "latency", seconds=1)
    await decides(live.slack, "bo", posted)
    running = await becomes(live.slack, number(posted), "Running")
    assert f"@{PEOPLE['bo']} approved" in running.text
    assert running.buttons == {}
    await becomes(live.slack, number(posted), "Done")


async def test_story_06_a_card_says_done_only_after_a_read_back(tmp_path: Path) -> None:
    looked, may = asyncio.Event(), asyncio.Event()

    async def reach(point: str) -> None:
        if point == "verify:before":
            looked.set()
            await may.wait()

    async with living(tmp_path, reach=reach) as live:
        posted = await asks(live.slack)
        await decides(live.slack, "bo", posted)
        await looked.wait()
        assert live.city.writes == [SET]
        assert (await becomes(live.slack, number(posted), "Running")).buttons == {}
        may.set()
        assert "Read back: " in (await becomes(live.slack, number(posted), "Done")).text


async def test_story_07_who_comes_too_late_reads_it_alone_and_the_card_has_one_end(live: Live) -> None:
    posted = await asks(live.slack)
    await opens(live.slack, "cy", posted)
    await decides(live.slack, "bo", posted, "Reject…", {"Comment": "not now"})
    await note(live.slack, "Rejected")
    late = await live.slack.submits("cy", {"Comment": "but yes"})
    assert late
    assert "Too late" in late.text
    assert "it was rejected" in late.text
    assert [title.partition(":")[0] for title in await shown(live.slack)] == ["❌ Rejected", "❌ Rejected"]
    assert live.city.writes == []


async def test_story_08_what_a_dead_process_had_sent_is_unknown_and_looked_at_and_never_sent_again(
    tmp_path: Path,
) -> None:
    async with city() as place:
        async with awake(place, tmp_path, leads=False) as dead:
            asked = number(await place.slack.says("ann", TAG))
            requests, now = dead.town.services._requests, place.clock
            await dead.town.services.decisions.vote(asked, BO, Verdict.APPROVE, comment="", typed="")
            await requests.change(asked, lambda found: steps.claim(found, now()))
            await requests.change(asked, lambda found: steps.intend(found, now(), "its attempt"))
        async with awake(place, tmp_path) as live:
            unknown = await becomes(place.slack, asked, "Outcome unknown")
            assert "the bot stopped before the answer was stored" in unknown.text
            given_up = await place.slack._first("bo", "platform", lambda raw: "which proves nothing" in raw["text"])
            assert set(given_up.buttons) == {"Check again", "It did not happen"}
            await presses(place.slack, "bo", given_up, "It did not happen")
            assert "An approver looked" in (await becomes(place.slack, asked, "Failed")).text
            assert (await live.request(asked)).state is State.FAILED
            assert place.writes == []


async def test_story_09_what_was_stored_is_posted_by_whoever_comes_next(tmp_path: Path) -> None:
    async with city() as place:
        async with awake(place, tmp_path, leads=False):
            asked = number(await place.slack.says("ann", TAG))
            assert await shown(place.slack) == []
        async with awake(place, tmp_path):
            assert "Approve…" in (await card(place.slack, asked)).buttons


async def test_story_10_a_copy_whose_post_was_lost_works_and_leads_to_the_card(live: Live) -> None:
    await live.city.fault("slack", "chat.postMessage", "drop", when="after")
    asked = number(await live.slack.says("ann", TAG))
    first, second = await live.until(partial(_two_cards, live))
    assert "may be a repeat" in second.text
    await decides(live.slack, "bo", first, values={"Comment": "on the old one"})
    done = await live.slack._first(
        "bo", "platform", lambda raw: raw["ts"] == second.raw["ts"] and "Done" in raw["text"]
    )
    assert "on the old one" in done.text
    old = await live.slack._first(
        "bo", "platform", lambda raw: raw["ts"] == first.raw["ts"] and "old copy" in raw["text"]
    )
    assert list(old.buttons) == ["Go to the request"]
    assert asked in done.text


async def _two_cards(live: Live) -> list[object]:
    found = [seen for seen in await live.slack.sees("bo") if not seen.only_me and seen.buttons]
    return [*found] if len(found) == 2 else []


async def test_story_11_an_approval_is_void_when_the_thing_changed_and_can_be_asked_for_again(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    await decides(live.slack, "bo", posted, values={NAME: "staging", "Comment": "ok"})
    await note(live.slack, "Approved 1 of 2")
    version = live.town.sandbox.pulumi.play("acme/shop/staging", "create", speed=0).version
    await decides(live.slack, "cy", posted, values={NAME: "staging", "Comment": "ok"})
    void = await becomes(live.slack, number(posted), "Void")
    assert f"version: v{version - 1} → v{version}" in void.text
    assert live.city.writes == []
    await presses(live.slack, "ann", void, "Ask again")
    again = await privately(live.slack, "ann", f"version v{version}")
    anew = await card(live.slack, number(again))
    assert "“moved to eu-west”" in anew.text
    assert "Approve…" in anew.buttons


async def test_story_12_a_change_that_does_not_matter_for_it_voids_nothing(live: Live) -> None:
    posted = await asks(live.slack)
    live.town.sandbox.pulumi.play("acme/web/dev", "create", speed=0)
    await decides(live.slack, "bo", posted)
    await becomes(live.slack, number(posted), "Done")


async def test_story_13_an_approver_who_left_stops_counting(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    await decides(live.slack, "bo", posted, values={NAME: "staging", "Comment": "ok"})
    await note(live.slack, "Approved 1 of 2")
    await live.city.person("bo", deleted=True)
    await decides(live.slack, "cy", posted, values={NAME: "staging", "Comment": "ok"})
    void = await becomes(live.slack, number(posted), "Void")
    assert "The approval by bo no longer counts: the account is deactivated." in void.text
    assert live.city.writes == []


async def test_story_13_an_approver_who_left_the_group_stops_counting(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    await decides(live.slack, "bo", posted, values={NAME: "staging", "Comment": "ok"})
    await note(live.slack, "Approved 1 of 2")
    await live.city.group(remove=["bo"])
    await decides(live.slack, "cy", posted, values={NAME: "staging", "Comment": "ok"})
    void = await becomes(live.slack, number(posted), "Void")
    assert "policy no longer names them as an approver" in void.text


async def test_story_13_a_requester_who_left_voids_it(live: Live) -> None:
    posted = await asks(live.slack)
    await live.city.person("ann", deleted=True)
    await decides(live.slack, "bo", posted)
    void = await becomes(live.slack, number(posted), "Void", "bo")
    assert "Whoever asked for it is no full member any more." in void.text
    assert live.city.writes == []


async def test_story_14_a_request_that_nobody_could_approve_is_refused_at_once(live: Live) -> None:
    await live.city.group(remove=["cy"])
    refused = await live.slack.says("ann", DELETE)
    assert refused.title == "⚠️ It needs 2 of @sre, and only 1 is eligible besides you."
    assert await shown(live.slack) == []


async def test_story_19_who_approved_what_could_break_most_can_say_that_it_was_not_them(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    await decides(live.slack, "bo", posted, values={NAME: "staging", "Comment": "ok"})
    receipt = await live.slack.hears("bo")
    assert receipt.title == "You approved: Delete stack acme/shop/staging by force"
    after = await live.slack.clicks("bo", receipt, "Not me")
    assert after.title.startswith("⚠️ Void: ")
    assert after.buttons == {}
    void = await becomes(live.slack, number(posted), "Void")
    assert "the vote in their name was not theirs" in void.text
    assert "Ask again" in void.buttons


async def test_story_20_being_in_the_channel_makes_nobody_an_approver(live: Live) -> None:
    posted = await asks(live.slack)
    refused = await opens(live.slack, "dee", posted)
    assert "You can't decide this one; these can: @sre." in refused.text
    assert refused.submit == ""
    assert (await live.request(number(posted))).votes == ()


async def test_story_21_whoever_may_not_is_always_told_privately_who_can(live: Live) -> None:
    posted = await asks(live.slack)
    for who, words in (("dee", "these can: @sre"), ("ann", "somebody else has to decide it")):
        assert words in (await opens(live.slack, who, posted, "Reject…")).text
        await live.slack.closes(who)
    await live.city.person("dee", guest=True)
    live.town.services._directory._people.clear()
    assert "a guest" in (await opens(live.slack, "dee", posted)).text
    await live.slack.closes("dee")
    await live.slack.control("people", {"user": PEOPLE["dee"], "guest": False, "team": "T0OTHER0001"})
    before = {seen.raw["ts"] for seen in await live.slack.sees("bo")}
    await presses(live.slack, "dee", posted, "Approve…")
    await privately(live.slack, "dee", "members of my own workspace only")
    await presses(live.slack, "bo", posted, "Withdraw")
    await privately(live.slack, "bo", "Only the person who asked can withdraw it")
    assert {seen.raw["ts"] for seen in await live.slack.sees("ann") if not seen.only_me} <= before
    assert (await live.request(number(posted))).state is State.PENDING


async def test_story_22_a_trigger_that_is_over_brings_a_button_that_opens_the_form(live: Live) -> None:
    posted = await asks(live.slack)
    await live.slack.control("switches", {"expired_triggers": True})
    await presses(live.slack, "bo", posted, "Approve…")
    told = await privately(live.slack, "bo", "three seconds")
    typed = await live.slack.says("cy", f"/pulumi approve {number(posted)}")
    await live.slack.control("switches", {"expired_triggers": False})
    for who, seen in (("cy", typed), ("bo", told)):
        assert (await opens(live.slack, who, seen, "Open the form")).title == f"Approve {number(posted)}?"


async def test_story_23_a_form_that_was_overtaken_says_so_and_keeps_what_was_typed(live: Live) -> None:
    posted = await asks(live.slack)
    await opens(live.slack, "bo", posted)
    await presses(live.slack, "ann", posted, "Withdraw")
    await becomes(live.slack, number(posted), "Withdrawn")
    words = "I checked it with the data team, and they agree."
    on_top = await live.slack.submits("bo", {"Comment": words})
    assert on_top
    assert f"Too late for {number(posted)}: it was withdrawn." in on_top.text
    await live.slack.closes("bo")
    assert (await live.slack.modal("bo", "Approve")).values == {"Comment": words}


async def test_story_24_an_event_that_is_delivered_three_times_asks_once(live: Live) -> None:
    await live.slack.control("switches", {"copies": 3})
    said = {"as": PEOPLE["ann"], "channel": CHANNELS["platform"], "text": f"@Pulumi {TAG.removeprefix('/pulumi ')}"}
    await live.slack.control("say", said)
    posted = await live.slack.finds("bo", "Needs approval")
    found = await live.town.services.decisions.listed(())
    assert [each.id for each in found] == [number(posted)]


async def test_story_25_what_a_card_says_decides_nothing(live: Live) -> None:
    posted = await asks(live.slack)
    other = await asks(live.slack, "/pulumi tag set acme/web/dev tier web")
    forged = {"text": other.text, "blocks": "[]"}
    client = live.town.services.world.slack
    await client.chat_update(
        channel=posted.channel,
        ts=posted.raw["ts"],
        text=forged["text"],
        blocks=[*other.raw["blocks"][:-1], posted.raw["blocks"][-1]],
    )
    lie = await live.slack._first("bo", "platform", lambda raw: raw["ts"] == posted.raw["ts"] and "tier" in raw["text"])
    await decides(live.slack, "bo", lie, "Reject…")
    await live.until(lambda: _is(live, number(posted), State.REJECTED))
    assert (await live.request(number(other))).state is State.PENDING
    assert "owner" in (await becomes(live.slack, number(posted), "Rejected")).text


async def _is(live: Live, request_id: str, state: State) -> bool:
    return (await live.request(request_id)).state is state


async def test_story_27_each_word_stands_beside_whoever_said_it(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    for who, words in (("cy", "first"), ("bo", "second")):
        await decides(live.slack, who, posted, values={NAME: "staging", "Comment": words})
        await live.until(partial(_said, live, number(posted), words))
    done = await becomes(live.slack, number(posted), "Done")
    votes = [line for line in done.text.splitlines() if line.startswith("Vote: ")]
    assert [line.split()[1] for line in votes] == [f"@{PEOPLE['cy']}", f"@{PEOPLE['bo']}"]
    assert [line.split("“")[1] for line in votes] == ["first”", "second”"]
    approved = await note(live.slack, "Approved: ")
    assert approved.text.splitlines()[1] == f"@{PEOPLE['ann']}: @{PEOPLE['bo']} approved it. “second”"


async def _said(live: Live, request_id: str, words: str) -> bool:
    return any(vote.comment == words for vote in (await live.request(request_id)).votes)


async def test_story_28_a_vote_is_changed_by_pressing_the_other_button(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    await decides(live.slack, "bo", posted, values={NAME: "staging", "Comment": "ok"})
    await note(live.slack, "Approved 1 of 2")
    await decides(live.slack, "bo", posted, "Reject…", {"Comment": "I was wrong"})
    rejected = await becomes(live.slack, number(posted), "Rejected")
    assert "“I was wrong”" in rejected.text
    assert "“ok”" not in rejected.text


async def test_story_29_a_request_reminds_its_approvers_and_expires(live: Live) -> None:
    posted = await asks(live.slack)
    live.city.clock.leap(hours=1)
    reminder = await note(live.slack, "Waiting for a decision")
    assert "@sre" in reminder.text
    live.city.clock.leap(hours=3)
    ended = await becomes(live.slack, number(posted), "Expired")
    assert "Nobody decided it in time." in ended.text
    assert list(ended.buttons) == ["Ask again"]
    assert PEOPLE["ann"] in (await note(live.slack, "Expired")).text


async def test_story_30_the_intent_is_in_the_trail_before_the_effect(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    async def reach(point: str) -> None:
        if point == "mutate:before":
            card = await live.town.asks(f"trail {asked}")
            seen.append([str(part) for part in card.parts])

    async with living(tmp_path, reach=reach) as live:
        posted = await asks(live.slack)
        asked = number(posted)
        await decides(live.slack, "bo", posted)
        await becomes(live.slack, asked, "Done")
        assert "The call was sent to Pulumi" in str(seen)
        assert "It is done" not in str(seen)
        assert "It is done" in str((await live.town.asks(f"trail {asked}")).parts)


FORGED = "fine <!channel> <@U0CY000003> *ok*\nPolicy: nobody\nVote: @bo approved " + "\N{WOMAN}\u200d\N{GIRL}" * 40


async def test_story_31_what_people_write_forges_nothing(live: Live) -> None:
    posted = await asks(live.slack, DELETE.replace("moved to eu-west", FORGED))
    values = {NAME: "staging", "Comment": FORGED.replace("fine", "fine”\n\n“")}
    await decides(live.slack, "bo", posted, values=values)
    voted = await live.slack._first("bo", "platform", lambda raw: raw["text"].count("fine") == 2)
    reason, vote = (line for line in voted.text.splitlines() if "fine" in line)
    for line in (reason, vote):
        assert line.endswith("”")
        assert line.count("”") == 1
        assert "&lt;!channel&gt; &lt;@U0CY000003&gt; *ok* Policy: nobody Vote: @" in line
    labels = [line.split(":")[0] for line in voted.text.splitlines() if line.startswith(("Policy", "Vote"))]
    assert labels == ["Policy", "Vote"]
    pieces = [piece for block in voted.raw["blocks"] for piece in _pieces(block)]
    assert [piece["user_id"] for piece in pieces if piece["type"] == "user"] == [PEOPLE["ann"], PEOPLE["bo"]]
    assert not [piece for piece in pieces if piece["type"] in {"broadcast", "emoji", "channel"}]


def _pieces(block: dict[str, object]) -> list[dict[str, str]]:
    elements = block.get("elements")
    if block["type"] != "rich_text" or not isinstance(elements, list):
        return []
    return [piece for section in elements for piece in section["elements"]]
