"""A request to change something, from the asking to the proof. Pure: every step takes the time and gives a new value.

pending → approved → executing → succeeded | failed | unknown; pending → rejected | withdrawn | expired | stale;
approved → withdrawn | expired | stale; unknown → succeeded | failed. Six of them are final and never change.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.card import Line, Part
from bot.errors import Refusal
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
    `waits` marks a request whose call waits for the requester's own press, asked for in `direct`, their direct messages.
    """

    id: str
    source: str
    operation: str
    args: str
    line: str
    title: str
    subject: str
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
    direct: str = ""
    execute_by: datetime | None = None
    not_before: datetime | None = None
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


def ask(request: Request) -> Step:
    """The first step. Where policy asks for no approvals, the requester confirms it with a vote of their own."""
    return Step(request=request, deed=Deed.ASKED, at=request.created, actor=request.requester, text=request.reason)


def vote(request: Request, ballot: Vote, *, within: timedelta, source: str = "") -> Step:
    """Count a vote. Raises VoteRefused when it is late or one's own; who may vote at all is checked before.

    A rejection ends the request. The last approval that was needed approves it, to be carried out `within` that time.
    Said again, the same vote is counted already and changes nothing.
    """
    now = ballot.at
    known = next((each for each in request.votes if each.by.user == ballot.by.user), None)
    if (
        known
        and known.verdict is ballot.verdict
        and (request.state is not State.PENDING or known.comment == ballot.comment)
    ):
        return Step(request=request, deed=None, at=now)
    _must_be_open(request, now)
    own_is_fine = request.ruling.approvals == 0
    if ballot.by.same(request.requester) and not own_is_fine:
        raise VoteRefused("This is your own request; somebody else has to decide it.", hint="You can withdraw it.")
    twin = next((each for each in request.votes if each.by.user != ballot.by.user and each.by.same(ballot.by)), None)
    if twin:
        raise VoteRefused("You have voted already, as another Slack user with the same Pulumi login or e-mail address.")
    votes = (*(each for each in request.votes if each.by.user != ballot.by.user), ballot)
    changed = replace(request, votes=votes)
    if ballot.verdict is Verdict.REJECT:
        ended = _ended(changed, State.REJECTED, now, ballot.comment)
        return Step(request=ended, deed=Deed.REJECTED, at=now, actor=ballot.by, text=ballot.comment, source=source)
    if len(changed.approved_by) >= max(1, request.ruling.approvals):
        approved = replace(changed, state=State.APPROVED, execute_by=now + within, remind=None)
        return Step(request=approved, deed=Deed.APPROVED, at=now, actor=ballot.by, text=ballot.comment, source=source)
    return Step(request=changed, deed=Deed.VOTED, at=now, actor=ballot.by, text=ballot.comment, source=source)


def withdraw(request: Request, actor: Actor, now: datetime, *, reason: str = "", source: str = "") -> Step:
    """Take the request back, until it is claimed. Raises VoteRefused for anybody but the requester."""
    if not actor.same(request.requester):
        raise VoteRefused("Only the person who asked can withdraw it.", hint="As an approver you can reject it.")
    if request.state is State.WITHDRAWN:
        return Step(request=request, deed=None, at=now)
    if request.state not in {State.PENDING, State.APPROVED}:
        raise VoteRefused(f"Too late to withdraw it: {standing(request)}")
    ended = _ended(request, State.WITHDRAWN, now, reason)
    return Step(request=ended, deed=Deed.WITHDRAWN, at=now, actor=actor, text=reason, source=source)


def expire(request: Request, now: datetime) -> Step:
    """End what nobody decided, or nobody could carry out, in time."""
    if request.state is State.PENDING and request.expires <= now:
        text = "Nobody decided it in time."
    elif request.state is State.APPROVED and request.execute_by and request.execute_by <= now:
        text = "The approval ran out before the call could be made."
    else:
        return Step(request=request, deed=None, at=now)
    return Step(request=_ended(request, State.EXPIRED, now, text), deed=Deed.EXPIRED, at=now, text=text)


def remind(request: Request, now: datetime, at: Iterable[float]) -> Step:
    """Remind the approvers at these parts of its life; one that was missed is not made up for."""
    if request.state is not State.PENDING or request.remind is None or request.remind > now:
        return Step(request=request, deed=None, at=now)
    due = next_reminder(request, now, at)
    reminded = replace(request, remind=due, reminders=request.reminders + 1)
    return Step(request=reminded, deed=Deed.REMINDED, at=now)


def next_reminder(request: Request, now: datetime, at: Iterable[float]) -> datetime | None:
    """When the next reminder is due, None after the last."""
    life = request.expires - request.created
    return min((due for part in at if (due := request.created + life * part) > now), default=None)


