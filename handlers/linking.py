"""Linking one's own Pulumi account: a token is typed into a modal, looked at, and both identities are confirmed.

Between the two steps the token is in this process's memory only, under a random id, for who typed it, once.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiohttp import ClientSession
from pydantic import SecretStr

from bot.errors import BotError, ChatError, Refusal
from bot.operations import Draft
from bot.ports import Clock
from bot.records import StoreDown
from bot.services.accounts import LINKED, Accounts, NeedsLink
from bot.services.pending import Pending
from bot.slack.chat import UrlVoice
from bot.slack.modals import Form, Modals
from bot.tasks import Tasks
from handlers import forms
from handlers.actions import Press
from handlers.answers import Answers, Reply
from handlers.errors import sentence, worded
from handlers.forms import Kept
from handlers.payloads import Click, SlashCommand, Submission
from handlers.views import Closed, Reaction, Submitted

_PROMPT: Final = 1.8  # seconds for Pulumi's answer before the modal says that it waits; Slack gives 3 in all
_STORE: Final = 2.5


class Linking:
    """The button, the command and the modals of linking."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        accounts: Accounts,
        answers: Answers,
        modals: Modals,
        session: ClientSession,
        tasks: Tasks,
        *,
        clock: Clock,
        prompt: float = _PROMPT,
    ) -> None:
        self._accounts = accounts
        self._answers = answers
        self._desk = answers.desk
        self._modals = modals
        self._session = session
        self._tasks = tasks
        self._pending = Pending(clock)
        self._prompt = prompt
        self.verbs: Mapping[str, Press] = {"link": self.pressed}
        self.submitted: Mapping[str, Submitted] = {
            forms.TYPED: self.typed,
            forms.AGAIN: self.again,
            forms.CONFIRM: self.confirmed,
        }
        self.closed: Mapping[str, Closed] = {forms.AGAIN: self.dropped, forms.CONFIRM: self.dropped}

    async def pressed(self, click: Click) -> None:
        """*Link my Pulumi account*: the form, at once. The button carries the command that goes on afterwards."""
        kept = Kept(line=click.value or LINKED, channel=click.where.channel, url=click.response_url)
        await self._begin(click.trigger_id, kept)

    async def commanded(self, command: SlashCommand, _: Draft) -> None:
        """`link` as a slash command: it brings a trigger of its own."""
        await self._begin(command.trigger_id, Kept(channel=command.channel_id, url=command.response_url))

    async def _begin(self, trigger: str, kept: Kept) -> None:
        self._accounts.must_be_on()
        try:
            await self._modals.open(trigger, forms.token_form(kept, self._desk.console))
        except ChatError as error:
            if "trigger" not in error.code:
                raise
            hint = "Press the button: it brings a fresh one."
            raise NeedsLink(
                "Slack's permission to open the form was over too soon.", hint=hint, line=kept.line
            ) from None

    async def typed(self, submission: Submission) -> Reaction:
        """The first step: whose token is it? What is wrong with it is said under it, and it stays there."""
        token = SecretStr(submission.text(forms.TOKEN))
        try:
            return await self._soon(submission, Kept.of(submission), token)
        except BotError as error:
            return Reaction(errors={forms.TOKEN: sentence(worded(error, self._desk.console))})

    async def again(self, submission: Submission) -> Reaction:
        """The first step once more, with what was typed before."""
        kept = Kept.of(submission)
        typed = self._pending.take(kept.id, submission.user.id)
        if typed is None:
            return Reaction(form=forms.over_form(kept))
        try:
            return await self._soon(submission, kept, typed.token)
        except BotError as error:
            return Reaction(form=self._instead(kept, submission.user.id, typed.token, error))

    async def confirmed(self, submission: Submission) -> Reaction:
        """The second step: store it, and go on with the command that asked for it."""
        kept, user = Kept.of(submission), submission.user.id
        typed = self._pending.take(kept.id, user)
        if typed is None or typed.account is None:
            return Reaction(form=forms.over_form(kept))
        try:
            await self._desk.check(submission.where(kept.channel))
            async with asyncio.timeout(_STORE):
                linked = await self._accounts.link(user, typed.token, typed.account)
        except (BotError, TimeoutError) as error:
            self._pending.restore(kept.id, typed)  # so that the same press works later
            raise error if isinstance(error, BotError) else StoreDown from None
        self._go_on(submission, kept)
        return Reaction(form=forms.linked_form(linked, kept))

    async def dropped(self, submission: Submission) -> None:
        """*No*, or closed: forget what was typed."""
        self._pending.take(Kept.of(submission).id, submission.user.id)

    async def _soon(self, submission: Submission, kept: Kept, token: SecretStr) -> Reaction:
        """What Pulumi says within the ack, or a form that waits for it. Raises BotError."""
        work = asyncio.ensure_future(self._look(submission, kept, token))
        done, _ = await asyncio.wait({work}, timeout=self._prompt)
        if done:
            return Reaction(form=work.result())
        self._tasks.start(self._late(work, submission, kept, token), name="link")
        return Reaction(form=forms.looking_form())

    async def _look(self, submission: Submission, kept: Kept, token: SecretStr) -> Form:
        user = submission.user.id
        await self._desk.check(submission.where(kept.channel))
        account = await self._accounts.preview(token)
        before, twins = await self._accounts.linked(user), await self._accounts.shared_with(user, account.login)
        kept = kept.model_copy(update={"id": self._pending.put(user, token, account)})
        return forms.confirm_form(kept, user, account, before, twins)

    async def _late(self, work: "asyncio.Future[Form]", submission: Submission, kept: Kept, token: SecretStr) -> None:
        try:
            form = await work
        except BotError as error:
            form = self._instead(kept, submission.user.id, token, error)
        await self._modals.update(submission.view.id, form)

    def _instead(self, kept: Kept, user: str, token: SecretStr, error: BotError) -> Form:
        """After a form that shows no errors: the first one again, or another try where the token is not to blame."""
        problem = sentence(worded(error, self._desk.console))
        if isinstance(error, Refusal):
            return forms.token_form(kept, self._desk.console, problem)
        return forms.again_form(kept.model_copy(update={"id": self._pending.put(user, token)}), problem)

    def _go_on(self, submission: Submission, kept: Kept) -> None:
        """The command that waited for the link, as if it had been typed now."""
        where = replace(submission.where(kept.channel), source=f"view/{submission.view.id}")
        reply = Reply(UrlVoice(self._session, kept.url))
        try:
            self._answers.start(self._desk.parse(kept.line), where, reply)
        except Refusal as refusal:
            self._answers.later(worded(refusal, self._desk.console), reply)
