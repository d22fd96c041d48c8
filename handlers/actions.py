"""Buttons. Each carries a command line; a press runs it as if that person had typed it, with their rights, now."""

from aiohttp import ClientSession
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.errors import Refusal
from bot.slack.chat import UrlVoice
from handlers.answers import Answers, Reply
from handlers.errors import worded
from handlers.payloads import Click


class Clicks:
    """The listener of every button."""

    def __init__(self, answers: Answers, session: ClientSession) -> None:
        self._answers = answers
        self._session = session

    async def received(self, args: AsyncArgs) -> None:
        """Ack, then run what the button says. Pressing a link only needs the ack."""
        click = Click.read(args.body)
        await args.ack()
        if click.verb not in {"run", "share"} or not click.value:
            return
        share = click.verb == "share"
        voice = UrlVoice(self._session, click.response_url)
        reply = Reply(voice, replace=click.container.is_ephemeral and not share, share=share)
        desk = self._answers.desk
        try:
            desk.admit(click.where)
            draft = desk.parse(click.value)
        except Refusal as refusal:
            self._answers.later(worded(refusal, desk.console), reply)
            return
        self._answers.start(draft, click.where, reply)
