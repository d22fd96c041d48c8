"""What the independent package `slackblocks` says of Block Kit JSON: it only builds, so the JSON is built anew with it.

It has no word for some things (dates in rich text, for one). Those are replaced by text of the same length or left
out, so that it can judge the rest.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

import slackblocks as sb
from slackblocks.errors import InvalidUsageError

Json = dict[str, Any]

TYPED: Mapping[str, Callable[..., Any]] = {
    "actions": sb.ActionsBlock,
    "alert": sb.AlertBlock,
    "button": sb.Button,
    "channel": sb.RichTextChannel,
    "channels_select": sb.ChannelSelectMenu,
    "checkboxes": sb.CheckboxGroup,
    "context": sb.ContextBlock,
    "context_actions": sb.ContextActionsBlock,
    "conversations_select": sb.ConversationSelectMenu,
    "datepicker": sb.DatePicker,
    "datetimepicker": sb.DateTimePicker,
    "divider": sb.DividerBlock,
    "email_text_input": sb.EmailInput,
    "emoji": sb.RichTextEmoji,
    "external_select": sb.ExternalSelectMenu,
    "feedback_buttons": sb.FeedbackButtons,
    "file_input": sb.FileInput,
    "header": sb.HeaderBlock,
    "icon_button": sb.IconButton,
    "input": sb.InputBlock,
    "link": sb.RichTextLink,
    "markdown": sb.MarkdownBlock,
    "mrkdwn": sb.Markdown,
    "multi_channels_select": sb.ChannelMultiSelectMenu,
    "multi_conversations_select": sb.ConversationMultiSelectMenu,
    "multi_external_select": sb.ExternalMultiSelectMenu,
    "multi_static_select": sb.StaticMultiSelectMenu,
    "multi_users_select": sb.UserMultiSelectMenu,
    "number_input": sb.NumberInput,
    "overflow": sb.OverflowMenu,
    "plain_text": sb.PlainText,
    "plain_text_input": sb.PlainTextInput,
    "plan": sb.PlanBlock,
    "radio_buttons": sb.RadioButtonGroup,
    "raw_number": sb.RawNumber,
    "raw_text": sb.RawText,
    "rich_text": sb.RichTextBlock,
    "rich_text_input": sb.RichTextInput,
    "rich_text_list": sb.RichTextList,
    "rich_text_preformatted": sb.RichTextCodeBlock,
    "rich_text_quote": sb.RichTextQuote,
    "rich_text_section": sb.RichTextSection,
    "section": sb.SectionBlock,
    "static_select": sb.StaticSelectMenu,
    "table": sb.TableBlock,
    "task_card": sb.TaskCardBlock,
    "text": sb.RichText,
    "timepicker": sb.TimePicker,
    "url": sb.URLSource,
    "url_text_input": sb.URLInput,
    "user": sb.RichTextUser,
    "usergroup": sb.RichTextUserGroup,
    "users_select": sb.UserSelectMenu,
}
# Objects without a `type`, by the field that they stand in.
UNTYPED: Mapping[str, Callable[..., Any]] = {
    "column_settings": sb.ColumnSettings,
    "confirm": sb.ConfirmationDialogue,
    "dispatch_action_config": sb.DispatchActionConfiguration,
    "filter": sb.ConversationFilter,
    "initial_option": sb.Option,
    "initial_options": sb.Option,
    "negative_button": sb.FeedbackButton,
    "option_groups": sb.OptionGroup,
    "options": sb.Option,
    "positive_button": sb.FeedbackButton,
    "tasks": sb.TaskCardBlock,
}
RENAMED = {"initial_date_time": "initial_datetime", "usergroup_id": "user_group_id"}
NEEDED: Mapping[Callable[..., Any], Json] = {
    # Positional for it, optional for Slack.
    sb.CheckboxGroup: {"action_id": None},
    sb.OverflowMenu: {"action_id": None},
    sb.RadioButtonGroup: {"action_id": None},
    sb.StaticMultiSelectMenu: {"action_id": None, "options": None},
    sb.RichTextInput: {"action_id": "text"},
}


class NoOpinionError(Exception):
    """It cannot say."""


def opinion(blocks: list[Json], surface: Literal["message", "modal", "home"] = "message") -> str | None:
    """Why these blocks are wrong, or None. NoOpinionError for what it does not know."""
    try:
        built = [_built(block, "") for block in blocks]
        match surface:
            case "message":
                sb.Message("C1", "text", built)
            case "modal":
                sb.ModalView("Title", built, submit="Send")
            case "home":
                sb.HomeTabView(built)
    except InvalidUsageError as wrong:
        return str(wrong) or type(wrong).__name__
    return None


def view_opinion(view: Json) -> str | None:
    """As `opinion`, for a whole modal."""
    fields = {name: _value(value, name) for name, value in view.items() if name != "type"}
    try:
        sb.ModalView(**fields)
    except InvalidUsageError as wrong:
        return str(wrong)
    return None


def _value(value: Any, field: str) -> Any:
    if isinstance(value, dict):
        return _built(value, field)
    if isinstance(value, list):
        return [_value(each, field) for each in value if each is not None]
    return value


def _built(node: Json, field: str) -> Any:
    kind = str(node.get("type", ""))
    if kind == "date":  # unknown to it
        return sb.RichText(str(node.get("fallback") or "date"))
    if kind == "image":
        made: Callable[..., Any] = sb.ImageBlock if field == "" else sb.Image
    elif kind in TYPED:
        made = TYPED[kind]
    elif field in UNTYPED and "type" not in node:
        made = UNTYPED[field]
    else:
        raise NoOpinionError(kind or field)
    return _called(made, node)


def _called(made: Callable[..., Any], node: Json) -> Any:
    known = inspect.signature(made).parameters
    fields = {RENAMED.get(name, name): value for name, value in node.items() if name not in ("type", "style")}
    style = node.get("style")
    fields |= style if isinstance(style, dict) else {"style": style} if style is not None else {}
    if strange := [name for name in fields if name not in known]:
        raise NoOpinionError(f"{made.__name__}.{strange[0]}")
    built = {name: _value(value, name) for name, value in fields.items()}
    try:
        return made(**{**NEEDED.get(made, {}), **built})
    except TypeError as missing:  # Python's own word for a field that is needed
        raise InvalidUsageError(str(missing)) from None
