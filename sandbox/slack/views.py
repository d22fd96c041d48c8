"""`views.*` and `blocks.validate`: what is checked when a modal, a Home tab or a message is shown to Slack.

People can look at modals and close them; nobody presses or submits anything in them yet.
"""

import json
import secrets
from collections.abc import Iterator, Mapping

from sandbox.slack import content, seed
from sandbox.slack.blocks import problems, view_problems
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, SlackError
from sandbox.slack.triggers import Triggers
from sandbox.slack.web_api import Call, Method

LARGEST_VIEW = 250_000
MOST_STACKED = 3
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
    """The methods, and what each person has before them: a stack of modals and a Home tab."""

    def __init__(self, ledger: Ledger, triggers: Triggers) -> None:
        self._ledger, self._triggers = ledger, triggers
        self.stacks: dict[str, list[Json]] = {}
        """Person → modals, the one on top last."""
        self.homes: dict[str, Json] = {}
        """Person → Home tab."""

    def methods(self) -> Mapping[str, Method]:
        """Every method of this kind by its name. None needs a scope."""
        return {
            "views.open": Method(self.open, json=True),
            "views.push": Method(self.push, json=True),
            "views.update": Method(self.update, json=True),
            "views.publish": Method(self.publish, json=True),
            "blocks.validate": Method(_validate, json=True),
        }

    def reset(self) -> None:
        """Close everything."""
        self.stacks.clear()
        self.homes.clear()

    def close(self, person: str) -> None:
        """The person closes the modal on top; `not_found` when there is none."""
        stack = self.stacks.get(person, [])
        if not stack:
            raise SlackError("not_found", message="There is no modal.")
        if stack.pop()["clear_on_close"]:
            stack.clear()
        self._ledger.revisions.bump([person])

    def open(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.open: a trigger opens one modal, within 3 s."""
        trigger, view = call.text("trigger_id"), self._wanted(call, "modal")
        person = self._triggers.spend(trigger)
        shown = _shown(view)
        self.stacks[person] = [shown]
        return self._told(person, shown)

    def push(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.push: on top of a modal that is open, three at most."""
        trigger, view = call.text("trigger_id"), self._wanted(call, "modal")
        person = self._triggers.spend(trigger)
        stack = self.stacks.get(person, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MOST_STACKED:
            raise SlackError("push_limit_reached")
        shown = _shown(view) | {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
        stack.append(shown)
        return self._told(person, shown)

    def update(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.update: what is still open, and with `hash` still the same."""
        name = "view_id" if call.args.get("view_id") else "external_id"
        wanted = call.text(name)
        found = [pair for pair in self._all() if pair[1]["id" if name == "view_id" else name] == wanted]
        if not found:
            raise SlackError("not_found")
        person, before = found[0]
        _same(call, before)
        view = self._wanted(call, before["type"], before)
        kept = {name: before[name] for name in ("id", "previous_view_id", "root_view_id")}
        before.clear()
        before.update(_shown(view) | kept)
        return self._told(person, before)

    def publish(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.publish: the Home tab of one person."""
        person = call.text("user_id")
        if person not in self._ledger.users:
            raise _invalid("user_id")
        before = self.homes.get(person)
        if before:
            _same(call, before)
        shown = _shown(self._wanted(call, "home", before))
        self.homes[person] = shown | ({"id": before["id"], "root_view_id": before["id"]} if before else {})
        return self._told(person, self.homes[person])

    def _all(self) -> Iterator[tuple[str, Json]]:
        yield from ((person, view) for person, stack in self.stacks.items() for view in stack)
        yield from self.homes.items()

    def _wanted(self, call: Call, kind: str, instead_of: Json | None = None) -> Json:
        view = _object(call.args.get("view"))
        if view is None:
            raise _invalid("view")
        if len(json.dumps(view)) > LARGEST_VIEW:
            raise SlackError("view_too_large")
        content.refuse(view_problems(view), "invalid_arguments")
        if view["type"] != kind:
            raise _invalid("view", f"must be of type {kind}: view")
        taken = [each["external_id"] for _, each in self._all() if each is not instead_of]
        if view.get("external_id") and view["external_id"] in taken:
            raise SlackError("duplicate_external_id")
        return view

    def _told(self, person: str, view: Json) -> Json:
        self._ledger.revisions.bump([person])
        return {"view": dict(view)}


def _same(call: Call, before: Json) -> None:
    if call.args.get("hash") and call.args["hash"] != before["hash"]:
        raise SlackError("hash_conflict")


def _invalid(name: str, words: str = "") -> SlackError:
    message = f"[ERROR] {words or f'missing required field: {name}'}"
    return SlackError("invalid_arguments", response_metadata={"messages": [message]})


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
