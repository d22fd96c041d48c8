"""Cards in Slack: within every limit, the whole meaning in the text, and nothing that people wrote is ever parsed."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.card import (
    Bold,
    Card,
    Code,
    Facts,
    Inline,
    Items,
    Link,
    Note,
    Open,
    Output,
    Part,
    Run,
    Share,
    Text,
    Tone,
    User,
    When,
)
from bot.slack.blocks import to_blocks, to_message
from bot.slack.text import clamp, clamp_lines, clean
from sandbox.slack.blocks import problems as faults

AT = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
HOSTILE = [
    "<!channel> <@U123> <#C123> <https://evil.example|app.pulumi.com> &amp; @here #general `code` *bold* :tada:",
    "```\n> quoted\n```",
    "\u202egnp.exe \u2066hidden\u2069",
    "\x1b[31mred\x00",
    "\ud800 lone",
    "&" * 5_000,
    "👨‍👩‍👧" * 2_000,
    "\n\n\n",
]


def problems(card: Card) -> list[str]:
    return faults(to_blocks(card))


def strings(value: Any) -> list[tuple[str, str]]:
    """Every (type, text) of text objects in blocks."""
    if isinstance(value, list):
        return [found for each in value for found in strings(each)]
    if isinstance(value, dict):
        own = [(value["type"], value["text"])] if isinstance(value.get("text"), str) and "type" in value else []
        return own + [found for each in value.values() for found in strings(each)]
    return []


TEXTS = st.text(max_size=60) | st.sampled_from(HOSTILE)
INLINES: st.SearchStrategy[Inline] = st.one_of(
    TEXTS,
    st.builds(Bold, TEXTS),
    st.builds(Code, TEXTS),
    st.builds(Link, TEXTS, st.none() | st.just("https://app.pulumi.com/a/b/c")),
    st.just(When(AT)),
    st.just(User("U0ANN00001")),
)
LINES = st.lists(INLINES, max_size=6).map(tuple)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, LINES),
    st.builds(Facts, st.lists(st.tuples(TEXTS, LINES), max_size=4).map(tuple)),
    st.builds(Items, st.lists(LINES, max_size=4).map(tuple)),
    st.builds(Output, st.lists(TEXTS, max_size=4).map(tuple)),
    st.builds(Note, TEXTS),
)
COMMANDS = st.from_regex(r"[a-z]{1,8}( [!-~]{1,20}){0,3}", fullmatch=True)
BUTTONS = st.one_of(
    st.builds(Run, TEXTS, COMMANDS, st.booleans()),
    st.builds(Share, COMMANDS),
    st.builds(Open, TEXTS, st.just("https://app.pulumi.com/a/b/c")),
)
CARDS = st.builds(
    Card,
    TEXTS.filter(lambda text: bool(clean(text).strip())),
    st.sampled_from(Tone),
    st.lists(PARTS, max_size=6).map(tuple),
    st.lists(BUTTONS, max_size=30).map(tuple),
)


@given(CARDS)
def test_no_card_breaks_a_limit(card: Card) -> None:
    """Whatever a card holds, Slack would take it."""
    assert problems(card) == []
    assert 0 < len(to_message(card).text) <= 4_000


@given(CARDS)
def test_no_object_that_slack_parses_is_ever_made(card: Card) -> None:
    assert {kind for kind, _ in strings(to_blocks(card))} <= {"plain_text", "text", "link"}
    json.dumps(to_blocks(card)).encode()  # no lone surrogate is left


@given(st.sampled_from(HOSTILE), st.sampled_from([Text, Bold, Code]))
def test_the_text_for_notifications_is_escaped(text: str, wrap: Any) -> None:
    line = (text,) if wrap is Text else (wrap(text),)
    said = to_message(Card("Title", Tone.PLAIN, (Text(line),))).text
    assert "<" not in said
    assert ">" not in said
    assert not re.search(r"&(?!(amp|lt|gt);)", said)


def test_a_commit_message_is_shown_whole_and_notifies_nobody() -> None:
    """Case 14: markup of Slack's in other people's text stays text."""
    text = "fix a < b && <@U123> `x` <!channel>"
    blocks = to_blocks(Card("Title", Tone.PLAIN, (Text((text,)),)))
    assert blocks[1]["elements"][0]["elements"] == [{"type": "text", "text": text}]
    assert to_message(Card("T", Tone.PLAIN, (Text((text,)),))).text == (
        "T\nfix a &lt; b &amp;&amp; &lt;@U123&gt; `x` &lt;!channel&gt;"
    )


def test_the_text_says_everything_that_the_blocks_say() -> None:
    card = Card(
        "Update failed",
        Tone.BAD,
        (
            Text((Bold("why"), " because")),
            Facts((("When", (When(AT),)),)),
            Items((("one",), (Link("two", "https://app.pulumi.com/x"),))),
            Output(("boom",)),
            Note("small print"),
        ),
    )
    assert to_message(card).text == (
        "❌ Update failed\nwhy because\nWhen: 2026-11-24 13:30 UTC\n• one\n• two\nboom\nsmall print"
    )


def test_buttons_carry_their_command_and_differ_in_id() -> None:
    (actions,) = to_blocks(Card("T", buttons=(Run("A", "status a"), Run("B", "status b"), Share("status a"))))[1:]
    assert [element["value"] for element in actions["elements"]] == ["status a", "status b", "status a"]
    assert len({element["action_id"] for element in actions["elements"]}) == 3


def test_a_command_too_long_for_a_button_is_an_error_not_a_cut_command() -> None:
    with pytest.raises(ValueError, match="2,000"):
        to_blocks(Card("T", buttons=(Run("A", "x" * 2_001),)))


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("short", 5, "short"),
        ("too long", 5, "too…"),
        ("a👨‍👩‍👧👨‍👩‍👧b", 8, "a👨‍👩‍👧…"),
        ("e\u0301" * 3, 5, "e\u0301e\u0301…"),
    ],
)
def test_text_is_cut_between_graphemes(text: str, limit: int, shown: str) -> None:
    assert clamp(text, limit) == shown


@given(st.text(), st.integers(2, 50))
def test_a_cut_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(clamp(text, limit)) <= limit


def test_whole_lines_are_kept_and_the_rest_is_counted() -> None:
    assert (
        clamp_lines([f"line {n}" for n in range(100)], 60)
        == "line 0\nline 1\nline 2\nline 3\nline 4\n… and 95 more lines"
    )
