"""Who is in a team, changed.

https://www.pulumi.com/docs/administration/organizations-teams/teams/
"""

from typing import Annotated

from pydantic import Field

from bot.approvals import Facts
from bot.errors import Refusal
from bot.model import Risk
from bot.operations.base import Look, Mutation, Proof, Receipt, Study
from bot.operations.changing import LoginField, instead, shown, unknown
from bot.operations.teams import BLIND, UNSEEN, View, impact, known, view
from bot.operations.values import Args, NamedOrgField
from bot.operations.words import quote
from bot.ports import PulumiApi


class MembershipArgs(Args):
    """Which team, and who."""

    team: Annotated[str, Field(min_length=1, max_length=100)]
    login: LoginField
    org: NamedOrgField


def _subject(args: MembershipArgs) -> str:
    return f"{args.login} in team {args.team} of {args.org}"


def _inside(seen: View, login: str) -> Facts:
    if seen.team is None and seen.visible:
        return (("team", "not there"),)
    logins = seen.logins
    return ((f"{login} in it", BLIND if logins is None else "yes" if login in logins else "no"),)


async def whether_inside(pulumi: PulumiApi, args: MembershipArgs) -> Facts:
    """Whether they are in it."""
    return _inside(await view(pulumi, args.org, args.team), args.login)


def _own(seen: View, args: MembershipArgs) -> None:
    if seen.team and seen.team.managed_elsewhere:
        place = {"github": "on GitHub", "scim": "by your identity provider"}.get(seen.team.kind, "elsewhere")
        raise Refusal(f"Who is in {args.team} is decided {place}, and changed only there.")


async def study_join(pulumi: PulumiApi, args: MembershipArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """What they get. Refuses strangers to the organization, those who are in it, and teams of others' making."""
    seen = await known(pulumi, args.org, args.team, instead(JOIN, args, "team"))
    _own(seen, args)
    if args.login in (seen.logins or ()):
        raise Refusal(f"Nothing to do: {args.login} is in {args.team} already.")
    everybody = [each.login async for each in pulumi.members(args.org)]
    if args.login not in everybody:
        line = instead(JOIN, args, "login")
        other = f"org member ls {args.org} --find {quote(args.login)}"
        raise unknown(f"{args.login} isn't in {args.org}.", args.login, everybody, line, other)
    return Study(_inside(seen, args.login), impact(seen, f"{args.login} gets what the team has."))


async def join(pulumi: PulumiApi, args: MembershipArgs) -> Receipt:
    """Put them into it."""
    await pulumi.add_team_member(args.org, args.team, args.login)
    return Receipt()


async def study_leave(pulumi: PulumiApi, args: MembershipArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """What they lose. Refuses those who are not in it, and teams of others' making."""
    seen = await known(pulumi, args.org, args.team, instead(LEAVE, args, "team"))
    _own(seen, args)
    if seen.logins is not None and args.login not in seen.logins:
        line = instead(LEAVE, args, "login")
        other = f"org member ls {args.org} --find {quote(args.login)}"
        raise unknown(f"{args.login} isn't in {args.team}.", args.login, seen.logins, line, other)
    return Study(_inside(seen, args.login), impact(seen, f"{args.login} loses what only the team gave."))


async def leave(pulumi: PulumiApi, args: MembershipArgs) -> Receipt:
    """Take them out of it."""
    await pulumi.remove_team_member(args.org, args.team, args.login)
    return Receipt()


async def _verified(pulumi: PulumiApi, args: MembershipArgs, *, inside: bool) -> Proof:
    seen = await view(pulumi, args.org, args.team)
    if seen.logins is None:
        return UNSEEN if not seen.visible else shown(seen=False, text=f"Who is in {args.team} is not shown.")
    there = args.login in seen.logins
    return shown(seen=there is inside, text=f"{args.login} is {'in' if there else 'not in'} team {args.team}.")


async def verify_joined(pulumi: PulumiApi, args: MembershipArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether they are listed."""
    return await _verified(pulumi, args, inside=True)


async def verify_left(pulumi: PulumiApi, args: MembershipArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether they are no longer listed."""
    return await _verified(pulumi, args, inside=False)


JOIN = Mutation(
    name="team add-member",
    summary="Add somebody to a team",
    group="Organization",
    example="sre bo --org acme",
    args=MembershipArgs,
    title=lambda args: f"Add {args.login} to team {args.team} of {args.org}",
    subject=_subject,
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.team,
    risk=lambda _: Risk.HIGH,
    study=study_join,
    facts=whether_inside,
    execute=join,
    verify=verify_joined,
)
LEAVE = Mutation(
    name="team remove-member",
    aliases=("team rm-member",),
    summary="Remove somebody from a team",
    group="Organization",
    example="sre bo --org acme",
    args=MembershipArgs,
    title=lambda args: f"Remove {args.login} from team {args.team} of {args.org}",
    subject=_subject,
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.team,
    risk=lambda _: Risk.HIGH,
    study=study_leave,
    facts=whether_inside,
    execute=leave,
    verify=verify_left,
)
