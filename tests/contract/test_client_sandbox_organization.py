"""Members, teams, tokens and audit logs against the sandbox's Pulumi Cloud, in both profiles."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import BadAnswer, BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from bot.model import StackRef
from bot.organization import AuditFormat, Member, TokenFilter, role_id
from bot.pulumi import PulumiClient
from bot.refusals import is_there_already, role_is_unknown
from tests.contract.served import BEGIN, Served

NOW = datetime.fromtimestamp(BEGIN, UTC)
ALWAYS = datetime.fromtimestamp(0, UTC)


async def members(api: PulumiClient) -> dict[str, Member]:
    found = [each async for each in api.members("acme")]
    assert len({each.login for each in found}) == len(found)
    return {each.login: each for each in found}


async def test_everybody_is_listed_once_and_the_organization_is_not_one_of_them(
    pulumi: Served, api: PulumiClient
) -> None:
    """Case 31, over several pages; those without a name, with a role of their own, with another word for theirs."""
    found, org = await members(api), pulumi.cloud.world.organizations["acme"]
    there = {each.login for each in pulumi.cloud.world.members("acme")} - org.suspended
    assert set(found) == there
    assert len(there) > 50
    assert (found["ivo"].role, str(found["ivo"])) == ("billing-manager", "ivo")
    assert found["ann"].admin
    assert [each for each in found.values() if not each.known]
    if pulumi.cloud.profile == "current":
        assert (found["dee"].role, found["dee"].label) == ("member", "Auditor")
        assert found["ann"].joined is not None


async def test_somebody_joins_and_leaves(api: PulumiClient) -> None:
    """Case 32: 200 with a body, 204, or 200 without; then what is refused."""
    await api.add_member("acme", "kit", "member")
    assert (await members(api))["kit"].role == "member"
    with pytest.raises(Conflict) as caught:
        await api.add_member("acme", "kit", "member")
    assert is_there_already(caught.value)
    await api.remove_member("acme", "kit")
    assert "kit" not in await members(api)
    with pytest.raises(NotFound):
        await api.remove_member("acme", "kit")
    with pytest.raises(NotFound):
        await api.add_member("acme", "nobody-at-all", "member")
    with pytest.raises(BadRequest, match="role"):
        await api.add_member("acme", "kit", "emperor")
    with pytest.raises(BadRequest, match="yourself"):
        await api.remove_member("acme", "pulumi-bot")


@pytest.mark.parametrize("names", [True, False])
async def test_case_18_another_role_by_name_or_else_by_id(pulumi: Served, api: PulumiClient, names: bool) -> None:  # noqa: FBT001
    """The service has refused names with a 404 that begins with "Role"; a person who is not there is another 404."""
    pulumi.cloud.switches.role_names = names
    if names:
        await api.edit_role("acme", "bo", "admin")
    else:
        with pytest.raises(NotFound) as caught:
            await api.edit_role("acme", "bo", "admin")
        assert role_is_unknown(caught.value)
        found = role_id(await api.roles("acme"), "admin")
        assert found
        await api.edit_role_by_id("acme", "bo", found)
    assert (await members(api))["bo"].admin
    with pytest.raises(NotFound) as caught:
        await api.edit_role("acme", "zoe", "admin")
    assert not role_is_unknown(caught.value)


async def test_a_role_of_the_organizations_own(pulumi: Served, api: PulumiClient) -> None:
    """Only by its id; what is no id is refused."""
    found = role_id(await api.roles("acme"), "Release captain")
    assert found
    await api.edit_role_by_id("acme", "bo", found)
    assert pulumi.cloud.world.organizations["acme"].given["bo"] == found
    with pytest.raises(BadRequest):
        await api.edit_role_by_id("acme", "bo", "no-such-role")


async def test_a_team_is_made_changed_and_deleted(api: PulumiClient) -> None:
    """Case 32 again; whoever makes it is in it."""
    made = await api.create_team("acme", "ops", display_name="Operations & <co>", description="On call")
    assert (made.name, made.display_name, [each.login for each in made.members]) == (
        "ops",
        "Operations & <co>",
        ["pulumi-bot"],
    )
    with pytest.raises(Conflict) as caught:
        await api.create_team("acme", "ops", display_name="Again")
    assert is_there_already(caught.value)
    await api.add_team_member("acme", "ops", "bo")
    with pytest.raises(Conflict) as caught:
        await api.add_team_member("acme", "ops", "bo")
    assert is_there_already(caught.value)
    assert {each.login for each in (await api.team("acme", "ops")).members} == {"pulumi-bot", "bo"}
    await api.remove_team_member("acme", "ops", "bo")
    assert {each.login for each in (await api.team("acme", "ops")).members} == {"pulumi-bot"}
    await api.delete_team("acme", "ops")
    for call in (api.team("acme", "ops"), api.delete_team("acme", "ops"), api.add_team_member("acme", "ops", "bo")):
        with pytest.raises(NotFound):
            await call


async def test_a_team_of_githubs(api: PulumiClient) -> None:
    """Made by its number there; who is in it is decided there."""
    made = await api.create_github_team("acme", 4410021)
    assert made is not None
    assert (made.name, made.managed_elsewhere) == ("release-captains", True)
    with pytest.raises(BadRequest, match="managed on GitHub"):
        await api.add_team_member("acme", "release-captains", "bo")
    with pytest.raises(NotFound, match="GitHub Team"):
        await api.create_github_team("acme", 17)
    with pytest.raises(Conflict):
        await api.create_github_team("acme", 4410022)


async def test_a_team_in_full(pulumi: Served, api: PulumiClient) -> None:
    """Its stacks, where the server tells; why its members are not complete."""
    team, odd = await api.team("acme", "platform"), await api.team("acme", "oncall")
    assert {each.login for each in team.members} == {"ann", "hana", "ci-bot"}
    if pulumi.cloud.profile == "current":
        assert team.stacks
        assert {each.permission for each in team.stacks} == {"admin"}
        assert "rate limited" in odd.members_error


async def test_a_token_is_made_shown_once_and_revoked(pulumi: Served) -> None:
    """Its value works until then, and is in no list."""
    pulumi.cloud.switches.token_reply = "200"
    ann = pulumi.client(token=pulumi.cloud.token_of("ann"))
    made = await ann.create_token("from slack", expires=NOW + timedelta(days=90))
    value = made.value.get_secret_value()
    new = pulumi.client(token=value)
    assert (await new.user()).login == "ann"
    listed = {each.id: each async for each in ann.tokens()}
    assert listed[made.id].description == "from slack"
    assert value not in repr(listed)
    await ann.delete_token(made.id)
    with pytest.raises(Unauthorized):
        await new.user()
    with pytest.raises(NotFound):
        await ann.delete_token(made.id)


@pytest.mark.parametrize("reply", ["204 empty", "204 with a body"])
async def test_case_24_a_token_whose_value_gets_lost_is_found_in_the_list(pulumi: Served, reply: str) -> None:
    """HTTP has no 204 with a body: what follows it on the connection is nobody's. The error says what to do."""
    pulumi.cloud.switches.token_reply = "204 empty" if reply == "204 empty" else "204 with a body"
    ann = pulumi.client(token=pulumi.cloud.token_of("ann"))
    with pytest.raises(BadAnswer, match="delete it, make another"):
        await ann.create_token("lost")
    (lost,) = [each async for each in ann.tokens() if each.description == "lost"]
    await ann.delete_token(lost.id)


