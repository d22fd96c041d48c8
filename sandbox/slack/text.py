"""Slack's mark-up of text: what must be escaped, and what a line typed by a person becomes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sandbox.slack.model import Channel, Json, User

LINK = r"(?P<link>https?://[^\s<>|]+)"
MAIL = r"(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
DOMAIN = r"(?P<domain>(?<![\w@/.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|co|cloud|ai)(?![\w-])(?:/[^\s<>|]*)?)"
BROADCAST = r"(?<!\w)@(?P<broadcast>here|channel|everyone)\b"
TRAILING = ".,;:!?)'\""

Kind = Literal["text", "link", "domain", "mail", "user", "channel", "broadcast"]


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
    """Reads typed lines as the composer does: names of people and channels, links, broadcasts."""

    def __init__(self, users: Iterable[User], channels: Iterable[Channel]) -> None:
        self._users = {name.lower(): user for user in users for name in (user.name, user.real_name)}
        self._channels = {channel.name: channel for channel in channels if channel.name}
        self._pattern = re.compile(
            f"{LINK}|{MAIL}|{BROADCAST}|{self._mentions()}|{self._hashes()}|{DOMAIN}", re.IGNORECASE
        )

    def pieces(self, line: str) -> Iterator[Piece]:
        """The line, cut into text and what Slack recognises; joining the texts gives the line again."""
        end = 0
        for match in self._pattern.finditer(line):
            piece = self._piece(str(match.lastgroup), match[0])
            if match.start() > end:
                yield Piece("text", line[end : match.start()])
            yield piece
            end = match.start() + len(piece.text)
        if end < len(line):
            yield Piece("text", line[end:])

    def _mentions(self) -> str:
        return rf"(?<!\w)@(?P<user>{_any_of(self._users)})(?![\w-])"

    def _hashes(self) -> str:
        return rf"(?<!\w)#(?P<channel>{_any_of(self._channels)})(?![\w-])"

    def _piece(self, kind: str, text: str) -> Piece:
        match kind:
            case "user":
                return Piece("user", text, self._users[text[1:].lower()].id)
            case "channel":
                return Piece("channel", text, self._channels[text[1:].lower()].id)
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
        case "channel":
            return f"<#{piece.id}|{piece.text[1:].lower()}>"
        case "broadcast":
            return f"<!{piece.id}>"
        case "link":
            return f"<{escape(piece.id)}>"
        case "domain" | "mail":
            return f"<{escape(piece.id)}|{escape(piece.text)}>"
        case "text":
            return escape(piece.text)


def _element(piece: Piece) -> Json:
    match piece.kind:
        case "user":
            return {"type": "user", "user_id": piece.id}
        case "channel":
            return {"type": "channel", "channel_id": piece.id}
        case "broadcast":
            return {"type": "broadcast", "range": piece.id}
        case "link":
            return {"type": "link", "url": piece.id}
        case "domain" | "mail":
            return {"type": "link", "url": piece.id, "text": piece.text}
        case "text":
            return {"type": "text", "text": piece.text}


def _any_of(names: Iterable[str]) -> str:
    longest_first = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name) for name in longest_first) or "(?!)"
