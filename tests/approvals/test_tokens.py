"""A new access token: approved by others, made by the press of whoever asked, its value in that one modal only."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.approvals import State
from bot.card import Act, Card
from bot.slack.blocks import to_message
from bot.timing import FAST
from sandbox.app import create
from sandbox.slack import seed
from tests.approvals.acting import card, decides, number, opens, presses, privately
from tests.e2e.conversation import PEOPLE, Conversation, Seen
from tests.live import Live, living

LINE = "/pulumi token create release-bot --expires 30d"
MADE = "POST user/tokens"
PATIENT = replace(FAST, checks=(timedelta(seconds=30),))  # what is being made is not yet taken for lost


@pytest_asyncio.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    async with living(tmp_path) as found:
        yield found


async def links(slack: Conversation, seen: Seen) -> None:
    """From the button of a refusal to the end."""
    await slack.opens("ann", seen, "Link my Pulumi account")
    await slack.submits("ann", {"Access token": create().pulumi.token_of("ann")})
    await slack.submits("ann")
    await slack.closes("ann", everything=True)


async def approved(slack: Conversation) -> Seen:
    """Asked by ann, approved by bo; the message in her direct messages."""
    refused = await slack.says("ann", LINE)
    assert refused.title == "⚠️ I need your own Pulumi account for that."
    await links(slack, refused)
    receipt = await privately(slack, "ann", "Asked: Create access token release-bot")
    await decides(slack, "bo", await card(slack, number(receipt)))
    told = await slack.hears("ann")
    assert told.title == "✅ Approved: Create access token release-bot until 2026-12-24"
    return told


async def test_a_command_that_needs_a_link_goes_on_and_the_value_is_in_one_modal_and_nowhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines, caplog.at_level(logging.INFO):
        async with living(tmp_path) as live:
            told = await approved(live.slack)
            form = await opens(live.slack, "ann", told, "Create and show")
            assert form.title == "Your new token"
            (value,) = (word for word in form.text.split() if word.startswith("pul-"))
            done = await live.slack.finds("bo", "Done: Create access token")
            everything = await _everything(live)
    assert "listed" in done.text
    assert value not in everything
    assert value not in str(lines) + caplog.text
    assert not _files_with(value, tmp_path)


def _files_with(value: str, folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and value.encode() in file.read_bytes()]


async def _everything(live: Live) -> str:
    """What anybody sees anywhere, modals left out, and the whole trail."""
    states = [await live.slack.control(f"state?as={user}") for user in PEOPLE.values()]
    trail = await live.town.asks("trail")
    return str([state["messages"] for state in states]) + str(trail)


async def test_three_presses_make_one_token_and_it_is_shown_in_the_newest_window(tmp_path: Path) -> None:
    async with living(tmp_path, timing=PATIENT) as live:
        told = await approved(live.slack)
        live.city.writes.clear()
        live.city.late = 0.5
        await asyncio.gather(*(presses(live.slack, "ann", told, "Create and show") for _ in range(3)))
        await live.slack.modal("ann", "Your new token")
        await live.slack.finds("bo", "Done: Create access token")
        titles = [modal.title for modal in await live.slack.modals("ann")]
        assert titles.count("Your new token") == 1
        assert live.city.writes == [MADE]


async def test_only_who_asked_may_create_it(live: Live) -> None:
    await approved(live.slack)
    live.city.writes.clear()
    (asked,) = await live.town.services.decisions.listed((State.APPROVED,))
    assert "Create and show" not in (await live.slack.says("bo", f"/pulumi requests {asked.id}")).buttons
    button = Card("A copy of the button", buttons=(Act("Create and show", "create", asked.id),))
    copy = to_message(button)
    await live.town.services.world.slack.chat_postMessage(channel=seed.PLATFORM, text=copy.text, blocks=copy.blocks)
    form = await opens(live.slack, "bo", await live.slack.finds("bo", "A copy of the button"), "Create and show")
    assert "Only the person who asked for it may create it." in form.text
    assert live.city.writes == []


async def test_a_window_that_was_closed_too_soon_says_how_to_revoke_what_was_made(tmp_path: Path) -> None:
    async with living(tmp_path, timing=PATIENT) as live:
        told = await approved(live.slack)
        live.city.late = 0.5
        await live.slack.opens("ann", told, "Create and show")
        await live.slack.closes("ann", everything=True)
        lost = await live.slack._first("ann", "ann's messages", lambda raw: "never shown" in raw["text"])
        assert list(lost.buttons) == ["Revoke it"]


async def test_a_press_whose_trigger_is_over_creates_nothing_yet(live: Live) -> None:
    told = await approved(live.slack)
    live.city.writes.clear()
    await live.slack.control("switches", {"expired_triggers": True})
    await presses(live.slack, "ann", told, "Create and show")
    again = await live.slack._first("ann", "ann's messages", lambda raw: "three seconds" in raw["text"])
    assert live.city.writes == []
    await live.slack.control("switches", {"expired_triggers": False})
    assert (await opens(live.slack, "ann", again, "Create and show")).title == "Your new token"


async def test_an_approval_that_nobody_used_ends(live: Live) -> None:
    await approved(live.slack)
    live.city.clock.leap(minutes=15)
    expired = await live.slack.finds("bo", "Expired: Create access token")
    assert "ran out" in expired.text
    over = await live.slack._first("ann", "ann's messages", lambda raw: raw["text"].startswith("Expired: "))
    assert over.buttons == {}


async def test_whose_link_is_gone_creates_nothing(live: Live) -> None:
    told = await approved(live.slack)
    live.city.writes.clear()
    await live.slack.says("ann", "/pulumi unlink")
    form = await opens(live.slack, "ann", told, "Create and show")
    assert "I need your own Pulumi account for that." in form.text
    assert live.city.writes == []
