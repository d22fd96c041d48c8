"""What a message may be made of, wherever it comes from: Web API, `response_url` or acknowledgement."""

import copy
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.slack.block_rules import ELEMENTS
from sandbox.slack.blocks import problems
from sandbox.slack.model import Json, Message, SlackError

MOST_ATTACHMENTS = 100
LONGEST_TEXT = 40_000
LONGEST_METADATA = 8_000

BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
ANGLES = re.compile(r"<(?:[@#!][A-Z0-9a-z^][^<>]*|(?:https?://|mailto:|tel:)[^<>]+)>")
BARE_LINK = re.compile(r"(?<![<|\w])https?://[^\s<>|]+[^\s<>|.,;:!?)'\"]")


@dataclass(frozen=True, slots=True)
class Content:
    """Checked parts of a message; None is what was not given, which an update keeps."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None

    def fill(self, message: Message) -> None:
        """Write it into a new message."""
        message.text = stored_text(self.text or "")
        message.blocks = self.blocks or []
        message.attachments = self.attachments or []
        message.metadata = self.metadata or None


def read(args: Json) -> Content:
    """The content in these arguments, checked; raises Slack's refusals, `no_text` when there is none."""
    if args.get("markdown_text") is not None:  # alone it is Slack's, but not offered here
        raise SlackError("markdown_text_conflict" if args.get("text") or args.get("blocks") else "invalid_arguments")
    blocks = _blocks(args.get("blocks"), "/blocks")
    attachments = _attachments(args.get("attachments"))
    text = args.get("text")
    if not text and not blocks and not attachments:
        raise SlackError("no_text")
    return Content(None if text is None else str(text), blocks, attachments, _metadata(args.get("metadata")))


def stored_text(text: str) -> str:
    """Text as Slack keeps it: cut at 40,000, bare links marked, and what is no mark-up escaped."""
    pieces, end = [], 0
    text = text[:LONGEST_TEXT]
    for match in ANGLES.finditer(text):
        pieces += [_plain(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*pieces, _plain(text[end:])])


def listed(value: object, error: str) -> list[Json] | None:
    """A JSON array, given as one or as its text; None when absent. Raises `error`."""
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise SlackError(error) from None
    if value is None or value == "":
        return None
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise SlackError(error)
    return value


def _plain(text: str) -> str:
    text = BARE_AMPERSAND.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    return BARE_LINK.sub(lambda match: f"<{match[0]}>", text)


def _blocks(value: object, at: str) -> list[Json] | None:
    blocks = listed(value, "invalid_blocks_format")
    if blocks is None:
        return None
    refuse(problems(blocks, "message", at))
    return completed(blocks)


def refuse(found: list[str], error: str = "invalid_blocks") -> None:
    """Raise the refusal that lists these problems, if there are any; a second table has an error of its own."""
    if found:
        error = "invalid_attachments" if found[0].startswith("only_one_table_allowed") else error
        messages = [f"[ERROR] {problem}" for problem in found]
        raise SlackError(error, errors=found, response_metadata={"messages": messages})


def completed(blocks: list[Json]) -> list[Json]:
    """As Slack gives them back: every block and every interactive element has an id, every text its flags."""
    blocks = copy.deepcopy(blocks)
    for block in blocks:
        block.setdefault("block_id", new_id())
        for element in elements(block):
            if "action_id" in ELEMENTS[element["type"]]:
                element.setdefault("action_id", new_id())
        for text in _texts(block):
            if text["type"] == "plain_text":
                text.setdefault("emoji", True)
            else:
                text.setdefault("verbatim", False)
    return blocks


def new_id() -> str:
    """What Slack names a block or an element that came without an id."""
    return secrets.token_urlsafe(4)[:5]


def elements(block: Json) -> list[Json]:
    """What can be pressed or chosen in a block, and the images beside it."""
    if block["type"] == "rich_text":
        return []
    found = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
    return [element for element in found if element]


def words(node: object) -> Iterator[str]:
    """Every piece of text that is shown, wherever in the blocks it stands."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from words(value)
    elif isinstance(node, list):
        for value in node:
            yield from words(value)


def _texts(node: object) -> Iterator[Json]:
    if isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield node
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _attachments(value: object) -> list[Json] | None:
    attachments = listed(value, "invalid_attachments")
    if attachments is None:
        return None
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return [_attachment(attachment, number) for number, attachment in enumerate(attachments)]


def _attachment(attachment: Json, number: int) -> Json:
    blocks = _blocks(attachment.get("blocks"), f"/attachments/{number}/blocks")
    known = {**attachment, "id": number + 1}
    return known if blocks is None else {**known, "blocks": blocks}


def _metadata(value: object) -> Json | None:
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except ValueError:
            raise SlackError("invalid_metadata_format") from None
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if value and not (isinstance(value.get("event_type"), str) and isinstance(value.get("event_payload"), dict)):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(value)) > LONGEST_METADATA:
        raise SlackError("metadata_too_large")
    return value
