"""Slack's mark-up of text: what must be escaped, and what a line typed by a person becomes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from sandbox.slack.model import Channel, Group, Json, User

LINK = r"(?P<link>https?://[^\s<>|]+)"
MAIL = r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
DOMAIN = r"(?P<domain>(?<![\w@/.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|co|cloud|ai)(?![\w-])(?:/[^\s<>|]*)?)"
BROADCAST = r"(?<!\w)@(?P<broadcast>here|channel|everyone)\b"
TRAILING = ".,;:!?)'\""

Kind = Literal["text", "link", "domain", "mail", "user", "group", "channel", "broadcast"]

# What is mentioned → the rich text element that does so, and its field.
ELEMENTS: Mapping[Kind, tuple[str, str]] = {
    "user": ("user", "user_id"),
    "group": ("usergroup", "usergroup_id"),
    "channel": ("channel", "channel_id"),
    "broadcast": ("broadcast", "range"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a typed line: plain text, or what Slack recognised in it (`id` says who or what)."""

    kind: Kind
    text: str
    id: str = ""


def escape(text: str) -> str:
    """The three characters that Slack escapes, and nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mangle(line: str) -> str:
    """What macOS makes of a typed line: em dashes, curly quotes, an ellipsis."""
    line = line.replace("...", "…").replace("--", "—")
    line = re.sub(r'(^|[\s(\[])"', "\\1\N{LEFT DOUBLE QUOTATION MARK}", line)
    line = line.replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}")
    line = re.sub(r"(^|[\s(\[])'", "\\1\N{LEFT SINGLE QUOTATION MARK}", line)
    return line.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


class Reader:
    """Reads typed lines as the composer does: names of people, groups and channels, links, broadcasts."""

    def __init__(self, users: Iterable[User], channels: Iterable[Channel], groups: Iterable[Group] = ()) -> None:
        self._ids: dict[Kind, dict[str, str]] = {
            "user": {name.lower(): user.id for user in users for name in (user.name, user.real_name)},
            "group": {group.handle: group.id for group in groups if not group.disabled},
            "channel": {channel.name: channel.id for channel in channels if channel.name},
        }
        self._pattern = re.compile(
            f"{LINK}|{MAIL}|{BROADCAST}|{self._any('user')}|{self._any('group')}|{self._any('channel')}|{DOMAIN}",
            re.IGNORECASE,
        )

    def pieces(self, line: str) -> Iterator[Piece]:
        """The line, cut into text and what Slack recognises; joining the texts gives the line again."""
        end = 0
        for match in self._pattern.finditer(line):
            piece = self._piece(cast(Kind, match.lastgroup), match[0])
            if match.start() > end:
                yield Piece("text", line[end : match.start()])
            yield piece
            end = match.start() + len(piece.text)
        if end < len(line):
            yield Piece("text", line[end:])

    def _any(self, kind: Kind) -> str:
        mark = "#" if kind == "channel" else "@"
        return rf"(?<!\w){mark}(?P<{kind}>{_any_of(self._ids[kind])})(?![\w-])"

    def _piece(self, kind: Kind, text: str) -> Piece:
        match kind:
            case "user" | "group" | "channel":
                return Piece(kind, text, self._ids[kind][text[1:].lower()])
            case "broadcast":
                return Piece("broadcast", text, text[1:].lower())
            case "mail":
                return Piece("mail", text, "mailto:" + text)
            case "domain":
                text = text.rstrip(TRAILING)
                return Piece("domain", text, "http://" + text)
            case _:
                text = text.rstrip(TRAILING)
                return Piece("link", text, text)


def as_command(pieces: Iterable[Piece], names: dict[str, str]) -> str:
    """The text of a slash command with `should_escape`: ids with names, links in angle brackets, entities."""
    return "".join(_marked(piece, names) for piece in pieces)


def as_message(pieces: Iterable[Piece]) -> str:
    """The text of a message: as a command's, only without people's names."""
    return "".join(_marked(piece, {}) for piece in pieces)


def as_rich_text(pieces: Iterable[Piece], block_id: str) -> list[Json]:
    """The block that Slack makes of a person's message."""
    section = {"type": "rich_text_section", "elements": [_element(piece) for piece in pieces]}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}]


def _marked(piece: Piece, names: dict[str, str]) -> str:
    match piece.kind:
        case "user":
            return f"<@{piece.id}|{names[piece.id]}>" if piece.id in names else f"<@{piece.id}>"
        case "group":
            return f"<!subteam^{piece.id}|{piece.text}>" if names else f"<!subteam^{piece.id}>"
        case "channel":
            return f"<#{piece.id}|{piece.text[1:].lower()}>"
        case "broadcast":
            return f"<!{piece.id}>"
        case "link" | "domain" | "mail":
            label = "" if piece.kind == "link" else f"|{escape(piece.text)}"
            return f"<{escape(piece.id)}{label}>"
        case "text":
            return escape(piece.text)


def _element(piece: Piece) -> Json:
    if piece.kind in ELEMENTS:
        kind, name = ELEMENTS[piece.kind]
        return {"type": kind, name: piece.id}
    if piece.kind == "text":
        return {"type": "text", "text": piece.text}
    label = {} if piece.kind == "link" else {"text": piece.text}
    return {"type": "link", "url": piece.id, **label}


def _any_of(names: Iterable[str]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name) for name in longest_first) or "(?!)"
