"""Plain text: no markup, no control characters, no secrets, and nothing else lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cause import tidy
from bot.plain import REDACTED, plain
from tests.unit.engine import concluded, diagnostic, error, violation


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<{%fg 1%}>error: <{%reset%}>a < b && <@U123> `x` <!channel>", "error: a < b && <@U123> `x` <!channel>"),
        ("<{%bold%}>x<{%underline%}>y<{%bg 200%}>z", "xyz"),
        ("<{%fg 1 is not closed", "fg 1 is not closed"),
        ("<{% kept <{%reset%}>text", " kept text"),
        ("<{<{%reset%}>%fg 1%}>x", "x"),
        ("a %}> b", "a %}> b"),
        ("\x1b[1;31mred\x1b[0m \x1b]8;;https://x\x07link\x1b]8;;\x1b\\ \x1b(Bok \x9b2K.", "red link ok ."),
        ("\x1b]unterminated title, text stays", "unterminated title, text stays"),
        ("a\x00b\x08c\x7fd\tE", "abcd\tE"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("user\u202egnp.exe\u2066\u200b", "usergnp.exe"),
        ("family 👨\u200d👩 \u0645\u06cc\u200c\u062e", "family 👨\u200d👩 \u0645\u06cc\u200c\u062e"),
        ("half \ud800 pair", "half  pair"),
        ("[secret]", "[secret]"),
    ],
)
def test_text_is_made_plain(text: str, shown: str) -> None:
    assert plain(text) == shown


SECRETS = [
    "pul-" + "0123456789abcdef0123" * 2,
    "xoxb-" + "1234567890-abcdef",
    "xapp-" + "1-A02-1234-abcdef",
    "AKIA" + "ABCDEFGHIJKLMNOP",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2_" * 9,
    "glpat-" + "a1B2" * 5,
    "AIza" + "aB1_-" * 7,
    "sk_live_" + "a1B2" * 6,
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_of_a_known_shape_never_comes_out(secret: str) -> None:
    split = secret[:6] + "<{%reset%}>" + secret[6:]
    for text in (secret, split, f"token {secret}", f'{{"key": "{secret}"}}'):
        assert REDACTED in plain(text)
        assert secret not in plain(text)
    shown = concluded(error("a", f"denied for {secret}"), violation(message=secret), diagnostic(secret, "warning"))
    assert secret not in repr(shown)


def test_a_password_in_a_url_goes_and_the_host_stays() -> None:
    assert plain("postgres://app:hunter2@db.internal:5432/x") == f"postgres://{REDACTED}@db.internal:5432/x"
    assert plain("see https://www.pulumi.com/docs:x/@latest") == "see https://www.pulumi.com/docs:x/@latest"


awkward = st.text(alphabet=st.sampled_from("<{%}>fg 1rest\x1b[m\n*:ae\u202e\ud800-"), max_size=60) | st.text(
    max_size=60
)


@given(awkward)
def test_plain_text_holds_no_markup_and_stays_as_it_is(text: str) -> None:
    once = plain(text)
    assert "<{%" not in once
    assert "\x1b" not in once
    assert once.encode().decode() == once
    assert plain(once) == once
    assert plain(tidy(text)) == tidy(text)
