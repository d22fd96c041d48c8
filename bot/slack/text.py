"""Other people's text on its way into Slack: cleaned, escaped, clamped, and nowhere else."""

from wcwidth import iter_graphemes

from bot.plain import visible


def clean(text: str) -> str:
    """The text without anything that could hide, reorder or break what is around it."""
    return text if text.isprintable() else visible(text).replace("\t", "    ")


def escape(text: str) -> str:
    """Slack's three entities, once (https://docs.slack.dev/messaging/formatting-message-text/)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clamp(text: str, limit: int) -> str:
    """At most `limit` characters, cut between graphemes, with an ellipsis in place of what is gone."""
    if len(text) <= limit:
        return text
    kept, length = [], 1
    for grapheme in iter_graphemes(text[: limit * 2]):
        if (length := length + len(grapheme)) > limit:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip() + "…"


def clamp_lines(lines: list[str], limit: int) -> str:
    """Whole lines as long as they fit in `limit` characters, and a word about how many did not."""
    if len(full := "\n".join(lines)) <= limit:
        return full
    kept: list[str] = []
    room = limit - len(last := "\n… and {} more lines") - 4
    for line in lines:
        if (room := room - len(line) - 1) < 0:
            break
        kept.append(line)
    if not kept:
        return clamp(lines[0], limit)
    return "\n".join(kept) + last.format(len(lines) - len(kept))
