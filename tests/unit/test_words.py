"""What people type and what Slack makes of it, back to plain words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.operations.words import mention, normalise, quote, shown, split


@pytest.mark.parametrize(
    ("delivered", "meant"),
    [
        ("stack ls acme", "stack ls acme"),
        ("  stack\u00a0ls\u2009 acme ", "stack ls  acme"),
        ("stack ls \u2014tag env=prod", "stack ls --tag env=prod"),
        ("stack ls \u2013tag env=prod", "stack ls --tag env=prod"),
        ("why shop\u2014prod", "why shop\u2014prod"),
        ("say \u201ctwo words\u201d", 'say "two words"'),
        ("status <http://prod.example.com|prod.example.com>", "status prod.example.com"),
        ("status <https://app.pulumi.com/acme/shop/prod>", "status https://app.pulumi.com/acme/shop/prod"),
        ("status <https://a.example/x|see here>", "status https://a.example/x"),
        ("find a &lt;b&gt; &amp; c", "find a <b> & c"),
        ("find &amp;lt;", "find &lt;"),
        ("pro\u200bd", "prod"),
        ("cafe\u0301", "caf\u00e9"),
        ("mail <mailto:a@b.example|a@b.example>", "mail a@b.example"),
    ],
)
def test_what_slack_delivers_is_read_as_it_was_meant(delivered: str, meant: str) -> None:
    assert normalise(delivered) == meant.strip()


def test_a_mention_is_told_from_typed_angle_brackets() -> None:
    real, typed = normalise("<@U123|ann> &lt;@U123&gt;").split(" ")
    assert mention(real) == "@U123"
    assert mention(typed) is None
    assert shown(real) == "@U123"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('tag set . note "two words"', ["tag", "set", ".", "note", "two words"]),
        ('--reason="it is late"', ["--reason=it is late"]),
        ("don't touch it", ["don't", "touch", "it"]),
        (r'"say \"hi\" \\o/"', [r'say "hi" \o/']),
        ('""', [""]),
        ("", []),
    ],
)
def test_double_quotes_keep_words_together(line: str, words: list[str]) -> None:
    assert split(line) == words


def test_a_quote_that_is_never_closed_is_named() -> None:
    with pytest.raises(UsageError, match="never closed") as caught:
        split('note . "half a')
    assert caught.value.typed == 'note . "half a'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])), max_size=5))
def test_quoted_words_are_read_back(words: list[str]) -> None:
    """What `quote` writes, `split` reads: buttons carry such lines."""
    assert split(" ".join(map(quote, words))) == words


@given(st.text())
def test_no_text_breaks_reading(text: str) -> None:
    """Whatever arrives is read or refused with a UsageError."""
    with contextlib.suppress(UsageError):
        split(normalise(text))
