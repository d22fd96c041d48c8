"""Linking one's own Pulumi account: with the real bot, over sockets, in both modes."""

import pytest
import pytest_asyncio

from sandbox.app import create
from tests.e2e.conversation import CHANNELS, PEOPLE, Conversation, Seen
from tests.e2e.modal import Modal

TOKENS = {login: create().pulumi.token_of(login) for login in ("ann", "bo", "acme-admin")}
FIELD = "Access token"


# How a form is filled in is the same whichever way it came; the first two are told in both.
SOCKET = pytest.mark.parametrize("sandbox_url", ["socket"], indirect=True)


@pytest_asyncio.fixture(autouse=True)
async def _nobody_is_linked(slack: Conversation) -> None:
    """The bot's database outlives a reset of the sandbox."""
    for who in ("ann", "bo"):
        await slack.says(who, "/pulumi unlink")


async def opens(slack: Conversation, who: str = "ann") -> Modal:
    """The form, by the slash command."""
    await slack.control("say", {"as": PEOPLE[who], "channel": CHANNELS["platform"], "text": "/pulumi link"})
    return await slack.modal(who, "Link Pulumi account")


async def links(slack: Conversation, who: str, login: str) -> None:
    """Both steps, and the answer."""
    await opens(slack, who)
    await slack.submits(who, {FIELD: TOKENS[login]})
    await slack.modal(who, "Is this you?")
    await slack.submits(who)
    await reads(slack, who, f"Your Pulumi account: {login}, linked")


async def reads(slack: Conversation, who: str, words: str) -> Seen:
    """The message that says so."""
    return await slack._first(who, "platform", lambda raw: words in raw["text"])


async def test_a_token_is_typed_both_identities_are_confirmed_and_whoami_shows_them(slack: Conversation) -> None:
    form = await opens(slack)
    assert "https://app.pulumi.com/account/tokens" in str(form.raw["blocks"])
    asked = await slack.submits("ann", {FIELD: TOKENS["ann"]})
    assert asked
    assert asked.title == "Is this you?"
    for words in ("ann", "Ann Sato", "acme, newco", PEOPLE["ann"]):
        assert words in str(asked.raw["blocks"])
    assert TOKENS["ann"] not in str(asked.raw)
    done = await slack.submits("ann")
    assert done
    assert done.title == "Linked"
    told = await reads(slack, "ann", "Your Pulumi account: ann, linked")
    assert told.only_me
    assert "I act as: pulumi-bot" in told.text


async def test_a_command_that_needs_a_link_goes_on_once_there_is_one(slack: Conversation) -> None:
    refused = await slack.says("ann", "/pulumi token ls")
    assert refused.title == "⚠️ I need your own Pulumi account for that."
    await slack.opens("ann", refused, "Link my Pulumi account")
    await slack.submits("ann", {FIELD: TOKENS["ann"]})
    done = await slack.submits("ann")
    assert done
    assert "I go on with \ntoken ls" in done.text
    answer = await reads(slack, "ann", "active access tokens of yours")
    assert answer.only_me


@SOCKET
async def test_what_is_wrong_with_a_token_is_said_under_it_and_it_stays(slack: Conversation) -> None:
    for typed, words in (
        ("pul-mistyped", "doesn't know that token"),
        ("not a token", "no access token"),
        (TOKENS["acme-admin"], "belongs to no person"),
        (create().pulumi.token, "the token I work with"),
    ):
        await opens(slack)
        form = await slack.submits("ann", {FIELD: typed})
        assert form
        assert words in form.errors[FIELD]
        assert form.values[FIELD] == typed
        await slack.closes("ann", everything=True)


@SOCKET
async def test_story_17_nobody_is_linked_without_confirming(slack: Conversation) -> None:
    await opens(slack)
    await slack.submits("ann", {FIELD: TOKENS["ann"]})
    await slack.closes("ann", everything=True)
    assert "Your Pulumi account: not linked" in (await slack.says("ann", "/pulumi whoami")).text


