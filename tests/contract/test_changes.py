"""Every change over the sandbox's Pulumi Cloud, in both profiles: before, the call, after."""

import pytest

from bot.errors import BadAnswer, NotFound, Refusal
from bot.operations import Seen
from tests.contract.changes import ANN, CREATED, DONE, MUTATIONS, NOW, asker, order
from tests.contract.served import Served


def test_every_change_is_carried_out_here() -> None:
    assert {order(line).mutation.name for line in (*DONE.values(), CREATED)} == {each.name for each in MUTATIONS}


@pytest.mark.parametrize("line", DONE.values(), ids=DONE)
async def test_a_change_is_studied_made_and_seen(line: str, pulumi: Served) -> None:
    """What it was approved on is another afterwards, so a repetition would be void; asked again it is refused."""
    asked = order(line)
    api, change, args = asker(asked, pulumi), asked.mutation, asked.args
    study = await change.study(api, args, ANN)
    before = await change.facts(api, args)
    assert study.facts == before != ()
    assert study.impact
    assert (await change.verify(api, args, before, "")).seen is Seen.NO
    receipt = await change.execute(api, args)
    assert receipt.secret is None
    for reference in (receipt.reference, ""):
        proof = await change.verify(api, args, before, reference)
        assert (proof.seen, bool(proof.text)) == (Seen.YES, True)
    assert await change.facts(api, args) != before
    with pytest.raises((Refusal, NotFound)):
        await change.study(api, args, ANN)


async def test_a_token_is_made_and_its_value_is_only_in_the_receipt(pulumi: Served) -> None:
    pulumi.cloud.switches.token_reply = "200"
    asked = order(CREATED)
    api, change, args = asker(asked, pulumi), asked.mutation, asked.args
    study = await change.study(api, args, ANN)
    assert study.facts == await change.facts(api, args) == ()
    assert (await change.verify(api, args, (), "")).seen is Seen.NO
    receipt = await change.execute(api, args)
    assert receipt.secret
    assert receipt.secret.get_secret_value().startswith("pul-")
    assert receipt.secret.get_secret_value() not in repr(receipt)
    assert (await change.verify(api, args, (), receipt.reference)).seen is Seen.YES
    assert (await change.verify(api, args, (), "another-id")).seen is Seen.NO
    lost = await change.verify(api, args, (), "")
    assert (lost.seen, receipt.reference in lost.text, "never shown" in lost.text) == (Seen.YES, True, True)
    (made,) = [each async for each in api.tokens() if each.id == receipt.reference]
    if pulumi.cloud.profile == "current":
        assert made.expires
        assert (made.expires - NOW).days == 90
    with pytest.raises(Refusal, match="already"):
        await change.study(api, args, ANN)


async def test_a_token_whose_value_was_lost_is_found(pulumi: Served) -> None:
    """The card then says which one to revoke."""
    pulumi.cloud.switches.token_reply = "204 empty"
    asked = order(CREATED)
    api = asker(asked, pulumi)
    with pytest.raises(BadAnswer):
        await asked.mutation.execute(api, asked.args)
    proof = await asked.mutation.verify(api, asked.args, (), "")
    (made,) = [each.id async for each in api.tokens() if each.description == "ci-runner"]
    assert (proof.seen, f"token rm {made}" in proof.text) == (Seen.YES, True)


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("role", ["admin", "maintainer", "Release captain"])
async def test_a_role_is_given_by_its_word_or_by_its_id(role: str, names: bool, pulumi: Served) -> None:  # noqa: FBT001
    """Case 18; where only built-in roles are listed, one of the organization's own can't be checked."""
    pulumi.cloud.switches.role_names = names
    asked = order(f'org member edit bo "{role}" --org acme')
    api, change, args = pulumi.client(), asked.mutation, asked.args
    before = (await change.study(api, args, ANN)).facts
    await change.execute(api, args)
    proof = await change.verify(api, args, before, "")
    listed = role == "admin" or pulumi.cloud.profile == "current"
    assert proof.seen is (Seen.YES if listed else Seen.UNVERIFIABLE)


async def test_a_tag_that_appeared_in_between_is_changed_and_no_other(pulumi: Served) -> None:
    """POST only adds; after its 400 the PATCH of this one tag may follow."""
    api, asked = pulumi.client(), order("stack tag set acme/shop/prod cost high")
    await api.add_tag(asked.args.stack, "cost", "low")
    others = {name: value for name, value in (await api.stack(asked.args.stack)).tags.items() if name != "cost"}
    await asked.mutation.execute(api, asked.args)
    assert (await api.stack(asked.args.stack)).tags == {**others, "cost": "high"}


async def test_the_facts_of_a_use_are_by_the_day(pulumi: Served) -> None:
    """A token that is in use all the time, the asker's own included, can be revoked nevertheless."""
    asked = order("token rm cicd-server")
    api = asker(asked, pulumi)
    before = await asked.mutation.facts(api, asked.args)
    (token,) = [each for each in pulumi.cloud.world.tokens.values() if each.description == "cicd-server"]
    token.used = int(pulumi.clock()) - 60
    assert await asked.mutation.facts(api, asked.args) == before
