"""Asking for a change: look first, let policy say who decides, store the request and its card in one go."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from bot import steps
from bot.approvals import Actor, Origin, Request, Ruling
from bot.card import Card, Channel, Code, Facts, Line, Part, Run, Text, Tone, When
from bot.console import Console
from bot.errors import Refusal, UsageError
from bot.operations import Look, Order, Study
from bot.operations.words import quote
from bot.policy import Denied, Policy
from bot.ports import Clock
from bot.records import Occupied, Requests
from bot.services.accounts import Accounts
from bot.services.cards import as_of, needs, title
from bot.services.channels import Channels
from bot.services.check import subject_of
from bot.services.electorate import Electorate
from bot.services.resolve import Where
from bot.timing import Timing

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read as another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants to have done: the order, who and where, why; with `dry_run` only what would be asked."""

    order: Order[Any]
    where: Where
    reason: str = ""
    dry_run: bool = False


class Asking:
    """Turns an order into a request. `changed` is called once something new is stored, `reach` at each named point."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        *,
        requests: Requests,
        policy: Policy,
        electorate: Electorate,
        accounts: Accounts,
        channels: Channels,
        clock: Clock,
        timing: Timing,
        console: Console,
        changed: Callable[[], None],
        reach: Callable[[str], Awaitable[None]],
    ) -> None:
        self._requests = requests
        self._policy = policy
        self._electorate = electorate
        self._accounts = accounts
        self._channels = channels
        self._clock = clock
        self._timing = timing
        self._console = console
        self._changed = changed
        self._reach = reach

    async def ask(self, asked: Asked) -> Card:
        """Look, check and store a request; the receipt, or what would be asked.

        Raises Refusal for guards, policy, a missing reason, and where nobody could decide; PulumiError; StoreDown.
        """
        order, where = asked.order, asked.where
        actor = await self._electorate.actor(where.user)
        api = (await self._accounts.api(where.user, own=order.mutation.own)).fresh
        look = Look(now=self._clock(), console=self._console, login=actor.login)
        try:
            study = await order.mutation.study(api, order.args, look)
        except Refusal as refusal:
            refusal.commands = tuple(_kept(line, asked) for line in refusal.commands)
            raise
        ruling = self._policy.decide(await subject_of(order, api))
        if isinstance(ruling, Denied):
            raise Refusal(ruling.why, hint=ruling.fix)
        self._explained(asked, ruling)
        request = await self._drafted(asked, actor, study, ruling)
        if asked.dry_run:
            return _preview(request)
        await self._reach("ask:before")
        stored = await self._stored(request)
        await self._reach("ask:after")
        self._changed()
        return _receipt(stored)

    def _explained(self, asked: Asked, ruling: Ruling) -> None:
        if ruling.reason and not asked.reason and not asked.dry_run:
            hint = f'Type it again with --reason "…" at its end. Policy: {ruling.rule}.'
            typed = f'{asked.order.line} --reason "…"'
            raise UsageError("Say why: this needs a reason.", (), hint, asked.order.line, typed=typed)

    async def _drafted(self, asked: Asked, actor: Actor, study: Study, ruling: Ruling) -> Request:
        order, where, now = asked.order, asked.where, self._clock()
        mutation, org = order.mutation, order.mutation.org(order.args)
        origin = Origin(channel=where.channel, thread=where.thread)
        channel = await self._channels.card_channel(ruling, origin)
        await self._electorate.enough(ruling, actor, org)
        drafted = Request(
            id=_new_id(),
            source=where.source or secrets.token_hex(12),
            operation=mutation.name,
            args=order.args.model_dump_json(),
            line=order.line,
            title=mutation.title(order.args),
            subject=_subject(order, actor),
            org=org,
            confirm=mutation.confirm(order.args),
            requester=actor,
            origin=origin,
            channel=channel,
            reason=asked.reason,
            ruling=ruling,
            approvers=await self._electorate.names(ruling, org),
            impact=study.impact,
            before=study.facts,
            created=now,
            expires=now + self._timing.life,
            waits=mutation.private,
        )
        return replace(drafted, remind=steps.next_reminder(drafted, now, self._timing.reminders))

    async def _stored(self, request: Request) -> Request:
        for _ in range(5):
            try:
                return await self._requests.open(steps.ask(request))
            except Occupied as other:
                open_one = other.request
                raise Refusal(
                    f"{open_one.id} is about it already: {title(open_one)}.",
                    (f"requests {open_one.id}",),
                    "Decide or withdraw that one first.",
                ) from None
            except LookupError:
                request = replace(request, id=_new_id())  # one in a million: the id is in use
        raise Refusal("I could not find a free number for it. Try again.")


def _subject(order: Order[Any], actor: Actor) -> str:
    """What no two open requests change at once; one's own account is nobody else's."""
    subject = order.mutation.subject(order.args)
    return f"{actor.user}: {subject}" if order.mutation.own else subject


def _kept(line: str, asked: Asked) -> str:
    """A corrected line with the reason and the dry run of the one that was typed: a press must not ask for more."""
    if not line.startswith(asked.order.mutation.name + " "):
        return line
    flags = [*(["--dry-run"] if asked.dry_run else []), *(["--reason", quote(asked.reason)] if asked.reason else [])]
    name = asked.order.mutation.name
    return " ".join([name, *flags, line.removeprefix(name).strip()])


def _new_id() -> str:
    return "R-" + "".join(secrets.choice(_LETTERS) for _ in range(5))


def _preview(request: Request) -> Card:
    parts = (Text(("Nothing was asked for. ", *_who(request))), *request.impact, *_as_of(request))
    return Card(f"Would ask: {request.title}", Tone.PLAIN, parts, (Run("Ask for it", request.line),))


def _receipt(request: Request) -> Card:
    text: Line = (Code(request.id), ", in ", Channel(request.channel), ". ", *_who(request))
    parts: tuple[Part, ...] = (Text(text), *_as_of(request))
    return Card(f"Asked: {request.title}", Tone.GOOD, parts, (Run("Show it", f"requests {request.id}"),))


def _who(request: Request) -> Line:
    return ("It needs ", *needs(request), ". It expires ", When(request.expires), ".")


def _as_of(request: Request) -> tuple[Part, ...]:
    return (Facts((as_of(request),)),) if request.before else ()
