"""Says what Slack would say of blocks and views: each problem with the place where it stands.

The limits are in `block_rules.py`. Messages are worded as Slack words them, in its order: a block's own fields first,
then the rules between blocks.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from sandbox.slack import block_rules as rules
from sandbox.slack.block_kinds import Flag, Many, Num, One, Plain, Rule, Shape, Str, Text
from sandbox.slack.model import Json

Surface = Literal["message", "modal", "home"]
INNER: Mapping[str, Shape] = {**rules.ELEMENTS, **rules.RICH_TEXT}
FORMS = {
    "url": (re.compile(r"(?:(?:https?|slack)://|(?:mailto|tel):)\S+", re.IGNORECASE), "invalid url"),
    "link": (re.compile(r"\S+"), "invalid url"),
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), "must be a valid date"),
    "time": (re.compile(r"\d\d:\d\d"), "must be a valid time"),
}


def problems(blocks: object, surface: Surface = "message", at: str = "/blocks") -> list[str]:
    """Everything Slack would refuse in these blocks, as `words [json-pointer:…]`; empty when it takes them."""
    check = _Check()
    if not isinstance(blocks, list):
        return [f"must provide an array [json-pointer:{at}]"]
    if len(blocks) > rules.MOST_BLOCKS[surface]:
        check.say(f"no more than {rules.MOST_BLOCKS[surface]} items allowed", at)
    for number, block in enumerate(blocks):
        check.block(block, surface, f"{at}/{number}")
    if not check.found:
        for words, place in _between(blocks, at):
            check.say(words, place)
    return check.found


def view_problems(view: object, at: str = "/view") -> list[str]:
    """As `problems`, for a whole modal or Home tab."""
    check = _Check()
    if not isinstance(view, dict):
        return [f"must provide an object [json-pointer:{at}]"]
    kind = str(view.get("type"))
    if kind not in rules.VIEWS:
        return [f"unsupported type: {kind} [json-pointer:{at}/type]"]
    frame = {name: value for name, value in view.items() if name != "blocks"}
    check.fields(frame, rules.VIEWS[kind], at, ignore=("type",))
    blocks = view.get("blocks")
    if blocks is None:
        check.say("missing required field: blocks", at)
        return check.found
    inputs = isinstance(blocks, list) and any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)
    if kind == "modal" and inputs and "submit" not in view:
        check.say("must define `submit` to use an `input` block in modals", at)
    return [*check.found, *problems(blocks, "modal" if kind == "modal" else "home", f"{at}/blocks")]


def option_problems(answer: Json) -> list[str]:
    """As `problems`, for what an app answers to typeahead: options or groups of them, at most a hundred."""
    check = _Check()
    check.fields(answer, rules.SUGGESTED, "")
    if not check.found and ("options" in answer) == ("option_groups" in answer):
        check.say("must provide either `options` or `option_groups`", "")
    return check.found


class _Check:
    """Walks a value along its rule and notes what does not fit."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def say(self, words: str, at: str) -> None:
        self.found.append(f"{words} [json-pointer:{at}]")

    def block(self, block: object, surface: Surface, at: str) -> None:
        if not isinstance(block, dict):
            return self.say("must provide an object", at)
        return self.typed(block, {kind: rules.BLOCKS[kind] for kind in rules.SURFACES[surface]}, at)

    def fields(self, value: Json, shape: Shape, at: str, ignore: tuple[str, ...] = ()) -> None:
        """Required fields, unknown fields, then each field by its own rule."""
        allowed = {name.rstrip("!"): rule for name, rule in shape.items()}
        for name in shape:
            if name.endswith("!") and value.get(name[:-1]) is None:
                self.say(f"missing required field: {name[:-1]}", at)
        for name, each in value.items():
            if name in allowed:
                if each is not None:
                    self.value(each, allowed[name], f"{at}/{name}")
            elif name not in ignore:
                self.say(f"invalid additional property: {name}", at)

    def value(self, value: object, rule: Rule, at: str) -> None:
        match rule:
            case Str():
                self._string(value, rule, at)
            case Num():
                self._number(value, rule, at)
            case Flag():
                if not isinstance(value, bool):
                    self.say("must provide a boolean", at)
            case Text():
                self._text(value, rule, at)
            case One():
                self._one(value, rule, at)
            case Plain():
                self._plain(value, rule, at)
            case Many():
                self._many(value, rule, at)

    def _string(self, value: object, rule: Str, at: str) -> None:
        if not isinstance(value, str):
            return self.say("must provide a string", at)
        if rule.among:
            return None if value in rule.among else self.say("must be a valid enum value", at)
        if len(value) > rule.most:
            return self.say(f"must be less than {rule.most + 1} characters", at)
        if rule.least and not (value if rule.blank else value.strip()):
            return self.say(f"must be more than {rule.least - 1} characters", at)
        if rule.form and not FORMS[rule.form][0].fullmatch(value):
            return self.say(FORMS[rule.form][1], at)
        return None

    def _number(self, value: object, rule: Num, at: str) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return self.say("must provide a number", at)
        if isinstance(value, float) and not rule.fraction:
            return self.say("must provide an integer", at)
        if value < rule.least:
            return self.say(f"must be greater than or equal to {rule.least:g}", at)
        return self.say(f"must be less than or equal to {rule.most:g}", at) if value > rule.most else None

    def _text(self, value: object, rule: Text, at: str) -> None:
        if not isinstance(value, dict):
            return self.say("must provide an object", at)
        inner = _Check()
        inner.typed(value, {kind: {**INNER[kind], "text!": Str(rule.most)} for kind in rule.kinds}, at)
        if inner.found and len(rule.kinds) > 1:
            self.say("failed to match all allowed schemas", at)
        self.found += inner.found
        return None

    def _one(self, value: object, rule: One, at: str) -> None:
        if not isinstance(value, dict):
            return self.say("must provide an object", at)
        if rule.untyped and "type" not in value:
            value = {**value, "type": rule.types[0]}
        return self.typed(value, {kind: INNER[kind] for kind in rule.types}, at)

    def typed(self, value: Json, shapes: Mapping[str, Shape], at: str) -> None:
        """An object whose `type` must be one of these shapes' names."""
        kind = value.get("type")
        if kind is None:
            return self.say("missing required field: type", at)
        if not isinstance(kind, str) or kind not in shapes:
            return self.say(f"unsupported type: {kind}", f"{at}/type")
        return self.fields(value, shapes[kind], at, ignore=("type",))

    def _plain(self, value: object, rule: Plain, at: str) -> None:
        if not isinstance(value, dict):
            return self.say("must provide an object", at)
        return self.fields(value, rules.OBJECTS[rule.shape], at) if rule.shape in rules.OBJECTS else None

    def _many(self, value: object, rule: Many, at: str) -> None:
        if not isinstance(value, list):
            return self.say("must provide an array", at)
        if len(value) > rule.most:
            self.say(f"no more than {rule.most} items allowed", at)
        if len(value) < rule.least:
            self.say(f"no fewer than {rule.least} items allowed", at)
        for number, item in enumerate(value):
            if item is not None or not rule.holes:
                self.value(item, rule.item, f"{at}/{number}")
        return None


