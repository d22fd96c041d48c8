"""The trail: what the bot did, for whom, on whose word. Pure: rows, their hashes, and whether a chain is whole.

Each row's hash covers the row before it, and the head says which row is the last: what is changed, taken out, put in
or cut off shows. Who can write every row and the head can make another whole chain; a head that was noted elsewhere
(`trail verify` says it) shows that, too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from bot.approvals import Facts, Request, Step, Vote

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row before it has its place: what happened to `subject`, with everything that says on whose word."""

    at: datetime
    subject: str
    deed: str
    body: Mapping[str, object]

    @property
    def text(self) -> str:
        """The body as it is stored and hashed."""
        return canonical(self.body)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: the number and the hash of its last row."""

    seq: int = 0
    hash: str = "0" * 64


EMPTY: Final = Head()


class Row(Protocol):
    """One row of the chain."""

    @property
    def seq(self) -> int: ...  # noqa: D102  # the columns of the table
    @property
    def at(self) -> datetime: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def deed(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> str: ...  # noqa: D102
    @property
    def hash(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain is not whole, and how."""

    seq: int
    text: str


def entry(step: Step) -> Entry:
    """The row that tells of a step. Raises ValueError for one in which nothing happened.

    People are Slack users and Pulumi logins; e-mail addresses, which tell them apart, stay out of it.
    """
    if step.deed is None:
        raise ValueError("nothing happened")
    request, actor = step.request, step.actor
    body = {
        "user": actor.user if actor else "",
        "login": actor.login if actor else "",
        "text": step.text,
        "source": step.source or (request.source if step.deed == "asked" else ""),
        **_call(request),
        **_standing(request),
    }
    said = {name: value for name, value in body.items() if value not in ("", [], None)}
    return Entry(at=step.at, subject=request.id, deed=step.deed.value, body=said)


def _call(request: Request) -> dict[str, object]:
    """What was asked for, by whom, where, and what policy said about it."""
    ruling = request.ruling
    return {
        "line": request.line,
        "operation": request.operation,
        "args": request.args,
        "about": request.subject,
        "org": request.org,
        "requester": request.requester.user,
        "requester_login": request.requester.login,
        "reason": request.reason,
        "asked_in": request.origin.channel,
        "asked_in_thread": request.origin.thread,
        "card_in": request.channel,
        "risk": ruling.risk.value,
        "approvals_needed": ruling.approvals,
        "approvers": list(ruling.approvers),
        "rule": ruling.rule,
    }


def _standing(request: Request) -> dict[str, object]:
    """Where that left it: the state, the votes that count, the facts, the attempt and what came of it."""
    return {
        "state": request.state.value,
        "version": request.version,
        "votes": [_vote(vote) for vote in request.votes],
        "facts": _facts(request.before),
        "facts_found": _facts(request.after),
        "sent_by": request.sent_by,
        "sent_at": at_ms(request.sent_at) if request.sent_at else None,
        "outcome": request.outcome,
        "proof": request.proof,
        "reference": request.reference,
    }


def _vote(vote: Vote) -> dict[str, object]:
    said = {"user": vote.by.user, "login": vote.by.login, "verdict": vote.verdict.value, "comment": vote.comment}
    return {**{name: value for name, value in said.items() if value}, "at": at_ms(vote.at)}


def _facts(facts: Facts) -> list[list[str]]:
    return [[label, value] for label, value in facts]


def canonical(body: Mapping[str, object]) -> str:
    """JSON of which there is one form only, in ASCII: no database refuses a character of it."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def at_ms(at: datetime) -> int:
    """A moment as rows store it."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def link_hash(previous: str, seq: int, at: int, subject: str, deed: str, body: str) -> str:  # noqa: PLR0913, PLR0917  # the row
    """The hash of a row: SHA-256 over the hash of the row before it and every column, as one JSON list."""
    linked = json.dumps([previous, seq, at, subject, deed, body], separators=(",", ":"))
    return hashlib.sha256(linked.encode()).hexdigest()


def follow(head: Head, entry: Entry) -> Head:
    """The head once `entry` is the next row."""
    seq = head.seq + 1
    return Head(seq, link_hash(head.hash, seq, at_ms(entry.at), entry.subject, entry.deed, entry.text))


def walk(last: Head, rows: Iterable[Row]) -> Head | Break:
    """Go on from `last` over the next rows: the last one of them, or the first that does not follow."""
    for row in rows:
        if row.seq != last.seq + 1:
            return _gap(last.seq, row.seq)
        if row.hash != link_hash(last.hash, row.seq, at_ms(row.at), row.subject, row.deed, row.body):
            return Break(row.seq, f"Row {row.seq} is not the one that was written there: it, or the row before it.")
        last = Head(row.seq, row.hash)
    return last


def ended(last: Head, head: Head) -> Break | None:
    """Whether a chain that ends with `last` is all there is, by its head."""
    if last.seq < head.seq:
        return Break(last.seq + 1, f"The chain ends with row {last.seq}; there were {head.seq}.")
    if last.seq > head.seq:
        return Break(head.seq + 1, f"Row {head.seq + 1} and those after it were not written by the bot.")
    return None if last == head else Break(last.seq, f"Row {last.seq}, the last, is not the one that was written.")


def broken(rows: Iterable[Row], head: Head) -> Break | None:
    """The first place where the chain is not whole; None: every row is the one that was written, and none lacks."""
    last = walk(EMPTY, rows)
    return last if isinstance(last, Break) else ended(last, head)


def _gap(last: int, found: int) -> Break:
    if found > last:
        missing = f"Row {last + 1} is" if found == last + 2 else f"Rows {last + 1} to {found - 1} are"
        return Break(last + 1, f"{missing} missing.")
    return Break(found, f"Row {found} comes after row {last}: the order is not the one that was written.")
