"""From a Draft to a Call or an Order: the only place that looks names up.

Explicit, then the channel's default, then your own.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.console import Console
from bot.errors import Refusal
from bot.model import StackRef, StackSummary
from bot.operations import (
    CATALOGUE,
    Args,
    Call,
    Draft,
    Here,
    Kind,
    Moment,
    Mutation,
    Named,
    Operation,
    Order,
    Pasted,
    Slot,
    near_words,
    perhaps,
)
from bot.ports import Clock, PulumiApi, Settings

_TARGET = "target"  # the setting's name
_OPTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Who asks and where, by Slack's ids. Nothing else of a payload is decided on.

    `thread` is the `ts` of the thread it was said in, `source` names the delivery that said it, "" where there is none.
    """

    user: str
    team: str
    channel: str
    thread: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """More than one answer is right: `options` are the command lines to choose from."""

    text: str
    options: tuple[str, ...]
    hint: str = ""


class Defaults:
    """The stack that a channel or a person works on when none is named."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def channel(self, where: Where) -> StackRef | None:
        """The channel's default."""
        return _ref(await self._settings.get(where.channel, _TARGET))

    async def own(self, where: Where) -> StackRef | None:
        """The person's default."""
        return _ref(await self._settings.get(where.user, _TARGET))

    async def find(self, where: Where) -> StackRef | None:
        """The channel's, else the person's."""
        return await self.channel(where) or await self.own(where)

    async def put(self, scope: str, stack: StackRef | None) -> None:
        """Set the default of a channel or a person, or forget it."""
        await self._settings.put(scope, _TARGET, str(stack) if stack else None)


def _ref(text: str | None) -> StackRef | None:
    return StackRef.parse(text) if text else None