async def test_tokens_by_their_state(pulumi: Served) -> None:
    """Active ones unless said otherwise."""
    ann = pulumi.client(token=pulumi.cloud.token_of("ann"))
    found = {which: {each.id async for each in ann.tokens(which)} for which in TokenFilter}
    assert found[TokenFilter.ACTIVE]
    assert found[TokenFilter.EXPIRED]
    assert found[TokenFilter.ACTIVE] | found[TokenFilter.EXPIRED] == found[TokenFilter.ALL]
    assert not found[TokenFilter.ACTIVE] & found[TokenFilter.EXPIRED]


async def test_tokens_that_may_not_be_made(pulumi: Served) -> None:
    """Longer than the organization allows, or by something that is no person."""
    pulumi.cloud.switches.token_days = 30
    ann, machine = (pulumi.client(token=pulumi.cloud.token_of(who)) for who in ("ann", "acme-admin"))
    with pytest.raises(Forbidden, match="at most 30 days"):
        await ann.create_token("for ever")
    with pytest.raises(Forbidden):
        await machine.create_token("mine")


def logged(pulumi: Served, wanted: Callable[[int], bool]) -> list[tuple[int, str]]:
    log = pulumi.cloud.world.organizations["acme"].newest_first()
    return [(each.timestamp, each.description) for each in log if wanted(each.timestamp)]


