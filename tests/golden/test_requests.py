"""Golden Block Kit of everything around a request: its card in each state, its notes, what goes to one person, forms.

Each happened by the steps that a request takes, so that no golden shows what can't be.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot import steps
from bot.approvals import Actor, Deed, Origin, Request, Ruling, State, Step, Verdict, Vote
from bot.card import Card, Facts, Group, Text
from bot.console import Console
from bot.model import PulumiUser, Risk
from bot.operations import Receipt
from bot.records import Linked
from bot.services.cards import disowned_card, display, moved_card
from bot.services.resolve import Where
from bot.slack.blocks import to_message
from bot.slack.modals import Form, to_view
from handlers import forms
from handlers.ballots import LOADING, ballot, too_slow, unseen, value_form
from handlers.views import problem
from sandbox.slack.blocks import problems, view_problems
from tests.unit.second_opinion import opinion, view_opinion

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ANN, BO, CY = (Actor(user=user) for user in ("U0ANN00001", "U0BO000002", "U0CY000003"))
WITHIN = timedelta(minutes=15)
CHECKS = (timedelta(seconds=12), timedelta(seconds=30))
WHERE = Where(user=BO.user, team="T0ACME0001", channel="C0PLATFRM2")

DELETE = Request(
    id="R-7F3KQ",
    source="1",
    operation="stack rm",
    args="{}",
    line="stack rm acme/shop/prod --force",
    title="Delete stack acme/shop/prod by force",
    subject="stack acme/shop/prod",
    org="acme",
    confirm="prod",
    requester=ANN,
    origin=Origin(channel="C0PLATFRM2"),
    channel="C0PLATFRM2",
    reason="retired,\nmoved to eu-west <!channel>",
    ruling=Ruling(
        risk=Risk.ADMIN,
        approvals=2,
        approvers=("@sre",),
        rule="the default for admin-risk changes",
        reason=True,
        typed=True,
    ),
    approvers=(Group("S0SRE00001", "sre"),),
    impact=(
        Text(("⚠️ Force: 37 resources will go on existing in the cloud, and no stack will manage them any more.",)),
        Facts((("Resources", ("14 aws:ec2:Instance, 9 aws:iam:Role",)), ("🔒 Protected", ("aws:rds:Instance main",)))),
    ),
    before=(("version", "v95"), ("resources", "37")),
    created=NOON,
    expires=NOON + timedelta(hours=4),
    remind=NOON + timedelta(hours=1),
)
TOKEN = replace(
    DELETE,
    id="R-T0KEN",
    operation="token create",
    line="token create ci-runner --expires 90d",
    title="Create access token ci-runner until 2027-02-22",
    subject="token ci-runner",
    org="",
    confirm="ci-runner",
    reason="",
    ruling=Ruling(risk=Risk.HIGH, approvals=1, approvers=("@sre",), rule="the default for high-risk changes"),
    impact=(Facts((("Acts as", ("ann in acme",)),)),),
    before=(),
    waits=True,
)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def ballot_of(by: Actor, verdict: Verdict = Verdict.APPROVE, comment: str = "", minutes: float = 5) -> Vote:
    return Vote(by=by, verdict=verdict, comment=comment, at=at(minutes))


def voted(asked: Request, by: Actor, comment: str = "", minutes: float = 5) -> Step:
    return steps.vote(asked, ballot_of(by, comment=comment, minutes=minutes), within=WITHIN)


ONE = voted(DELETE, BO, "checked with the data team")
APPROVED = voted(ONE.request, CY, minutes=7)
RUNNING = steps.claim(APPROVED.request, at(8))
SENT = steps.intend(RUNNING.request, at(8), "attempt")
LOST = steps.lose(SENT.request, at(8), "The call was sent, and whether it happened is not known: no answer.", CHECKS)
LOOKED = steps.look(LOST.request, at(8.3), "Pulumi still has acme/shop/prod.", CHECKS)
GIVEN_UP = steps.look(LOOKED.request, at(8.6), "Pulumi still has acme/shop/prod.", CHECKS)
READY = voted(TOKEN, BO)
MADE = steps.intend(steps.claim(READY.request, at(8)).request, at(8), "attempt")
REJECTED = steps.vote(DELETE, ballot_of(CY, Verdict.REJECT, "it is in use"), within=WITHIN)

STEPS: dict[str, Step] = {
    "pending": steps.ask(DELETE),
    "approved once": ONE,
    "approved": APPROVED,
    "approved and hindered": steps.hinder(APPROVED.request, at(8), "Pulumi had an error: Service Unavailable."),
    "approved and limited": steps.release(
        SENT.request, at(8), "Pulumi limits how often I may ask.", after=CHECKS[1], token="attempt"
    ),
    "running": RUNNING,
    "succeeded": steps.succeed(SENT.request, at(9), "Pulumi no longer has acme/shop/prod."),
    "failed": steps.fail(SENT.request, at(9), "Pulumi refused it: Conflict: another update is in progress."),
    "failed, says an approver": steps.fail(
        GIVEN_UP.request, at(20), "An approver looked and says that it did not happen.", actor=BO
    ),
    "unknown": LOST,
    "unknown after a look": LOOKED,
    "unknown after every look": GIVEN_UP,
    "rejected": REJECTED,
    "withdrawn": steps.withdraw(DELETE, ANN, at(5), reason="not today"),
    "expired": steps.expire(DELETE, at(240)),
    "never carried out": steps.expire(APPROVED.request, at(30)),
    "stale": steps.stale(
        APPROVED.request,
        at(8),
        "What was approved is no longer what is there.",
        (("version", "v96"), ("resources", "37")),
    ),
    "stale by people": steps.stale(
        APPROVED.request, at(8), "The approval by bo no longer counts: the account is deactivated."
    ),
    "taken back": steps.vote(APPROVED.request, ballot_of(BO, Verdict.REJECT, "oh no", 8), within=WITHIN),
    "disowned": steps.disown(ONE.request, BO, at(9)),
    "reminded": steps.remind(ONE.request, at(60), (0.25, 0.5, 0.75)),
    "token pending": steps.ask(TOKEN),
    "token approved": READY,
    "token made": steps.succeed(MADE.request, at(9), "Token 74529ccd is listed."),
    "token lost": steps.lose(
        MADE.request, at(9), "The bot stopped while it was made; its value was never shown to anybody.", CHECKS
    ),
    "to be confirmed": steps.ask(replace(DELETE, ruling=replace(DELETE.ruling, approvals=0))),
}
CARDS: dict[str, Card] = {
    "a copy": moved_card(DELETE, "https://acme.slack.com/archives/C0PLATFRM2/p1"),
    "a receipt that was disowned": disowned_card(DELETE),
    "a trigger that was over": too_slow("Open the form", "approve", DELETE.id),
    "a value that nobody saw": unseen(Receipt("74529ccd-27c0-40f7-bc4a-589f145ba67f")),
}
KEPT = forms.Kept(line="token ls", channel="C0PLATFRM2")
LINKED = Linked(user=ANN.user, login="ann", name="Ann Sato", at=NOON)
ACCOUNT = PulumiUser(login="ann", name="Ann Sato", organizations=("acme", "newco"))
FORMS: dict[str, Form] = {
    "loading": LOADING,
    "approve": ballot(DELETE, WHERE, Verdict.APPROVE),
    "reject": ballot(DELETE, WHERE, Verdict.REJECT),
    "approve something small": ballot(TOKEN, WHERE, Verdict.APPROVE),
    "a new token": value_form(TOKEN, SecretStr("pul-0123456789abcdef0123456789abcdef01234567")),
    "not yours": problem(Card("You can't decide this one; these can: @sre.")),
    "link": forms.token_form(KEPT, Console("https://app.pulumi.com")),
    "link again": forms.again_form(KEPT, "Pulumi can't be reached."),
    "link looking": forms.looking_form(),
    "link confirm": forms.confirm_form(
        KEPT, ANN.user, ACCOUNT, replace(LINKED, login="bo"), (replace(LINKED, user=CY.user),)
    ),
    "linked": forms.linked_form(LINKED, KEPT),
    "link over": forms.over_form(KEPT),
}


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def message(card: Card) -> dict[str, Any]:
    """What Slack gets, once both linters have nothing against it."""
    made = to_message(card)
    assert problems(made.blocks) == []
    assert opinion(made.blocks) is None
    return {"text": made.text.splitlines(), "blocks": made.blocks}


@pytest.mark.parametrize("name", STEPS)
def test_step(name: str, golden: SnapshotAssertion) -> None:
    """Every message that it wants: the card, a line in its thread, what goes to one person."""
    step = STEPS[name]
    assert not step.quiet
    assert golden == {wanted.key: message(wanted.card) for wanted in display(step)}


@pytest.mark.parametrize("name", CARDS)
def test_card(name: str, golden: SnapshotAssertion) -> None:
    assert golden == message(CARDS[name])


@pytest.mark.parametrize("name", FORMS)
def test_form(name: str, golden: SnapshotAssertion) -> None:
    view = to_view(FORMS[name])
    assert view_problems(view) == []
    assert view_opinion(view) is None
    assert golden == view


def test_every_state_and_every_deed_that_is_told_has_a_golden() -> None:
    assert {step.request.state for step in STEPS.values()} == set(State)
    quiet = {Deed.CHECKED, Deed.CLAIMED, Deed.SENT, Deed.ANSWERED}
    assert {step.deed for step in STEPS.values()} >= set(Deed) - quiet


def test_the_first_words_say_the_state() -> None:
    titles = {wanted.card.title.partition(":")[0] for step in STEPS.values() for wanted in display(step)[:1]}
    assert titles == {
        *("Needs approval", "Approved", "Running", "Done", "Failed", "Outcome unknown"),
        *("Rejected", "Withdrawn", "Expired", "Void"),
    }


LONG: Sequence[str] = ("x" * 5_000, "\N{WOMAN}\u200d\N{GIRL}" * 900, "<!channel> & *b* " * 400)


@pytest.mark.parametrize("text", LONG)
def test_whatever_people_write_and_however_much_fits(text: str) -> None:
    """Reasons, comments and titles at their longest and beyond, in every state and in the forms."""
    for step in STEPS.values():
        votes = tuple(replace(vote, comment=text) for vote in step.request.votes)
        asked = replace(step.request, reason=text, title=text, outcome=text, proof=text, votes=votes)
        for wanted in display(replace(step, request=asked, text=text)):
            made = to_message(wanted.card)
            assert problems(made.blocks) == []
            assert len(made.text) <= 4_000
    asked = replace(DELETE, title=text, confirm=text[:100])
    for verdict in Verdict:
        assert view_problems(to_view(ballot(asked, WHERE, verdict))) == []
