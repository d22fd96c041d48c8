"""Who is in an organization, changed: added, removed, given another role.

https://www.pulumi.com/docs/administration/organizations-teams/
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bot.approvals import Facts
from bot.card import Bold, Line, Part, When
from bot.card import Facts as Rows
from bot.errors import ClientError, Forbidden, MissingRoute, NotFound, PlanLacks, Refusal
from bot.model import Risk
from bot.operations.base import Entry, Look, Mutation, Proof, Receipt, Seen, Study
from bot.operations.changing import LoginField, instead, shown, unknown, unsent
from bot.operations.values import Args, NamedOrgField
from bot.operations.wording import ago, plural
from bot.operations.words import quote
from bot.organization import ADMIN, Member, Role
from bot.ports import PulumiApi
from bot.refusals import role_is_unknown

_BUILT_IN = ("member", ADMIN, "billing-manager", "stack-collaborator")  # those that every server has


def _role(value: object) -> object:
    """Pulumi's own words in Pulumi's own spelling; names of an organization's roles as they are."""
    return value.lower() if isinstance(value, str) and value.lower() in _BUILT_IN else value


class MemberArgs(Args):
    """Who, and where."""

    login: LoginField
    org: NamedOrgField


class AddArgs(MemberArgs):
    """Who, where, and with which role."""

    role: Annotated[Literal["member", "admin", "billing-manager"], BeforeValidator(_role)] = Field(
        "member", description="With this role: member, admin or billing-manager"
    )


class EditArgs(Args):
    """Who, and which role from now on."""

    login: LoginField
    role: Annotated[str, BeforeValidator(_role), Field(min_length=1, max_length=100)]
    org: NamedOrgField


def _subject(args: MemberArgs | EditArgs) -> str:
    return f"member {args.login.casefold()} of {args.org}"


async def _everybody(pulumi: PulumiApi, org: str) -> dict[str, Member]:
    return {each.login: each async for each in pulumi.members(org)}


def _admins(everybody: dict[str, Member]) -> list[str]:
    return [each.login for each in everybody.values() if each.admin and not each.suspended]


def _facts(everybody: dict[str, Member], login: str) -> Facts:
    member = everybody.get(login)
    return (("role", member.label if member else "not a member"), ("admins", str(len(_admins(everybody)))))


async def role_now(pulumi: PulumiApi, args: MemberArgs | EditArgs) -> Facts:
    """Their role, and how many administrators there are."""
    return _facts(await _everybody(pulumi, args.org), args.login)


def _joining(everybody: dict[str, Member], login: str) -> Facts:
    return ((login, "a member" if login in everybody else "not a member"),)


async def whether_member(pulumi: PulumiApi, args: AddArgs) -> Facts:
    """Whether they are a member."""
    return _joining(await _everybody(pulumi, args.org), args.login)


async def study_add(pulumi: PulumiApi, args: AddArgs, look: Look) -> Study:  # noqa: ARG001  # every study gets it
    """Who joins what. Refuses a member; whether somebody has a Pulumi account is seen only when they are added."""
    everybody = await _everybody(pulumi, args.org)
    if known := everybody.get(args.login):
        other = known.role != args.role
        line = f"org member edit {args.login} {args.role} --org {args.org}"
        raise Refusal(f"Nothing to do: {args.login} is in {args.org} already, as {known.label}.", (line,) * other)
    size = f"{plural(len(everybody), 'member')}, {plural(len(_admins(everybody)), 'admin')}"
    rows: list[tuple[str, Line]] = [("Joins", (Bold(args.org), f" ({size})")), ("As", (Bold(args.role),))]
    return Study(_joining(everybody, args.login), (Rows(tuple(rows)),))


async def add(pulumi: PulumiApi, args: AddArgs) -> Receipt:
    """Add somebody who has a Pulumi account."""
    await pulumi.add_member(args.org, args.login, args.role)
    return Receipt()


