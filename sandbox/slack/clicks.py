"""What people press: buttons and menus, as `block_actions`.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from collections.abc import Callable, Iterator

from sandbox.slack import choices, content, seed, shapes
from sandbox.slack.composer import Composer
from sandbox.slack.delivery import Delivery
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Json, Message, SlackError
from sandbox.slack.responses import Origin, Responses
from sandbox.slack.suggestions import suggest
from sandbox.slack.triggers import Triggers


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
        offered = message.offered.get((person, *element), ())
        choice = choices.choice(pressed, value, choices.ids(self._ledger, person), offered)
        if pressed["type"] in choices.KEPT:
            self._ledger.change(message, lambda kept: kept.chosen.update({(person, *element): choice}))
        label = choices.label(pressed)
        action = choices.action(pressed, element[0], choice, f"{self._ledger.now():.6f}")
        payload = self._payload(person, message, action, label)
        answer = await self._delivery.deliver("interactive", payload, answers=False)
        known: Json = {"kind": "click", "acked": answer.error is None, "milliseconds": answer.milliseconds}
        if answer.error:
            warning = f"⚠ “{label}”: the app did not respond ({answer.error})."  # Slack draws a triangle instead
            self._composer.system(person, channel, warning, label, message.thread_ts)
            known["error"] = answer.error
        return known

    async def suggest(self, person: str, channel: str, ts: str, element: tuple[str, str], query: str) -> Json:
        """Type into an `external_select`; what it offers can be chosen from then on."""
        message = self._shown(person, channel, ts)
        known = self._known(person, message)
        found = _element(message, element)
        said, offered = await suggest(self._delivery, found, element[0], query, lambda _: known)
        message.offered[person, *element] = [*message.offered.get((person, *element), ()), *offered]
        return said

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
        origin = Origin(person=person, channel=message.channel, label=label, original=message)
        origin.thread_ts = message.thread_ts
        response_url = self._responses.issue(origin)
        known = {
            **self._known(person, message),
            "type": "block_actions",
            "trigger_id": self._triggers.issue(person, message.channel),
            "state": {"values": _state(message, person)},
            "actions": [action],
        }
        return lambda base: {**known, "response_url": response_url(base)}

    def _known(self, person: str, message: Message) -> Json:
        channel = self._ledger.channels[message.channel]
        known: Json = {
            "user": shapes.actor(self._ledger.users[person]),
            "api_app_id": seed.APP,
            "token": seed.VERIFICATION_TOKEN,
            "container": _container(message),
            "team": {"id": seed.TEAM, "domain": seed.DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel.id, "name": channel.interaction_name},
        }
        return known if message.ephemeral_to else {**known, "message": shapes.message(message, self._ledger)}


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


def _container(message: Message) -> Json:
    known: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
    known["is_ephemeral"] = message.ephemeral_to is not None
    return known | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def _state(message: Message, person: str) -> Json:
    values: Json = {}
    for block_id, element in _elements(message):
        kind, action_id = element["type"], element["action_id"]
        if kind in choices.KEPT:
            chosen = message.chosen.get((person, block_id, action_id)) or choices.initial(element, message.channel)
            values.setdefault(block_id, {})[action_id] = {"type": kind, **chosen}
    return values
