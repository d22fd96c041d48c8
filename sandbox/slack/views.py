"""`views.open` and `blocks.validate`: what is checked when a modal or a message is shown to Slack.

Opened modals are only remembered: nobody presses anything in them yet.
"""

import json
import secrets
from collections.abc import Mapping

from sandbox.slack import content, seed
from sandbox.slack.blocks import problems, view_problems
from sandbox.slack.model import Json, SlackError
from sandbox.slack.triggers import Triggers
from sandbox.slack.web_api import Call, Method

LARGEST_VIEW = 250_000
UNSAID: Json = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
    "close": None,
    "submit": None,
}


class Views:
    """The methods; `opened` holds (person, view) for every modal, oldest first."""

    def __init__(self, triggers: Triggers) -> None:
        self._triggers = triggers
        self.opened: list[tuple[str, Json]] = []

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name. None needs a scope."""
        return {
            "views.open": Method(self.open, json=True),
            "blocks.validate": Method(_validate, json=True),
        }

    def open(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.open: a trigger opens one modal, within 3 s."""
        trigger, view = call.text("trigger_id"), _object(call.args.get("view"))
        if view is None:
            raise SlackError(
                "invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]}
            )
        if len(json.dumps(view)) > LARGEST_VIEW:
            raise SlackError("view_too_large")
        content.refuse(view_problems(view), "invalid_arguments")
        person = self._triggers.spend(trigger)
        shown = _shown(view)
        self.opened.append((person, shown))
        return {"view": shown}


def _shown(view: Json) -> Json:
    """As Slack gives it back: what was not said, and what Slack adds."""
    view_id = f"V{secrets.token_hex(5).upper()}"
    known: Json = {
        "id": view_id,
        "team_id": seed.TEAM,
        "blocks": content.completed(view["blocks"]),
        "state": {"values": {}},
        "hash": f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}",
        "previous_view_id": None,
        "root_view_id": view_id,
        "app_id": seed.APP,
        "bot_id": seed.BOT_ID,
    }
    return UNSAID | view | known


def _validate(call: Call) -> Json:
    given = [name for name in ("blocks", "message", "view") if call.args.get(name)]
    if len(given) != 1:
        raise SlackError("invalid_arguments")
    if given == ["view"]:
        content.refuse(view_problems(_object(call.args["view"])))
        return {}
    holder = _object(call.args["message"]) if given == ["message"] else call.args
    blocks = content.listed((holder or {}).get("blocks"), "invalid_blocks_format")
    content.refuse(problems(blocks or []))
    return {}


def _object(value: object) -> Json | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise SlackError("invalid_arguments") from None
    return value if isinstance(value, dict) else None
