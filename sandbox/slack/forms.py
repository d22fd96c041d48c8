"""What Slack's own client says before it submits a modal: fields left empty, values that do not fit.

The app is told nothing of such a try. https://docs.slack.dev/reference/block-kit/blocks/input-block
"""

import re
from decimal import Decimal, InvalidOperation

from sandbox.slack import choices
from sandbox.slack.model import Json
from sandbox.slack.pane import Pane

REQUIRED = "Please complete this required field."
LONGEST = 3000
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEB = re.compile(r"https?://\S+", re.IGNORECASE)


def mistakes(pane: Pane) -> dict[str, str]:
    """Block → what is wrong with its value; empty when the view can be submitted."""
    found = {}
    for block, element in pane.elements():
        if block["type"] == "input" and element["type"] in choices.FIELDS:
            (value,) = pane.choice((block["block_id"], element["action_id"]), element).values()
            if words := _mistake(block, element, value):
                found[block["block_id"]] = words
    return found


def _mistake(block: Json, element: Json, value: object) -> str:
    if value in choices.EMPTY:
        return "" if block.get("optional") else REQUIRED
    match element["type"]:
        case "plain_text_input":
            return _length(str(value), element.get("min_length", 0), element.get("max_length", LONGEST))
        case "number_input":
            return _number(element, str(value))
        case "email_text_input":
            return "" if MAIL.fullmatch(str(value)) else "Please enter a valid email address."
        case "url_text_input":
            return "" if WEB.fullmatch(str(value)) else "Please enter a valid URL."
    most = element.get("max_selected_items")
    return f"Please choose at most {most}." if most and isinstance(value, list) and len(value) > most else ""


def _length(value: str, least: int, most: int) -> str:
    if len(value) < least:
        return f"Please enter at least {least} characters."
    return f"Please enter at most {most} characters." if len(value) > most else ""


def _number(element: Json, value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a number."
    if not number.is_finite():
        return "Please enter a number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number that is at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number that is at most {element['max_value']}."
    return ""
