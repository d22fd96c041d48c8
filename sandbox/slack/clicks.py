"""What people press: buttons and menus, as `block_actions`.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from collections.abc import Callable, Iterator

from sandbox.slack import content, seed, shapes
from sandbox.slack.composer import Composer
from sandbox.slack.delivery import Delivery
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, Message, SlackError
from sandbox.slack.responses import Origin, Responses
from sandbox.slack.triggers import Triggers

# Element type → the field of its choice; the choices of the first are among its options, the others are ids and dates.
OF_OPTIONS = {"static_select": "selected_option", "radio_buttons": "selected_option", "overflow": "selected_option"}
OF_MANY = {"checkboxes": "selected_options", "multi_static_select": "selected_options"}
FREE = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
KEPT = ("static_select", "radio_buttons", *OF_MANY, *FREE)
"""Types whose choice stays visible, and is repeated in `state` with every later press."""


class Clicks:
    """Presses an element of a message for a person, as their client would."""

    def __init__(
        self, ledger: Ledger, delivery: Delivery, responses: Responses, triggers: Triggers, composer: Composer
    ) -> None:
        self._ledger, self._delivery, self._responses = ledger, delivery, responses
        self._triggers, self._composer = triggers, composer

    async def press(self, person: str, channel: str, ts: str, element: tuple[str, str], value: object) -> Json:
        """Press the element (block_id, action_id); raises when the message, as shown now, has none such."""
        message = self._shown(person, channel, ts)
        pressed = _element(message, element)
        choice = _choice(pressed, value)
        if pressed["type"] in KEPT:
            self._ledger.change(message, lambda kept: kept.chosen.update({(person, *element): choice}))
        label = str(pressed.get("text", {}).get("text", pressed["action_id"]))
        action = _action(pressed, element[0], choice, f"{self._ledger.now():.6f}")
        payload = self._payload(person, message, action, label)
        answer = await self._delivery.deliver("interactive", payload, answers=False)
        known: Json = {"kind": "click", "acked": answer.error is None, "milliseconds": answer.milliseconds}
        if answer.error:
            warning = f"⚠ “{label}”: the app did not respond ({answer.error})."  # Slack draws a triangle instead
            self._composer.system(person, channel, warning, label, message.thread_ts)
            known["error"] = answer.error
        return known

    def _shown(self, person: str, channel_id: str, ts: str) -> Message:
        self._ledger.person(person)
        channel = self._ledger.channels.get(channel_id)
        if not channel or not self._ledger.sees(person, channel):
            raise SlackError("channel_not_found")
        message = self._ledger.find(channel_id, ts, person)
        if not message:
            raise SlackError("message_not_found")
        return message

    def _payload(self, person: str, message: Message, action: Json, label: str) -> Callable[[str], Json]:
        channel, user = self._ledger.channels[message.channel], self._ledger.users[person]
        origin = Origin(person=person, channel=channel.id, label=label, original=message, thread_ts=message.thread_ts)
        response_url = self._responses.issue(origin)
        known: Json = {
            "type": "block_actions",
            "user": {"id": person, "username": user.name, "name": user.name, "team_id": seed.TEAM},
            "api_app_id": seed.APP,
            "token": seed.VERIFICATION_TOKEN,
            "container": _container(message),
            "trigger_id": self._triggers.issue(person),
            "team": {"id": seed.TEAM, "domain": seed.DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel.id, "name": channel.interaction_name},
            "state": {"values": _state(message, person)},
            "actions": [action],
        }
        if not message.ephemeral_to:
            known["message"] = shapes.message(message, self._ledger)
        return lambda base: {**known, "response_url": response_url(base)}


def _elements(message: Message) -> Iterator[tuple[str, Json]]:
    """Every interactive element as shown now, with its block's id."""
    blocks = [*message.blocks, *(block for each in message.attachments for block in each.get("blocks", ()))]
    for block in blocks:
        for element in content.elements(block):
            if "action_id" in element:
                yield block["block_id"], element


def _element(message: Message, wanted: tuple[str, str]) -> Json:
    for block_id, element in _elements(message):
        if (block_id, element["action_id"]) == wanted:
            return element
    raise SlackError("element_not_found", message="The message, as it stands now, has no such element.")


def _choice(element: Json, value: object) -> Json:
    """The part of action and state that says what was chosen."""
    kind = element["type"]
    if kind in ("button", "workflow_button", "icon_button"):
        return {}
    if kind in OF_OPTIONS:
        return {OF_OPTIONS[kind]: _option(element, value)}
    if kind in OF_MANY and isinstance(value, list):
        return {OF_MANY[kind]: [_option(element, each) for each in value]}
    if kind in FREE and isinstance(value, str):
        return {FREE[kind]: value}
    raise SlackError("not_offered", message=f"A {kind} takes no such value here.")


def _option(element: Json, value: object) -> Json:
    groups = [element.get("options", []), *(group["options"] for group in element.get("option_groups", ()))]
    for option in (option for group in groups for option in group):
        if option.get("value") == value:
            found: Json = option
            return found
    raise SlackError("option_not_found", message="The menu has no option of this value.")


def _action(element: Json, block_id: str, choice: Json, now: str) -> Json:
    copied: Json = {name: element[name] for name in ("text", "value", "style", "placeholder") if name in element}
    known = {"type": element["type"], "action_id": element["action_id"], "block_id": block_id}
    return {**known, **copied, **choice, "action_ts": now}


def _container(message: Message) -> Json:
    known: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    known["is_ephemeral"] = message.ephemeral_to is not None
    return known | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def _state(message: Message, person: str) -> Json:
    values: Json = {}
    for block_id, element in _elements(message):
        kind, action_id = element["type"], element["action_id"]
        if kind in KEPT:
            chosen = message.chosen.get((person, block_id, action_id)) or _initial(element)
            values.setdefault(block_id, {})[action_id] = {"type": kind, **chosen}
    return values


def _initial(element: Json) -> Json:
    field = (OF_OPTIONS | OF_MANY | FREE)[element["type"]]
    nothing: object = [] if element["type"] in OF_MANY else None
    return {field: element.get(field.replace("selected", "initial"), nothing)}