class Resolver:
    """Completes drafts. `orgs` limits what the bot may show; empty means all that the token sees."""

    def __init__(
        self, pulumi: PulumiApi, defaults: Defaults, console: Console, *, clock: Clock, orgs: Iterable[str] = ()
    ) -> None:
        self._clock = clock
        self._pulumi = pulumi
        self._defaults = defaults
        self._console = console
        self._only = tuple(orgs)

    def through(self, pulumi: PulumiApi) -> "Resolver":
        """The same, looking names up by another token."""
        if pulumi is self._pulumi:
            return self
        other = copy(self)
        other._pulumi = pulumi  # noqa: SLF001  # a copy of this
        return other

    async def call(self, draft: Draft, where: Where) -> Call[Any, Any] | Order[Any] | Question:
        """What the draft means, or the question whose answer completes it. Raises Refusal, PulumiError."""
        entry = draft.entry
        if not isinstance(entry, Operation | Mutation):
            raise TypeError(f"{entry.name} asks nothing of Pulumi")
        values = dict(draft.values)
        for slot in entry.slots:
            if slot.kind is Kind.ORG:
                org = await self._org(values.get(slot.field), where)
                if org is None:
                    return await self._which_org(draft, slot)
                values[slot.field] = org
            elif slot.kind is Kind.ORGS:
                values[slot.field] = await self._orgs(values.get(slot.field))
            elif slot.kind is Kind.TARGET and draft.target is not None:
                found = await self.stack(draft, where)
                if found is None:
                    return await self._instead(draft, where)
                if isinstance(found, Question):
                    return found
                values[slot.field] = found
            elif slot.known:
                await self._known(str(values[slot.field]))
        args = self._fixed(entry.args.model_validate(values))
        return Call(entry, args) if isinstance(entry, Operation) else Order(entry, args)

    def _fixed(self, args: Args) -> Args:
        """The same arguments with every "so long ago" made a date, so that the pages of one list stay one list."""
        moments = {name: value for name, value in args if isinstance(value, Moment)}
        if not moments:
            return args
        now = self._clock().replace(microsecond=0)
        return args.model_copy(update={name: Moment(at=value.resolved(now)) for name, value in moments.items()})

    async def stack(self, draft: Draft, where: Where) -> StackRef | Question | None:
        """The stack that the draft's target names; None when it names none and no default is known."""
        match draft.target:
            case Pasted(stack=stack, url=url):
                if not self._console.owns(url):
                    hint = f"Its pages begin with {self._console.address}." if self._console.address else ""
                    raise Refusal("That link is not a page of the Pulumi console I know.", hint=hint)
                return await self._allowed(stack)
            case Named(parts=(org, project, stack)):
                try:
                    return await self._allowed(StackRef(org, project, stack))
                except ValueError as error:
                    raise Refusal(f"{error}.") from None
            case Named() as name:
                return await self._search(name, draft, where)
            case Here() | None:
                return await self._defaults.find(where) or await self._only_stack()

    async def near(self, stack: StackRef, draft: Draft) -> tuple[str, ...]:
        """Command lines for existing stacks whose names are close to one that was not found."""
        return self._lines(draft, self._close(str(stack), await self._everything()))

    async def orgs(self) -> tuple[str, ...]:
        """The organizations the bot may show."""
        return self._only or (await self._pulumi.user()).organizations

    async def _allowed(self, stack: StackRef) -> StackRef:
        await self._known(stack.org)
        return stack

    async def _known(self, org: str) -> str:
        if org not in (known := await self.orgs()):
            near = near_words(org, known)
            hint = f"Did you mean {near[0]}?" if near else f"I serve {', '.join(known) or 'no organization yet'}."
            raise Refusal(f"I don't know an organization {org}.", hint=hint)
        return org

    async def _org(self, said: object, where: Where) -> str | None:
        if said is not None:
            return await self._known(str(said))
        if default := await self._defaults.find(where):
            return default.org
        known = await self.orgs()
        return known[0] if len(known) == 1 else None

    async def _orgs(self, said: object) -> tuple[str, ...]:
        if isinstance(said, tuple) and said:
            return tuple([await self._known(str(org)) for org in said])
        return await self.orgs()

    async def _which_org(self, draft: Draft, slot: Slot) -> Question:
        args = draft.entry.args
        options = [draft.line(args.model_validate({**draft.values, slot.field: org})) for org in await self.orgs()]
        return Question("Which organization?", tuple(options[:_OPTIONS]))

    async def _everything(self) -> list[StackSummary]:
        return [summary for org in await self.orgs() async for summary in self._pulumi.stacks(org)]

    async def _only_stack(self) -> StackRef | None:
        everything = await self._everything()
        return everything[0].stack if len(everything) == 1 else None

    async def _search(self, name: Named, draft: Draft, where: Where) -> StackRef | Question:
        everything = await self._everything()
        found = [each for each in everything if _matches(each.stack, name.parts)]
        if len(found) > 1 and len(name.parts) == 1 and (default := await self._defaults.find(where)):
            home = [each for each in found if each.stack.project == default.project and each.stack.org == default.org]
            found = home if len(home) == 1 else found
        if len(found) == 1:
            return found[0].stack
        if not found:
            orgs = " or ".join(await self.orgs())
            close = (*perhaps(CATALOGUE, draft), *self._lines(draft, self._close(str(name), everything)))
            hint = "Close:" if close else "stack ls lists them all."
            raise Refusal(f"{name} isn't a stack in {orgs}, or I may not see it.", close or ("stack ls",), hint)
        return Question(f"Which {name}?", self._lines(draft, [each.stack for each in _newest(found)]), _more(found))

    def _close(self, typed: str, everything: Iterable[StackSummary]) -> list[StackRef]:
        tail = typed.count("/") + 1
        by_name: dict[str, list[StackRef]] = {}
        for each in everything:
            for name in _names(each.stack, tail):
                by_name.setdefault(name, []).append(each.stack)
        inside = sorted(name for name in by_name if typed.lower() in name.lower())
        names = dict.fromkeys([*near_words(typed, by_name, _OPTIONS), *inside])
        return list(dict.fromkeys(stack for name in names for stack in by_name[name]))[:_OPTIONS]

    async def _instead(self, draft: Draft, where: Where) -> Call[Any, Any] | Order[Any] | Question:
        operation = draft.entry
        if isinstance(operation, Operation) and operation.instead and not draft.values:
            return await self.call(Draft(entry=operation.instead, target=None, values={}, typed=draft.typed), where)
        newest = [each.stack for each in _newest(await self._everything())]
        return Question("Which stack?", self._lines(draft, newest), "Name one, or set a default with: use <target>")

    def _lines(self, draft: Draft, stacks: Iterable[StackRef]) -> tuple[str, ...]:
        return tuple(_line(draft, stack) for stack in stacks)[:_OPTIONS]


def _line(draft: Draft, stack: StackRef) -> str:
    """The draft's command line with its target spelled out."""
    entry = draft.entry
    values: Mapping[str, object] = {slot.field: stack for slot in entry.slots if slot.kind is Kind.TARGET}
    try:
        return draft.line(entry.args.model_validate({**draft.values, **values}))
    except ValidationError:  # an organization is still open; the target alone says enough
        return f"{entry.name} {stack}"


def _matches(stack: StackRef, parts: tuple[str, ...]) -> bool:
    """Two parts are `org/stack` as for the CLI, or `project/stack` as people say it."""
    return stack.stack == parts[-1] and (len(parts) == 1 or parts[0] in {stack.org, stack.project})


def _names(stack: StackRef, parts: int) -> tuple[str, ...]:
    """The ways to say a stack in that many parts."""
    if parts == 1:
        return (stack.stack, stack.project)
    short = (f"{stack.project}/{stack.stack}", f"{stack.org}/{stack.stack}")
    return short if parts == 2 else (str(stack),)  # noqa: PLR2004  # two of the three parts


def _newest(stacks: Iterable[StackSummary]) -> list[StackSummary]:
    return sorted(
        stacks, key=lambda each: (not each.running, -(each.last_update.timestamp() if each.last_update else 0))
    )


def _more(found: list[StackSummary]) -> str:
    return f"{len(found)} stacks are called that; the {_OPTIONS} most recent are here." if len(found) > _OPTIONS else ""
