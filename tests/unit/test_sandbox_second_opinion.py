"""The fake's Block Kit rules beside an independent package's (`slackblocks`): at each limit, beyond it, on the cards.

Where the two differ, this file says which is right and why; a difference that is gone fails, too.
"""

import json
from pathlib import Path

import pytest

from sandbox.slack.block_rules import SURFACES
from sandbox.slack.blocks import Surface, problems, view_problems
from tests.unit.block_faults import BAD
from tests.unit.block_kit import (
    GOOD,
    Json,
    actions,
    cell,
    image,
    inputs,
    mrkdwn,
    plain,
    prose,
    rich,
    section,
    task,
    word,
)
from tests.unit.block_limits import LIMITS, VIEWS, Limit
from tests.unit.second_opinion import NoOpinionError, opinion, view_opinion

CARDS = sorted((Path(__file__).parents[1] / "golden" / "__snapshots__").glob("*/*.json"))


@pytest.mark.parametrize("card", CARDS, ids=[f"{path.parent.name}-{path.stem}" for path in CARDS])
def test_both_take_every_card(card: Path) -> None:
    """A card, a modal, or all messages of a request by their keys."""
    kept = json.loads(card.read_text("utf-8"))
    for one in [kept] if "blocks" in kept else kept.values():
        surface: Surface = "modal" if one.get("type") == "modal" else "message"
        assert problems(one["blocks"], surface) == []
        assert opinion(one["blocks"], surface) is None
        assert surface == "message" or view_problems(one) == []


def test_there_are_cards() -> None:
    assert len(CARDS) > 20


@pytest.mark.parametrize("limit", LIMITS, ids=[limit.name for limit in LIMITS])
def test_both_draw_the_same_line(limit: Limit) -> None:
    fits, beyond = [limit.make(limit.most)], [limit.make(limit.most + 1)]
    assert problems(fits, limit.surface) == []
    assert opinion(fits, limit.surface) is None
    assert problems(beyond, limit.surface)
    assert opinion(beyond, limit.surface)


@pytest.mark.parametrize("limit", VIEWS, ids=[limit.name for limit in VIEWS])
def test_both_draw_the_same_line_around_modals(limit: Limit) -> None:
    fits, beyond = limit.make(limit.most), limit.make(limit.most + 1)
    assert (view_problems(fits), view_opinion(fits)) == ([], None)
    assert view_problems(beyond)
    assert view_opinion(beyond)


def test_both_count_the_blocks_of_a_message_and_all_markdown_in_it() -> None:
    half = {"type": "markdown", "text": "x" * 6001}
    for blocks in ([{"type": "divider"}] * 51, [half, half]):
        assert problems(blocks)
        assert opinion(blocks)


# What the fake takes and the package does not: the fake is right.
STRICTER = {
    "If using `option_groups`": "Slack's initial option is an option, also where there are groups",
    "Table cells must be one of": "Slack's cells may hold a whole `rich_text` block; slack_sdk builds such",
}
# What the fake refuses and the package does not: it is no judge of what its own constructors cannot be given wrong.
LAXER = {
    "it makes plain text of any text": [
        "must provide an object [json-pointer:/blocks/0/text]",
        "unsupported type: mrkdwn",
    ],
    "it leaves the surroundings of an element to Slack": [
        "unsupported type: plain_text_input",
        "unsupported type: multi_static_select",
    ],
    "it knows no addresses, styles and flags": ["invalid url", "style]", "must provide a boolean"],
    "it compares no field with another": [
        "already exists",
        "must provide either `options` or `option_groups`",
        "must exactly match",
        "same number of cells",
    ],
    "it takes any text, also none, and makes up an `alt_text`": [
        "must be more than 0 characters",
        "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]",
        "missing required field: alt_text",
    ],
    "it looks at the length of a string, not at its type": [
        "must provide a string",
        "must provide an integer",
        "must provide a number",
    ],
    "it gives every option a `url`": ["invalid additional property: url"],
}


NOTHING = "It does not know "


def judged(block: Json) -> str | None:
    """Its opinion; where it has none, the fake's stands alone."""
    try:
        return opinion([block])
    except NoOpinionError as nothing:
        return f"{NOTHING}{nothing}"


@pytest.mark.parametrize("block", GOOD, ids=[f"{number}-{block['type']}" for number, block in enumerate(GOOD)])
def test_what_fits_the_fake_fits_both(block: Json) -> None:
    said = judged(block)
    assert said is None or said.startswith((NOTHING, *STRICTER)), said


@pytest.mark.parametrize(("block", "problem"), BAD, ids=[f"{number}-{words}" for number, (_, words) in enumerate(BAD)])
def test_what_the_fake_refuses_both_refuse_or_the_table_says_why(block: Json, problem: str) -> None:
    reasons = [reason for reason, words in LAXER.items() if any(each in problem for each in words)]
    assert judged(block) or reasons, problem


def test_every_difference_in_the_tables_is_one() -> None:
    heard = [said for said in map(judged, GOOD) if said]
    for start in STRICTER:
        assert any(said.startswith(start) for said in heard), start
    passed = [problem for block, problem in BAD if judged(block) is None]
    for words in (each for several in LAXER.values() for each in several):
        assert any(words in problem for problem in passed), words


SAMPLES: dict[str, Json] = {
    "actions": actions({"type": "button", "text": plain("Go")}),
    "alert": {"type": "alert", "text": plain("x")},
    "context": {"type": "context", "elements": [mrkdwn("x")]},
    "context_actions": {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain("Delete")}],
    },
    "divider": {"type": "divider"},
    "header": {"type": "header", "text": plain("x")},
    "image": image(),
    "input": inputs({"type": "plain_text_input"}),
    "markdown": {"type": "markdown", "text": "x"},
    "plan": {"type": "plan", "title": "x", "tasks": [task()]},
    "rich_text": rich(prose(word())),
    "section": section(),
    "table": {"type": "table", "rows": [[cell()]]},
    "task_card": task(),
}


def test_every_block_has_a_sample() -> None:
    assert SAMPLES.keys() == frozenset().union(*SURFACES.values())


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
@pytest.mark.parametrize("kind", SAMPLES)
def test_both_let_the_same_blocks_onto_a_surface(kind: str, surface: Surface) -> None:
    assert (problems([SAMPLES[kind]], surface) == []) is (opinion([SAMPLES[kind]], surface) is None)
