"""`can [@user] <command …>`: who may ask for it, which rule decides about it, and who would have to approve it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.approvals import Actor, Ruling
from bot.card import Bold, Card, Channel, Code, Facts, Items, Line, Part, Run, Text, Tone
from bot.errors import NotFound, Refusal
from bot.operations import CATALOGUE, Audience, Call, Chore, Draft, Order, parse
from bot.operations.wording import plural
from bot.operations.words import mention, quote, shown
from bot.policy import Denied, Passed, Policy
from bot.ports import Directory, PulumiApi
from bot.services.accounts import Accounts
from bot.services.check import subject_of
from bot.services.electorate import Electorate
from bot.services.resolve import Question, Resolver, Where

Told = tuple[Card, str | None]

_EVERYBODY = "every full member of this workspace"
_NAMES = 12  # of people who could approve; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Who is asked about, as `can` was typed: the words before the command, and the command."""

    user: str
    name: str
    prefix: str
    line: str


class Can:
    """Explains, and does nothing else: what it says holds now and may be another thing when it is asked for."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        *,
        policy: Policy,
        electorate: Electorate,
        directory: Directory,
        resolver: Resolver,
        accounts: Accounts,
        auditor: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._policy = policy
        self._electorate = electorate
        self._directory = directory
        self._resolver = resolver
        self._accounts = accounts
        self._auditor = auditor

    @property
    def commands(self) -> Mapping[str, Callable[[Draft, Where], Awaitable[Told]]]:
        """Name → what answers it."""
        return {"can": self.answer}

    async def answer(self, draft: Draft, where: Where) -> Told:
        """The explanation. Raises BotError; what a button would run is asked about instead."""
        asked = await self._read(draft, where)
        try:
            return await self._explained(asked, where), None
        except Refusal as error:
            error.commands = tuple(f"{asked.prefix} {each}" for each in error.commands)
            raise

    async def _read(self, draft: Draft, where: Where) -> _Asked:
        said = draft.values.get("command", ())
        words = list(said) if isinstance(said, tuple) else []
        user, prefix = where.user, "can"
        if words and (found := mention(words[0])) and found[:2] in {"@U", "@W"}:
            user = found[1:].partition("|")[0]
            words, prefix = words[1:], f"can <@{user}>"
        elif words and shown(words[0]).startswith("@"):
            text = f"I can't tell who {shown(words[0])} is."
            raise Refusal(text, hint="Choose the person from the list that Slack shows after the @.")
        if not words:
            raise Refusal("Which command?", ("can stack rm",), "Write it behind: can [@user] <command …>")
        name = (await self._directory.person(user)).name
        return _Asked(user=user, name=name, prefix=prefix, line=" ".join(map(quote, words)))

    async def _explained(self, asked: _Asked, where: Where) -> Card:
        draft = parse(CATALOGUE, asked.line)
        try:
            actor = await self._electorate.actor(asked.user)
        except Refusal as error:
            return Card(f"No: {asked.name} may ask me for nothing", Tone.BAD, (Text((error.text,)),))
        if isinstance(draft.entry, Chore):
            text = "Every full member of this workspace may; what it shows or does is theirs to see and do."
            return Card(f"Yes: {asked.name} may use {draft.entry.name}", Tone.GOOD, (Text((text,)),))
        api = await self._accounts.api(where.user, own=False)
        resolved = await self._resolver.through(api).call(draft, where)
        if isinstance(resolved, Question):
            return _question(resolved, asked)
        if isinstance(resolved, Call):
            return await self._reading(resolved, asked)
        return await self._changing(resolved, api, actor, asked)

    async def _reading(self, call: Call[Any, Any], asked: _Asked) -> Card:
        may, who = True, _EVERYBODY
        if call.operation.audience is Audience.AUDITORS:
            may = await self._auditor(asked.user)
            who = "this workspace's admins, and the policy's group auditors"
        rows = [("Who may", who), ("Approvals", "none: it changes nothing"), *_own(call.operation.own)]
        facts = Facts(tuple((name, (words,)) for name, words in rows))
        title = f"{'Yes' if may else 'No'}: {asked.name} may{'' if may else ' not'} ask for {call.operation.name}"
        return Card(title, Tone.GOOD if may else Tone.BAD, (facts, Text((Code(call.line),))))

    async def _changing(self, order: Order[Any], api: PulumiApi, actor: Actor, asked: _Asked) -> Card:
        try:
            subject = await subject_of(order, api)
        except NotFound:
            raise Refusal(f"{order.mutation.stack(order.args)} doesn't exist, or my token cannot see it.") from None
        passed, ruling = self._policy.explain(subject)
        end = (*_passed_over(passed), Text((Code(order.line),)))
        if isinstance(ruling, Denied):
            words = tuple(Text((each,)) for each in (ruling.why, ruling.fix) if each)
            return Card(f"No: nobody may now: {_title(order)}", Tone.BAD, (*words, *end))
        facts = Facts(tuple(await self._ruled(order, ruling, actor, asked)))
        try:
            await self._electorate.enough(ruling, actor, subject.org, called=asked.name)
        except Refusal as error:
            title = f"No: {asked.name} may ask, but too few could approve: {_title(order)}"
            return Card(title, Tone.WARN, (Text((error.text,)), facts, *end))
        return Card(f"Yes: {asked.name} may ask: {_title(order)}", Tone.GOOD, (facts, *end))

    async def _ruled(self, order: Order[Any], ruling: Ruling, actor: Actor, asked: _Asked) -> list[tuple[str, Line]]:
        """What policy decided, line by line."""
        who = await self._electorate.approvers(ruling, order.mutation.org(order.args))
        rows: list[tuple[str, Line]] = [("Who may ask", (_EVERYBODY,)), ("Class", (f"{ruling.risk.value} risk",))]
        rows += [("Decided by", (ruling.rule,)), ("Needs", _needs(ruling, asked.name))]
        rows += [(name, (words,)) for name, words in _own(order.mutation.own)]
        if ruling.approvals:
            rows.append(("Who could approve", (await self._listed(who.users, actor),)))
            may = "may approve it when somebody else asks" if actor.user in who.users else "may not approve it"
            rows.append((asked.name, (may,)))
        if who.missing:
            rows.append(("Stands for nobody", (", ".join(who.missing),)))
        also = [*(("a reason",) if ruling.reason else ()), *((_typed(order),) if ruling.typed else ())]
        rows += [("Also", (", ".join(also),))] if also else []
        return [*rows, ("Asked in", _channel(ruling.channel))]

    async def _listed(self, users: frozenset[str], asker: Actor) -> str:
        others = [user for user in users if not (await self._electorate.actor(user)).same(asker)]
        names = sorted([(await self._directory.person(user)).name for user in others], key=str.casefold)
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        return ", ".join(names[:_NAMES]) + more if names else "nobody"


def _question(question: Question, asked: _Asked) -> Card:
    """The choice; each answer is asked about, not run."""
    options = tuple(Run(each, f"{asked.prefix} {each}") for each in question.options)
    return Card(question.text, Tone.PLAIN, (Text((question.hint,)),) if question.hint else (), options)


def _title(order: Order[Any]) -> str:
    return order.mutation.title(order.args)


def _own(own: bool) -> list[tuple[str, str]]:  # noqa: FBT001  # as the operation has it
    return [("As", "their own Pulumi account, which has to be linked")] if own else []


def _needs(ruling: Ruling, name: str) -> Line:
    if ruling.approvals == 0:
        return (f"nobody else: {name} confirms it",)
    return (f"{plural(ruling.approvals, 'approval')}, none of them by {name}",)


def _typed(order: Order[Any]) -> str:
    return f"whoever approves types {order.mutation.confirm(order.args)}"


def _channel(name: str) -> Line:
    if not name:
        return ("the channel it is asked in",)
    return (name,) if name.startswith("#") else (Channel(name),)


def _passed_over(passed: tuple[Passed, ...]) -> Iterator[Part]:
    """The rules that did not decide, and why."""
    if passed:
        yield Text((Bold("Rules that were passed over"),))
        yield Items(tuple((f"{each.rule}: {each.why}",) for each in passed))
