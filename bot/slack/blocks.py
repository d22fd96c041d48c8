"""Card → Block Kit and the plain text that notifications and screen readers get. Pure; the only place that escapes.

Foreign text travels in rich_text elements, which Slack shows and never parses: no mention, link, emoji or layout can
come out of it. https://docs.slack.dev/reference/block-kit/blocks/rich-text-block/
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, assert_never

from bot.card import (
    Act,
    Bold,
    Button,
    Card,
    Channel,
    Code,
    Doing,
    Facts,
    Group,
    Inline,
    Items,
    Line,
    Link,
    Note,
    Open,
    Output,
    Part,
    Plan,
    Run,
    Share,
    Task,
    Text,
    User,
    When,
)
from bot.slack.text import clamp, clamp_lines, clean, escape

Json = dict[str, Any]

_TITLE, _BUTTON, _VALUE, _URL, _CONTEXT = 150, 75, 2_000, 3_000, 2_000
_PIECE = 1_500  # one run of text; Slack documents no limit inside rich_text, its text objects end at 3,000
_OUTPUT = 2_900
_FALLBACK = 3_900  # chat.update refuses more than 4,000
_SPOKEN = 700  # so that one line fits, even if every character of it becomes an entity of five
_ITEMS, _BUTTONS, _TASKS = 100, 25, 50
_DATE = "{date_short_pretty}, {time}"


@dataclass(frozen=True, slots=True)
class Message:
    """What a Slack method or a response_url takes."""

    text: str
    blocks: list[Json]


def to_message(card: Card, *, classic: bool = False) -> Message:
    """The card within Slack's limits. Its text alone says everything but the buttons.

    `classic`: without blocks that a workspace may not have yet (`plan`), which are lists then.
    """
    return Message(text=_fallback(card), blocks=to_blocks(card, classic=classic))


def to_blocks(card: Card, *, classic: bool = False) -> list[Json]:
    """Header, rich_text, a plan where there is one, small print, buttons: few blocks, however long the card is."""
    body = parts_to_blocks([_listed(part) if isinstance(part, Plan) and classic else part for part in card.parts])
    blocks: list[Json] = [{"type": "header", "text": plain(_titled(card), _TITLE)}, *body]
    if card.buttons:
        blocks.append({"type": "actions", "elements": list(_buttons(card.buttons[:_BUTTONS]))})
    return blocks


def parts_to_blocks(parts: Sequence[Part]) -> list[Json]:
    """What stands between a title and the buttons: two blocks, or four around a plan."""
    blocks: list[Json] = []
    for planned, some in groupby(parts, key=lambda part: isinstance(part, Plan)):
        if planned:
            blocks += [_plan(part) for part in some if isinstance(part, Plan)]
        elif rich := [piece for part in some if not isinstance(part, Note | Plan) for piece in _elements(part)]:
            blocks.append({"type": "rich_text", "elements": rich})
    if notes := [part.text for part in parts if isinstance(part, Note)]:
        blocks.append({"type": "context", "elements": [plain("  ·  ".join(notes), _CONTEXT)]})
    return blocks


def _titled(card: Card) -> str:
    return f"{card.tone} {card.title}".strip()


def plain(text: str, limit: int) -> Json:
    """A text object that Slack never parses."""
    shown = clamp(clean(text).replace("\n", " ").strip(), limit) or "…"  # Slack refuses an empty one
    return {"type": "plain_text", "text": shown, "emoji": False}


def _elements(part: Text | Facts | Items | Output) -> list[Json]:
    match part:
        case Text(line):
            return [_section(line)]
        case Facts(items):
            return [_section(_facts(items))] if items else []
        case Items(lines):
            return [_list(lines)] if lines else []
        case Output(lines):
            text = clamp_lines([clean(line) for line in lines], _OUTPUT)
            return [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text or " "}]}]
    assert_never(part)


def _plan(part: Plan) -> Json:
    """https://docs.slack.dev/reference/block-kit/blocks/plan-block/ ."""
    title = clamp(clean(part.title), _TITLE) or "…"
    return {"type": "plan", "title": title, "tasks": [_task(task) for task in part.tasks[:_TASKS]]}


def _task(task: Task) -> Json:
    detail = {"details": {"type": "rich_text", "elements": [_section((task.detail,))]}} if task.detail else {}
    title = clamp(clean(task.title).replace("\n", " "), _TITLE) or "…"
    key = hashlib.sha1(task.key.encode(), usedforsecurity=False).hexdigest()[:20]  # its own may be too long for Slack
    return {"type": "task_card", "task_id": key, "title": title, "status": task.doing.value, **detail}


