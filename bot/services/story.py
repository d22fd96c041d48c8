"""The trail in plain words. Pure, and fed from the rows alone: who is named did it, whoever reads it."""

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.card import Bold, Card, Code, Facts, Items, Line, Note, Run, Text, Tone, User, When
from bot.operations.wording import plural
from bot.records import Record

# What a row says after its time and its person. `{}`: somebody did it; the others happen by themselves.
_WORDS: Final = {
    "asked": "asked for it",
    "approved": "approved it, the last approval that it needed",
    "rejected": "rejected it",
    "withdrawn": "withdrew it",
    "expired": "It expired",
    "reminded": "The approvers were reminded",
    "stale": "It is void",
    "claimed": "It was taken in hand",
    "sent": "The call was sent to Pulumi",
    "answered": "Pulumi answered",
    "released": "Nothing was done; it waits for another try",
    "succeeded": "It is done",
    "failed": "It failed",
    "unknown": "What came of the call is not known",
    "checked": "It was looked for at Pulumi",
    "linked": "linked a Pulumi account",
    "unlinked": "unlinked a Pulumi account",
}


def read(record: Record) -> dict[str, Any]:
    """The body of a row; nothing where it is not what the bot writes."""
    try:
        body = json.loads(record.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def told(record: Record) -> Line:
    """One row: when, who, what, and in which words."""
    body = read(record)
    user, login = str(body.get("user", "")), str(body.get("login", ""))
    who: Line = (User(user), f" ({login}) " if login else " ") if user else ()
    return (When(record.at), "  ", *who, _what(record, body), *_said(record, body))


def _what(record: Record, body: dict[str, Any]) -> str:
    if record.deed == "voted":
        return "took their approval back" if _verdict(body) == "reject" else "approved it"
    if record.deed == "checked" and body.get("user"):
        return "asked for another look"
    if record.deed in {"failed", "stale"} and body.get("user"):
        return "said that it did not happen" if record.deed == "failed" else "made it void"
    return _WORDS.get(record.deed, record.deed)


def _verdict(body: dict[str, Any]) -> str:
    votes = [vote for vote in body.get("votes", ()) if vote.get("user") == body.get("user")]
    return str(votes[-1].get("verdict", "")) if votes else ""


def _said(record: Record, body: dict[str, Any]) -> Line:
    said = str(body.get("text", ""))
    if record.deed == "asked":
        return (": ", Code(str(body.get("line", ""))), *((f": “{said}”",) if said else ()))
    if record.deed == "sent":
        return (": ", Code(str(body.get("line", ""))))
    if not said or (record.deed == "checked" and body.get("user")):
        return ()
    return (f": “{said}”",) if body.get("user") else (f": {said}",)


def story(subject: str, records: Sequence[Record]) -> Card:
    """Everything about one request, from the asking to the end."""
    first, last = read(records[0]), read(records[-1])
    facts: list[tuple[str, Line]] = [("State", (Bold(str(last.get("state", "")) or records[-1].deed),))]
    if line := first.get("line"):
        facts.append(("Call", (Code(str(line)),)))
    if rule := first.get("rule"):
        needed = plural(int(first.get("approvals_needed", 0)), "approval")
        facts.append(("Policy", (f"{rule}: {needed} by {', '.join(map(str, first.get('approvers', ())))}",)))
    facts += _changed(last)
    seqs = f"{records[0].seq} to {records[-1].seq}" if len(records) > 1 else str(records[0].seq)
    parts = (Facts(tuple(facts)), Items(tuple(map(told, records))), Note(f"Rows {seqs} of the trail"))
    return Card(f"Trail of {subject}", Tone.PLAIN, parts)


def _changed(body: dict[str, Any]) -> list[tuple[str, Line]]:
    """What the approval was given on, and what was found instead."""
    before, after = dict(body.get("facts", ())), dict(body.get("facts_found", ()))
    names = [name for name in before | after if after and before.get(name) != after.get(name)]
    shown: dict[str, str] = before
    if names:
        shown = {f"{name}, then": f"{before.get(name, 'nothing')} → {after.get(name, 'nothing')}" for name in names}
    return [(name, (str(value),)) for name, value in shown.items()]


def page(records: Sequence[Record], *, own: bool, more: bool, mine: bool, first: bool) -> Card:
    """The newest rows, or those before a number."""
    if not records:
        return Card("Nothing is in the trail yet" if not own else "The trail has nothing of yours", Tone.PLAIN)
    flag = " --mine" if mine else ""
    newest = () if first else (Run("◀ Newest", f"trail{flag}"),)
    older = (Run("Older ▶", f"trail{flag} --before {records[-1].seq}"),) if more else ()
    lines = tuple((f"{each.seq}  ", *_about(each), *told(each)) for each in records)
    note = Note("Only your own requests and your linked account" if own else "All of it: only auditors see this")
    hint = Text(("trail with a request's id tells its whole story.",))
    return Card("The trail, newest first", Tone.PLAIN, (Items(lines), hint, note), (*newest, *older))


def _about(record: Record) -> Line:
    return () if record.deed in {"linked", "unlinked"} else (Code(record.subject), "  ")
