"""A change from the asking to the proof, and every way in which it ends before that."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.approvals import State
from sandbox.slack import seed
from tests.approvals.acting import (
    DELETE,
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
from tests.e2e.conversation import PEOPLE
from tests.live import Live, awake, city, living


@pytest_asyncio.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with living(tmp_path) as found:
        yield found


async def test_a_stack_is_deleted_by_force_once_two_others_typed_its_name(live: Live) -> None:
    posted = await asks(live.slack, '/pulumi stack rm acme/identity/prod --force --reason "moved to eu-west"')
    assert posted.title == "Needs approval: Delete stack acme/identity/prod by force"
    for words in (
        f"Asked for by @{PEOPLE['ann']}\n“moved to eu-west”\n",
        "⚠️ Force: ",
        "no stack will manage them any more",
        "\nResources: ",
        "\nLast update: v",
        "\nAs of now: version v",
        "\nDecides: 2 of @sre, not the requester (0 so far)\n",
        "\nPolicy: the default for admin-risk changes\n",
    ):
        assert words in posted.text
    assert list(posted.buttons) == ["Approve…", "Reject…", "Withdraw", "Show resources"]
    form = await opens(live.slack, "bo", posted)
    assert "Delete stack acme/identity/prod by force" in form.text
    wrong = await live.slack.submits("bo", {"Type prod to confirm": "prd", "Comment": "checked"})
    assert wrong
    assert wrong.errors == {"Type prod to confirm": 'Type "prod" to confirm.'}
    assert wrong.values["Comment"] == "checked"
    assert await live.slack.submits("bo", {"Type prod to confirm": "prod"}) is None
    one = await note(live.slack, "Approved 1 of 2")
    assert f"@{PEOPLE['bo']} approved" in one.text
    await decides(live.slack, "cy", posted, values={"Type prod to confirm": "prod", "Comment": "me too"})
    done = await becomes(live.slack, number(posted), "Done")
    assert "Read back: Pulumi no longer has acme/identity/prod." in done.text
    assert done.buttons == {}
    assert live.city.writes == ["DELETE stacks/acme/identity/prod"]
    for words in ("Approved: ", "Done, and read back: "):
        assert f"@{PEOPLE['ann']}" in (await note(live.slack, words)).text


async def test_show_resources_shows_them_to_whoever_presses(live: Live) -> None:
    posted = await asks(live.slack, DELETE)
    await presses(live.slack, "cy", posted, "Show resources")
    assert "aws:" in (await privately(live.slack, "cy", "acme/shop/staging")).text


async def test_protected_resources_are_named_on_the_card(live: Live) -> None:
    told = await live.slack.says("ann", "/pulumi stack rm acme/data/prod --force --dry-run")
    assert "🔒 Protected: " in told.text
    assert told.title == "Would ask: Delete stack acme/data/prod by force"
    assert "Nothing was asked for. It needs 2 of @sre, not the requester." in told.text
    assert await shown(live.slack) == []


async def test_a_reason_that_is_missing_is_asked_for(live: Live) -> None:
    told = await live.slack.says("ann", "/pulumi stack rm acme/shop/staging --force")
    assert told.title == "⚠️ Say why: this needs a reason."
    assert '--reason "…"' in told.text


async def test_without_approvers_a_change_is_refused_with_the_two_lines_to_add(tmp_path: Path) -> None:
    async with living(tmp_path, policy="") as live:
        told = await live.slack.says("ann", TAG)
        assert told.title == "⚠️ Nobody is named who may approve changes."
        assert '[groups] and below it approvers = ["@sre"]' in told.text


async def test_where_approvers_can_not_see_a_card_nobody_is_asked(live: Live) -> None:
    for channel, words in (
        ("ann's messages", "can't see our direct messages"),
        ("general", "can't post in this channel"),
    ):
        told = await live.slack.says("ann", TAG, channel)
        assert words in told.title
        assert told.only_me or channel == "ann's messages"
    assert await live.town.services.decisions.listed(()) == []


async def test_a_policy_sends_the_card_to_its_channel(tmp_path: Path) -> None:
    policy = '[groups]\napprovers = ["@sre"]\n[[rule]]\nmatch = { stack = "acme/web/*" }\nchannel = "#shop-alerts"\n'
    async with living(tmp_path, policy=policy) as live:
        receipt = await live.slack.says("ann", TAG, "ann's messages")
        assert f"in #{seed.SHOP_ALERTS}" in receipt.text
        assert "Approve…" in (await card(live.slack, number(receipt), channel="shop-alerts")).buttons


async def test_one_open_request_for_one_subject(live: Live) -> None:
    posted = await asks(live.slack)
    told = await live.slack.says("dee", TAG.replace("platform", "web"))
    assert told.title.startswith(f"⚠️ {number(posted)} is about it already: Needs approval: Set ")
    first = await live.slack.clicks("dee", told, f"requests {number(posted)}")
    assert first.title.startswith("Needs approval: Set ")


async def test_the_requester_withdraws_by_typing(live: Live) -> None:
    posted = await asks(live.slack)
    told = await live.slack.says("ann", f"/pulumi withdraw {number(posted).lower()}")
    assert told.title.startswith("✅ Withdrawn: Set ")
    withdrawn = await becomes(live.slack, number(posted), "Withdrawn")
    assert list(withdrawn.buttons) == ["Ask again"]
    assert (await note(live.slack, "Withdrawn")).text.endswith(f"@{PEOPLE['ann']} withdrew it.")


async def test_a_rejection_says_who_and_why(live: Live) -> None:
    posted = await asks(live.slack)
    await decides(live.slack, "cy", posted, "Reject…", {"Comment": "web owns it"})
    rejected = await becomes(live.slack, number(posted), "Rejected")
    assert f"@{PEOPLE['cy']} rejected" in rejected.text
    assert "“web owns it”" in rejected.text
    told = await note(live.slack, "Rejected")
    assert told.text.endswith(f"@{PEOPLE['ann']}: @{PEOPLE['cy']} rejected it. “web owns it”")


async def test_typing_opens_the_form(live: Live) -> None:
    posted = await asks(live.slack)
    for line, title in (("approve", "Approve"), ("deny", "Reject")):
        said = {"as": PEOPLE["bo"], "channel": posted.channel, "text": f"/pulumi {line} {number(posted)[2:].lower()}"}
        await live.slack.control("say", said)
        assert (await live.slack.modal("bo", title)).title == f"{title} {number(posted)}?"
        await live.slack.closes("bo")
    said = {"as": PEOPLE["bo"], "channel": posted.channel, "text": f"@Pulumi approve {number(posted)}"}
    await live.slack.control("say", said)
    copy = await privately(live.slack, "bo", number(posted))
    assert (await opens(live.slack, "bo", copy)).title == f"Approve {number(posted)}?"


async def test_requests_are_listed_and_a_mistyped_id_finds_the_close_ones(live: Live) -> None:
    assert (await live.slack.says("ann", "/pulumi requests")).title == "Nothing waits for approval"
    posted = await asks(live.slack)
    listed = await live.slack.says("cy", "/pulumi requests")
    assert f"{number(posted)}  Needs approval: Set " in listed.text
    assert "0/1" in listed.text
    assert (await live.slack.says("cy", "/pulumi requests --mine")).title == "Nothing waits for approval of yours"
    typo = number(posted)[:-1] + "8"
    for command in ("requests", "withdraw"):
        told = await live.slack.says("ann", f"/pulumi {command} {typo}")
        assert told.title == f"⚠️ There is no request {typo}."
        assert list(told.buttons) == [f"requests {number(posted)}"]
    said = {"as": PEOPLE["bo"], "channel": posted.channel, "text": f"/pulumi approve {typo}"}
    await live.slack.control("say", said)
    form = await live.slack._modal("bo", lambda modal: modal is not None and modal.title != "One moment")
    assert f"There is no request {typo}." in form.text
    one = await live.slack.clicks("cy", listed, number(posted))
    assert list(one.buttons) == list(posted.buttons)


async def test_one_who_approves_too_late_for_the_expiry_is_told(live: Live) -> None:
    posted = await asks(live.slack)
    await opens(live.slack, "bo", posted)
    live.city.clock.leap(hours=4)
    await becomes(live.slack, number(posted), "Expired")
    late = await live.slack.submits("bo", {})
    assert late
    assert "it has expired" in late.text


@pytest.mark.parametrize("who", ["gus", "ann"])
async def test_guests_and_requesters_decide_nothing(live: Live, who: str) -> None:
    await live.slack.control("channels", {"channel": seed.PLATFORM, "add": [PEOPLE["gus"]]})
    posted = await asks(live.slack)
    for label in ("Approve…", "Reject…"):
        assert (await opens(live.slack, who, posted, label)).submit == ""
        await live.slack.closes(who)
    assert (await live.request(number(posted))).state is State.PENDING


async def test_policy_may_let_the_requester_confirm_alone(tmp_path: Path) -> None:
    policy = '[groups]\napprovers = ["@sre"]\n[[rule]]\nmatch = { stack = "acme/web/*" }\napprovals = 0\n'
    async with living(tmp_path, policy=policy) as live:
        posted = await asks(live.slack)
        await decides(live.slack, "ann", posted, "Confirm…")
        await becomes(live.slack, number(posted), "Done")


async def test_a_policy_that_wants_more_by_now_voids_it(tmp_path: Path) -> None:
    stricter = '[groups]\napprovers = ["@sre"]\n[[rule]]\nmatch = { stack = "acme/web/*" }\napprovals = 2\n'
    async with city() as place:
        async with awake(place, tmp_path):
            posted = await asks(place.slack)
        async with awake(place, tmp_path, policy=stricter):
            await decides(place.slack, "bo", posted)
            void = await becomes(place.slack, number(posted), "Void")
            assert "Policy has changed: it needs 2 approvals now" in void.text
            assert place.writes == []