_SIGNS: Final = {Doing.WAITING: "◻️", Doing.RUNNING: "⏳", Doing.DONE: "✅", Doing.FAILED: "❌"}
_DOING: Final = {Doing.WAITING: "waits", Doing.RUNNING: "running", Doing.DONE: "done", Doing.FAILED: "failed"}


def _listed(part: Plan) -> Items:
    """The plan as a list: a sign, the step, what is known of it."""
    return Items(tuple((f"{_SIGNS[each.doing]} {each.title}  {each.detail}".rstrip(),) for each in part.tasks))


def _facts(items: Sequence[tuple[str, Line]]) -> Line:
    rows = ((Bold(label), "  ", *line, "\n") for label, line in items)
    return tuple(piece for row in rows for piece in row)[:-1]


def _section(line: Iterable[Inline]) -> Json:
    pieces = [piece for inline in line if (piece := _inline(inline))]
    return {"type": "rich_text_section", "elements": pieces or [{"type": "text", "text": " "}]}


def _list(lines: Sequence[Line]) -> Json:
    shown = [_section(line) for line in lines[:_ITEMS]]
    if len(lines) > _ITEMS:
        shown.append(_section((f"… and {len(lines) - _ITEMS} more",)))
    return {"type": "rich_text_list", "style": "bullet", "elements": shown}


def _inline(inline: Inline) -> Json | None:  # noqa: PLR0911  # one for each kind
    match inline:
        case str():
            return _text(inline)
        case Bold(text):
            return _text(text, bold=True)
        case Code(text):
            return _text(text.replace("\n", " "), code=True)
        case Link(text, url):
            piece = _text(text)
            linkable = text.strip() and url and len(url) <= _URL
            return {**piece, "type": "link", "url": url} if piece and linkable else piece
        case When(at):
            return {"type": "date", "timestamp": int(at.timestamp()), "format": _DATE, "fallback": _utc(at)}
        case User(id_):
            return {"type": "user", "user_id": id_}
        case Group(id_):
            return {"type": "usergroup", "usergroup_id": id_}
        case Channel(id_):
            return {"type": "channel", "channel_id": id_}
    assert_never(inline)


def _text(text: str, **style: bool) -> Json | None:
    if not (shown := clamp(clean(text), _PIECE)):
        return None
    return {"type": "text", "text": shown, "style": style} if style else {"type": "text", "text": shown}


def _buttons(buttons: Sequence[Button]) -> Iterable[Json]:
    for place, button in enumerate(buttons):
        match button:
            case Run(label, command, primary):
                style = {"style": "primary"} if primary else {}
                yield {**_button(label), "action_id": f"run:{place}", "value": _value(command), **style}
            case Share(command):
                yield {**_button("Share in channel"), "action_id": f"share:{place}", "value": _value(command)}
            case Open(label, url):
                yield {**_button(label), "action_id": f"open:{place}", "url": url[:_URL]}
            case Act(label, verb, subject, style):
                drawn = {"style": style.value} if style else {}
                yield {**_button(label), "action_id": f"{verb}:{place}", "value": subject, **drawn}


def _button(label: str) -> Json:
    return {"type": "button", "text": plain(label, _BUTTON)}


def _value(command: str) -> str:
    if len(command) > _VALUE:
        raise ValueError("a button's command is longer than Slack's 2,000 characters")
    return command


def _fallback(card: Card) -> str:
    lines = [_titled(card).replace("\n", " "), *(line for part in card.parts for line in _spoken(part))]
    return clamp_lines([escape(clamp(clean(line), _SPOKEN)) for line in lines], _FALLBACK)


def _spoken(part: Part) -> list[str]:
    match part:
        case Text(line):
            return _said(line).split("\n")
        case Facts(items):
            return [f"{label}: {_said(line)}" for label, line in items]
        case Items(lines):
            return [f"• {_said(line)}" for line in lines]
        case Output(lines):
            return list(lines)
        case Note(text):
            return [text]
        case Plan(title, tasks):
            told = (f"• {_DOING[task.doing]}: {task.title} {task.detail}".rstrip() for task in tasks)
            return [title, *told]
    assert_never(part)


def _said(line: Line) -> str:
    return "".join([inline if isinstance(inline, str) else _word(inline) for inline in line])


def _word(inline: Bold | Code | Link | When | User | Group | Channel) -> str:
    match inline:
        case Bold(text) | Code(text) | Link(text, _):
            return text
        case When(at):
            return _utc(at)
        case User(id_):
            return f"@{id_}"
        case Group(_, handle):
            return f"@{handle}"
        case Channel(id_):
            return f"#{id_}"
    assert_never(inline)


@lru_cache(maxsize=2048)  # a list says the same moments again and again, each in its block and in its text
def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
