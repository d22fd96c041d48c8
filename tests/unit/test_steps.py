"""What can happen to a request: over random votes, people and times, and the stories of approvals gone wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import steps
from bot.approvals import Actor, Deed, Origin, Request, Ruling, State, Step, Verdict, Vote, VoteRefused
from bot.card import Code
from bot.codec import decode, encode
from bot.model import Risk

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WITHIN = timedelta(minutes=15)
CHECKS = (timedelta(seconds=12), timedelta(seconds=30), timedelta(minutes=2))
ANN, BO, CY = (Actor(user=name, login=name.lower(), email=f"{name.lower()}@acme.dev") for name in ("ANN", "BO", "CY"))
ORDER = {state: place for place, state in enumerate(State)}


def request(**changes: object) -> Request:
    base = Request(
        id="R-7F3KQ",
        source="trigger 1",
        operation="stack rm",
        args='{"stack": "acme/shop/prod"}',
        line="stack rm acme/shop/prod",
        title="Delete stack acme/shop/prod",
        subject="acme/shop/prod",
        org="acme",
        confirm="prod",
        requester=ANN,
        origin=Origin(channel="C1"),
        channel="C1",
        reason="retired",
        ruling=Ruling(risk=Risk.HIGH, approvals=1, approvers=("@sre",), rule="the default"),
        approvers=("@sre",),
        impact=(),
        before=(("version", "95"),),
        created=NOON,
        expires=NOON + timedelta(hours=4),
        remind=NOON + timedelta(hours=1),
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # the test's own fields


def needing(approvals: int, **changes: object) -> Request:
    return request(ruling=replace(request().ruling, approvals=approvals), **changes)


def ballot(by: Actor, verdict: Verdict = Verdict.APPROVE, *, comment: str = "", after: int = 60) -> Vote:
    return Vote(by=by, verdict=verdict, comment=comment, at=NOON + timedelta(seconds=after))


def voted(found: Request, *ballots: Vote) -> Request:
    for each in ballots:
        found = steps.vote(found, each, within=WITHIN).request
    return found


def executing(**changes: object) -> Request:
    approved = voted(request(**changes), ballot(BO))
    claimed = steps.claim(approved, NOON + timedelta(seconds=61)).request
    return steps.intend(claimed, NOON + timedelta(seconds=62), "attempt").request


def test_the_last_approval_that_was_needed_approves() -> None:
    first = steps.vote(needing(2), ballot(BO), within=WITHIN)
    second = steps.vote(first.request, ballot(CY), within=WITHIN)
    assert (first.deed, first.request.state) == (Deed.VOTED, State.PENDING)
    assert (second.deed, second.request.state) == (Deed.APPROVED, State.APPROVED)
    assert second.request.execute_by == ballot(CY).at + WITHIN


def test_story_15_an_own_request_is_not_approved_by_a_second_identity() -> None:
    """The same Slack user, the same Pulumi login in other letters, the same address."""
    for double in (ANN, Actor(user="X", login="ANN"), Actor(user="X", email="Ann@acme.dev")):
        with pytest.raises(VoteRefused, match="own request"):
            steps.vote(request(), ballot(double), within=WITHIN)


def test_nobody_without_a_login_or_an_address_is_taken_for_somebody_else() -> None:
    assert not Actor(user="A").same(Actor(user="B"))
    assert steps.vote(request(requester=Actor(user="A")), ballot(Actor(user="B")), within=WITHIN).deed is Deed.APPROVED


def test_two_votes_of_one_person_with_two_slack_users_are_one() -> None:
    once = voted(needing(2), ballot(BO))
    with pytest.raises(VoteRefused, match="voted already"):
        steps.vote(once, ballot(Actor(user="BO2", login="bo")), within=WITHIN)


def test_story_28_a_mind_may_change_until_the_request_is_claimed() -> None:
    once = voted(needing(2), ballot(BO))
    changed = steps.vote(once, ballot(BO, Verdict.REJECT, comment="no"), within=WITHIN)
    assert changed.request.state is State.REJECTED
    approved = voted(request(), ballot(BO))
    assert steps.vote(approved, ballot(BO, Verdict.REJECT), within=WITHIN).request.state is State.STALE
    with pytest.raises(VoteRefused, match="being carried out"):
        steps.vote(executing(), ballot(BO, Verdict.REJECT), within=WITHIN)


def test_story_24_the_same_vote_again_is_counted_already() -> None:
    approved = voted(request(), ballot(BO))
    again = steps.vote(approved, ballot(BO), within=WITHIN)
    assert again.quiet
    assert again.request == approved


def test_story_19_a_vote_that_was_not_theirs_makes_it_void() -> None:
    once = voted(needing(2), ballot(BO))
    assert steps.disown(once, BO, NOON).request.state is State.STALE
    with pytest.raises(VoteRefused, match="no vote of yours"):
        steps.disown(once, CY, NOON)
    with pytest.raises(VoteRefused, match="Too late"):
        steps.disown(executing(), BO, NOON)


def test_a_late_vote_is_refused_although_nobody_noted_the_expiry_yet() -> None:
    with pytest.raises(VoteRefused, match="expired"):
        steps.vote(request(), ballot(BO, after=4 * 3600), within=WITHIN)


def test_only_the_requester_withdraws_until_it_is_claimed() -> None:
    with pytest.raises(VoteRefused, match="Only the person who asked"):
        steps.withdraw(request(), BO, NOON)
    assert steps.withdraw(voted(request(), ballot(BO)), ANN, NOON).request.state is State.WITHDRAWN
    with pytest.raises(VoteRefused, match="Too late"):
        steps.withdraw(executing(), ANN, NOON)


def test_where_policy_asks_for_nobody_the_requester_confirms() -> None:
    assert steps.vote(needing(0), ballot(ANN), within=WITHIN).request.state is State.APPROVED


def test_an_approval_that_was_not_carried_out_in_time_ends() -> None:
    approved = voted(request(), ballot(BO))
    late = NOON + timedelta(minutes=17)
    assert steps.claim(approved, late).request.state is State.EXPIRED


def test_a_call_is_announced_once() -> None:
    sent = executing()
    assert steps.intend(sent, NOON, "another").quiet
    assert sent.sent_by == "attempt"


def test_what_was_provably_not_sent_is_approved_again_but_only_by_its_own_attempt() -> None:
    assert steps.release(executing(), NOON, "", token="attempt").request.state is State.APPROVED
    assert steps.release(executing(), NOON, "", token="another").quiet
    assert steps.release(executing(), NOON, "").quiet


def test_an_unknown_outcome_is_looked_at_until_the_last_check_and_late_evidence_still_counts() -> None:
    lost = steps.lose(executing(), NOON + timedelta(seconds=70), "no answer", CHECKS).request
    assert lost.next_check == lost.sent_at + CHECKS[0]  # type: ignore[operator]  # it was sent
    for _ in CHECKS:
        lost = steps.look(lost, NOON + timedelta(minutes=5), "not there", CHECKS).request
    assert (lost.state, lost.next_check) == (State.UNKNOWN, None)
    assert steps.succeed(lost, NOON + timedelta(hours=9), "404").request.state is State.SUCCEEDED


def test_story_29_reminders_come_at_parts_of_its_life_and_are_not_made_up_for() -> None:
    parts = (0.25, 0.5, 0.75)
    first = steps.remind(request(), NOON + timedelta(hours=1), parts)
    assert first.deed is Deed.REMINDED
    assert first.request.remind == NOON + timedelta(hours=2)
    late = steps.remind(first.request, NOON + timedelta(hours=3, minutes=30), parts)
    assert (late.request.reminders, late.request.remind) == (2, None)


PEOPLE = st.sampled_from((ANN, BO, CY, Actor(user="BO2", login="bo"), Actor(user="DEE")))
TIMES = st.integers(-3600, 6 * 3600)


@st.composite
def happenings(draw: st.DrawFn) -> list[tuple[str, Actor, int]]:
    names = st.sampled_from(
        (
            "approve",
            "reject",
            "withdraw",
            "expire",
            "claim",
            "intend",
            "release",
            "succeed",
            "fail",
            "lose",
            "look",
            "stale",
        )
    )
    return draw(st.lists(st.tuples(names, PEOPLE, TIMES), max_size=25))


def take(found: Request, name: str, who: Actor, after: int) -> Step:  # noqa: C901, PLR0911  # one for each
    now = NOON + timedelta(seconds=after)
    match name:
        case "approve":
            return steps.vote(found, ballot(who, after=after), within=WITHIN)
        case "reject":
            return steps.vote(found, ballot(who, Verdict.REJECT, after=after), within=WITHIN)
        case "withdraw":
            return steps.withdraw(found, who, now)
        case "expire":
            return steps.expire(found, now)
        case "claim":
            return steps.claim(found, now)
        case "intend":
            return steps.intend(found, now, who.user)
        case "release":
            return steps.release(found, now, "", token=found.sent_by)
        case "succeed":
            return steps.succeed(found, now, "seen")
        case "fail":
            return steps.fail(found, now, "refused")
        case "lose":
            return steps.lose(found, now, "silence", CHECKS)
        case "look":
            return steps.look(found, now, "not yet", CHECKS)
    return steps.stale(found, now, "moved")


@given(st.integers(1, 3), happenings())
def test_no_call_is_announced_without_the_votes_that_policy_asks_for(
    approvals: int, told: list[tuple[str, Actor, int]]
) -> None:
    """Whatever happens in whatever order, clocks that step back included: final states stay, votes are others'."""
    found = needing(approvals)
    for name, who, after in told:
        before = found
        try:
            step = take(found, name, who, after)
        except VoteRefused:
            continue
        found = step.request
        if before.state.final:
            assert found == before
        if step.deed is Deed.SENT:
            voices = found.approved_by
            assert len(voices) >= approvals
            assert not any(each.by.same(found.requester) for each in voices)
            assert not any(a.by.same(b.by) for a in voices for b in voices if a is not b)
        if step.quiet:
            assert found == before


@given(happenings())
def test_a_request_survives_its_row(told: list[tuple[str, Actor, int]]) -> None:
    found = needing(2, impact=(), approvers=("of ", Code("x")))
    for name, who, after in told:
        try:
            found = take(found, name, who, after).request
        except VoteRefused:
            continue
    assert decode(Request, encode(found)) == found
