"""Who is in an organization. E-mail addresses are not shown: they are for auditors."""

from pydantic import Field

from bot.card import Bold, Card, Items, Line, Run, Tone
from bot.operations.base import Operation, Scene
from bot.operations.paging import Page, PageField
from bot.operations.values import Args, OrgField
from bot.operations.wording import ago, plural
from bot.organization import Member
from bot.ports import PulumiApi


class MembersArgs(Args):
    """Which members."""

    org: OrgField
    role: str | None = Field(None, description="Only with this role: admin, member, or a role of your own")
    find: str | None = Field(None, description="Only with this in their login or name")
    page: PageField = 1

    def wants(self, member: Member) -> bool:
        """Whether this member is one of those asked for."""
        roles = {member.role.casefold(), member.role_name.casefold()}
        text = f"{member.login} {member.name}".casefold()
        return (not self.role or self.role.casefold() in roles) and (self.find or "").casefold() in text


async def list_members(pulumi: PulumiApi, args: MembersArgs) -> Page[Member]:
    """One page of the members, by login; all of them are read, since Pulumi filters and sorts nothing here."""
    found = [each async for each in pulumi.members(args.org) if args.wants(each)]
    return Page.of(sorted(found, key=lambda each: each.login.casefold()), args.page)


def show_members(args: MembersArgs, page: Page[Member], scene: Scene) -> Card:
    """One line for each member: login, name, role, since when."""
    chosen = [f"role {args.role}"] if args.role else []
    chosen += [f"“{args.find}” in their name"] if args.find else []
    scope = f" with {' and '.join(chosen)}" if chosen else ""
    if not page.items:
        everybody = (Run("Everybody", f"org member ls {args.org}"),) if chosen else ()
        return Card(f"Nobody in {args.org}{scope}", Tone.PLAIN, (), everybody)
    heading = " · ".join(filter(None, (f"{plural(page.total or 0, 'member')} of {args.org}{scope}", page.label)))
    turn = page.buttons(lambda number: LIST.line(args.model_copy(update={"page": number})))
    return Card(heading, Tone.PLAIN, (Items(tuple(_line(each, scene) for each in page.items)),), turn)


def _line(member: Member, scene: Scene) -> Line:
    name = f"  {member.name}" if member.name and member.name != member.login else ""
    since = f"  ·  joined {ago(member.joined, scene.now)}" if member.joined else ""
    state = "  ·  suspended" if member.suspended else "" if member.known else "  ·  has not joined yet"
    return (Bold(member.login), f"{name}  ·  {member.label}{since}{state}")


LIST = Operation(
    name="org member ls",
    aliases=("org member list", "members"),
    summary="Who is in an organization, with which role",
    group="Organization",
    example="acme --role admin",
    args=MembersArgs,
    execute=list_members,
    render=show_members,
)
