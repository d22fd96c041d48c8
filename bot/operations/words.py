"""From what Slack delivers to plain words: links, mentions, entities, quotes, dashes and spaces as they were meant."""

import html
import re
import unicodedata
from urllib.parse import urlsplit

from bot.errors import UsageError

# https://docs.slack.dev/messaging/formatting-message-text/: <@U…|name>, <#C…|name>, <https://…|label>
_REFERENCE = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_QUOTES = str.maketrans("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b", '""""""\'\'\'\'')
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_DASH = re.compile(r"(?<!\S)[\u2013\u2014\u2212]+(?=\w)")  # macOS makes an em dash of "--"
_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s"])+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def normalise(text: str) -> str:
    """The command line as it was meant. The case of letters is never touched: names are case-sensitive."""
    text = html.unescape(_REFERENCE.sub(_reference, text))
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).translate(_QUOTES)
    return " ".join(_DASH.sub("--", re.sub(r"\s", " ", text)).split(" ")).strip()


def _reference(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if target[:1] in {"@", "#", "!"}:
        return (
            f"\ue000{target}\ue001"  # kept apart until entities are decoded: typed angle brackets must not become one
        )
    if label and label in urlsplit(target).netloc:
        return label  # Slack linked a bare name such as prod.example.com
    return target.removeprefix("mailto:")


def split(text: str) -> list[str]:
    """Split a normalised line into words; `"two words"` and `--flag="two words"` stay together.

    Raises UsageError for a quote that is never closed. Apostrophes are ordinary letters.
    """
    if '"' in _WORD.sub("", text):
        opened = text[text.rindex('"') :]
        raise UsageError(f"The quote at {opened[:30]} is never closed.", hint='Close it with ".', typed=text)
    return [_QUOTED.sub(_unescape, word) for word in _WORD.findall(text)]


def _unescape(match: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", match[1])


def mention(word: str) -> str | None:
    """`@U123` or `#C123` of a real Slack reference, or None for a word that only looks like one."""
    found = re.fullmatch(r"\ue000([@#!][^\ue000\ue001]+)\ue001", word)
    return found[1] if found else None


def shown(word: str) -> str:
    """The word for an error text: private marks become what was typed."""
    return word.replace("\ue000", "").replace("\ue001", "")


def quote(word: str) -> str:
    """The word as it has to be typed: quoted only where needed."""
    if word and not re.search(r'[\s"\\]', word):
        return word
    return '"' + re.sub(r'(["\\])', r"\\\1", word) + '"'
