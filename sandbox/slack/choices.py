"""What can be chosen or typed in an element: its place in `state`, what it starts with, what it takes.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from sandbox.slack.blocks import FORMS
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, SlackError

TYPED: Final = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
IDS: Final = {"users": "user", "conversations": "conversation", "channels": "channel"}
FIELDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("static_select", "external_select", "radio_buttons", "overflow"), "selected_option"),
    **dict.fromkeys(("multi_static_select", "multi_external_select", "checkboxes"), "selected_options"),
    **{f"{name}_select": f"selected_{one}" for name, one in IDS.items()},
    **{f"multi_{name}_select": f"selected_{one}s" for name, one in IDS.items()},
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    **dict.fromkeys(TYPED, "value"),
    "rich_text_input": "rich_text_value",
}
"""Element type → the field of its choice. Files are left out: nobody uploads any here."""
KEPT: Final = frozenset(FIELDS) - {"overflow"}
"""Types whose choice stays visible, and is repeated in `state` with whatever is sent later."""
Known = Mapping[str, Collection[str]]
"""Kind of thing → the ids of those that a person can choose."""
EMPTY: Final[tuple[object, ...]] = (None, "", [])


def ids(ledger: Ledger, person: str) -> Known:
    """What this person can choose by its id: people, conversations, public channels."""
    seen = list(ledger.seen_by(person))
    return {
        "user": {user.id for user in ledger.users.values() if not user.deleted},
        "conversation": {channel.id for channel in seen},
        "channel": {channel.id for channel in seen if not channel.private},
    }


def initial(element: Json, here: str = "") -> Json:
    """What an element starts with; `here` is the conversation that a modal was opened from."""
    field = FIELDS[element["type"]]
    name = field.replace("selected", "initial") if field.startswith("selected") else "initial_value"
    if name not in element and element.get("default_to_current_conversation") and here:
        return {field: [here] if _is_many(field) else here}
    return {field: element.get(name, [] if _is_many(field) else None)}


def chosen(element: Json, value: object, known: Known, offered: Iterable[Json] = ()) -> Json:
    """As `choice`, or cleared by a value that is nothing."""
    field = FIELDS.get(element["type"])
    if field and value in EMPTY:
        return {field: [] if _is_many(field) else None}
    return choice(element, value, known, offered)


def choice(element: Json, value: object, known: Known, offered: Iterable[Json] = ()) -> Json:
    """The part of action and state that says what was chosen; {} for what is only pressed. Raises for the rest."""
    if element["type"] == "file_input":
        raise _refused(element)
    field = FIELDS.get(element["type"])
    if not field:
        return {}
    if _is_many(field):
        if not isinstance(value, list):
            raise _refused(element)
        return {field: [_one(element, field[:-1], each, known, offered) for each in value]}
    return {field: _one(element, field, value, known, offered)}


def action(element: Json, block_id: str, picked: Json, now: str) -> Json:
    """The `actions` entry of a press."""
    copied: Json = {name: element[name] for name in ("text", "value", "style", "placeholder") if name in element}
    known = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
    return {**known, **copied, **picked, "action_ts": now}


def label(element: Json) -> str:
    """What a person calls it: the words on a button, or its name."""
    return str(element.get("text", {}).get("text", element["action_id"]))


def options(element: Json) -> Iterator[Json]:
    """Every option that an element brings with it, in groups or not."""
    yield from element.get("options") or ()
    for group in element.get("option_groups") or ():
        yield from group["options"]


def _is_many(field: str) -> bool:
    return field.endswith("s")


def _one(element: Json, field: str, value: object, known: Known, offered: Iterable[Json]) -> object:
    if field == "selected_option":
        return _option([*options(element), *offered], value)
    if field == "selected_date_time" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if field == "rich_text_value" and isinstance(value, str):
        line = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return {"type": "rich_text", "elements": [line]}
    what = field.removeprefix("selected_")
    if not isinstance(value, str) or (what in FORMS and not FORMS[what][0].fullmatch(value)):
        raise _refused(element)
    if what in known and value not in known[what]:
        raise SlackError(f"{what}_not_found", message=f"There is no such {what} for this person: {value}.")
    return value


def _option(among: list[Json], value: object) -> Json:
    for option in among:
        if option.get("value") == value:
            return option
    raise SlackError("option_not_found", message="The menu has no option of this value.")


def _refused(element: Json) -> SlackError:
    return SlackError("not_offered", message=f"A {element['type']} takes no such value here.")
