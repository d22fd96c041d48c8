"""Recorded engine events, as `pulumi up --event-log` writes them and as people cut, paste and redirect them."""

import json
import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw

from bot.events import UNKNOWN, EngineEvent, decode_event, decode_page, mended

UNREADABLE: Final = EngineEvent()  # stands, by identity, for a stretch of a recording that is no JSON

_RAW: Final = msgspec.json.Decoder(Raw)
_RAWS: Final = msgspec.json.Decoder(list[Raw])


def decode_stream(data: bytes) -> Iterator[EngineEvent]:
    """Read a recording: one event a line, events one after another, a JSON list of them, or REST pages.

    What no longer is JSON (a last line cut off, other output mixed in) comes as UNREADABLE, the rest is read.
    ValueError, after the last event: there was nothing in it that could be an engine event.
    """
    found = False
    for value in _values(_utf8(data)):
        events = (UNREADABLE,) if value is None else _unfold(value)
        found = found or not events or any(map(_in_envelope, events))
        yield from events
    if not found:
        raise ValueError("holds no engine events" if data.strip() else "is empty")


def _in_envelope(event: EngineEvent) -> bool:
    return event.kind != UNKNOWN or (event.type, event.sequence, event.timestamp) != (None, None, None)


def _utf8(data: bytes) -> bytes:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # PowerShell's `>`
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _unfold(value: bytes) -> tuple[EngineEvent, ...]:
    if value.lstrip().startswith(b"["):
        return tuple(decode_event(item) for item in _RAWS.decode(value))
    event = decode_event(value)
    if event.kind == UNKNOWN:
        try:
            return decode_page(value).events
        except ValueError:
            pass
    return (event,)


def _values(data: bytes) -> Iterator[bytes | None]:
    """Yield every JSON value of `data`: quickly while there is one on each line, else wherever it ends."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        line = data[start:end]
        if line.strip():
            if not _is_json(line):
                break
            yield line
        start = end
    yield from _scan(mended(data[start:]).decode())


def _is_json(line: bytes) -> bool:
    try:
        _RAW.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


_GAP: Final = re.compile(r"[\s,\[\]]*")  # opens lists, so that a list cut off keeps its whole elements
_PAGE_HEAD: Final = re.compile(r'\{[^{}\[\]]*"events"\s*:\s*\[')
_FRESH_LINE: Final = re.compile(r"^[\[{]", re.MULTILINE)


def _scan(text: str) -> Iterator[bytes | None]:
    decoder, at = json.JSONDecoder(), 0
    while (at := _end(_GAP, text, at)) < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield None
            at = _after_damage(text, at)
        else:
            yield text[at:end].encode()
            at = end


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _after_damage(text: str, at: int) -> int:
    inside = _end(_PAGE_HEAD, text, at)
    if inside > at:
        return inside
    fresh = _FRESH_LINE.search(text, at + 1)
    return fresh.start() if fresh else len(text)
