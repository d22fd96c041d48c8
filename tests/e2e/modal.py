"""A modal as one person sees it, with its fields and buttons by their labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Modal:
    """The view on top."""

    raw: Json

    @property
    def title(self) -> str:
        return str(self.raw["title"]["text"])

    @property
    def text(self) -> str:
        """Every word in its blocks, a line for each piece."""
        return "\n".join(_words(self.raw["blocks"]))

    @property
    def submit(self) -> str:
        """The label of its submit button, or nothing."""
        return str((self.raw["submit"] or {}).get("text", ""))

    @property
    def fields(self) -> dict[str, Json]:
        """Label → input block."""
        return {block["label"]["text"]: block for block in self.raw["blocks"] if block["type"] == "input"}

    @property
    def values(self) -> dict[str, Any]:
        """Label → what stands there now: the text, or the value of the option."""
        states = self.raw["state"]["values"]
        return {
            label: _plain(states[block["block_id"]][block["element"]["action_id"]])
            for label, block in self.fields.items()
        }

    @property
    def errors(self) -> dict[str, str]:
        """Label → what is said under the field."""
        labels = {block["block_id"]: label for label, block in self.fields.items()}
        return {labels[block_id]: words for block_id, words in self.raw["errors"].items()}

    @property
    def problem(self) -> str:
        """What is said of the whole view, where the app did not answer well."""
        return str(self.raw["problem"])

    @property
    def elements(self) -> dict[str, tuple[str, Json]]:
        """Label → (block_id, element): fields by their labels, buttons by their words, menus by their placeholders."""
        found: dict[str, tuple[str, Json]] = {}
        for block in self.raw["blocks"]:
            if block["type"] == "input":
                found[block["label"]["text"]] = block["block_id"], block["element"]
            for element in [*block.get("elements", ()), block.get("accessory")]:
                if isinstance(element, dict) and "action_id" in element:
                    words = element.get("text") or element.get("placeholder") or {"text": element["action_id"]}
                    found[words["text"]] = block["block_id"], element
        return found

    def filled(self, values: Json) -> Json:
        """Label → value, as the control routes take it. An option may be given by its words."""
        nested: Json = {}
        for label, value in values.items():
            block_id, element = self.elements[label]
            given = [_option(element, each) for each in value] if isinstance(value, list) else _option(element, value)
            nested.setdefault(block_id, {})[element["action_id"]] = given
        return nested


def _option(element: Json, value: object) -> object:
    groups = [element.get("options") or [], *(group["options"] for group in element.get("option_groups") or ())]
    return next((each["value"] for group in groups for each in group if each["text"]["text"] == value), value)


def _plain(state: Json) -> Any:
    (value,) = (each for name, each in state.items() if name != "type")
    if isinstance(value, list):
        return [each["value"] if isinstance(each, dict) else each for each in value]
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from _words(value)
    elif isinstance(node, list):
        for value in node:
            yield from _words(value)
