"""A view before one person, and what that person did in it so far."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.slack import choices, content, seed
from sandbox.slack.choices import Known
from sandbox.slack.model import Json, SlackError

Place = tuple[str, str]
"""The block's id and the element's."""
UNSAID: Json = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
    "close": None,
    "submit": None,
}


@dataclass(slots=True, eq=False)
class Pane:
    """A modal, or a Home tab."""

    person: str
    view: Json
    channel: str = ""
    """Where the person was when it was opened."""
    picked: dict[Place, Json] = field(default_factory=dict)
    offered: dict[Place, list[Json]] = field(default_factory=dict)
    """What the app suggested for its `external_select`s."""
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    busy: bool = False

    @property
    def id(self) -> str:
        """Its `view_id`."""
        return str(self.view["id"])

    @property
    def payload(self) -> Json:
        """As the app is told of it: with the values of all that can be filled in."""
        return {**self.view, "state": {"values": self.values()}}

    @property
    def shown(self) -> Json:
        """As the page draws it."""
        return {**self.payload, "errors": self.errors, "problem": self.problem, "busy": self.busy}

    def values(self) -> Json:
        """`state.values`: block → element → what was typed, chosen or there from the start."""
        found: Json = {}
        for block, element in self.elements():
            if element["type"] in choices.KEPT:
                value = {"type": element["type"], **self.choice((block["block_id"], element["action_id"]), element)}
                found.setdefault(block["block_id"], {})[element["action_id"]] = value
        return found

    def choice(self, place: Place, element: Json) -> Json:
        """What stands in this element now."""
        return self.picked.get(place) or choices.initial(element, self.channel)

    def elements(self) -> Iterator[tuple[Json, Json]]:
        """Every interactive element as shown now, with its block."""
        for block in self.view["blocks"]:
            for element in content.elements(block):
                if "action_id" in element:
                    yield block, element

    def find(self, place: Place) -> tuple[Json, Json]:
        """The element at this place, with its block; raises `element_not_found`."""
        for block, element in self.elements():
            if (block["block_id"], element["action_id"]) == place:
                return block, element
        raise SlackError("element_not_found", message=f"The view, as it stands now, has no element {place}.")

    def fill(self, values: object, known: Known) -> None:
        """Type and choose: block → element → value, nothing to clear it. Raises what a client does not take."""
        wanted = [(place, value) for place, value in _places(values)]
        taken = {place: self._taken(place, value, known) for place, value in wanted}
        self.picked.update(taken)

    def _taken(self, place: Place, value: object, known: Known) -> Json:
        _, element = self.find(place)
        if element["type"] not in choices.KEPT:
            raise SlackError("not_offered", message=f"Nothing can be filled in at {place}.")
        return choices.chosen(element, value, known, self.offered.get(place, ()))

    def become(self, view: Json) -> None:
        """Another content; what was filled in stays where block, element and type are the same."""
        before = {place: element["type"] for place, element in self._by_place()}
        kept = {name: self.view[name] for name in ("id", "previous_view_id", "root_view_id")}
        self.view = completed(view) | kept
        after = {place: element["type"] for place, element in self._by_place()}
        same = {place for place, kind in after.items() if before.get(place) == kind}
        self.picked = {place: choice for place, choice in self.picked.items() if place in same}
        self.offered = {place: some for place, some in self.offered.items() if place in same}
        self.errors, self.problem = {}, ""

    def _by_place(self) -> Iterator[tuple[Place, Json]]:
        for block, element in self.elements():
            yield (block["block_id"], element["action_id"]), element


def completed(view: Json) -> Json:
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
        "app_installed_team_id": seed.TEAM,
        "bot_id": seed.BOT_ID,
    }
    return UNSAID | view | known


def _places(values: object) -> Iterator[tuple[Place, object]]:
    if values is None:
        return
    if not isinstance(values, dict) or not all(isinstance(inner, dict) for inner in values.values()):
        raise SlackError("invalid_values", message="'values' is block_id → action_id → value.")
    for block_id, inner in values.items():
        for action_id, value in inner.items():
            yield (block_id, action_id), value
