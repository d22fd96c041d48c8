"""What can happen to a request. Pure: every step takes the time and gives a new value, or says that nothing changes.

Steps that come too late, or a second time, are quiet (`deed` is None); people's are refused with words for them alone.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.approvals import Actor, Deed, Facts, Request, State, Step, Verdict, Vote, VoteRefused, standing


def ask(request: Request) -> Step:
    """The first step. Where policy asks for no approvals, the requester confirms it with a vote of their own."""
    return Step(request=request, deed=Deed.ASKED, at=request.created, actor=request.requester, text=request.reason)


def vote(request: Request, ballot: Vote, *, within: timedelta, source: str = "") -> Step:
    """Count a vote. Raises VoteRefused when it is late or one's own; who may vote at all is checked before.

    A rejection ends the request, also after the last approval, until it is claimed. The last approval that was needed
    approves it, to be carried out `within` that time. Said again, the same vote is counted already: nothing changes.
    """
    known = next((each for each in request.votes if each.by.user == ballot.by.user), None)
    if known and _says_nothing_new(request, known, ballot):
        return Step(request=request, deed=None, at=ballot.at)
    _must_be_open(request, ballot)
    _must_be_another(request, ballot)
    votes = (*(each for each in request.votes if each.by.user != ballot.by.user), ballot)
    after, deed = _counted(replace(request, votes=votes), ballot, within)
    return Step(request=after, deed=deed, at=ballot.at, actor=ballot.by, text=ballot.comment, source=source)


def _says_nothing_new(request: Request, known: Vote, ballot: Vote) -> bool:
    same = known.verdict is ballot.verdict
    return same and (request.state is not State.PENDING or known.comment == ballot.comment)


def _must_be_open(request: Request, ballot: Vote) -> None:
    if request.state is State.PENDING and request.expires <= ballot.at:
        raise VoteRefused("Too late: it has expired.")
    taken_back = request.state is State.APPROVED and ballot.verdict is Verdict.REJECT
    if request.state is not State.PENDING and not taken_back:
        raise VoteRefused(f"Too late: {standing(request)}")


def _must_be_another(request: Request, ballot: Vote) -> None:
    if ballot.by.same(request.requester) and request.ruling.approvals > 0:
        raise VoteRefused("This is your own request; somebody else has to decide it.", hint="You can withdraw it.")
    if any(each.by.user != ballot.by.user and each.by.same(ballot.by) for each in request.votes):
        raise VoteRefused("You have voted already, as another Slack user with the same Pulumi login or e-mail address.")


def _counted(request: Request, ballot: Vote, within: timedelta) -> tuple[Request, Deed]:
    if ballot.verdict is Verdict.REJECT and request.state is State.APPROVED:
        return _ended(request, State.STALE, ballot.at, "An approver took the approval back."), Deed.STALE
    if ballot.verdict is Verdict.REJECT:
        return _ended(request, State.REJECTED, ballot.at, ballot.comment), Deed.REJECTED
    if len(request.approved_by) >= max(1, request.ruling.approvals):
        approved = replace(request, state=State.APPROVED, execute_by=ballot.at + within, remind=None)
        return approved, Deed.APPROVED
    return request, Deed.VOTED


def disown(request: Request, actor: Actor, now: datetime, *, source: str = "") -> Step:
    """Somebody says that a vote in their name was not theirs: whatever it was about is void, while it can be.

    Raises VoteRefused when it is too late to stop anything, or there is no such vote.
    """
    if not any(each.by.user == actor.user for each in request.votes):
        raise VoteRefused(f"There is no vote of yours on {request.id}.")
    text = "An approver says that the vote in their name was not theirs."
    if request.state is State.STALE and request.outcome == text:
        return Step(request=request, deed=None, at=now)
    if request.state not in {State.PENDING, State.APPROVED}:
        raise VoteRefused(f"Too late to stop it: {standing(request)}", hint="Tell your Slack admins at once.")
    ended = _ended(request, State.STALE, now, text)
    return Step(request=ended, deed=Deed.STALE, at=now, actor=actor, text=text, source=source)


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
    taken = replace(request, state=State.EXECUTING, not_before=None, claimed=now, outcome="")
    return Step(request=taken, deed=Deed.CLAIMED, at=now)


def intend(request: Request, now: datetime, token: str) -> Step:
    """Say that the call is made now, by the attempt `token`. The only way to `sent_at`, and only while it is empty."""
    if request.state is not State.EXECUTING or request.sent_at is not None:
        return Step(request=request, deed=None, at=now)
    return Step(request=replace(request, sent_at=now, sent_by=token), deed=Deed.SENT, at=now)


def release(request: Request, now: datetime, text: str, *, token: str = "", after: timedelta = timedelta(0)) -> Step:
    """Back to approved: the call provably did nothing, being never sent, or sent by `token` and turned away."""
    if request.state is not State.EXECUTING or request.sent_by != token:
        return Step(request=request, deed=None, at=now)
    free = replace(request, state=State.APPROVED, sent_at=None, sent_by="", not_before=now + after, outcome=text)
    return Step(request=free, deed=Deed.RELEASED, at=now, text=text)


def hinder(request: Request, now: datetime, text: str) -> Step:
    """Say why an approved request is not carried out yet: nothing was sent, and it is tried again. Said once."""
    if request.state is not State.APPROVED or request.outcome == text:
        return Step(request=request, deed=None, at=now)
    return Step(request=replace(request, outcome=text), deed=Deed.RELEASED, at=now, text=text)


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


def look(request: Request, now: datetime, text: str, checks: tuple[timedelta, ...], *, seen: int | None = None) -> Step:
    """A read-back that did not show the effect: it proves nothing, and the next one is due later, if any is.

    `seen` is how many there were before, so that the same one stored again counts once.
    """
    if request.state is not State.UNKNOWN or request.sent_at is None or seen not in {None, request.checks}:
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


def _ended(request: Request, state: State, now: datetime, text: str) -> Request:
    return replace(
        request, state=state, outcome=text, ended=now, remind=None, execute_by=None, not_before=None, next_check=None
    )
