"""Slack's side of the door: payload → desk → ack. `register` is the list of everything the bot listens to."""

import re

from slack_bolt.async_app import AsyncApp

from handlers.actions import Clicks
from handlers.answers import Answers
from handlers.commands import Commands
from handlers.errors import on_error


def register(app: AsyncApp, command: str, answers: Answers) -> None:
    """Few listeners, since Bolt looks at each before the right one; a dict inside routes further."""
    app.command(command)(Commands(answers).received)
    app.action(re.compile(r".*"))(Clicks(answers).received)
    app.error(on_error)
