"""The slash command: parse before the ack, so that a mistake is answered at once; the rest in a task."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import ClientSession
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.errors import BotError
from bot.operations import Draft
from bot.slack.blocks import to_message
from bot.slack.chat import UrlVoice
from handlers.answers import Answers, Reply
from handlers.errors import worded
from handlers.payloads import SlashCommand

Opening = Callable[[SlashCommand, Draft], Awaitable[None]]


class Commands:
    """The listener of the slash command. `forms` are the commands that open a form, with the trigger they bring."""

    def __init__(self, answers: Answers, session: ClientSession, forms: Mapping[str, Opening] | None = None) -> None:
        self._answers = answers
        self._session = session
        self._forms = forms or {}

    async def received(self, args: AsyncArgs) -> None:
        """Ack with nothing, or with what is wrong with the text."""
        command = SlashCommand.model_validate(args.body)
        desk = self._answers.desk
        try:
            desk.admit(command.where)
            draft = desk.parse(command.text)
            if opening := self._forms.get(draft.entry.name):
                await opening(command, draft)
        except BotError as refusal:
            message = to_message(worded(refusal, desk.console))
            await args.ack(response_type="ephemeral", text=message.text, blocks=message.blocks)
            return
        await args.ack()
        if opening:
            return
        self._answers.start(
            draft, command.where, Reply(UrlVoice(self._session, command.response_url), share=draft.share)
        )
