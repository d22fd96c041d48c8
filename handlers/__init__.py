"""Slack's side of the door: payload → desk → ack. `register` is the list of everything the bot listens to."""

import re
from collections.abc import Mapping

from aiohttp import ClientSession
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.rooms import Rooms
from handlers.actions import Clicks, Press
from handlers.answers import Answers
from handlers.commands import Commands, Opening
from handlers.errors import on_error
from handlers.mentions import Mentions
from handlers.rooms import CLOSED, JOINED, RoomEvents
from handlers.views import Closed, Submitted, Views

_ANY = re.compile(r".*")


def register(  # noqa: PLR0913  # the world, handed in
    app: AsyncApp,
    command: str,
    answers: Answers,
    client: AsyncWebClient,
    session: ClientSession,
    *,
    verbs: Mapping[str, Press] | None = None,
    submitted: Mapping[str, Submitted] | None = None,
    closed: Mapping[str, Closed] | None = None,
    forms: Mapping[str, Opening] | None = None,
    rooms: Rooms | None = None,
) -> None:
    """Few listeners, since Bolt looks at each before the right one; a dict inside routes further."""
    app.command(command)(Commands(answers, session, forms).received)
    app.action(_ANY)(Clicks(answers, session, verbs).received)
    views = Views(answers.desk.console, submitted or {}, closed)
    app.view(_ANY)(views.received)
    app.view({"type": "view_closed", "callback_id": _ANY})(views.gone)
    mentions = Mentions(answers, client)
    app.event("app_mention")(mentions.received)
    app.event("message")(mentions.received)
    if rooms:
        for kind in (JOINED, *CLOSED):
            app.event(kind)(RoomEvents(rooms).received)
    app.error(on_error)
