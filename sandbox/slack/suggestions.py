"""Typeahead: what the app offers in an `external_select` while a person types.

https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
"""

from collections.abc import Callable

from sandbox.slack import choices
from sandbox.slack.blocks import option_problems
from sandbox.slack.delivery import Delivery
from sandbox.slack.model import Json, SlackError

EXTERNAL = ("external_select", "multi_external_select")
LEAST_QUERY = 3


async def suggest(
    delivery: Delivery, element: Json, block_id: str, query: str, payload: Callable[[str], Json]
) -> tuple[Json, list[Json]]:
    """Ask the app; what to say of its answer, and the options that can be chosen now.

    Raises what a client does not ask for: another element, or too few characters.
    """
    if element["type"] not in EXTERNAL:
        raise SlackError("not_offered", message=f"A {element['type']} asks for no suggestions.")
    least = element.get("min_query_length", LEAST_QUERY)
    if len(query) < least:
        raise SlackError("query_too_short", message=f"Suggestions come from {least} characters on.")
    asked = {"action_id": element["action_id"], "block_id": block_id, "value": query}
    answer = await delivery.deliver(
        "interactive", lambda base: {**payload(base), "type": "block_suggestion", **asked}, answers=True
    )
    known: Json = {"kind": "suggestion", "acked": answer.error is None, "milliseconds": answer.milliseconds}
    if answer.error:
        return {**known, "options": [], "error": answer.error}, []
    if wrong := option_problems(answer.payload):
        return {**known, "options": [], "error": "invalid_options", "message": "; ".join(wrong)}, []
    name = "option_groups" if answer.payload.get("option_groups") else "options"
    return {**known, name: answer.payload[name]}, list(choices.options(answer.payload))