async def verify_added(pulumi: PulumiApi, args: AddArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether they are listed, with that role."""
    member = (await _everybody(pulumi, args.org)).get(args.login)
    return shown(seen=member is not None and member.role == args.role, text=_stands(args, member))


def _stands(args: MemberArgs | EditArgs, member: Member | None) -> str:
    return f"{args.login} is {'in' if member else 'not in'} {args.org}" + (f" as {member.label}." if member else ".")


async def _member(pulumi: PulumiApi, args: MemberArgs | EditArgs, entry: Entry) -> tuple[dict[str, Member], Member]:
    everybody = await _everybody(pulumi, args.org)
    if (member := everybody.get(args.login)) is None:
        line, other = instead(entry, args, "login"), f"org member ls {args.org} --find {quote(args.login)}"
        raise unknown(f"{args.login} isn't in {args.org}.", args.login, everybody, line, other)
    return everybody, member


async def _not_us(pulumi: PulumiApi, login: str, look: Look) -> None:
    """Refuse to change the person who asks, and the user that the bot works as."""
    if look.login and login.casefold() == look.login.casefold():
        raise Refusal("That's you. Somebody else has to ask for a change of your own membership.")
    user = await pulumi.user()
    if not user.machine and login.casefold() == user.login.casefold():
        raise Refusal(
            f"{login} is the user I work as: I could lock myself out.", hint="Change that in the Pulumi console."
        )


def _not_the_last(everybody: dict[str, Member], login: str, org: str) -> None:
    if _admins(everybody) == [login]:
        raise Refusal(
            f"{login} is the last admin of {org}: nobody could manage it any more.",
            hint="Make somebody else admin first.",
        )


async def study_remove(pulumi: PulumiApi, args: MemberArgs, look: Look) -> Study:
    """Who leaves. Refuses yourself, the bot's own user and the last admin."""
    everybody, member = await _member(pulumi, args, REMOVE)
    await _not_us(pulumi, args.login, look)
    _not_the_last(everybody, args.login, args.org)
    return Study(_facts(everybody, args.login), (_rows(everybody, member, look, ("leaves, and every team with it",)),))


def _rows(everybody: dict[str, Member], member: Member, look: Look, then: Line) -> Part:
    name = (f"  {member.name}",) if member.name not in {"", member.login} else ()
    rows: list[tuple[str, Line]] = [("Who", (Bold(member.login), *name)), ("Now", (member.label,)), ("Then", then)]
    if member.joined:
        rows.append(("Joined", (When(member.joined), f" ({ago(member.joined, look.now)})")))
    return Rows((*rows, ("Admins", (f"{len(_admins(everybody))}",))))


async def remove(pulumi: PulumiApi, args: MemberArgs) -> Receipt:
    """Remove them; they leave all teams, too."""
    await pulumi.remove_member(args.org, args.login)
    return Receipt()


async def verify_removed(pulumi: PulumiApi, args: MemberArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether they are still listed."""
    member = (await _everybody(pulumi, args.org)).get(args.login)
    return shown(seen=member is None, text=_stands(args, member))


async def _roles(pulumi: PulumiApi, org: str) -> tuple[Role, ...]:
    """What can be given; nothing where the server or the plan has only the built-in roles."""
    try:
        return await pulumi.roles(org)
    except (MissingRoute, PlanLacks, Forbidden, NotFound):
        return ()


def _wanted(roles: tuple[Role, ...], word: str) -> Role | None:
    """The built-in role of that word, or the organization's own of exactly that name."""
    built_in = next((each for each in roles if each.builtin == word), None)
    if built_in is None and word in _BUILT_IN:
        return Role(id="", name=word, builtin=word)
    return built_in or next((each for each in roles if not each.builtin and each.name == word), None)


def _has(member: Member, role: Role) -> bool:
    """Whether that is their role. A role of the organization's own is not seen where only built-in ones are listed."""
    if member.role_id and role.id:
        return member.role_id == role.id
    return member.role == role.builtin if role.builtin else member.role_name == role.name


async def study_edit(pulumi: PulumiApi, args: EditArgs, look: Look) -> Study:
    """Old and new role. Refuses yourself, the bot's own user, the last admin's demotion, a role that is not there."""
    everybody, member = await _member(pulumi, args, EDIT)
    roles = await _roles(pulumi, args.org)
    if (role := _wanted(roles, args.role)) is None:
        raise _no_role(roles, args)
    await _not_us(pulumi, args.login, look)
    if _has(member, role):
        raise Refusal(f"Nothing to do: {args.login} is {member.label} of {args.org} already.")
    if role.builtin != ADMIN:
        _not_the_last(everybody, args.login, args.org)
    return Study(_facts(everybody, args.login), (_rows(everybody, member, look, (Bold(role.name),)),))


def _no_role(roles: tuple[Role, ...], args: EditArgs) -> Refusal:
    words = [each.builtin or each.name for each in roles] or list(_BUILT_IN)
    text = f'{args.org} has no role "{args.role}"; it has {", ".join(words)}.'
    return unknown(text, args.role, words, instead(EDIT, args, "role"), f"org member ls {args.org}")


async def edit(pulumi: PulumiApi, args: EditArgs) -> Receipt:
    """Give the role by its word; where Pulumi does not know that, and for the organization's own, by its id, once.

    Pulumi Cloud has refused built-in words: https://github.com/pulumi/pulumi-pulumiservice/blob/main/CHANGELOG.md
    """
    refused: ClientError | None = None
    if args.role in _BUILT_IN:
        try:
            await pulumi.edit_role(args.org, args.login, args.role)
        except ClientError as error:
            if not role_is_unknown(error):
                raise
            refused = error
        else:
            return Receipt()
    role = _wanted(await unsent(pulumi.roles(args.org)), args.role)
    if role is None or not role.id:
        raise refused or NotFound("edit member role", f"Role '{args.role}' not found")
    await pulumi.edit_role_by_id(args.org, args.login, role.id)
    return Receipt()


async def verify_edited(pulumi: PulumiApi, args: EditArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether the list shows that role; a role of the organization's own is in no list of an older server."""
    member = (await _everybody(pulumi, args.org)).get(args.login)
    role = _wanted(await _roles(pulumi, args.org), args.role)
    if member and not member.role_id and (role is None or role.builtin not in _BUILT_IN):
        return Proof(Seen.UNVERIFIABLE, "This Pulumi server lists only the built-in roles, so it can't be checked.")
    return shown(seen=bool(member and role and _has(member, role)), text=_stands(args, member))


ADD = Mutation(
    name="org member add",
    aliases=("member add",),
    summary="Add somebody who has a Pulumi account to an organization",
    group="Organization",
    example="kit --role member --org acme",
    args=AddArgs,
    title=lambda args: f"Add {args.login} to {args.org} as {args.role}",
    subject=_subject,
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.login,
    risk=lambda args: Risk.ADMIN if args.role == ADMIN else Risk.HIGH,
    study=study_add,
    facts=whether_member,
    execute=add,
    verify=verify_added,
)
REMOVE = Mutation(
    name="org member rm",
    aliases=("org member remove", "org member delete", "member rm", "member remove"),
    summary="Remove somebody from an organization",
    group="Organization",
    example="bo --org acme",
    args=MemberArgs,
    title=lambda args: f"Remove {args.login} from {args.org}",
    subject=_subject,
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.login,
    risk=lambda _: Risk.ADMIN,
    study=study_remove,
    facts=role_now,
    execute=remove,
    verify=verify_removed,
)
EDIT = Mutation(
    name="org member edit",
    aliases=("member edit", "role"),
    summary="Give somebody another role: admin, member, or one of your own",
    group="Organization",
    example="bo admin --org acme",
    args=EditArgs,
    title=lambda args: f"Make {args.login} {args.role} of {args.org}",
    subject=_subject,
    org=lambda args: args.org,
    stack=lambda _: None,
    confirm=lambda args: args.login,
    risk=lambda args: Risk.ADMIN if args.role == ADMIN else Risk.HIGH,
    study=study_edit,
    facts=role_now,
    execute=edit,
    verify=verify_edited,
)