async def test_case_20_the_whole_audit_log_comes_once_and_newest_first(pulumi: Served, api: PulumiClient) -> None:
    """Over many pages, whose seconds overlap; two equal events of one second are two."""
    found = [each async for each in api.audit_events("acme", since=ALWAYS, until=NOW)]
    there = logged(pulumi, lambda at: at < BEGIN)
    assert [(int(each.at.timestamp()), each.description) for each in found] == there
    assert len(there) > 200
    assert len({at for at, _ in there}) < len(there)


async def test_case_20_a_part_of_the_audit_log(pulumi: Served, api: PulumiClient) -> None:
    """Between two times; by one person."""
    since, until = NOW - timedelta(days=9), NOW - timedelta(days=2)
    found = [each async for each in api.audit_events("acme", since=since, until=until)]
    there = logged(pulumi, lambda at: since.timestamp() <= at < until.timestamp())
    assert [(int(each.at.timestamp()), each.description) for each in found] == there
    assert there
    by_ann = [each async for each in api.audit_events("acme", since=since, until=until, user="ann")]
    assert by_ann == [each for each in found if each.user and each.user.login == "ann"]
    with pytest.raises(NotFound, match="user not found"):
        await anext(api.audit_events("acme", since=since, until=until, user="nobody-at-all"))


@pytest.mark.parametrize("form", AuditFormat)
async def test_case_21_an_export_is_complete(pulumi: Served, api: PulumiClient, form: AuditFormat) -> None:
    """Longer than one file of the server's; each event is a record, between the same bounds."""
    export = await api.export_audit("acme", form, since=ALWAYS, until=NOW)
    assert export.events == len(logged(pulumi, lambda at: at < BEGIN))
    since = NOW - timedelta(days=5)
    part = await api.export_audit("acme", form, since=since, until=NOW)
    assert part.events == len(logged(pulumi, lambda at: since.timestamp() <= at < BEGIN))
    assert part.content in export.content


async def test_what_is_done_through_the_client_is_in_the_audit_log(pulumi: Served, api: PulumiClient) -> None:
    """By whom, and with which token."""
    await api.add_tag(StackRef("acme", "shop", "dev"), "a", "b")
    pulumi.clock.seconds += 1
    until = NOW + timedelta(seconds=1)
    (found,) = [each async for each in api.audit_events("acme", since=NOW, until=until)]
    assert found.user is not None
    assert (found.user.login, found.event) == ("pulumi-bot", "Stack Tag Added")


async def test_audit_logs_that_are_not_there(pulumi: Served, api: PulumiClient) -> None:
    """The plan has none, the token's owner may not."""
    cy, bo = (pulumi.client(token=pulumi.cloud.token_of(who)) for who in ("cy", "bo"))
    with pytest.raises(BadRequest, match="Enterprise"):
        await cy.export_audit("newco", since=ALWAYS, until=NOW)
    with pytest.raises(Forbidden):
        await anext(bo.audit_events("acme", since=ALWAYS, until=NOW))
    with pytest.raises(Forbidden):
        await api.create_team("newco", "ops")
