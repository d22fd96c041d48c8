"""Answers one command line for one person. Handlers call it; it asks the core, Pulumi and the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from bot.card import Card, Run, Text, Tone
from bot.console import Console
from bot.errors import NotFound, Refusal
from bot.operations import (
    CATALOGUE,
    Attachment,
    Audience,
    Call,
    Catalogue,
    Chore,
    Draft,
    Entry,
    Order,
    Scene,
    StackArgs,
    parse,
)
from bot.operations.words import normalise, split
from bot.ports import Directory, SlackPerson
from bot.services.accounts import Accounts, NeedsLink
from bot.services.asking import Asked, Asking
from bot.services.chores import Chores
from bot.services.resolve import Question, Resolver, Where

__all__ = ["Answer", "Desk", "Where"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """A card, the command line that makes it again (None: not to be shared), perhaps a file for a direct message.

    `aloud`: it concerns the whole channel, which sees it without being asked to share it.
    """

    card: Card
    line: str | None = None
    attachment: Attachment | None = None
    aloud: bool = False


class Desk:
    """Everything the bot does for a person. `team` is the workspace it serves; nobody else is served.

    `auditor` says whether a Slack user may see the audit log.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        *,
        directory: Directory,
        resolver: Resolver,
        chores: Chores,
        accounts: Accounts,
        asking: Asking,
        auditor: Callable[[str], Awaitable[bool]],
        clock: Callable[[], datetime],
        console: Console,
        team: str,
        command: str,
        catalogue: Catalogue = CATALOGUE,
    ) -> None:
        self.console = console
        self.command = command
        self._accounts = accounts
        self._asking = asking
        self._auditor = auditor
        self._directory = directory
        self._resolver = resolver
        self._chores = chores
        self._clock = clock
        self._team = team
        self._catalogue = catalogue

    def parse(self, text: str) -> Draft:
        """Read a command line; pure and instant. Raises UsageError or Refusal."""
        return parse(self._catalogue, text)

    def command_of(self, text: str) -> Entry:
        """The command that a line begins with. Raises Refusal when there is none."""
        if found := self._catalogue.find(split(normalise(text))):
            return found[0]
        raise Refusal("I don't know that command.", ("help",))

    def admit(self, where: Where) -> None:
        """Refuse people of other workspaces, from memory."""
        if where.team != self._team:
            raise Refusal("I serve members of my own workspace only.")

    async def person(self, where: Where) -> SlackPerson:
        """Who asks, as Slack knows them now."""
        return await self._directory.person(where.user)

    async def answer(self, draft: Draft, where: Where) -> Answer:
        """The answer to a command line. Raises BotError; what it looked up is at most seconds old."""
        person = await self.check(where)
        try:
            if isinstance(draft.entry, Chore):
                return Answer(*await self._chores.run(draft, where))
            return await self._asked(draft, where, person)
        except NeedsLink as missing:
            missing.line = draft.typed
            raise

    async def _asked(self, draft: Draft, where: Where, person: SlackPerson) -> Answer:
        """The answer of Pulumi, or the receipt of a request."""
        resolver = self._resolver.through(await self._accounts.api(where.user, own=False))
        resolved = await resolver.call(draft, where)
        if isinstance(resolved, Question):
            return Answer(_question(resolved))
        if isinstance(resolved, Order):
            asked = Asked(order=resolved, where=where, reason=draft.reason, dry_run=draft.dry_run)
            return Answer(await self._asking.ask(asked))
        await self._permit(resolved, person)
        pulumi = await self._accounts.api(where.user, own=resolved.operation.own)
        try:
            card, attachment = await resolved.run(pulumi, self._scene)
        except NotFound as error:
            raise await self._not_found(resolved, draft) or error from None
        everybody = resolved.operation.audience is Audience.EVERYBODY and not resolved.operation.own
        shared = everybody and attachment is None
        return Answer(card, resolved.line if shared else None, attachment)

    async def _permit(self, call: Call[Any, Any], person: SlackPerson) -> None:
        """The audit log is for auditors."""
        if call.operation.audience is Audience.AUDITORS and not await self._auditor(person.id):
            text = "The audit log is for the admins of this Slack workspace, and the policy's group auditors."
            raise Refusal(text, hint="Ask one of them to look.")

    async def check(self, where: Where) -> SlackPerson:
        """Who asks. Raises Refusal for whoever is no full member of this workspace."""
        self.admit(where)
        person = await self.person(where)
        if person.guest or person.bot or person.deleted or person.team not in {"", self._team}:
            raise Refusal("I serve full members of this workspace only.")
        return person

    def _scene(self) -> Scene:
        return Scene(now=self._clock(), console=self.console)

    async def _not_found(self, call: Call[Any, Any], draft: Draft) -> Refusal | None:
        if not isinstance(call.args, StackArgs):
            return None
        near = await self._resolver.near(call.args.stack, draft)
        hint = "Close:" if near else "stack ls lists them all."
        return Refusal(f"{call.args.stack} doesn't exist, or my token cannot see it.", near or ("stack ls",), hint)


def _question(question: Question) -> Card:
    parts = (Text((question.hint,)),) if question.hint else ()
    return Card(question.text, Tone.PLAIN, parts, tuple(Run(option, option) for option in question.options))
