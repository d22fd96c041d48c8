"""`views.*` and `blocks.validate`: what is checked when a modal, a Home tab or a message is shown to Slack."""

import json
from collections.abc import Iterator, Mapping

from sandbox.slack import content
from sandbox.slack.blocks import problems, view_problems
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, SlackError
from sandbox.slack.pane import Pane, completed
from sandbox.slack.triggers import Triggers
from sandbox.slack.web_api import Call, Method

LARGEST_VIEW = 250_000
MOST_STACKED = 3


class Views:
    """The methods, and what each person has before them: a stack of modals and a Home tab."""

    def __init__(self, ledger: Ledger, triggers: Triggers) -> None:
        self._ledger, self._triggers = ledger, triggers
        self.stacks: dict[str, list[Pane]] = {}
        """Person → modals, the one on top last."""
        self.homes: dict[str, Pane] = {}
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

    def open(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.open: a trigger opens one modal, within 3 s."""
        trigger, view = call.text("trigger_id"), self.checked(call.args.get("view"), "modal")
        spent = self._triggers.spend(trigger)
        pane = Pane(spent.person, completed(view), spent.channel)
        self.stacks[spent.person] = [pane]
        return self._told(pane)

    def push(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.push: on top of a modal that is open, three at most."""
        trigger, view = call.text("trigger_id"), self.checked(call.args.get("view"), "modal")
        stack = self.stacks.get(self._triggers.spend(trigger).person, [])
        if not stack:
            raise SlackError("not_found")
        return self._told(self.stack(stack[-1], view))

    def update(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.update: what is still open, and with `hash` still the same."""
        name = "view_id" if call.args.get("view_id") else "external_id"
        wanted = call.text(name)
        found = next((each for each in self._all() if each.view["id" if name == "view_id" else name] == wanted), None)
        if not found:
            raise SlackError("not_found")
        _same(call, found)
        found.become(self.checked(call.args.get("view"), found.view["type"], found))
        return self._told(found)

    def publish(self, call: Call) -> Json:
        """https://docs.slack.dev/reference/methods/views.publish: the Home tab of one person."""
        person = call.text("user_id")
        if person not in self._ledger.users:
            raise _invalid("user_id")
        before = self.homes.get(person)
        if before:
            _same(call, before)
        view = self.checked(call.args.get("view"), "home", before)
        if before:
            before.become(view)
        return self._told(self.homes.setdefault(person, before or Pane(person, completed(view))))

    def stack(self, below: Pane, view: Json) -> Pane:
        """A checked view on top of the stack in which this one is; raises `push_limit_reached`."""
        stack = self.stacks[below.person]
        if len(stack) >= MOST_STACKED:
            raise SlackError("push_limit_reached")
        around = {"previous_view_id": stack[-1].id, "root_view_id": stack[0].id}
        pane = Pane(below.person, completed(view) | around, below.channel)
        stack.append(pane)
        return pane

    def holds(self, pane: Pane) -> bool:
        """Whether it is still open."""
        return pane in self.stacks.get(pane.person, ())

    def checked(self, value: object, kind: str, instead_of: Pane | None = None) -> Json:
        """A view that may be shown; raises what Slack refuses in it."""
        view = _object(value)
        if view is None:
            raise _invalid("view")
        if len(json.dumps(view)) > LARGEST_VIEW:
            raise SlackError("view_too_large")
        content.refuse(view_problems(view), "invalid_arguments")
        if view["type"] != kind:
            raise _invalid("view", f"must be of type {kind}: view")
        taken = [each.view["external_id"] for each in self._all() if each is not instead_of]
        if view.get("external_id") and view["external_id"] in taken:
            raise SlackError("duplicate_external_id")
        return view

    def _all(self) -> Iterator[Pane]:
        for stack in self.stacks.values():
            yield from stack
        yield from self.homes.values()

    def _told(self, pane: Pane) -> Json:
        self._ledger.revisions.bump([pane.person])
        return {"view": dict(pane.view)}


def _same(call: Call, before: Pane) -> None:
    if call.args.get("hash") and call.args["hash"] != before.view["hash"]:
        raise SlackError("hash_conflict")


def _invalid(name: str, words: str = "") -> SlackError:
    message = f"[ERROR] {words or f'missing required field: {name}'}"
    return SlackError("invalid_arguments", response_metadata={"messages": [message]})


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
