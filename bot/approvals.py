"""A request to change something, from the asking to the proof: its values. `bot.steps` are the ways they change.

pending → approved → executing → succeeded | failed | unknown; pending → rejected | withdrawn | expired | stale;
approved → withdrawn | expired | stale; unknown → succeeded | failed. Six of them are final and never change.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.card import Line, Part
from bot.errors import BotError, Refusal
from bot.model import Risk

Facts = tuple[tuple[str, str], ...]  # labelled facts in a fixed order: what an approval was given on


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    EXECUTING = "executing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STALE = "stale"

    @property
    def final(self) -> bool:
        """Whether the request never changes again."""
        return self not in {State.PENDING, State.APPROVED, State.EXECUTING, State.UNKNOWN}


class Verdict(StrEnum):
    """What a vote says."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody, by everything that tells people apart. `login` is Pulumi's, "" when not linked; lower case, both."""

    user: str
    login: str = ""
    email: str = field(default="", repr=False)

    def same(self, other: "Actor") -> bool:
        """Whether both are one person: the same Slack user, the same Pulumi login or the same e-mail address."""
        logins = {self.login.casefold(), other.login.casefold()}
        emails = {self.email.casefold(), other.email.casefold()}
        return (
            self.user == other.user or (len(logins) == 1 and "" not in logins) or (emails != {""} and len(emails) == 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's word on a request; the newest of a person counts."""

    by: Actor
    verdict: Verdict
    comment: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What policy decided about one call, kept with the request.

    `approvers` are names as policies write them: Slack users `U…`, user groups `S…` or `@handle`, `pulumi:admin`.
    `rule` is the deciding rule in words. `typed`: the approver types the name. `channel` is an id, "" for none.
    """

    risk: Risk
    approvals: int
    approvers: tuple[str, ...]
    rule: str
    reason: bool = False
    typed: bool = False
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request was made: a channel, and the thread in it when it was made in one."""

    channel: str
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `source` is the key of the Slack delivery that made it, unique, so that a repeat makes no second.

    `operation` and `args` (JSON) are the call, `line` the command line that says it, `title` the sentence for people.
    `subject` is what no two open requests may change at once. `confirm` is the word that `typed` asks for.
    `sent_at` is the at-most-once guard: once set, the call may have reached Pulumi. `sent_by` says which attempt.
    `answered`: Pulumi said that it took it, which is no proof yet.
    `before` are the facts that the approval is given on, `after` those found when they were another.
    `outcome` is what came of it in words, `proof` what a read-back showed, `reference` what Pulumi called the thing.
    `approvers` is how the card names who may decide. `channel` is where the card is.
    `waits` marks a request whose call waits for the requester's own press.
    """

    id: str
    source: str
    operation: str
    args: str
    line: str
    title: str
    subject: str
    org: str
    confirm: str
    requester: Actor
    origin: Origin
    channel: str
    reason: str
    ruling: Ruling
    approvers: Line
    impact: tuple[Part, ...]
    before: Facts
    created: datetime
    expires: datetime
    remind: datetime | None = None
    reminders: int = 0
    state: State = State.PENDING
    version: int = 1
    votes: tuple[Vote, ...] = ()
    after: Facts = ()
    waits: bool = False
    execute_by: datetime | None = None
    not_before: datetime | None = None
    claimed: datetime | None = None
    sent_at: datetime | None = None
    sent_by: str = ""
    answered: bool = False
    next_check: datetime | None = None
    checks: int = 0
    outcome: str = ""
    proof: str = ""
    reference: str = ""
    ended: datetime | None = None

    @property
    def approved_by(self) -> tuple[Vote, ...]:
        """The votes that speak for it."""
        return tuple(vote for vote in self.votes if vote.verdict is Verdict.APPROVE)


class Deed(StrEnum):
    """What happened to a request: the kinds of rows in its trail."""

    ASKED = "asked"
    VOTED = "voted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REMINDED = "reminded"
    STALE = "stale"
    CLAIMED = "claimed"
    SENT = "sent"
    ANSWERED = "answered"
    RELEASED = "released"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CHECKED = "checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A request after something happened to it: what, by whom ("" for the bot itself), when, in which words.

    `source` names the Slack delivery that caused it. A step that changes nothing (a vote said twice) has `deed` None.
    """

    request: Request
    deed: Deed | None
    at: datetime
    actor: Actor | None = None
    text: str = ""
    source: str = ""

    @property
    def quiet(self) -> bool:
        """Whether nothing has to be stored."""
        return self.deed is None


class VoteRefused(Refusal):
    """This vote, press or withdrawal does not count. The text is for the person who made it, alone."""


class Lapsed(BotError):
    """An approval that no longer holds: why, and the facts as they are now where those moved."""

    def __init__(self, text: str, facts: Facts = ()) -> None:
        super().__init__(text)
        self.text = text
        self.facts = facts


def standing(request: Request) -> str:
    """Where it stands, as the end of a sentence."""
    return _STANDING[request.state]


_STANDING = {
    State.PENDING: "it waits for a decision.",
    State.APPROVED: "it is approved and about to be carried out.",
    State.EXECUTING: "it is being carried out.",
    State.SUCCEEDED: "it is done.",
    State.FAILED: "it failed.",
    State.UNKNOWN: "whether it happened is not known yet.",
    State.REJECTED: "it was rejected.",
    State.WITHDRAWN: "it was withdrawn.",
    State.EXPIRED: "it has expired.",
    State.STALE: "things changed since it was asked, so it is void.",
}
