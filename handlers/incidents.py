"""The buttons under a failure: the button carries the incident's id and nothing else. Full members only."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import ClientSession

from bot.card import Card
from bot.services.handling import Handling
from bot.services.resolve import Where
from bot.slack.chat import UrlVoice
from handlers.actions import Press
from handlers.answers import Answers, Reply
from handlers.payloads import Click


class Incidents:
    """The verbs of a failure's card."""

    def __init__(self, handling: Handling, answers: Answers, session: ClientSession) -> None:
        self._handling = handling
        self._answers = answers
        self._session = session

    @property
    def verbs(self) -> Mapping[str, Press]:
        """For `Clicks`."""
        return {
            "onit": self._pressed(self._handling.take),
            "mutefix": self._pressed(self._handling.hush),
            "watchnext": self._pressed(self._handling.wait_for),
            "fulllog": self._logged,
        }

    def _pressed(self, act: Callable[[str, Where], Awaitable[Card]]) -> Press:
        async def pressed(click: Click) -> None:
            await self._answers.desk.check(click.where)
            self._answers.later(await act(click.value, click.where), self._reply(click))

        return pressed

    async def _logged(self, click: Click) -> None:
        await self._answers.desk.check(click.where)
        self._answers.promise(self._handling.full_log(click.value, click.where), click.where, self._reply(click))

    def _reply(self, click: Click) -> Reply:
        return Reply(UrlVoice(self._session, click.response_url))
