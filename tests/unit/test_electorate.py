"""Who counts: full members whom policy names, each person once, at the vote and again right before the call."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.approvals import Actor, Origin, Request, Ruling, State, Verdict, Vote
from bot.card import Group, User
from bot.errors import ChatError, PulumiError, Refusal
from bot.model import PulumiUser, Risk
from bot.services.electorate import Electorate
from sandbox.slack import seed
from tests.town import NOON, Town, bot, ground

SRE = Ruling(risk=Risk.HIGH, approvals=1, approvers=("@sre",), rule="the default for high-risk changes")
ADMINS = replace(SRE, approvers=("pulumi:admin",))


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with ground() as at, bot(at, tmp_path, env={"encryption_keys": Fernet.generate_key().decode()}) as town:
        yield town


@pytest.fixture
def who(place: Town) -> Electorate:
    return place.services.electorate


def change(place: Town, user: str, **to: object) -> None:
    for name, value in to.items():
        setattr(place.sandbox.slack.ledger.users[user], name, value)


async def link(place: Town, user: str, login: str) -> None:
    await place.services.accounts.link(user, SecretStr("pul-1"), PulumiUser(login=login))


async def asked(
    who: Electorate, ruling: Ruling = SRE, *, by: str = seed.ANN, votes: tuple[str, ...] = (seed.BO,)
) -> Request:
    """An approved request: what is looked at right before the call."""
    ballots = [Vote(by=await who.actor(user), verdict=Verdict.APPROVE, at=NOON) for user in votes]
    return Request(
        id="R-1",
        source="s",
        operation="stack rm",
        args="{}",
        line="stack rm acme/shop/prod",
        title="Delete stack acme/shop/prod",
        subject="acme/shop/prod",
        org="acme",
        confirm="prod",
        requester=await who.actor(by),
        origin=Origin(channel=seed.PLATFORM),
        channel=seed.PLATFORM,
        reason="",
        ruling=ruling,
        approvers=(),
        impact=(),
        before=(),
        created=NOON,
        expires=NOON + timedelta(hours=4),
        state=State.APPROVED,
        votes=tuple(ballots),
    )


@pytest.mark.parametrize(
    ("user", "says"),
    [
        (seed.GUS, "is a guest"),
        (seed.TIM, "is deactivated"),
        (seed.BOT, "is a bot"),
        (seed.SLACKBOT, "is a bot"),
        ("U0NOBODY00", "is not known to Slack"),
    ],
)
async def test_only_full_members_act(who: Electorate, user: str, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        await who.actor(user)


async def test_people_of_another_workspace_do_not_act(place: Town, who: Electorate) -> None:
    change(place, seed.CY, team="T0OTHER001")
    with pytest.raises(Refusal, match="belongs to another workspace"):
        await who.actor(seed.CY)


async def test_an_actor_brings_all_that_tells_people_apart(place: Town, who: Electorate) -> None:
    await link(place, seed.BO, "Bo")
    assert await who.actor(seed.BO) == Actor(user=seed.BO, login="bo", email="bo@acme.example")
    assert "acme.example" not in repr(await who.actor(seed.BO))


async def test_groups_and_people_are_opened_and_shown_as_mentions(who: Electorate) -> None:
    ruling = replace(SRE, approvers=("@sre", seed.DEE, "@ghost", "U0NOBODY00", "@ops"))
    found = await who.approvers(ruling, "acme")
    assert found.users == {seed.BO, seed.CY, seed.DEE}
    assert found.names == (Group(seed.SRE, "sre"), ", ", User(seed.DEE))
    assert found.missing == ("@ghost", "U0NOBODY00", "@ops"), "a disabled group is none"
    assert await who.names(ruling, "acme") == found.names
    assert (await who.approvers(replace(SRE, approvers=(seed.SRE,)), "acme")).users == {seed.BO, seed.CY}


async def test_guests_and_leavers_in_a_group_are_no_approvers(place: Town, who: Electorate) -> None:
    place.sandbox.slack.ledger.groups[seed.SRE].members[:] = [seed.BO, seed.GUS, seed.TIM, seed.BOT]
    assert (await who.approvers(SRE, "acme")).users == {seed.BO}
    with pytest.raises(Refusal, match="is a guest"):
        await who.may(Actor(user=seed.GUS), SRE, "acme")


async def test_whoever_may_not_is_told_who_can(who: Electorate) -> None:
    await who.may(Actor(user=seed.BO), SRE, "acme")
    with pytest.raises(Refusal) as caught:
        await who.may(Actor(user=seed.ANN), replace(SRE, approvers=("@sre", seed.DEE)), "acme")
    assert caught.value.text == "You can't decide this one; these can: @sre, dee."


async def test_being_in_the_channel_makes_nobody_an_approver(place: Town, who: Electorate) -> None:
    place.sandbox.slack.ledger.channels[seed.PLATFORM].members.add(seed.DEE)
    with pytest.raises(Refusal):
        await who.may(Actor(user=seed.DEE), SRE, "acme")


async def test_a_request_that_too_few_could_approve_is_refused_with_the_numbers(place: Town, who: Electorate) -> None:
    ann, bo = await who.actor(seed.ANN), await who.actor(seed.BO)
    two = replace(SRE, approvals=2)
    await who.enough(two, ann, "acme")
    await who.enough(SRE, bo, "acme")
    await who.enough(replace(SRE, approvals=0), bo, "acme")
    with pytest.raises(Refusal) as caught:
        await who.enough(two, bo, "acme")
    assert caught.value.text == "It needs 2 of @sre, and only 1 is eligible besides you."
    assert caught.value.hint == "Policy: the default for high-risk changes."
    with pytest.raises(Refusal) as caught:
        await who.enough(replace(SRE, approvers=("@ghost", seed.BO)), bo, "acme")
    assert caught.value.text == (
        "It needs 1 of bo, and nobody is eligible besides you. (@ghost can't be found in Slack.)"
    )


async def test_two_accounts_of_one_person_are_one_approver(place: Town, who: Electorate) -> None:
    ann, two = await who.actor(seed.ANN), replace(SRE, approvals=2)
    await link(place, seed.BO, "sam")
    await link(place, seed.CY, "SAM")
    with pytest.raises(Refusal, match="only 1 is eligible"):
        await who.enough(two, ann, "acme")
    await link(place, seed.CY, "cy")
    await who.enough(two, ann, "acme")
    await link(place, seed.ANN, "cy")
    with pytest.raises(Refusal, match="only 1 is eligible"):
        await who.enough(two, await who.actor(seed.ANN), "acme")


async def test_two_accounts_with_one_address_are_one_approver(place: Town, who: Electorate) -> None:
    change(place, seed.CY, email="BO@acme.example")
    with pytest.raises(Refusal, match="only 1 is eligible"):
        await who.enough(replace(SRE, approvals=2), await who.actor(seed.ANN), "acme")
    change(place, seed.ANN, email="bo@acme.example")
    with pytest.raises(Refusal, match="nobody is eligible"):
        await who.enough(SRE, await who.actor(seed.ANN, live=True), "acme")


async def test_pulumis_admins_count_when_they_linked_their_accounts(place: Town, who: Electorate) -> None:
    assert (await who.approvers(ADMINS, "acme")).users == frozenset(), "an address alone gives no right"
    await link(place, seed.ANN, "ANN")
    await link(place, seed.BO, "bo")
    found = await who.approvers(ADMINS, "acme")
    assert found.users == {seed.ANN}, "bo is a member of acme, and no admin"
    assert found.names == ("the Pulumi admins of acme who linked their accounts",)
    with pytest.raises(Refusal, match="the Pulumi admins of acme"):
        await who.may(Actor(user=seed.BO), ADMINS, "acme")
    assert (await who.approvers(ADMINS, "")).missing == ("pulumi:admin",), "one's own account has no admins"


async def test_names_of_auditors_stand_for_people(who: Electorate) -> None:
    assert await who.counts(seed.BO, ("@sre",), "")
    assert not await who.counts(seed.ANN, ("@sre", seed.DEE, "@ghost"), "")


async def test_what_was_asked_is_remembered_for_the_vote_and_not_at_execution(place: Town, who: Electorate) -> None:
    await who.may(Actor(user=seed.BO), SRE, "acme")
    place.sandbox.slack.ledger.groups[seed.SRE].members.remove(seed.BO)
    await who.may(Actor(user=seed.BO), SRE, "acme")
    with pytest.raises(Refusal):
        await who.may(Actor(user=seed.BO), SRE, "acme", live=True)


async def test_an_approval_holds_while_nothing_changed(who: Electorate) -> None:
    assert await who.lapsed(await asked(who)) == ()
    assert await who.lapsed(await asked(who, replace(SRE, approvals=2), votes=(seed.BO, seed.CY))) == ()
    assert await who.lapsed(await asked(who, replace(SRE, approvals=0), votes=(seed.ANN,))) == ()


@pytest.mark.parametrize(
    ("user", "to", "says"),
    [
        (seed.BO, {"deleted": True}, "The approval by bo no longer counts: the account is deactivated."),
        (seed.BO, {"guest": True}, "The approval by bo no longer counts: the account is a guest."),
        (
            seed.BO,
            {"team": "T0OTHER001"},
            "The approval by bo no longer counts: the account belongs to another workspace.",
        ),
        (
            seed.BO,
            {"email": "ann@acme.example"},
            "The approval by bo no longer counts: it is the same person as another",
        ),
        (seed.ANN, {"deleted": True}, "ann, who asked, is deactivated."),
        (seed.ANN, {"guest": True}, "ann, who asked, is a guest."),
    ],
)
async def test_whoever_is_not_who_they_were_voids_it(
    place: Town, who: Electorate, user: str, to: dict[str, object], says: str
) -> None:
    request = await asked(who)
    change(place, user, **to)
    (said,) = await who.lapsed(request)
    assert said.startswith(says)


async def test_an_approver_who_left_the_group_voids_it(place: Town, who: Electorate) -> None:
    request = await asked(who, replace(SRE, approvals=2), votes=(seed.BO, seed.CY))
    place.sandbox.slack.ledger.groups[seed.SRE].members.remove(seed.CY)
    assert await who.lapsed(request) == (
        "The approval by cy no longer counts: policy no longer names them as an approver.",
    )
    place.sandbox.slack.ledger.groups[seed.SRE].disabled = True
    assert len(await who.lapsed(request)) == 2


async def test_an_admin_who_unlinked_or_was_demoted_voids_it(place: Town, who: Electorate) -> None:
    await link(place, seed.ANN, "ann")
    request = await asked(who, ADMINS, by=seed.CY, votes=(seed.ANN,))
    assert await who.lapsed(request) == ()
    people = place.sandbox.pulumi.world.people
    for role in ("member", None):
        people["ann"] = people["ann"].given("acme", role)
        assert await who.lapsed(request) != ()
    people["ann"] = people["ann"].given("acme", "admin")
    assert await who.lapsed(request) == ()
    await place.services.accounts.unlink(seed.ANN)
    assert await who.lapsed(request) != ()


async def test_linking_after_the_vote_makes_nobody_two_people(place: Town, who: Electorate) -> None:
    request = await asked(who, replace(SRE, approvals=2), votes=(seed.BO, seed.CY))
    await link(place, seed.BO, "cy")
    await link(place, seed.CY, "cy")
    (said,) = await who.lapsed(request)
    assert said == "The approval by cy no longer counts: it is the same person as another one of this request."
    await link(place, seed.BO, "bo")
    await link(place, seed.ANN, "bo")
    (said,) = await who.lapsed(request)
    assert said.startswith("The approval by bo")


async def test_where_slack_does_not_say_nothing_is_decided(place: Town, who: Electorate) -> None:
    request = await asked(who)
    slack = place.sandbox.slack
    slack.api.scopes[slack.bot_token] = seed.SCOPES - {"usergroups:read"}
    for question in (
        who.may(Actor(user=seed.BO), SRE, "acme"),
        who.enough(SRE, Actor(user=seed.ANN), "acme"),
        who.approvers(SRE, "acme"),
        who.lapsed(request),
    ):
        with pytest.raises(ChatError, match="missing_scope"):
            await question


async def test_where_pulumi_does_not_say_nothing_is_decided(place: Town, who: Electorate) -> None:
    with pytest.raises(PulumiError):
        await who.may(Actor(user=seed.ANN), ADMINS, "nobodys-org")
    with pytest.raises(PulumiError):
        await who.enough(ADMINS, Actor(user=seed.ANN), "nobodys-org")
