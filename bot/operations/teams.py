"""Teams, made and deleted. Some servers do not show them; then a change is made and cannot be checked.

https://www.pulumi.com/docs/administration/organizations-teams/teams/
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bot.approvals import Facts
from bot.card import Bold, Line, Note, Part
from bot.card import Facts as Rows
from bot.errors import ClientError, MissingRoute, NotFound, Refusal
from bot.model import Risk
from bot.operations.base import Look, Mutation, Proof, Receipt, Seen, Study
from bot.operations.changing import instead, shown, unknown
from bot.operations.values import Args, NamedOrgField
from bot.operations.wording import plural
from bot.organization import Team
from bot.ports import PulumiApi

_NAMED = 12  # members or stacks that a card names
BLIND = "not shown by this server"
UNSEEN = Proof(Seen.UNVERIFIABLE, "This Pulumi server does not show teams, so it can't be checked.")

# https://www.pulumi.com/docs/reference/cloud-rest-api/teams/
NameField = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class CreateArgs(Args):
    """What it is called, what for; or which team of GitHub's it mirrors."""

    name: NameField
    org: NamedOrgField
    display_name: Annotated[str, Field(max_length=100)] = Field("", description="What people call it")
    description: Annotated[str, Field(max_length=500)] = Field("", description="What it is for")
    github: Annotated[int, Field(ge=1)] | None = Field(None, description="Mirror the GitHub team of this number")


class TeamArgs(Args):
    """Which team."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    org: NamedOrgField


@dataclass(frozen=True, slots=True)
class View:
    """A team as far as the server shows it: `team` is None when there is none, or when teams are not `visible`."""

    team: Team | None
    visible: bool = True

    @property
    def logins(self) -> tuple[str, ...] | None:
        """Who is in it; None: nobody says."""
        if self.team is None or self.team.members_error:
            return None
        return tuple(sorted(each.login for each in self.team.members))

    @property
    def stacks(self) -> tuple[str, ...]:
        """What it may use, and how."""
        stacks = self.team.stacks if self.team else ()
        return tuple(f"{each.project}/{each.stack} ({each.permission})" for each in stacks)


async def view(pulumi: PulumiApi, org: str, name: str) -> View:
    """Look at a team."""
    try:
        return View(await pulumi.team(org, name))
    except MissingRoute:
        return View(None, visible=False)
    except NotFound:
        return View(None)


async def known(pulumi: PulumiApi, org: str, name: str, line: Callable[[str], str]) -> View:
    """The team, or a Refusal with the close ones where the server shows teams and has none of that name."""
    seen = await view(pulumi, org, name)
    if seen.team or not seen.visible:
        return seen
    try:
        names = [each.name for each in await pulumi.teams(org)]
    except ClientError:
        names = []
    raise unknown(f'{org} has no team "{name}".', name, names, line, f"org member ls {org}")


def _some(names: tuple[str, ...] | None) -> Line:
    if names is None:
        return ("not known",)
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return (", ".join([*names[:_NAMED], *more]) or "none",)


def _there(seen: View) -> Facts:
    return (("team", "there" if seen.team else "not there" if seen.visible else BLIND),)


async def whether_there(pulumi: PulumiApi, args: CreateArgs) -> Facts:
    """Whether there is one of that name."""
    return _there(await view(pulumi, args.org, args.name))


async def study_create(pulumi: PulumiApi, args: CreateArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """What is made. Refuses a name that is taken."""
    seen = await view(pulumi, args.org, args.name)
    if seen.team:
        raise Refusal(f"{args.org} has a team {args.name} already, of {plural(len(seen.team.members), 'member')}.")
    if args.github and (args.display_name or args.description):
        raise Refusal("A mirror of a GitHub team is called and described as on GitHub: leave those two out.")
    rows: list[tuple[str, Line]] = [("Team", (Bold(args.name), f" of {args.org}"))]
    if args.github:
        return Study(_there(seen), (Rows((*rows, ("Mirrors", (f"GitHub's team number {args.github}",)))),))
    rows += [("Called", (args.display_name,))] if args.display_name else []
    rows += [("For", (args.description,))] if args.description else []
    user = await pulumi.user()
    rows += [("Begins with", (user.login,))] if not user.machine else []
    return Study(_there(seen), (Rows(tuple(rows)),))


async def create(pulumi: PulumiApi, args: CreateArgs) -> Receipt:
    """Make it, or the mirror of a team of GitHub's, which brings its own name."""
    if args.github:
        made = await pulumi.create_github_team(args.org, args.github)
        return Receipt(made.name if made else "")
    about = {"display_name": args.display_name or args.name, "description": args.description}
    return Receipt((await pulumi.create_team(args.org, args.name, **about)).name)


