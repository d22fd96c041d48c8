"""Block Kit's rules in the fake workspace: what just fits is taken, one more is refused where Slack refuses it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.blocks import Surface, problems, view_problems
from tests.unit.block_faults import BAD
from tests.unit.block_kit import (
    GOOD,
    PLAIN_INPUT,
    Json,
    actions,
    button,
    cell,
    inputs,
    modal,
    mrkdwn,
    plain,
    plan,
    prose,
    rich,
    section,
    table,
    task,
    word,
)


@pytest.mark.parametrize("block", GOOD, ids=[f"{number}-{block['type']}" for number, block in enumerate(GOOD)])
def test_what_fits_is_taken(block: Json) -> None:
    assert problems([block]) == []


@pytest.mark.parametrize(
    ("block", "problem"), BAD, ids=[f"{number}-{problem}" for number, (_, problem) in enumerate(BAD)]
)
def test_what_does_not_fit_is_refused_where_it_stands(block: Json, problem: str) -> None:
    assert problem in problems([block])


def test_a_message_takes_50_blocks_and_a_view_100() -> None:
    assert not problems([{"type": "divider"}] * 50)
    assert problems([{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]
    assert not problems([{"type": "divider"}] * 100, "home")
    assert problems([{"type": "divider"}] * 101, "modal") == ["no more than 100 items allowed [json-pointer:/blocks]"]


def test_block_ids_are_unique_and_action_ids_only_within_their_block() -> None:
    twice = {"type": "divider", "block_id": "a"}
    assert problems([twice, twice]) == ['`block_id` "a" already exists [json-pointer:/blocks/1/block_id]']
    assert not problems([actions(button(action_id="go")), actions(button(action_id="go"))])


def test_one_table_per_message() -> None:
    assert problems([table([cell()]), section(), table([cell()])]) == [
        "only_one_table_allowed [json-pointer:/blocks/2]"
    ]


def test_task_cards_do_not_mix_with_a_plan() -> None:
    assert problems([plan(task()), task("t2")]) == [
        "`task_card` and `plan` blocks cannot be mixed [json-pointer:/blocks/1]"
    ]


def test_markdown_is_counted_over_all_blocks() -> None:
    half = {"type": "markdown", "text": "x" * 6001}
    assert len(problems([half, half])) == 1


@pytest.mark.parametrize(
    ("block", "surface", "taken"),
    [
        ({"type": "alert", "text": plain("x")}, "modal", True),
        ({"type": "alert", "text": plain("x")}, "home", False),
        (plan(task()), "modal", False),
        (table([cell()]), "home", True),
        (table([cell()]), "modal", False),
        ({"type": "markdown", "text": "x"}, "home", False),
        (rich(prose(word())), "modal", True),
    ],
)
def test_each_surface_has_its_blocks(block: Json, surface: Surface, taken: bool) -> None:  # noqa: FBT001 - a table's column
    assert (problems([block], surface) == []) is taken


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (modal(inputs(PLAIN_INPUT), submit=plain("Send")), None),
        (modal(inputs(PLAIN_INPUT)), "must define `submit` to use an `input` block in modals [json-pointer:/view]"),
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(close=mrkdwn("x")), "unsupported type: mrkdwn [json-pointer:/view/close/type]"),
        (modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
        (modal(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
        (modal({"type": "what"}), "unsupported type: what [json-pointer:/view/blocks/0/type]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        ({"type": "home"}, "missing required field: blocks [json-pointer:/view]"),
        (
            {"type": "home", "blocks": [], "title": plain("x")},
            "invalid additional property: title [json-pointer:/view]",
        ),
        ({"type": "sheet", "blocks": []}, "unsupported type: sheet [json-pointer:/view/type]"),
    ],
)
def test_views(view: Json, problem: str | None) -> None:
    assert view_problems(view) == ([problem] if problem else [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["mrkdwn", "button", "section"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "rows", "accessory", "options"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_answered(blocks: object) -> None:
    """Whatever a client sends, the answer is a list of problems, never a crash."""
    for surface in ("message", "modal", "home"):
        assert all("[json-pointer:/blocks" in problem for problem in problems(blocks, surface))
    assert isinstance(view_problems(blocks), list)


@settings(deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_an_unknown_field_is_refused_wherever_it_stands(block: Json, data: st.DataObject) -> None:
    """Every object inside every valid block takes exactly its own fields."""
    block = json.loads(json.dumps(block))
    places = list(_objects(block))
    data.draw(st.sampled_from(places))["unheard_of"] = True
    assert any(problem.startswith("invalid additional property: unheard_of") for problem in problems([block]))


def _objects(node: object) -> list[Json]:
    if isinstance(node, dict):
        return [node, *(found for value in node.values() for found in _objects(value))]
    return [found for value in node for found in _objects(value)] if isinstance(node, list) else []
