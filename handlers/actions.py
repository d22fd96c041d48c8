"""Buttons. `run` and `share` carry a command line, run as if that person had typed it; the others carry an id."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import ClientSession
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.slack.chat import UrlVoice
from handlers.answers import Answers, Reply
from handlers.errors import worded
from handlers.payloads import Click

log = structlog.get_logger()

Press = Callable[[Click], Awaitable[None]]


class Clicks:
    """The listener of every button: the verb of its `action_id` says what a press does.

    A verb is awaited before the ack (a vote is stored first, a modal is opened at once), so it ends within the 3
    seconds of both; what it raises is whispered to who pressed. `open` buttons are links and need the ack only.
    """

    def __init__(self, answers: Answers, session: ClientSession, verbs: Mapping[str, Press] | None = None) -> None:
        self._answers = answers
        self._session = session
        self._verbs: dict[str, Press] = {"run": self._run, "share": self._share, "open": _nothing, **(verbs or {})}

    async def received(self, args: AsyncArgs) -> None:
        """Do what the button says, then ack."""
        click = Click.read(args.body)
        try:
            self._answers.desk.admit(click.where)
            await self._verbs.get(click.verb, _unknown)(click)
        except Exception as error:  # noqa: BLE001  # the boundary: a press is never ignored in silence
            self._answers.later(worded(error, self._answers.desk.console), Reply(self._voice(click)))
        await args.ack()

    def _voice(self, click: Click) -> UrlVoice:
        return UrlVoice(self._session, click.response_url)

    async def _run(self, click: Click) -> None:
        self._answer(click, Reply(self._voice(click), replace=click.container.is_ephemeral))

    async def _share(self, click: Click) -> None:
        self._answer(click, Reply(self._voice(click), share=True))

    def _answer(self, click: Click, reply: Reply) -> None:
        if click.value:
            self._answers.start(self._answers.desk.parse(click.value), click.where, reply)


async def _nothing(_: Click) -> None:
    """Slack opens the page by itself."""


async def _unknown(click: Click) -> None:
    log.warning("a button of no known verb", verb=click.verb)