async def verify_created(pulumi: PulumiApi, args: CreateArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether it is there, under the name that Pulumi gave it."""
    name = reference or args.name
    seen = await view(pulumi, args.org, name)
    if not seen.visible:
        return UNSEEN
    words = f"has a team {name} of {plural(len(seen.team.members), 'member')}" if seen.team else f"has no team {name}"
    return shown(seen=seen.team is not None, text=f"{args.org} {words}.")


def _held(seen: View) -> Facts:
    if not seen.team:
        return (("team", "not there" if seen.visible else BLIND),)
    logins = "not known" if seen.logins is None else ", ".join(seen.logins)
    return (("members", logins or "none"), ("stacks", ", ".join(seen.stacks) or "none"))


async def held(pulumi: PulumiApi, args: TeamArgs) -> Facts:
    """Who is in it, and which stacks it may use."""
    return _held(await view(pulumi, args.org, args.name))


async def study_remove(pulumi: PulumiApi, args: TeamArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """Who loses what. Refuses a team that is not there."""
    seen = await known(pulumi, args.org, args.name, instead(REMOVE, args, "name"))
    return Study(_held(seen), impact(seen, "Its members keep what they have of their own, and lose what it gave them."))


def impact(seen: View, *notes: str) -> tuple[Part, ...]:
    """The team, who is in it, what it may use."""
    if seen.team is None:
        return (Note("This Pulumi server does not show teams, so what is in it is not known."),)
    other = seen.team.display_name.casefold() not in {"", seen.team.name.casefold()}
    name = (Bold(seen.team.name), *((f"  {seen.team.display_name}",) if other else ()))
    rows: list[tuple[str, Line]] = [("Team", name)]
    rows += [("Members", _some(seen.logins)), ("Stacks", _some(seen.stacks))]
    if seen.team.managed_elsewhere:
        rows.append(("Managed by", (seen.team.kind, ", where nothing changes")))
    return (Rows(tuple(rows)), *map(Note, notes))


async def remove(pulumi: PulumiApi, args: TeamArgs) -> Receipt:
    """Delete it."""
    await pulumi.delete_team(args.org, args.name)
    return Receipt()


async def verify_removed(pulumi: PulumiApi, args: TeamArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether it is still there."""
    seen = await view(pulumi, args.org, args.name)
    if not seen.visible:
        return UNSEEN
    return shown(
        seen=seen.team is None, text=f"{args.org} {'still has a' if seen.team else 'has no'} team {args.name}."
    )


CREATE = Mutation(
    name="team create",
    summary="Create a team, or mirror one of GitHub's",
    group="Organization",
    example='sre --display-name "Site reliability" --org acme',
    args=CreateArgs,
    title=lambda args: f"Create team {args.name} in {args.org}" + (" from GitHub" if args.github else ""),
    subject=lambda args: f"team {args.name} of {args.org}",
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.name,
    risk=lambda _: Risk.HIGH,
    study=study_create,
    facts=whether_there,
    execute=create,
    verify=verify_created,
)
REMOVE = Mutation(
    name="team rm",
    aliases=("team remove", "team delete"),
    summary="Delete a team",
    group="Organization",
    example="sre --org acme",
    args=TeamArgs,
    title=lambda args: f"Delete team {args.name} of {args.org}",
    subject=lambda args: f"team {args.name} of {args.org}",
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.name,
    risk=lambda _: Risk.HIGH,
    study=study_remove,
    facts=held,
    execute=remove,
    verify=verify_removed,
)
