"""Every limit of Block Kit as (name, most, what to make of a number); `VIEWS` are whole modals."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from tests.unit.block_kit import (
    Json,
    actions,
    button,
    cell,
    confirm,
    context,
    image,
    inputs,
    menu,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    plan,
    prose,
    rich,
    section,
    table,
    task,
    word,
)


class Limit(NamedTuple):
    """`make(most)` just fits on its surface, `make(most + 1)` does not."""

    name: str
    most: int
    make: Callable[[int], Json]
    surface: Literal["message", "modal"] = "message"


def _x(count: int) -> str:
    return "x" * count


def _button(**more: Any) -> Json:
    return actions(button(**more))


def _groups(count: int) -> list[Json]:
    return [{"label": plain(f"Group {number}"), "options": options(1)} for number in range(count)]


def _feedback(**more: Any) -> Json:
    good = {"text": plain("Good"), "value": "+", **more}
    both = {"positive_button": good, "negative_button": {"text": plain("Bad"), "value": "-"}}
    return {"type": "context_actions", "elements": [{"type": "feedback_buttons", **both}]}


def _icon(**more: Any) -> Json:
    icon = {"type": "icon_button", "icon": "trash", "text": plain("Delete"), **more}
    return {"type": "context_actions", "elements": [icon]}


def _text_input(kind: str = "plain_text_input", **more: Any) -> Json:
    return inputs({"type": kind, "action_id": "name", **more})


def _listed(**more: Any) -> Json:
    return rich(prose(prose(word()), kind="list", style="bullet", **more))


LIMITS = [
    Limit("block_id", 255, lambda n: {"type": "divider", "block_id": _x(n)}),
    Limit("action_id", 255, lambda n: _button(action_id=_x(n))),
    Limit("section text", 3000, lambda n: section(text=mrkdwn(_x(n)))),
    Limit("section fields", 10, lambda n: section(fields=[mrkdwn("x")] * n)),
    Limit("section field", 2000, lambda n: section(fields=[mrkdwn(_x(n))])),
    Limit("header", 150, lambda n: {"type": "header", "text": plain(_x(n))}),
    Limit("context elements", 10, lambda n: context(*[mrkdwn("x")] * n)),
    Limit("context text", 3000, lambda n: context(mrkdwn(_x(n)))),
    Limit("actions", 25, lambda n: actions(*[button(action_id=f"a{k}") for k in range(n)])),
    Limit("button text", 75, lambda n: _button(text=plain(_x(n)))),
    Limit("button value", 2000, lambda n: _button(value=_x(n))),
    Limit("button url", 3000, lambda n: _button(url="https://a.example/" + _x(n - 18))),
    Limit("button label", 75, lambda n: _button(accessibility_label=_x(n))),
    Limit("confirm title", 100, lambda n: _button(confirm=confirm(title=plain(_x(n))))),
    Limit("confirm text", 300, lambda n: _button(confirm=confirm(text=mrkdwn(_x(n))))),
    Limit("confirm yes", 30, lambda n: _button(confirm=confirm(confirm=plain(_x(n))))),
    Limit("confirm no", 30, lambda n: _button(confirm=confirm(deny=plain(_x(n))))),
    Limit("option text", 75, lambda n: actions(menu(options=[option(_x(n))]))),
    Limit("option value", 150, lambda n: actions(menu(options=[option(value=_x(n))]))),
    Limit("option description", 75, lambda n: actions(menu(options=[option(description=plain(_x(n)))]))),
    Limit("options", 100, lambda n: actions(menu(options=options(n)))),
    Limit("option groups", 100, lambda n: actions(menu(option_groups=_groups(n)))),
    Limit("group label", 75, lambda n: actions(menu(option_groups=[{"label": plain(_x(n)), "options": options(1)}]))),
    Limit("group options", 100, lambda n: actions(menu(option_groups=[{"label": plain("G"), "options": options(n)}]))),
    Limit("placeholder", 150, lambda n: actions(menu(options=options(1), placeholder=plain(_x(n))))),
    Limit("overflow", 5, lambda n: actions({"type": "overflow", "options": options(n)})),
    Limit("radio buttons", 10, lambda n: actions({"type": "radio_buttons", "options": options(n)})),
    Limit("checkboxes", 10, lambda n: actions({"type": "checkboxes", "options": options(n)})),
    Limit("image url", 3000, lambda n: image(image_url="https://a.example/" + _x(n - 18))),
    Limit("image alt", 2000, lambda n: image(alt_text=_x(n))),
    Limit("image title", 2000, lambda n: image(title=plain(_x(n)))),
    Limit("markdown", 12_000, lambda n: {"type": "markdown", "text": _x(n)}),
    Limit("table rows", 100, lambda n: table(*[[cell()]] * n)),
    Limit("table columns", 20, lambda n: table([cell()] * n)),
    Limit("column settings", 20, lambda n: table([cell()], column_settings=[{"align": "right"}] * n)),
    Limit("plan tasks", 50, lambda n: plan(*[task(f"t{k}") for k in range(n)])),
    Limit("list indent", 8, lambda n: _listed(indent=n)),
    Limit("list border", 1, lambda n: _listed(border=n)),
    Limit("context actions", 5, lambda n: {"type": "context_actions", "elements": _icon()["elements"] * n}),
    Limit("feedback text", 75, lambda n: _feedback(text=plain(_x(n)))),
    Limit("feedback value", 2000, lambda n: _feedback(value=_x(n))),
    Limit("feedback label", 75, lambda n: _feedback(accessibility_label=_x(n))),
    Limit("icon value", 2000, lambda n: _icon(value=_x(n))),
    Limit("icon label", 75, lambda n: _icon(accessibility_label=_x(n))),
    Limit("icon viewers", 10, lambda n: _icon(visible_to_user_ids=["U1"] * n)),
    Limit("input label", 2000, lambda n: inputs({"type": "plain_text_input"}, label=plain(_x(n))), "modal"),
    Limit("input hint", 2000, lambda n: inputs({"type": "plain_text_input"}, hint=plain(_x(n))), "modal"),
    Limit("input placeholder", 150, lambda n: _text_input(placeholder=plain(_x(n))), "modal"),
    Limit("input max_length", 3000, lambda n: _text_input(max_length=n), "modal"),
    Limit("input min_length", 3000, lambda n: _text_input(min_length=n), "modal"),
    Limit("rich input lines", 100, lambda n: _text_input("rich_text_input", max_lines=n), "modal"),
    Limit("files", 10, lambda n: inputs({"type": "file_input", "max_files": n}), "modal"),
    Limit("alert", 200, lambda n: {"type": "alert", "text": plain(_x(n))}, "modal"),
]

VIEWS = [
    Limit("title", 24, lambda n: modal(title=plain(_x(n)))),
    Limit("submit", 24, lambda n: modal(submit=plain(_x(n)))),
    Limit("close", 24, lambda n: modal(close=plain(_x(n)))),
    Limit("private_metadata", 3000, lambda n: modal(private_metadata=_x(n))),
    Limit("callback_id", 255, lambda n: modal(callback_id=_x(n))),
    Limit("external_id", 255, lambda n: modal(external_id=_x(n))),
    Limit("view blocks", 100, lambda n: modal(*[{"type": "divider"}] * n)),
]
