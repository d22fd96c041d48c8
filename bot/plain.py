"""Other people's text made plain and safe to show: no markup, no control characters, no known secrets.

Escaping for Slack is not done here; the one renderer does that, after this.
"""

import re
from typing import Final

REDACTED: Final = "[redacted]"

# The CLI drops everything from `<{%` to the next `%}>`; text that only looks like an opener is kept here.
# https://github.com/pulumi/pulumi/blob/master/sdk/go/common/diag/colors/colors.go
_MARKUP: Final = re.compile(r"<\{%[^<\n]{0,40}?%\}>")
_ANSI: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
_LINE_END: Final = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls; overrides of the writing direction; invisible marks that hide or reorder text; halves of surrogate pairs.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)

_SECRETS: Final = re.compile(
    r"""
    -----BEGIN[ ](?P<what>[A-Z0-9 ]*PRIVATE[ ]KEY(?:[ ]BLOCK)?)-----.*?(?:-----END[ ](?P=what)-----|\Z)
    | \bpul-[0-9a-fA-F]{40}\b                                   # Pulumi access token
    | \bx(?:ox[a-z]|app)-[0-9A-Za-z-]{8,}                       # Slack
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                             # AWS access key id
    | \b(?:gh[opsur]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,}|glpat-[0-9A-Za-z_-]{20,})
    | \bAIza[0-9A-Za-z_-]{35}                                   # Google API key
    | \bsk_live_[0-9A-Za-z]{16,}                                # Stripe
    | \beyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]*  # JSON web token
    | (?<=://)[^\s/:@]*:[^\s/@]+(?=@)                           # user and password in a URL
    """,
    re.DOTALL | re.VERBOSE,
)


def plain(text: str) -> str:
    """Return `text` without colour markup, ANSI sequences, control characters and known secrets.

    Lines and tabs stay. What comes back never holds `<{%`, and `plain` of it is itself.
    """
    return redact(_without_markup(visible(_ANSI.sub("", text))))


def visible(text: str) -> str:
    """Return `text` without characters that hide, reorder or break what is around them; lines and tabs stay."""
    if text.isprintable():  # then neither pattern can match, and nearly all text is
        return text
    return _INVISIBLE.sub("", _LINE_END.sub("\n", text))


def _without_markup(text: str) -> str:
    while "<{%" in text:
        bare = _MARKUP.sub("", text)
        text = bare if bare != text else text.replace("<{%", "")
    return text


def redact(text: str) -> str:
    """Put `[redacted]` for every secret of a known shape: defence in depth, not a guarantee."""
    return _SECRETS.sub(REDACTED, text)
