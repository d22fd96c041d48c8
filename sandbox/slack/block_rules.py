"""Block Kit's limits as data; `blocks.py` reads it.

https://docs.slack.dev/reference/block-kit/blocks
A field that ends in "!" is required. Types that real Slack knows and that are not named here (`card`, `carousel`,
`container`, `data_table`, `data_visualization`, `file`, `video`, ...) are refused, as by a workspace that does
not have them yet.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.slack.block_kinds import Flag, Many, Num, One, Plain, Shape, Str, Text

MOST_BLOCKS: Final = {"message": 50, "modal": 100, "home": 100}
MOST_MARKDOWN: Final = 12_000

PRESSED: Final = ("button", "overflow", "datepicker", "timepicker", "datetimepicker", "radio_buttons", "checkboxes")
WORKFLOW: Final = ("workflow_button",)
SELECTS: Final = ("static_select", "external_select", "users_select", "conversations_select", "channels_select")
MULTI: Final = tuple("multi_" + name for name in SELECTS)
INPUTS: Final = ("plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input")
PIECES: Final = ("text", "link", "user", "usergroup", "channel", "emoji", "date", "broadcast", "color", "team")

BOTH: Final = ("plain_text", "mrkdwn")
ID, URL, FLAG = Str(255), Str(3000, form="url"), Flag()
PLACEHOLDER, OPTION = Text(150), Plain("option")
OPTIONS, GROUPS = Many(OPTION, 100), Many(Plain("option_group"), 100)
RICH = One(("rich_text",))
STYLE, STYLES = Plain("style"), Plain("mention_style")
ACTION: Shape = {"action_id": ID, "confirm": Plain("confirm")}
FOCUS: Shape = {**ACTION, "focus_on_load": FLAG}
MENU: Shape = {**FOCUS, "placeholder": PLACEHOLDER}
SEVERAL: Shape = {**MENU, "max_selected_items": Num(1, 1000)}
FIELD: Shape = {
    "action_id": ID,
    "placeholder": PLACEHOLDER,
    "focus_on_load": FLAG,
    "dispatch_action_config": Plain("dispatch"),
}

EVERYWHERE: Final = frozenset(
    {"actions", "context", "divider", "header", "image", "input", "rich_text", "section"},
)
SURFACES: Final[Mapping[str, frozenset[str]]] = {
    "message": EVERYWHERE | {"context_actions", "markdown", "plan", "table", "task_card"},
    "modal": EVERYWHERE | {"alert"},
    "home": EVERYWHERE | {"table"},
}

_FIELDS: Final[Mapping[str, Shape]] = {
    "section": {
        "text": Text(3000, BOTH),
        "fields": Many(Text(2000, BOTH), 10),
        "accessory": One((*PRESSED, *WORKFLOW, *SELECTS, *MULTI, "image")),
        "expand": FLAG,
    },
    "header": {"text!": Text(150)},
    "divider": {},
    "context": {"elements!": Many(One(("image", *BOTH)), 10)},
    "actions": {"elements!": Many(One((*PRESSED, *WORKFLOW, *SELECTS)), 25)},
    "context_actions": {"elements!": Many(One(("feedback_buttons", "icon_button")), 5)},
    "image": {
        "alt_text!": Str(2000),
        "image_url": URL,
        "slack_file": Plain("slack_file"),
        "title": Text(2000),
    },
    "input": {
        "label!": Text(2000),
        "element!": One((*INPUTS, *PRESSED[2:], *SELECTS, *MULTI, "file_input")),
        "hint": Text(2000),
        "optional": FLAG,
        "dispatch_action": FLAG,
    },
    "markdown": {"text!": Str(12_000)},
    "rich_text": {
        "elements!": Many(One(tuple("rich_text_" + name for name in ("section", "list", "quote", "preformatted"))), 500)
    },
    "table": {
        "rows!": Many(Many(One(("raw_text", "raw_number", "rich_text")), 20), 100),
        "column_settings": Many(Plain("column"), 20, holes=True),
    },
    "task_card": {
        "task_id!": ID,
        "title!": Str(3000),
        "status!": Str(20, among=("pending", "in_progress", "complete", "error")),
        "details": RICH,
        "output": RICH,
        "sources": Many(One(("url",)), 50, least=0),
    },
    "plan": {"title!": Str(3000), "tasks!": Many(One(("task_card",), untyped=True), 50)},
    "alert": {
        "text!": Text(200, BOTH),
        "level": Str(20, among=("default", "info", "warning", "error", "success")),
    },
}

BLOCKS: Final[Mapping[str, Shape]] = {kind: {**shape, "block_id": ID} for kind, shape in _FIELDS.items()}

ELEMENTS: Final[Mapping[str, Shape]] = {
    "button": {
        **ACTION,
        "text!": Text(75),
        "value": Str(2000),
        "url": URL,
        "style": Str(20, among=("primary", "danger")),
        "accessibility_label": Str(75),
    },
    "workflow_button": {
        "text!": Text(75),
        "workflow!": Plain("anything"),
        "style": Str(20, among=("primary", "danger")),
        "accessibility_label": Str(75),
        "action_id": ID,
    },
    "overflow": {**ACTION, "options!": Many(Plain("overflow_option"), 5)},
    "static_select": {**MENU, "options": OPTIONS, "option_groups": GROUPS, "initial_option": OPTION},
    "external_select": {**MENU, "min_query_length": Num(0, 100), "initial_option": OPTION},
    "users_select": {**MENU, "initial_user": ID},
    "conversations_select": {
        **MENU,
        "initial_conversation": ID,
        "default_to_current_conversation": FLAG,
        "response_url_enabled": FLAG,
        "filter": Plain("filter"),
    },
    "channels_select": {**MENU, "initial_channel": ID, "response_url_enabled": FLAG},
    "multi_static_select": {
        **SEVERAL,
        "options": OPTIONS,
        "option_groups": GROUPS,
        "initial_options": OPTIONS,
    },
    "multi_external_select": {**SEVERAL, "min_query_length": Num(0, 100), "initial_options": OPTIONS},
    "multi_users_select": {**SEVERAL, "initial_users": Many(ID, 100)},
    "multi_conversations_select": {
        **SEVERAL,
        "initial_conversations": Many(ID, 100),
        "default_to_current_conversation": FLAG,
        "filter": Plain("filter"),
    },
    "multi_channels_select": {**SEVERAL, "initial_channels": Many(ID, 100)},
    "radio_buttons": {**FOCUS, "options!": Many(Plain("rich_option"), 10), "initial_option": Plain("rich_option")},
    "checkboxes": {
        **FOCUS,
        "options!": Many(Plain("rich_option"), 10),
        "initial_options": Many(Plain("rich_option"), 10),
    },
    "datepicker": {**MENU, "initial_date": Str(10, form="date")},
    "timepicker": {**MENU, "initial_time": Str(5, form="time"), "timezone": Str(60)},
    "datetimepicker": {**FOCUS, "initial_date_time": Num(10**9, 10**10 - 1)},
    "plain_text_input": {
        **FIELD,
        "initial_value": Str(3000, least=0),
        "multiline": FLAG,
        "min_length": Num(0, 3000),
        "max_length": Num(1, 3000),
    },
    "number_input": {
        **FIELD,
        "is_decimal_allowed!": FLAG,
        "initial_value": Str(50),
        "min_value": Str(50),
        "max_value": Str(50),
    },
    "email_text_input": {**FIELD, "initial_value": Str(3000, least=0)},
    "url_text_input": {**FIELD, "initial_value": Str(3000, least=0)},
    "rich_text_input": {**FIELD, "initial_value": RICH, "min_lines": Num(1, 100), "max_lines": Num(1, 100)},
    "file_input": {"action_id": ID, "filetypes": Many(Str(20), 100), "max_files": Num(1, 10)},
    "feedback_buttons": {
        "action_id": ID,
        "positive_button!": Plain("feedback"),
        "negative_button!": Plain("feedback"),
    },
    "icon_button": {
        **ACTION,
        "icon!": Str(20, among=("trash",)),
        "text!": Text(75),
        "value": Str(2000),
        "accessibility_label": Str(75),
        "visible_to_user_ids": Many(ID, 10),
    },
    "image": {"alt_text!": Str(2000), "image_url": URL, "slack_file": Plain("slack_file")},
    "url": {"url!": URL, "text!": Str(3000)},
    "raw_text": {"text!": Str(10_000)},
    "raw_number": {"value!": Num(-1e15, 1e15, fraction=True), "text!": Str(10_000)},
    "plain_text": {"text!": Str(3000), "emoji": FLAG},
    "mrkdwn": {"text!": Str(3000), "verbatim": FLAG},
    "rich_text": BLOCKS["rich_text"],
    "task_card": BLOCKS["task_card"],
}
"""What stands inside blocks, by type."""

RICH_TEXT: Final[Mapping[str, Shape]] = {
    "rich_text_section": {"elements!": Many(One(PIECES), 1000)},
    "rich_text_preformatted": {"elements!": Many(One(PIECES), 1000), "border": Num(0, 1), "language": Str(50)},
    "rich_text_quote": {"elements!": Many(One(PIECES), 1000), "border": Num(0, 1)},
    "rich_text_list": {
        "elements!": Many(One(("rich_text_section",)), 1000),
        "style!": Str(20, among=("bullet", "ordered")),
        "indent": Num(0, 8),
        "offset": Num(0, 10_000),
        "border": Num(0, 1),
    },
    "text": {"text!": Str(12_000, blank=True), "style": STYLE},
    "link": {"url!": Str(3000, form="link"), "text": Str(12_000), "unsafe": FLAG, "style": STYLE},
    "user": {"user_id!": ID, "style": STYLES},
    "usergroup": {"usergroup_id!": ID, "style": STYLES},
    "channel": {"channel_id!": ID, "style": STYLES},
    "team": {"team_id!": ID, "style": STYLES},
    "emoji": {"name!": Str(100), "unicode": Str(100), "skin_tone": Num(1, 6), "style": STYLE},
    "date": {
        "timestamp!": Num(0, 10**11),
        "format!": Str(300),
        "url": URL,
        "fallback": Str(300),
        "style": STYLE,
    },
    "broadcast": {"range!": Str(20, among=("here", "channel", "everyone")), "style": STYLE},
    "color": {"value!": Str(20), "style": STYLE},
}

_LOOKS: Shape = {"bold": FLAG, "italic": FLAG, "strike": FLAG, "underline": FLAG}
OBJECTS: Final[Mapping[str, Shape]] = {
    "confirm": {
        "title!": Text(100),
        "text!": Text(300, BOTH),
        "confirm!": Text(30),
        "deny!": Text(30),
        "style": Str(20, among=("primary", "danger")),
    },
    "option": {"text!": Text(75), "value!": Str(150), "description": Text(75)},
    "rich_option": {"text!": Text(75, BOTH), "value!": Str(150), "description": Text(75, BOTH)},
    "overflow_option": {"text!": Text(75), "value!": Str(150), "description": Text(75), "url": URL},
    "option_group": {"label!": Text(75), "options!": OPTIONS},
    "slack_file": {"id": ID, "url": URL},
    "filter": {
        "include": Many(Str(20, among=("im", "mpim", "private", "public")), 4),
        "exclude_external_shared_channels": FLAG,
        "exclude_bot_users": FLAG,
    },
    "dispatch": {
        "trigger_actions_on": Many(Str(30, among=("on_enter_pressed", "on_character_entered")), 2),
    },
    "feedback": {"text!": Text(75), "value!": Str(2000), "accessibility_label": Str(75)},
    "column": {"align": Str(10, among=("left", "center", "right")), "is_wrapped": FLAG},
    "style": {**_LOOKS, "code": FLAG},
    "mention_style": {**_LOOKS, "highlight": FLAG, "client_highlight": FLAG, "unlink": FLAG, "code": FLAG},
}

VIEWS: Final[Mapping[str, Shape]] = {
    "modal": {
        "title!": Text(24),
        "close": Text(24),
        "submit": Text(24),
        "private_metadata": Str(3000, least=0),
        "callback_id": Str(255, least=0),
        "external_id": Str(255, least=0),
        "clear_on_close": FLAG,
        "notify_on_close": FLAG,
        "submit_disabled": FLAG,
    },
    "home": {
        "private_metadata": Str(3000, least=0),
        "callback_id": Str(255, least=0),
        "external_id": Str(255, least=0),
    },
}
SUGGESTED: Final[Shape] = {"options": Many(OPTION, 100, least=0), "option_groups": Many(Plain("option_group"), 100)}
"""The answer to typeahead."""