@SOCKET
async def test_one_account_linked_by_two_people_is_said_before_it_is(slack: Conversation) -> None:
    await links(slack, "ann", "ann")
    await opens(slack, "bo")
    asked = await slack.submits("bo", {FIELD: TOKENS["ann"]})
    assert asked
    assert "count as one person" in asked.text
    assert PEOPLE["ann"] in str(asked.raw["blocks"])


@SOCKET
async def test_another_account_takes_the_place_of_the_first(slack: Conversation) -> None:
    await links(slack, "ann", "ann")
    await opens(slack)
    asked = await slack.submits("ann", {FIELD: TOKENS["bo"]})
    assert asked
    assert "In place of" in asked.text
    await slack.submits("ann")
    assert "Your Pulumi account: bo, linked" in (await reads(slack, "ann", "Your Pulumi account: bo")).text


@SOCKET
async def test_unlink_forgets_it(slack: Conversation) -> None:
    await links(slack, "ann", "ann")
    assert (await slack.says("ann", "/pulumi unlink")).title == "✅ Your Pulumi account is unlinked"
    assert (await slack.says("ann", "/pulumi unlink")).title == "You have no linked account"
    assert "own Pulumi account" in (await slack.says("ann", "/pulumi token ls")).title


@SOCKET
async def test_a_mention_brings_the_button(slack: Conversation) -> None:
    """A line in a channel brings no trigger; a press does."""
    told = await slack.mentions("ann", "@Pulumi link", threaded=False)
    assert told.only_me
    assert "Never write one into a message" in told.text
    assert (await slack.opens("ann", told, "Link my Pulumi account")).title == "Link Pulumi account"


@SOCKET
async def test_a_guest_links_nothing(slack: Conversation) -> None:
    await slack.control("say", {"as": PEOPLE["gus"], "channel": CHANNELS["shop-alerts"], "text": "/pulumi link"})
    await slack.modal("gus", "Link Pulumi account")
    form = await slack.submits("gus", {FIELD: TOKENS["bo"]})
    assert form
    assert "full members" in form.errors[FIELD]


@SOCKET
async def test_a_slow_pulumi_is_waited_for_in_the_form(slack: Conversation) -> None:
    await opens(slack)
    await slack.control("faults", {"service": "pulumi", "kind": "latency", "seconds": 4, "match": "user", "times": 1})
    waiting = await slack.submits("ann", {FIELD: TOKENS["ann"]})
    assert waiting
    assert "Asking Pulumi" in waiting.text
    await slack.modal("ann", "Is this you?")
    done = await slack.submits("ann")
    assert done
    assert done.title == "Linked"
    await reads(slack, "ann", "Your Pulumi account: ann, linked")


@SOCKET
async def test_a_pulumi_that_is_down_for_long_loses_nothing_that_was_typed(slack: Conversation) -> None:
    await opens(slack)
    await slack.control("faults", {"service": "pulumi", "kind": "status", "status": 503, "match": "user", "times": 0})
    await slack.submits("ann", {FIELD: TOKENS["ann"]})
    again = await slack._modal("ann", lambda modal: modal is not None and modal.submit == "Try again")
    assert "Pulumi had an error" in again.text
    await slack.mends()
    await slack.submits("ann")
    assert (await slack.modal("ann", "Is this you?")).submit == "Yes, link it"


@SOCKET
@pytest.mark.timeout(90)
async def test_a_bot_that_died_in_between_asks_to_start_again(slack: Conversation) -> None:
    await opens(slack)
    await slack.submits("ann", {FIELD: TOKENS["ann"]})
    await slack.control("bot/kill", {"restart": True})
    await slack.connected()
    over = await slack.submits("ann")
    assert over
    assert over.title == "Start again"
    assert "no longer have your token" in over.text
