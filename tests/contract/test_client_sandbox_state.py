"""States, tags and whole stacks against the sandbox's Pulumi Cloud, in both profiles."""

import pytest

from bot.errors import BadRequest, Conflict, Forbidden, NotFound
from bot.model import StackRef
from bot.pulumi import PulumiClient
from bot.refusals import still_has_resources, tag_exists
from bot.state import HIDDEN
from tests.contract.served import PROD, Served

DEV = StackRef("acme", "shop", "dev")
EMPTY = StackRef("acme", "edge", "prod-eu")  # destroyed


async def test_what_a_stack_holds(api: PulumiClient) -> None:
    """As many resources as the list counts, the stack's outputs, no secret."""
    state = await api.export_state(PROD)
    (summary,) = [each async for each in api.stacks("acme", project="shop") if each.stack == PROD]
    providers = [each for each in state.resources if each.type.startswith("pulumi:providers:")]
    assert len(state.resources) - len(providers) == summary.resource_count
    assert providers
    assert state.resources[0].type == "pulumi:pulumi:Stack"
    assert all(each.urn.startswith("urn:pulumi:prod::shop::") and each.name for each in state.resources)
    assert state.time is not None
    assert HIDDEN in state.outputs.values()
    assert not any(word in repr(state) for word in ("ciphertext", "4dabf18193072939515e22adb298388d"))


async def test_what_marks_resources(api: PulumiClient) -> None:
    """Protected ones, and those that are only read."""
    state = await api.export_state(StackRef("acme", "payments", "prod"))
    assert (sum(each.protect for each in state.resources), sum(each.external for each in state.resources)) == (2, 1)


async def test_what_a_stack_held(api: PulumiClient) -> None:
    """After one of its updates; a version that is not there is told."""
    assert (await api.export_state(PROD, 95)).time != (await api.export_state(PROD, 96)).time
    with pytest.raises(NotFound):
        await api.export_state(PROD, 97)


async def test_an_interrupted_update_leaves_operations_open(pulumi: Served, api: PulumiClient) -> None:
    """What it began and did not end."""
    assert (await api.export_state(DEV)).pending == ()
    pulumi.cloud.play(str(DEV), "interrupted", speed=0)
    pending = (await api.export_state(DEV)).pending
    assert pending
    assert {each.kind for each in pending} <= {"creating", "updating", "deleting", "reading"}


async def test_a_stack_without_a_state(pulumi: Served, api: PulumiClient) -> None:
    """It never ran."""
    never = next(each for each in pulumi.cloud.world.stacks.values() if not each.updates and not each.hidden)
    state = await api.export_state(StackRef.parse(str(never.place)))
    assert (state.resources, state.time, state.pending) == ((), None, ())


async def test_a_tag_is_added_then_changed_then_removed(api: PulumiClient) -> None:
    """Case 17: the second POST is refused, one PATCH changes this tag, and the others stay as they are."""
    before = (await api.stack(DEV)).tags
    await api.add_tag(DEV, "cost:center", "42")
    with pytest.raises(BadRequest) as caught:
        await api.add_tag(DEV, "cost:center", "43")
    assert tag_exists(caught.value)
    await api.update_tag(DEV, "cost:center", "43")
    assert (await api.stack(DEV)).tags == {**before, "cost:center": "43"}
    await api.delete_tag(DEV, "cost:center")
    assert (await api.stack(DEV)).tags == before


async def test_tags_that_cannot_be_changed(api: PulumiClient) -> None:
    """Pulumi's own, those that are not there, and names that are none."""
    with pytest.raises(BadRequest, match="built-in"):
        await api.update_tag(DEV, "pulumi:project", "x")
    with pytest.raises(BadRequest, match="built-in"):
        await api.delete_tag(DEV, "pulumi:project")
    for call in (api.update_tag(DEV, "nothing", "x"), api.delete_tag(DEV, "nothing")):
        with pytest.raises(NotFound):
            await call
    with pytest.raises(BadRequest) as caught:
        await api.add_tag(DEV, "a b/ö", "x")
    assert not tag_exists(caught.value)


async def test_a_stack_is_given_away(api: PulumiClient) -> None:
    """It is there and no longer here."""
    await api.transfer_stack(DEV, "newco")
    assert (await api.stack(StackRef("newco", "shop", "dev"))).version > 0
    with pytest.raises(NotFound):
        await api.stack(DEV)
    with pytest.raises(NotFound):
        await api.transfer_stack(PROD, "nobody")


async def test_a_stack_that_is_being_updated_is_not_given_away(pulumi: Served, api: PulumiClient) -> None:
    """Case 19: a conflict, and the stack says who runs what."""
    pulumi.cloud.play(str(DEV), "mixed-change", author="bo")
    for call in (api.transfer_stack(DEV, "newco"), api.delete_stack(DEV, force=True)):
        with pytest.raises(Conflict, match="in progress"):
            await call
    current = (await api.stack(DEV)).current
    assert current is not None
    assert current.author == "bo"


async def test_a_stack_with_resources_is_deleted_by_force_only(api: PulumiClient) -> None:
    """Case 19: the refusal is told apart from every other 400."""
    with pytest.raises(BadRequest) as caught:
        await api.delete_stack(DEV)
    assert still_has_resources(caught.value)
    await api.delete_stack(DEV, force=True)
    with pytest.raises(NotFound):
        await api.stack(DEV)
    with pytest.raises(NotFound):
        await api.delete_stack(DEV, force=True)


async def test_an_empty_stack_needs_no_force(api: PulumiClient) -> None:
    """It was destroyed before."""
    await api.delete_stack(EMPTY)
    with pytest.raises(NotFound):
        await api.stack(EMPTY)


async def test_rights_are_the_owners(pulumi: Served) -> None:
    """A member changes tags and gives no stack away."""
    member = pulumi.client(token=pulumi.cloud.token_of("bo"))
    await member.add_tag(DEV, "by", "bo")
    for call in (member.transfer_stack(DEV, "newco"), member.delete_stack(StackRef("acme", "web", "prod"), force=True)):
        with pytest.raises(Forbidden):
            await call
