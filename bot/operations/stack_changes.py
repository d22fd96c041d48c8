"""Deleting a stack, and giving it to another organization."""

from collections import Counter
from typing import Annotated

from pydantic import Field

from bot.approvals import Facts
from bot.card import Bold, Line, Part, Text, When
from bot.card import Facts as Rows
from bot.errors import BadAnswer, MissingRoute, Refusal
from bot.model import Risk, Stack, StackRef, UpdateInfo
from bot.operations.base import Look, Mutation, Proof, Receipt, Study
from bot.operations.changing import GONE, existing, found, idle, running, shown
from bot.operations.stacks import latest_update
from bot.operations.values import KnownOrgMark, StackArgs
from bot.operations.wording import ago, linked, plural, state
from bot.ports import PulumiApi
from bot.state import StackState, StateResource
from bot.urns import resource, short_type

_TYPES = 8  # kinds of resources that a card names
_PROTECTED = 10  # protected resources that it names


class RemoveArgs(StackArgs):
    """Which stack, and whether its resources may be forgotten."""

    force: bool = Field(
        default=False, description="Even with resources in it: they stay running, and nobody knows them"
    )


class TransferArgs(StackArgs):
    """Which stack, and to whom."""

    to_org: Annotated[str, KnownOrgMark()]


async def _state(pulumi: PulumiApi, stack: StackRef) -> StackState | None:
    """What it holds; None where that is too large to read, or cannot be read at all."""
    try:
        return await pulumi.export_state(stack)
    except (BadAnswer, MissingRoute):
        return None


async def _count(pulumi: PulumiApi, stack: StackRef, state: StackState | None) -> int | None:
    """How many resources, old copies that wait for their deletion included; None: nobody says."""
    if state is not None:
        return len(state.resources)
    latest = await latest_update(pulumi, stack)
    return latest.resource_count if latest else 0


def _filled(stack: Stack, count: int | None) -> Facts:
    return (("version", f"v{stack.version}"), ("resources", "unknown" if count is None else f"{count}"))


async def filled(pulumi: PulumiApi, args: RemoveArgs) -> Facts:
    """Which version it is at, and how many resources are in it."""
    if (stack := await found(pulumi.stack(args.stack))) is None:
        return GONE
    return _filled(stack, await _count(pulumi, args.stack, await _state(pulumi, args.stack)))


async def study_remove(pulumi: PulumiApi, args: RemoveArgs, look: Look) -> Study:
    """What is in it. Refuses while an update runs, and without force while there are resources in it."""
    stack = await existing(pulumi, args, REMOVE)
    idle(stack, "Deleting it")
    held = await _state(pulumi, args.stack)
    count = await _count(pulumi, args.stack, held)
    if count and not args.force:
        raise Refusal(
            f"{args.stack} still holds {plural(count, 'resource')}; deleting the stack would not delete them.",
            (f"stack export {args.stack}",),
            f"Run pulumi destroy --stack {args.stack} first. Or add --force: then they stay running, unmanaged.",
        )
    warning = () if count == 0 else (Text((Bold("⚠️ Force: "), _left(held))),)
    latest = await latest_update(pulumi, args.stack)
    return Study(_filled(stack, count), (*warning, _rows(stack, held, latest, look)))


def _left(held: StackState | None) -> str:
    """What a forced deletion leaves behind: components and providers are in no cloud, external ones are not managed."""
    real = [each for each in held.resources if each.custom and not each.external] if held else []
    count = sum(not each.type.startswith("pulumi:") for each in real)
    what = plural(count, "resource") if held else "its resources"
    return f"{what} will go on existing in the cloud, and no stack will manage them any more."


def _rows(stack: Stack, held: StackState | None, latest: UpdateInfo | None, look: Look) -> Part:
    protected = [each for each in held.resources if each.protect] if held else []
    rows: list[tuple[str, Line]] = [("Resources", _types(held))]
    rows += [("🔒 Protected", _protected(protected))] if protected else []
    rows += [("Last update", _last(latest, look)), ("Running", (running(stack),)), ("Tags", (f"{len(stack.tags)}",))]
    return Rows(tuple(rows))


def _types(held: StackState | None) -> Line:
    if held is None:
        return ("too many to read",)
    kinds = Counter(short_type(each.type) for each in held.resources)
    named = [f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))]
    more = [f"{len(named) - _TYPES} more kinds"] if len(named) > _TYPES else []
    return (", ".join([*named[:_TYPES], *more]) or "none",)


def _protected(protected: list[StateResource]) -> Line:
    named = [str(resource(each.urn, each.type)) for each in protected]
    more = [f"{len(named) - _PROTECTED} more"] if len(named) > _PROTECTED else []
    return (", ".join([*named[:_PROTECTED], *more]),)


