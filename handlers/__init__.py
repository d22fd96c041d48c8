"""Slack's side of the door: payload → desk → ack. `register` is the list of everything the bot listens to."""

import re

from aiohttp import ClientSession
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from handlers.actions import Clicks
from handlers.answers import Answers
from handlers.commands import Commands
from handlers.errors import on_error
from handlers.mentions import Mentions


def register(app: AsyncApp, command: str, answers: Answers, client: AsyncWebClient, session: ClientSession) -> None:
    """Few listeners, since Bolt looks at each before the right one; a dict inside routes further."""
    app.command(command)(Commands(answers, session).received)
    app.action(re.compile(r".*"))(Clicks(answers, session).received)
    mentions = Mentions(answers, client)
    app.event("app_mention")(mentions.received)
    app.event("message")(mentions.received)
    app.error(on_error)