def _between(blocks: list[Json], at: str) -> Iterator[tuple[str, str]]:
    """What no single field shows; only asked of blocks whose fields are all right."""
    yield from _doubles(blocks, at)
    yield from _at_most_one_table(blocks, at)
    yield from _tasks(blocks, at)
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > rules.MOST_MARKDOWN:
        yield f"must be less than {rules.MOST_MARKDOWN + 1} characters in all `markdown` blocks", at
    for number, block in enumerate(blocks):
        yield from _inside(block, f"{at}/{number}")


def _doubles(blocks: list[Json], at: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield f'`block_id` "{block_id}" already exists', f"{at}/{number}/block_id"
        seen.add(str(block_id))
        actions: set[str] = set()
        for place, element in _interactive(block):
            action_id = element.get("action_id")
            if action_id and action_id in actions:
                yield f'`action_id` "{action_id}" already exists', f"{at}/{number}{place}/action_id"
            actions.add(str(action_id))


def _at_most_one_table(blocks: list[Json], at: str) -> Iterator[tuple[str, str]]:
    tables = [number for number, block in enumerate(blocks) if block["type"] == "table"]
    for number in tables[1:]:
        yield "only_one_table_allowed", f"{at}/{number}"
    for number in tables:
        rows = blocks[number]["rows"]
        for row, cells in enumerate(rows):
            if len(cells) != len(rows[0]):
                yield "all rows must have the same number of cells", f"{at}/{number}/rows/{row}"


def _tasks(blocks: list[Json], at: str) -> Iterator[tuple[str, str]]:
    plans = any(block["type"] == "plan" for block in blocks)
    for number, block in enumerate(blocks):
        if block["type"] == "task_card":
            if plans:
                yield "`task_card` and `plan` blocks cannot be mixed", f"{at}/{number}"
            if block["status"] == "pending":
                yield "must be a valid enum value", f"{at}/{number}/status"
        ids = [task["task_id"] for task in block["tasks"]] if block["type"] == "plan" else []
        for task, task_id in enumerate(ids):
            if task_id in ids[:task]:
                yield f'`task_id` "{task_id}" already exists', f"{at}/{number}/tasks/{task}/task_id"


def _inside(block: Json, at: str) -> Iterator[tuple[str, str]]:
    """Fields of which one is needed, or that must agree."""
    if block["type"] == "section" and not (block.get("text") or block.get("fields")):
        yield "missing required field: text", at
    if block["type"] == "image" and ("image_url" in block) == ("slack_file" in block):
        yield "must provide either `image_url` or `slack_file`", at
    for place, element in _interactive(block):
        if element.get("type") in ("static_select", "multi_static_select"):
            yield from _menu(element, at + place)
        elif element.get("type") in ("radio_buttons", "checkboxes"):
            yield from _initial(element, element["options"], at + place)


def _menu(element: Json, at: str) -> Iterator[tuple[str, str]]:
    if ("options" in element) == ("option_groups" in element):
        yield "must provide either `options` or `option_groups`", at
        return
    groups = element.get("option_groups") or [element]
    yield from _initial(element, [option for group in groups for option in group["options"]], at)


def _initial(element: Json, options: list[Json], at: str) -> Iterator[tuple[str, str]]:
    chosen = [
        *element.get("initial_options", ()),
        *([element["initial_option"]] if "initial_option" in element else ()),
    ]
    for option in chosen:
        if option not in options:
            yield "initial option must exactly match a provided option", at


def _interactive(block: Json) -> Iterator[tuple[str, Json]]:
    for number, element in enumerate(block.get("elements", ())):
        yield f"/elements/{number}", element
    for name in ("accessory", "element"):
        if block.get(name):
            yield f"/{name}", block[name]
