"""Modals: neutral values, their Block Kit, and the calls that open and change them.

https://docs.slack.dev/surfaces/modals/ · https://docs.slack.dev/reference/block-kit/blocks/input-block
"""

import json
from dataclasses import dataclass
from typing import Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.card import Part
from bot.slack.blocks import Json, parts_to_blocks, plain
from bot.slack.chat import call

_TITLE, _LABEL, _HINT, _PLACEHOLDER, _METADATA = 24, 2_000, 2_000, 150, 3_000
_OPTION, _OPTION_VALUE = 75, 150
LONGEST: Final = 3_000  # characters of a text field


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A text field; a menu where there are `choices`; a box to tick for a `flag`, which is then "yes".

    `name` is its block's id and its action's, `initial` what stands there at first.
    """

    name: str
    label: str
    hint: str = ""
    placeholder: str = ""
    multiline: bool = False
    optional: bool = False
    shortest: int = 0
    longest: int = LONGEST
    initial: str = ""
    choices: tuple[str, ...] = ()
    flag: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A modal. `callback` says who takes its submission, `metadata` is what that one gets back: never a secret.

    Without `submit` there is nothing to submit. `tells` whether its closing is told, too.
    """

    title: str
    callback: str = "told"
    parts: tuple[Part, ...] = ()
    fields: tuple[Field, ...] = ()
    submit: str = ""
    close: str = "Close"
    metadata: str = ""
    tells: bool = False


def to_view(form: Form) -> Json:
    """The form within Slack's limits. ValueError for metadata that is too long."""
    if len(form.metadata) > _METADATA:
        raise ValueError("a modal's metadata is longer than Slack's 3,000 characters")
    submit = {"submit": plain(form.submit, _TITLE)} if form.submit else {}
    return {
        "type": "modal",
        "callback_id": form.callback,
        "title": plain(form.title, _TITLE),
        "close": plain(form.close, _TITLE),
        "private_metadata": form.metadata,
        "notify_on_close": form.tells,
        "blocks": [*parts_to_blocks(form.parts), *map(_input, form.fields)],
        **submit,
    }


def _input(field: Field) -> Json:
    hint = {"hint": plain(field.hint, _HINT)} if field.hint else {}
    return {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label, _LABEL),
        "element": {"action_id": field.name, **_element(field)},
        "optional": field.optional,
        **hint,
    }


def _element(field: Field) -> Json:
    if field.flag:
        box = _option("yes", field.placeholder or field.label)
        return {"type": "checkboxes", "options": [box], **({"initial_options": [box]} if field.initial else {})}
    placeholder = {"placeholder": plain(field.placeholder, _PLACEHOLDER)} if field.placeholder else {}
    if field.choices:
        chosen = {"initial_option": _option(field.initial)} if field.initial in field.choices else {}
        return {"type": "static_select", "options": [_option(each) for each in field.choices], **chosen, **placeholder}
    text: Json = {"type": "plain_text_input", "multiline": field.multiline, "max_length": field.longest}
    initial = {"initial_value": field.initial[: field.longest]} if field.initial else {}
    return {**text, "min_length": field.shortest, **initial, **placeholder}


def _option(value: str, words: str = "") -> Json:
    return {"text": plain(words or value, _OPTION), "value": value[:_OPTION_VALUE]}


class Modals:
    """Shows modals. Needs no scope. All raise ChatError; a trigger lives for three seconds and opens one modal."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger: str, form: Form) -> str:
        """Show it to who caused the trigger; gives the view's id."""
        answer = await call(self._client, "views.open", trigger_id=trigger, view=json.dumps(to_view(form)))
        return str(answer["view"]["id"])

    async def update(self, view: str, form: Form) -> None:
        """Show another form in its place. ChatError "not_found": it was closed meanwhile."""
        await call(self._client, "views.update", view_id=view, view=json.dumps(to_view(form)))