def stale(request: Request, now: datetime, text: str, after: Facts = ()) -> Step:
    """End a request whose approval no longer fits the world: `after` are the facts as they are now."""
    if request.state not in {State.PENDING, State.APPROVED}:
        return Step(request=request, deed=None, at=now)
    ended = replace(_ended(request, State.STALE, now, text), after=after)
    return Step(request=ended, deed=Deed.STALE, at=now, text=text)


def claim(request: Request, now: datetime) -> Step:
    """Take it in hand: from here on nobody votes and nobody withdraws."""
    if request.state is not State.APPROVED:
        return Step(request=request, deed=None, at=now)
    if request.execute_by is None or request.execute_by <= now:
        return expire(request, now)
    claimed = replace(request, state=State.EXECUTING, not_before=None)
    return Step(request=claimed, deed=Deed.CLAIMED, at=now)


def intend(request: Request, now: datetime, token: str) -> Step:
    """Say that the call is made now, by the attempt `token`. The only way to `sent_at`, and only while it is empty."""
    if request.state is not State.EXECUTING or request.sent_at is not None:
        return Step(request=request, deed=None, at=now)
    return Step(request=replace(request, sent_at=now, sent_by=token), deed=Deed.SENT, at=now)


def release(request: Request, now: datetime, text: str, *, token: str = "", after: timedelta = timedelta(0)) -> Step:
    """Back to approved: the call provably did nothing, being never sent, or sent by `token` and turned away."""
    if request.state is not State.EXECUTING or request.sent_by != token:
        return Step(request=request, deed=None, at=now)
    free = replace(request, state=State.APPROVED, sent_at=None, sent_by="", not_before=now + after)
    return Step(request=free, deed=Deed.RELEASED, at=now, text=text)


def answered(request: Request, now: datetime, text: str, *, token: str, reference: str) -> Step:
    """Pulumi took it, as far as it says; `reference` is its name for what was made. A read-back has to prove it."""
    if request.state is not State.EXECUTING or request.sent_by != token or request.answered:
        return Step(request=request, deed=None, at=now)
    noted = replace(request, answered=True, reference=reference)
    return Step(request=noted, deed=Deed.ANSWERED, at=now, text=text)


def succeed(request: Request, now: datetime, proof: str, *, reference: str = "") -> Step:
    """The effect was read back: `proof` says what was seen. Also long after the answer was lost."""
    if request.state not in {State.EXECUTING, State.UNKNOWN} or request.sent_at is None:
        return Step(request=request, deed=None, at=now)
    done = replace(_ended(request, State.SUCCEEDED, now, ""), proof=proof, reference=reference or request.reference)
    return Step(request=done, deed=Deed.SUCCEEDED, at=now, text=proof)


def fail(request: Request, now: datetime, text: str, *, actor: Actor | None = None, source: str = "") -> Step:
    """Pulumi said no, or people said after looking that it did not happen."""
    if request.state not in {State.EXECUTING, State.UNKNOWN}:
        return Step(request=request, deed=None, at=now)
    failed = _ended(request, State.FAILED, now, text)
    return Step(request=failed, deed=Deed.FAILED, at=now, text=text, actor=actor, source=source)


def lose(request: Request, now: datetime, text: str, checks: tuple[timedelta, ...]) -> Step:
    """The call was made, its answer is not known: look again at `checks` after the call."""
    if request.state is not State.EXECUTING or request.sent_at is None:
        return Step(request=request, deed=None, at=now)
    due = max(now, request.sent_at + checks[0]) if checks else None
    unknown = replace(request, state=State.UNKNOWN, outcome=text, next_check=due, checks=0)
    return Step(request=unknown, deed=Deed.UNKNOWN, at=now, text=text)


def look(request: Request, now: datetime, text: str, checks: tuple[timedelta, ...]) -> Step:
    """A read-back that did not show the effect: it proves nothing, and the next one is due later, if any is."""
    if request.state is not State.UNKNOWN or request.sent_at is None:
        return Step(request=request, deed=None, at=now)
    done = request.checks + 1
    due = max(now, request.sent_at + checks[done]) if done < len(checks) else None
    looked = replace(request, checks=done, next_check=due, proof=text)
    return Step(request=looked, deed=Deed.CHECKED, at=now, text=text)


def check_again(request: Request, now: datetime, *, actor: Actor, source: str = "") -> Step:
    """An approver wants another look, at once."""
    if request.state is not State.UNKNOWN:
        raise VoteRefused(f"There is nothing to check: {standing(request)}")
    asked = replace(request, next_check=now)
    return Step(request=asked, deed=Deed.CHECKED, at=now, actor=actor, text="asked for another look", source=source)


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


def _must_be_open(request: Request, now: datetime) -> None:
    if request.state is State.PENDING and request.expires <= now:
        raise VoteRefused("Too late: it has expired.")
    if request.state is not State.PENDING:
        raise VoteRefused(f"Too late: {standing(request)}")


def _ended(request: Request, state: State, now: datetime, text: str) -> Request:
    return replace(
        request, state=state, outcome=text, ended=now, remind=None, execute_by=None, not_before=None, next_check=None
    )
