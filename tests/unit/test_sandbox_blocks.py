"""Block Kit's rules in the fake workspace: what just fits is taken, one more is refused where Slack refuses it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.blocks import Surface, problems, view_problems

Json = dict[str, Any]


def plain(text: str, **more: object) -> Json:
    return {"type": "plain_text", "text": text, **more}


def mrkdwn(text: str, **more: object) -> Json:
    return {"type": "mrkdwn", "text": text, **more}


def option(text: str = "One", value: str = "1", **more: object) -> Json:
    return {"text": plain(text), "value": value, **more}


def options(count: int) -> list[Json]:
    return [option(f"Option {number}", str(number)) for number in range(count)]


def button(**more: object) -> Json:
    return {"type": "button", "text": plain("Go"), **more}


def menu(**more: object) -> Json:
    return {"type": "static_select", "action_id": "menu", "placeholder": plain("Pick"), **more}


def section(**more: object) -> Json:
    return {"type": "section", **(more or {"text": mrkdwn("Hello")})}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def context(*elements: Json) -> Json:
    return {"type": "context", "elements": list(elements)}


def inputs(element: Json, **more: object) -> Json:
    return {"type": "input", "label": plain("Name"), "element": element, **more}


def rich(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": list(parts)}


def prose(*pieces: Json, kind: str = "section", **more: object) -> Json:
    return {"type": f"rich_text_{kind}", "elements": list(pieces), **more}


def word(text: str = "a", **more: object) -> Json:
    return {"type": "text", "text": text, **more}


def cell(text: str = "a") -> Json:
    return {"type": "raw_text", "text": text}


def table(*rows: list[Json], **more: object) -> Json:
    return {"type": "table", "rows": list(rows), **more}


def task(name: str = "t1", **more: object) -> Json:
    return {"type": "task_card", "task_id": name, "title": "Preview", "status": "complete", **more}


def plan(*tasks: Json) -> Json:
    return {"type": "plan", "title": "Update 42", "tasks": list(tasks)}


def confirm(**more: object) -> Json:
    fields = {"title": plain("Sure?"), "text": mrkdwn("It *goes*"), "confirm": plain("Yes"), "deny": plain("No")}
    return {**fields, **more}


def image(**more: object) -> Json:
    return {"type": "image", "image_url": "https://acme.example/a.png", "alt_text": "A", **more}


def modal(*blocks: Json, **more: object) -> Json:
    return {"type": "modal", "title": plain("Approve"), "blocks": list(blocks), **more}


PLAIN_INPUT: Json = {"type": "plain_text_input", "action_id": "name"}

GOOD: list[Json] = [
    section(),
    section(text=plain("x" * 3000), accessory=button(action_id="a", value="v" * 2000)),
    section(fields=[mrkdwn("x" * 2000)] * 10),
    section(text=mrkdwn("x", verbatim=True), accessory=image(), expand=True),
    section(
        text=mrkdwn("x"), accessory={"type": "overflow", "options": [*options(4), option(url="https://a.example")]}
    ),
    {"type": "header", "text": plain("x" * 150, emoji=False)},
    {"type": "divider", "block_id": "d" * 255},
    context(*[mrkdwn("x")] * 9, image()),
    actions(*[button() for _ in range(25)]),
    actions(button(style="danger", url="https://app.pulumi.com/acme", confirm=confirm(style="danger"))),
    actions(button(accessibility_label="l" * 75, text=plain("x" * 75))),
    actions(menu(options=options(100), initial_option=options(1)[0])),
    actions(menu(option_groups=[{"label": plain("G"), "options": options(2)}], initial_option=options(2)[1])),
    actions({"type": "external_select", "placeholder": plain("Find"), "min_query_length": 0}),
    actions({"type": "radio_buttons", "options": options(10)}, {"type": "checkboxes", "options": options(10)}),
    actions({"type": "datepicker", "initial_date": "2026-11-24"}, {"type": "timepicker", "initial_time": "09:30"}),
    image(title=plain("x" * 2000), alt_text="x" * 2000),
    inputs(PLAIN_INPUT, hint=plain("x" * 2000), optional=True),
    inputs({"type": "multi_static_select", "options": options(2), "initial_options": options(2)}),
    inputs({"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
    {"type": "markdown", "text": "x" * 12_000},
    rich(prose(word("a", style={"bold": True, "code": True}), word(" "), {"type": "link", "url": "https://a.example"})),
    rich(prose({"type": "user", "user_id": "U1", "style": {"highlight": True}}, {"type": "emoji", "name": "wave"})),
    rich(prose({"type": "usergroup", "usergroup_id": "S1"}, {"type": "channel", "channel_id": "C1"})),
    rich(prose({"type": "date", "timestamp": 1_795_526_400, "format": "{date_short}", "fallback": "today"})),
    rich(prose({"type": "broadcast", "range": "here"})),
    rich(prose(word(), kind="quote", border=1), prose(word("a\nb"), kind="preformatted")),
    rich(prose(prose(word()), prose(word()), kind="list", style="ordered", indent=8, offset=3)),
    table(
        [cell()] * 20,
        [cell(), rich(prose(word())), {"type": "raw_number", "value": 1.5, "text": "1.5"}] + [cell()] * 17,
    ),
    table(*[[cell()]] * 100, column_settings=[None, {"align": "right", "is_wrapped": True}]),
    task(details=rich(prose(word())), sources=[{"type": "url", "url": "https://a.example", "text": "Log"}]),
    plan(*[task(f"t{number}", status="pending") for number in range(50)]),
    plan({"task_id": "t1", "title": "Untyped", "status": "in_progress"}),
    {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain("Delete")}]},
]


@pytest.mark.parametrize("block", GOOD, ids=[f"{number}-{block['type']}" for number, block in enumerate(GOOD)])
def test_what_fits_is_taken(block: Json) -> None:
    assert problems([block]) == []


BAD: list[tuple[Json, str]] = [
    ({"type": "sections"}, "unsupported type: sections [json-pointer:/blocks/0/type]"),
    ({"text": plain("x")}, "missing required field: type [json-pointer:/blocks/0]"),
    ({"type": "divider", "text": "x"}, "invalid additional property: text [json-pointer:/blocks/0]"),
    ({"type": "divider", "block_id": "d" * 256}, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    (section(accessory=button()), "missing required field: text [json-pointer:/blocks/0]"),
    (section(text="Hello"), "must provide an object [json-pointer:/blocks/0/text]"),
    (section(text=mrkdwn("x" * 3001)), "failed to match all allowed schemas [json-pointer:/blocks/0/text]"),
    (section(text=mrkdwn("x" * 3001)), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    (section(text=mrkdwn("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    (section(text=mrkdwn(" \n")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    (section(text=mrkdwn("x", emoji=True)), "invalid additional property: emoji [json-pointer:/blocks/0/text]"),
    (section(text=plain("x", verbatim=True)), "invalid additional property: verbatim [json-pointer:/blocks/0/text]"),
    (section(text={"type": "markdown", "text": "x"}), "unsupported type: markdown [json-pointer:/blocks/0/text/type]"),
    (section(fields=[mrkdwn("x")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    (
        section(fields=[mrkdwn("x"), mrkdwn("x" * 2001)]),
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/1/text]",
    ),
    (
        section(text=mrkdwn("x"), accessory=mrkdwn("x")),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/accessory/type]",
    ),
    ({"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
    (context(*[mrkdwn("x")] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/elements]"),
    (context(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    (context(button()), "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"),
    (actions(*[button()] * 26), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"),
    (actions(mrkdwn("x")), "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/type]"),
    (actions(PLAIN_INPUT), "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    (
        actions({"type": "multi_static_select", "options": options(1)}),
        "unsupported type: multi_static_select [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        actions(button(text=mrkdwn("x"))),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    (
        actions(button(text=plain("x" * 76))),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (actions(button(value="v" * 2001)), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"),
    (actions(button(value=7)), "must provide a string [json-pointer:/blocks/0/elements/0/value]"),
    (actions(button(style="default")), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    (actions(button(url="app.pulumi.com")), "invalid url [json-pointer:/blocks/0/elements/0/url]"),
    (
        actions(button(url="https://a.example/" + "x" * 3000)),
        "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        actions(button(accessibility_label="l" * 76)),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/accessibility_label]",
    ),
    (
        actions(button(action_id="a" * 256)),
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        actions(button(action_id="a"), button(action_id="a")),
        '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ),
    (
        actions(button(confirm={"title": plain("Sure?"), "text": plain("x"), "confirm": plain("Yes")})),
        "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    (
        actions(button(confirm=confirm(confirm=plain("x" * 31)))),
        "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]",
    ),
    (
        actions(button(confirm=confirm(title=plain("x" * 101)))),
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    (
        actions(button(confirm=confirm(text=mrkdwn("x" * 301)))),
        "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]",
    ),
    (actions(menu(options=options(101))), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (actions(menu(options=[])), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (actions(menu()), "must provide either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]"),
    (
        actions(menu(options=options(1), option_groups=[{"label": plain("G"), "options": options(1)}])),
        "must provide either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(menu(options=options(2), initial_option=option("Option 0", "7"))),
        "initial option must exactly match a provided option [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(menu(options=[option("x" * 76)])),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    (
        actions(menu(options=[option(value="v" * 151)])),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        actions(menu(options=[option(description=plain("x" * 76))])),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/description/text]",
    ),
    (
        actions(menu(options=[option(url="https://a.example")])),
        "invalid additional property: url [json-pointer:/blocks/0/elements/0/options/0]",
    ),
    (
        actions(menu(options=options(1), placeholder=plain("x" * 151))),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]",
    ),
    (
        actions({"type": "overflow", "options": options(6)}),
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions({"type": "radio_buttons", "options": options(11)}),
        "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions({"type": "datepicker", "initial_date": "24.11.2026"}),
        "must be a valid date [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    (image(alt_text=""), "must be more than 0 characters [json-pointer:/blocks/0/alt_text]"),
    (
        {"type": "image", "image_url": "https://a.example/a"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    ({"type": "image", "alt_text": "A"}, "must provide either `image_url` or `slack_file` [json-pointer:/blocks/0]"),
    (image(title=mrkdwn("x")), "unsupported type: mrkdwn [json-pointer:/blocks/0/title/type]"),
    (inputs(button()), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    ({"type": "input", "label": plain("x")}, "missing required field: element [json-pointer:/blocks/0]"),
    (
        inputs(PLAIN_INPUT | {"max_length": 3001}),
        "must be less than or equal to 3000 [json-pointer:/blocks/0/element/max_length]",
    ),
    (inputs(PLAIN_INPUT | {"multiline": "true"}), "must provide a boolean [json-pointer:/blocks/0/element/multiline]"),
    (inputs({"type": "number_input"}), "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]"),
    ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters [json-pointer:/blocks/0/text]"),
    ({"type": "markdown", "text": plain("x")}, "must provide a string [json-pointer:/blocks/0/text]"),
    (rich(word()), "unsupported type: text [json-pointer:/blocks/0/elements/0/type]"),
    (rich(prose()), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/elements]"),
    (rich(prose(mrkdwn("x"))), "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/elements/0/type]"),
    (rich(prose(word(""))), "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]"),
    (
        rich(prose(word("a", style={"blink": True}))),
        "invalid additional property: blink [json-pointer:/blocks/0/elements/0/elements/0/style]",
    ),
    (
        rich(prose(word("a", style="bold"))),
        "must provide an object [json-pointer:/blocks/0/elements/0/elements/0/style]",
    ),
    (rich(prose({"type": "link"})), "missing required field: url [json-pointer:/blocks/0/elements/0/elements/0]"),
    (
        rich(prose({"type": "user", "id": "U1"})),
        "missing required field: user_id [json-pointer:/blocks/0/elements/0/elements/0]",
    ),
    (
        rich(prose({"type": "broadcast", "range": "all"})),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/elements/0/range]",
    ),
    (
        rich(prose({"type": "date", "timestamp": "today", "format": "{date}"})),
        "must provide a number [json-pointer:/blocks/0/elements/0/elements/0/timestamp]",
    ),
    (rich(prose(prose(word()), kind="list")), "missing required field: style [json-pointer:/blocks/0/elements/0]"),
    (
        rich(prose(word(), kind="list", style="bullet")),
        "unsupported type: text [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    (
        rich(prose(prose(word()), kind="list", style="bullet", indent=9)),
        "must be less than or equal to 8 [json-pointer:/blocks/0/elements/0/indent]",
    ),
    (table(*[[cell()]] * 101), "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
    (table([cell()] * 21), "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
    (table([cell()], [cell(), cell()]), "all rows must have the same number of cells [json-pointer:/blocks/0/rows/1]"),
    (table([plain("x")]), "unsupported type: plain_text [json-pointer:/blocks/0/rows/0/0/type]"),
    (table([cell("")]), "must be more than 0 characters [json-pointer:/blocks/0/rows/0/0/text]"),
    (
        table([cell()], column_settings=[{"align": "middle"}]),
        "must be a valid enum value [json-pointer:/blocks/0/column_settings/0/align]",
    ),
    (task(status="completed"), "must be a valid enum value [json-pointer:/blocks/0/status]"),
    (task(status="pending"), "must be a valid enum value [json-pointer:/blocks/0/status]"),
    (task(title=plain("x")), "must provide a string [json-pointer:/blocks/0/title]"),
    (task(details=plain("x")), "unsupported type: plain_text [json-pointer:/blocks/0/details/type]"),
    (plan(*[task(f"t{n}") for n in range(51)]), "no more than 50 items allowed [json-pointer:/blocks/0/tasks]"),
    (plan(task(), task()), '`task_id` "t1" already exists [json-pointer:/blocks/0/tasks/1/task_id]'),
    (plan(task(status="completed")), "must be a valid enum value [json-pointer:/blocks/0/tasks/0/status]"),
    ({"type": "alert", "text": plain("x")}, "unsupported type: alert [json-pointer:/blocks/0/type]"),
    (
        actions({"type": "external_select", "min_query_length": 1.5}),
        "must provide an integer [json-pointer:/blocks/0/elements/0/min_query_length]",
    ),
    (
        actions({"type": "external_select", "min_query_length": -1}),
        "must be greater than or equal to 0 [json-pointer:/blocks/0/elements/0/min_query_length]",
    ),
]


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