def _last(latest: UpdateInfo | None, look: Look) -> Line:
    if latest is None:
        return ("never updated",)
    at = latest.ended or latest.started
    by = f" by {latest.requested_by}" if latest.requested_by else ""
    when: Line = (" ", When(at), f" ({ago(at, look.now)})") if at else ()
    return (linked(latest, look), f" {latest.kind} {state(latest.result)}{by}", *when)


async def remove(pulumi: PulumiApi, args: RemoveArgs) -> Receipt:
    """Delete it. With resources, only by force, which forgets them and destroys nothing.

    https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_rm/
    """
    await pulumi.delete_stack(args.stack, force=args.force)
    return Receipt()


async def verify_removed(pulumi: PulumiApi, args: RemoveArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """Whether Pulumi still has it."""
    there = await found(pulumi.stack(args.stack))
    return shown(seen=there is None, text=f"Pulumi {'still has' if there else 'no longer has'} {args.stack}.")


def _standing(stack: Stack) -> Facts:
    return (("version", f"v{stack.version}"), ("running", running(stack)))


async def standing(pulumi: PulumiApi, args: TransferArgs) -> Facts:
    """Which version it is at, and what runs."""
    stack = await found(pulumi.stack(args.stack))
    return _standing(stack) if stack else GONE


def moved(args: TransferArgs) -> StackRef:
    """What it is called afterwards."""
    return StackRef(args.to_org, args.stack.project, args.stack.stack)


async def study_transfer(pulumi: PulumiApi, args: TransferArgs, look: Look) -> Study:
    """What moves. Refuses while an update runs, and where the token is not in both organizations."""
    stack = await existing(pulumi, args, TRANSFER)
    if args.to_org == args.stack.org:
        raise Refusal(f"Nothing to do: {args.stack} is in {args.to_org} already.")
    mine = (await pulumi.user()).organizations
    if missing := [org for org in (args.stack.org, args.to_org) if org not in mine]:
        raise Refusal(
            f"A transfer needs somebody who is in both organizations, and my Pulumi user isn't in {missing[0]}.",
            hint=f"An administrator of {missing[0]} can add it there.",
        )
    idle(stack, "The transfer")
    if await found(pulumi.stack(moved(args))):
        raise Refusal(f"{moved(args)} exists already, so {args.stack} can't go there.", (f"stack get {moved(args)}",))
    return Study(_standing(stack), await _transfer_impact(pulumi, stack, args, look))


async def _transfer_impact(pulumi: PulumiApi, stack: Stack, args: TransferArgs, look: Look) -> tuple[Part, ...]:
    latest = await latest_update(pulumi, args.stack)
    words = "Team access is left behind, and whatever names it by its full name has to be told: pipelines, references."
    rows = _rows(stack, await _state(pulumi, args.stack), latest, look)
    return (Text(("It will be called ", Bold(str(moved(args))), ". ", words)), rows)


async def transfer(pulumi: PulumiApi, args: TransferArgs) -> Receipt:
    """Give it away.

    https://www.pulumi.com/docs/iac/concepts/stacks/#transferring-stacks-between-organizations
    """
    await pulumi.transfer_stack(args.stack, args.to_org)
    return Receipt()


async def verify_moved(pulumi: PulumiApi, args: TransferArgs, before: Facts, reference: str) -> Proof:  # noqa: ARG001  # every verify gets them
    """It has to be at the new place, and no longer at the old one."""
    there, here = await found(pulumi.stack(moved(args))), await found(pulumi.stack(args.stack))
    says = (
        f"{moved(args)} {'exists' if there else 'does not exist'}, {args.stack} {'still does' if here else 'is gone'}."
    )
    return shown(seen=there is not None and here is None, text=says)


REMOVE = Mutation(
    name="stack rm",
    aliases=("stack remove", "stack delete"),
    summary="Delete a stack",
    group="Stacks",
    example="acme/shop/prod --force",
    args=RemoveArgs,
    title=lambda args: f"Delete stack {args.stack}" + (" by force" if args.force else ""),
    subject=lambda args: f"stack {args.stack}",
    org=lambda args: args.stack.org,
    stack=lambda args: args.stack,
    confirm=lambda args: args.stack.stack,
    risk=lambda args: Risk.ADMIN if args.force else Risk.HIGH,
    study=study_remove,
    facts=filled,
    execute=remove,
    verify=verify_removed,
)
TRANSFER = Mutation(
    name="stack transfer",
    aliases=("transfer",),
    summary="Give a stack to another organization",
    group="Stacks",
    example="acme/shop/prod newco",
    args=TransferArgs,
    title=lambda args: f"Transfer stack {args.stack} to {args.to_org}",
    subject=lambda args: f"stack {args.stack}",
    org=lambda args: args.stack.org,
    stack=lambda args: args.stack,
    confirm=lambda args: args.stack.stack,
    risk=lambda _: Risk.HIGH,
    study=study_transfer,
    facts=standing,
    execute=transfer,
    verify=verify_moved,
)
