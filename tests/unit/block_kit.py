"""Block Kit made in short, and blocks that just fit every limit."""

from typing import Any

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
