"""What a stack's own tags say about who is told: `slack:channel`, `slack:owner`, `slack:oncall`. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.happenings import Kind

CHANNEL, OWNER, ONCALL = "slack:channel", "slack:owner", "slack:oncall"
ROUTED = frozenset({Kind.FAILED, Kind.RECOVERED})  # what a channel gets that only a tag names

_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{6,20}")
_CHANNEL_NAME = re.compile(r"#?([\w.-]{1,80})")
_REFERENCE = re.compile(r"<([@#!])(?:subteam\^)?([A-Z0-9]+)(?:\|[^<>]*)?>")
_WHO_ID = re.compile(r"[UWS][A-Z0-9]{6,20}")
_HANDLE = re.compile(r"@[\w.-]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Where a stack's failures go without a subscription, and who is mentioned, by Slack's names.

    `channel` is an id or `#name`, "" for none. `owner` and `oncall` are ids of users (`U…`, `W…`) or of groups (`S…`),
    or a group's `@handle`. `unread` holds the tags whose value says none of this, whole or in part.
    """

    channel: str = ""
    owner: tuple[str, ...] = ()
    oncall: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def is_user(who: str) -> bool:
    """Whether it is a person's id, and no group's id or handle."""
    return who[:1] in {"U", "W"}


def routed(tags: Mapping[str, str]) -> Routing:
    """Read the tags. Somebody who stands there twice is named once."""
    channel = _channel(tags.get(CHANNEL, ""))
    named = {tag: tuple(dict.fromkeys(_people(tags.get(tag, "")))) for tag in (OWNER, ONCALL)}
    bad = [tag for tag, who in named.items() if "" in who]
    unread = [*([CHANNEL] if tags.get(CHANNEL, "").strip() and not channel else []), *bad]
    owner, oncall = (tuple(filter(None, who)) for who in named.values())
    return Routing(channel=channel, owner=owner, oncall=oncall, unread=tuple(unread))


def _channel(said: str) -> str:
    """The channel, "" where none can be meant."""
    word = _REFERENCE.sub(r"\2", said.strip())
    if _CHANNEL_ID.fullmatch(word):
        return word
    name = _CHANNEL_NAME.fullmatch(word)
    return f"#{name[1].lower()}" if name else ""


def _people(said: str) -> Iterator[str]:
    """Each who is named; "" for a word that names nobody."""
    for word in filter(None, re.split(r"[\s,;]+", _REFERENCE.sub(r"\2", said))):
        yield word if _WHO_ID.fullmatch(word) or _HANDLE.fullmatch(word) else ""
