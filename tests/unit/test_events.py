"""Decoding: every event of a page arrives, whatever one of them holds; recordings are read as people have them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import UNKNOWN, decode_page
from bot.recordings import UNREADABLE, decode_stream
from tests.unit.engine import diagnostic, page, pre, recorded, recordings, summary, urn

CANCEL = b'{"sequence":4,"timestamp":9,"cancelEvent":{}}'
KINDS = (
    "preludeEvent",
    "cancelEvent",
    "stdoutEvent",
    "diagnosticEvent",
    "resourcePreEvent",
    "resOutputsEvent",
    "resOpFailedEvent",
    "summaryEvent",
    "policyEvent",
    "policyRemediationEvent",
    "policyLoadEvent",
    "policyAnalyzeSummaryEvent",
    "policyRemediateSummaryEvent",
    "policyAnalyzeStackSummaryEvent",
    "startDebuggingEvent",
    "progressEvent",
    "errorEvent",
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
odd_events = st.dictionaries(
    st.sampled_from([*KINDS, "type", "sequence", "timestamp", "newShinyEvent"]), json_values, max_size=4
)


def body(*events: Any, **more: Any) -> bytes:
    return json.dumps({"events": events, **more}).encode()


@pytest.mark.parametrize(
    ("more", "token"),
    [
        ({}, None),
        ({"continuationToken": None}, None),
        ({"continuationToken": ""}, None),
        ({"continuationToken": "5-"}, "5-"),
    ],
)
def test_an_absent_a_null_and_an_empty_token_all_say_that_nothing_follows(
    more: dict[str, Any], token: str | None
) -> None:
    assert decode_page(body(**more)).token == token


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>502</html>",
        b"[]",
        b"7",
        b"null",
        b'{"code":404,"message":"x"}',
        b'{"events":"none"}',
        b'{"events":[',
    ],
)
def test_a_body_that_is_no_page_of_events_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # msgspec's own words, which are not ours to fix
        decode_page(data)


def test_a_page_without_events_may_say_so_with_null_as_go_does() -> None:
    assert decode_page(b'{"events":null,"continuationToken":null}').events == ()


def test_nesting_beyond_reason_is_refused_and_not_a_crash() -> None:
    with pytest.raises(ValueError, match="deep"):
        decode_page(b'{"events":[{"preludeEvent":{"config":' + b"[" * 100_000 + b"]" * 100_000 + b"}}]}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_known_with_a_type_and_without(kind: str) -> None:
    payload = {"metadata": {"op": "same", "urn": urn("a")}}
    rest, recording = decode_page(body({"type": kind, kind: payload}, {"sequence": 0, kind: payload})).events
    assert (rest.kind, recording.kind) == (kind, kind)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "newShinyEvent", "newShinyEvent": {}}, UNKNOWN),
        ({"type": "diagnosticEvent"}, UNKNOWN),
        ({"type": "diagnosticEvent", "diagnosticEvent": None}, UNKNOWN),
        ({"type": "diagnostic", "diagnosticEvent": {"message": "m"}}, "diagnosticEvent"),
        ({"type": "cancelEvent", "diagnosticEvent": {}, "cancelEvent": {}}, "cancelEvent"),
        ({"type": "diagnosticEvent", "diagnosticEvent": {}, "resourcePreEvent": {"metadata": {}}}, "diagnosticEvent"),
        ({"diagnosticEvent": {}, "cancelEvent": {}}, "diagnosticEvent"),
        ({"sequence": 3, "timestamp": 5}, UNKNOWN),
        ({}, UNKNOWN),
        ({"diagnosticEvent": {"message": 5}}, UNKNOWN),
        ({"resourcePreEvent": {}}, UNKNOWN),
        ({"resourcePreEvent": {"metadata": {"op": ["create"]}}}, UNKNOWN),
        ({"summaryEvent": {"PolicyPacks": "", "resourceChanges": None, "maybeCorrupt": None}}, "summaryEvent"),
        ({"policyEvent": {"exceptions": {"id": "1", "reason": "r"}}}, "policyEvent"),
        ({"policyEvent": {"exceptions": [{"id": "1"}]}}, "policyEvent"),
        ({"cancelEvent": {}, "sequence": 2**60, "timestamp": 1.5e9}, "cancelEvent"),
        (None, UNKNOWN),
        (7, UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_an_odd_event_is_itself_or_unknown_and_its_neighbours_arrive(event: Any, kind: str) -> None:
    before, odd, after = decode_page(
        body(
            {"type": "diagnosticEvent"} | diagnostic("before"), event, {"type": "diagnosticEvent"} | diagnostic("after")
        )
    ).events
    assert odd.kind == kind
    assert [before, after] == list(page(diagnostic("before"), diagnostic("after")).events)


def test_an_event_that_does_not_fit_keeps_its_number() -> None:
    (event,) = decode_page(
        body({"type": "diagnosticEvent", "sequence": 8, "timestamp": 5, "diagnosticEvent": 1})
    ).events
    assert (event.kind, event.type, event.sequence, event.timestamp) == (UNKNOWN, "diagnosticEvent", 8, 5)


@pytest.mark.parametrize(
    ("spelled", "text"),
    [
        (rb"\ud800", "�"),
        (rb"\udfff\ud800", "��"),
        (rb"\ud83d\ude00", "😀"),
        (rb"\\ud800", r"\ud800"),
        (rb"a\u0000b", "a\0b"),
        (b"\xff\xfe", "��"),
    ],
)
def test_text_that_no_string_can_hold_is_mended_and_other_escapes_stay(spelled: bytes, text: str) -> None:
    data = b'{"events":[{"diagnosticEvent":{"message":"' + spelled + b'"}}]}'
    (event,) = decode_page(data).events
    assert event.diagnostic_event
    assert event.diagnostic_event.message == text
    (same,) = decode_stream(data)
    assert same == event


@given(st.lists(odd_events | json_values))
def test_no_event_ever_costs_its_page(events: list[Any]) -> None:
    assert len(decode_page(body(*events)).events) == len(events)


STREAM = [pre("a"), diagnostic("<{%fg 1%}>über"), {"sequence": 2, "timestamp": 7, "cancelEvent": {}}, summary("failed")]
LINES = "\n".join(map(json.dumps, STREAM))


@pytest.mark.parametrize(
    "data",
    [
        LINES.encode(),
        (LINES + "\n").encode(),
        ("\n\n" + LINES.replace("\n", "\r\n") + "\r\n\r\n").encode(),
        ("\ufeff" + LINES).encode(),
        LINES.encode("utf-16"),
        "\n".join(json.dumps(event, indent=4) for event in STREAM).encode(),
        "".join(map(json.dumps, STREAM)).encode(),
        json.dumps(STREAM).encode(),
        json.dumps(STREAM, indent=2).encode(),
        body(*STREAM, continuationToken=None),
        json.dumps({"continuationToken": "x", "events": STREAM}, indent=2).encode(),
        body(*STREAM[:2], continuationToken="2") + b"\n" + body(*STREAM[2:]),
    ],
    ids=[
        "lines",
        "newline at the end",
        "Windows lines, blank ones",
        "BOM",
        "UTF-16",
        "pretty-printed",
        "without any space",
        "list",
        "pretty list",
        "page",
        "pretty page",
        "two pages",
    ],
)
def test_a_recording_reads_the_same_in_every_shape_people_have_it(data: bytes) -> None:
    assert list(decode_stream(data)) == recorded(*STREAM)


@pytest.mark.parametrize(
    "data",
    [
        CANCEL + b"\n" + CANCEL[:-9],
        CANCEL + b"\nnpm WARN deprecated\n",
        b"Updating (prod)\n" + CANCEL,
        b"[" + CANCEL + b"," + CANCEL[:20],
        b'{"continuationToken":"x","events":[' + CANCEL + b"," + CANCEL[:20],
        CANCEL + b"\x00\x00\x00",
    ],
    ids=["last line cut off", "other output at the end", "at the start", "list cut off", "page cut off", "zeros"],
)
def test_what_is_no_json_is_told_and_the_rest_is_read(data: bytes) -> None:
    events = list(decode_stream(data))
    assert any(event is UNREADABLE for event in events)
    assert [event.kind for event in events if event is not UNREADABLE] == ["cancelEvent"]


@given(st.integers(min_value=0, max_value=len(LINES.encode())))
def test_a_recording_cut_anywhere_keeps_every_whole_line_before_the_cut(at: int) -> None:
    data = CANCEL + b"\n" + LINES.encode()
    cut = data[: len(CANCEL) + 1 + at]
    whole = cut.count(b"\n")
    assert list(decode_stream(cut))[:whole] == list(decode_stream(data))[:whole]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"Updating (prod)\n", "holds no engine events"),
        (b"42", "holds no engine events"),
        (b'{"code":404,"message":"Not Found"}', "holds no engine events"),
        (b'{"version":3,"deployment":{}}\n', "holds no engine events"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        list(decode_stream(data))


@pytest.mark.parametrize("data", [b"[]", b'{"events":[]}', b'{"type":"newShinyEvent","newShinyEvent":{}}'])
def test_a_recording_with_nothing_known_in_it_is_still_one(data: bytes) -> None:
    assert all(event.kind == UNKNOWN for event in decode_stream(data))


def test_the_recorded_streams_are_read_whole() -> None:
    for path in recordings():
        text, decoder, at, count = path.read_text(), json.JSONDecoder(), 0, 0
        while at < len(text.rstrip()):
            _, at = decoder.raw_decode(text, at)
            at, count = at + len(text[at:]) - len(text[at:].lstrip()), count + 1
        events = list(decode_stream(path.read_bytes()))
        assert (len(events), {event.kind for event in events} & {UNKNOWN}) == (count, set()), path.name
