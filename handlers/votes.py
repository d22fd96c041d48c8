"""Approve, reject, withdraw and what else people press on a request: the button carries its id and nothing else."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog
from aiohttp import ClientSession

from bot.approvals import Request, State, Step, Verdict, VoteRefused, standing
from bot.errors import BotError, ChatError
from bot.operations import Draft, Receipt
from bot.services.cards import disowned_card, moved_card, request_card
from bot.services.decisions import Decisions, NoComment, WrongWord
from bot.services.execution import Execution
from bot.services.resolve import Where
from bot.slack.chat import UrlVoice
from bot.slack.modals import Form, Modals
from handlers.actions import Press
from handlers.answers import Answers, Reply
from handlers.ballots import COMMENT, LOADING, TYPED, ballot, too_slow, unseen, value_form
from handlers.commands import Opening
from handlers.errors import worded
from handlers.payloads import Click, SlashCommand, Submission
from handlers.views import Reaction, Submitted, problem

log = structlog.get_logger()

_OPEN = "Open the form"
_OVER = {"expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged"}


class Votes:
    """The verbs of a request's card and the two modals behind them."""

    def __init__(
        self, decisions: Decisions, execution: Execution, answers: Answers, modals: Modals, session: ClientSession
    ) -> None:
        self._decisions = decisions
        self._execution = execution
        self._answers = answers
        self._modals = modals
        self._session = session
        self._windows: dict[tuple[str, str], list[str]] = {}  # of one secret for one person, while it is made

    @property
    def verbs(self) -> Mapping[str, Press]:
        """For `Clicks`."""
        return {
            "approve": self._opening(Verdict.APPROVE),
            "reject": self._opening(Verdict.REJECT),
            "withdraw": self._done(self._decisions.withdraw),
            "check": self._done(self._decisions.check_again),
            "never": self._done(self._decisions.never),
            "notme": self._disowned,
            "again": self._again,
            "create": self._create,
        }

    @property
    def forms(self) -> Mapping[str, Opening]:
        """For `Commands`: `approve R-…` opens the same form."""
        return {"approve": self._typed(Verdict.APPROVE), "reject": self._typed(Verdict.REJECT)}

    def _typed(self, verdict: Verdict) -> Opening:
        async def typed(command: SlashCommand, draft: Draft) -> None:
            request_id = str(draft.values["id"])
            if not await self.open(command.trigger_id, request_id, command.where, verdict):
                voice = UrlVoice(self._session, command.response_url)
                self._answers.later(too_slow(_OPEN, verdict.value, request_id), Reply(voice))

        return typed

    @property
    def submitted(self) -> Mapping[str, Submitted]:
        """For `Views`."""
        return {"approve": self._voted(Verdict.APPROVE), "reject": self._voted(Verdict.REJECT)}

    def _opening(self, verdict: Verdict) -> Press:
        async def pressed(click: Click) -> None:
            if not await self.open(click.trigger_id, click.value, click.where, verdict):
                self._answers.later(too_slow(_OPEN, verdict.value, click.value), Reply(self._voice(click)))
            self._repaint(click)

        return pressed

    async def open(self, trigger: str, request_id: str, where: Where, verdict: Verdict) -> bool:
        """Show the modal that decides a request: first a loading one, since a trigger lives for three seconds.

        False when the trigger was over.
        """
        view = await self._loading(trigger)
        if view:
            self._answers.tasks.start(self._fill(view, request_id, where, verdict), name="fill a modal")
        return bool(view)

    async def _loading(self, trigger: str) -> str:
        try:
            return await self._modals.open(trigger, LOADING)
        except ChatError as error:
            if error.code not in _OVER:
                raise
            return ""

    async def _fill(self, view: str, request_id: str, where: Where, verdict: Verdict) -> None:
        try:
            request = await self._decisions.may_decide(request_id, where, verdict)
            form = ballot(request, where, verdict)
        except BotError as error:
            form = problem(worded(error, self._answers.desk.console))
        await self._shows(view, form)

    async def _shows(self, view: str, form: Form) -> bool:
        """Show it in an open modal; False when that was not possible: it may be closed by now."""
        try:
            await self._modals.update(view, form)
        except ChatError as error:
            log.info("a modal was not changed", code=error.code)
            return False
        return True

    def _voted(self, verdict: Verdict) -> Submitted:
        async def submitted(submission: Submission) -> Reaction:
            request_id, _, channel = submission.metadata.partition(" ")
            where = submission.where(channel)
            comment, typed = submission.text(COMMENT), submission.text(TYPED)
            try:
                await self._decisions.vote(request_id, where, verdict, comment=comment, typed=typed)
            except WrongWord as wrong:
                return Reaction(errors={TYPED: wrong.text})
            except NoComment as missing:
                return Reaction(errors={COMMENT: missing.text})
            return Reaction(clear=True)

        return submitted

    def _done(self, act: Callable[[str, Where], Awaitable[tuple[Request, Step]]]) -> Press:
        async def pressed(click: Click) -> None:
            try:
                await act(click.value, click.where)
            finally:
                self._repaint(click)

        return pressed

    async def _disowned(self, click: Click) -> None:
        """*Not me*: the receipt says what came of it."""
        request, _ = await self._decisions.disown(click.value, click.where)
        self._answers.later(disowned_card(request), Reply(self._voice(click), replace=True))

    async def _create(self, click: Click) -> None:
        """Make the call that waits for its requester, and show its secret in the modal that this press opens."""
        view = await self._loading(click.trigger_id)
        if view:
            self._answers.tasks.start(self._created(view, click), name="create and show")
        else:
            again = too_slow("Create and show", "create", click.value)
            self._answers.later(again, Reply(self._voice(click)))

    async def _created(self, view: str, click: Click) -> None:
        """The first of several presses makes it, and shows it in the newest window: Slack may keep only that one."""
        key = click.value, click.where.user
        if key in self._windows:
            self._windows[key].append(view)
            return
        self._windows[key] = [view]
        secret = None
        try:
            secret, form = await self._secret(click)
        except BotError as error:
            form = problem(worded(error, self._answers.desk.console))
        finally:
            windows = self._windows.pop(key)
        for window in reversed(windows):
            if await self._shows(window, form):
                return
        if secret:
            await self._answers.whisper(unseen(secret), Reply(self._voice(click)))

    async def _secret(self, click: Click) -> tuple[Receipt, Form]:
        """What was made, and the form that shows it. Raises Refusal when nothing was."""
        request = await self._decisions.find(click.value)
        if request.requester.user != click.where.user:
            raise VoteRefused("Only the person who asked for it may create it.")
        receipt = None
        if request.state is State.APPROVED:
            receipt = await self._execution.carry_out(request, None, lambda: True)
        if receipt and receipt.secret:
            return receipt, value_form(request, receipt.secret)
        request = await self._decisions.find(click.value)
        raise VoteRefused(f"{request.title}: {standing(request)}", hint=request.outcome)

    async def _again(self, click: Click) -> None:
        """The same line and reason, asked anew by whoever presses, with a look at the world as it is now."""
        request = await self._decisions.find(click.value)
        draft = replace(self._answers.desk.parse(request.line), reason=request.reason)
        self._answers.start(draft, click.where, Reply(self._voice(click)))

    def _repaint(self, click: Click) -> None:
        """A press on a card that is not the newest shows its newest state: also a copy that nobody knew of."""
        self._answers.tasks.start(self._redrawn(click), name="repaint a card")

    async def _redrawn(self, click: Click) -> None:
        request, here = await self._decisions.find(click.value), click.container
        place = await self._decisions.place(request)
        if place == (here.channel_id, here.message_ts):
            await self._decisions.touched(request.id)
            return
        card = request_card(request)
        if place and not here.is_ephemeral:
            card = moved_card(request, await self._decisions.link(place))
        await self._answers.whisper(card, Reply(self._voice(click), replace=True))

    def _voice(self, click: Click) -> UrlVoice:
        return UrlVoice(self._session, click.response_url)
