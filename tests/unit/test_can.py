"""`can`: who may, which rule decides, who would have to approve; nothing is asked for by asking about it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.card import Card, Code, Facts, Items, Run, Text
from bot.services.desk import Desk
from sandbox.slack import seed
from tests.town import ANN, Town, bot, ground

POLICY = """
[groups]
approvers = ["@sre", "U0DEE00004", "@ghost"]
auditors = ["U0BO000002"]
[[rule]]
match = { operation = "stack tag *", tags = { env = "dev" } }
approvals = 0
[[rule]]
match = { operation = ["stack rm", "stack tag *"], stack = "acme/*/prod*" }
approvals = 2
reason = true
channel = "#platform"
[[rule]]
match = { operation = "team *" }
refuse = "Teams come from GitHub."
[[rule]]
match = { operation = "stack transfer" }
approvers = ["U0CY000003"]
"""


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with ground() as at, bot(at, tmp_path, policy=POLICY) as town:
        yield town


def facts(card: Card) -> dict[str, str]:
    (found,) = (part for part in card.parts if isinstance(part, Facts))
    return {name: "".join(map(str, line)) for name, line in found.items}


async def test_a_change_is_explained_from_the_rule_to_the_people(place: Town) -> None:
    card = await place.asks("can stack rm shop/prod")
    assert card.title == "Yes: ann may ask: Delete stack acme/shop/prod"
    assert facts(card) == {
        "Who may ask": "every full member of this workspace",
        "Class": "high risk",
        "Decided by": "rule 2 (stack rm or stack tag * on acme/*/prod*)",
        "Needs": "2 approvals, none of them by ann",
        "Who could approve": "bo, cy, dee",
        "ann": "may not approve it",
        "Stands for nobody": "@ghost",
        "Also": "a reason",
        "Asked in": "#platform",
    }
    assert Items((("rule 1 (stack tag * tagged env=dev): it is about stack tag *",),)) in card.parts
    assert card.parts[-1] == Text((Code("stack rm acme/shop/prod"),))


async def test_the_class_of_the_arguments_counts(place: Town) -> None:
    card = await place.asks("can stack rm shop/prod --force")
    assert facts(card)["Class"] == "admin risk"
    assert facts(card)["Also"] == "a reason, whoever approves types prod"


@pytest.mark.parametrize("mention", [f"<@{seed.BO}>", f"<@{seed.BO}|bo>"])
async def test_it_can_be_asked_for_somebody_else(place: Town, mention: str) -> None:
    card = await place.asks(f"can {mention} stack rm shop/prod")
    assert card.title == "Yes: bo may ask: Delete stack acme/shop/prod"
    assert facts(card)["Who could approve"] == "cy, dee"
    assert facts(card)["bo"] == "may approve it when somebody else asks"


@pytest.mark.parametrize(
    ("user", "says"), [(seed.GUS, "is a guest"), (seed.TIM, "is deactivated"), (seed.BOT, "is a bot")]
)
async def test_whoever_may_ask_for_nothing_is_told_why(place: Town, user: str, says: str) -> None:
    card = await place.asks(f"can <@{user}> stack rm shop/prod")
    assert card.title.startswith("No: ")
    assert says in str(card.parts)


async def test_too_few_who_could_approve_is_said_before_anybody_asks(place: Town) -> None:
    card = await place.asks(f"can <@{seed.CY}> stack transfer shop/staging newco")
    assert card.title.startswith("No: cy may ask, but too few could approve: ")
    assert card.parts[0] == Text(("It needs 1 of cy, and nobody is eligible besides cy.",))


async def test_confirming_it_oneself_is_said(place: Town) -> None:
    card = await place.asks("can stack tag set shop/dev owner ann")
    assert facts(card)["Decided by"] == "rule 1 (stack tag * tagged env=dev)"
    assert facts(card)["Needs"] == "nobody else: ann confirms it"


async def test_what_policy_refuses_is_refused_with_its_reason(place: Town) -> None:
    card = await place.asks("can team create core --org acme")
    assert card.title.startswith("No: nobody may now: ")
    assert card.parts[0] == Text(("Refused by rule 3 (team *): Teams come from GitHub.",))


async def test_without_approvers_the_two_lines_are_told(tmp_path: Path) -> None:
    async with ground() as at, bot(at, tmp_path, policy="") as town:
        card = await town.asks("can stack rm shop/prod")
        assert card.title.startswith("No: nobody may now: ")
        assert 'approvers = ["@sre"]' in str(card.parts)


async def test_reads_are_for_everybody_and_the_audit_log_for_auditors(place: Town) -> None:
    card = await place.asks("can why shop/prod")
    assert (card.title, facts(card)["Approvals"]) == ("Yes: ann may ask for why", "none: it changes nothing")
    for user, answer in ((seed.ANN, "Yes"), (seed.BO, "Yes"), (seed.CY, "No")):
        card = await place.asks(f"can <@{user}> org audit-log ls acme")
        assert card.title.startswith(f"{answer}: "), user
        asker = replace(place, where=replace(ANN, user=user))
        really = await asker.asks("org audit-log ls acme")
        assert really.title.startswith("The audit log is for") is (answer == "No"), "and that is how it is"


async def test_commands_of_the_bots_own_are_for_every_member(place: Town) -> None:
    assert (await place.asks("can whoami")).title == "Yes: ann may use whoami"


async def test_buttons_go_on_asking_about_it_and_run_nothing(place: Town) -> None:
    card = await place.asks(f"can <@{seed.BO}> stack rm prod")
    assert card.title == "Which prod?"
    for button in card.buttons:
        assert isinstance(button, Run)
        assert button.command == f"can <@{seed.BO}> {button.label}"
        assert Desk.parse(place.desk, button.command).entry.name == "can"
    wrong = await place.asks("can stack transfr shop/prod newco")
    assert all(isinstance(button, Run) and button.command.startswith("can ") for button in wrong.buttons)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("can", "Which command?"),
        (f"can <@{seed.BO}>", "Which command?"),
        ("can @bo stack rm x", "I can't tell who @bo is."),
        ("can stack rm acme/shop/nope", "acme/shop/nope doesn't exist, or my token cannot see it."),
        ('can stack tag set shop/dev owner "x', 'The quote at "x is never closed.'),
    ],
)
async def test_what_cannot_be_explained_says_why(place: Town, line: str, says: str) -> None:
    assert (await place.asks(line)).title == says


async def test_asking_about_a_change_stores_nothing(place: Town) -> None:
    await place.asks("can stack rm shop/prod")
    assert await place.services.decisions.listed(()) == []
