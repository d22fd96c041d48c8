"""How Slack's traffic reaches the bot: over a socket of ours, or over signed HTTP. Both feed the same Bolt app."""

import asyncio
import contextlib
import gc
import logging
import socket

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChatError
from bot.lifecycle import watch_socket
from bot.slack.chat import call
from bot.web import Server

log = structlog.get_logger()

_YOUNG = 10_000  # objects made before the collector looks at them; a card or a page of events is gone by itself sooner
_PING = 5.0  # seconds; a dropped connection is noticed at the next one


async def identity(client: AsyncWebClient, stop: asyncio.Event) -> AuthorizeResult | None:
    """Who the bot is, asked once, before it listens. Waits for Slack to be there; None when told to stop meanwhile.

    Raises ChatError when Slack refuses the token.
    """
    while not stop.is_set():
        try:
            said = await call(client, "auth.test")
        except ChatError as error:
            if error.code != "no_answer":
                raise
            log.warning("slack can't be reached; trying again")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 2)
            continue
        return AuthorizeResult(
            enterprise_id=said.get("enterprise_id"),
            team_id=said["team_id"],
            bot_id=said.get("bot_id"),
            bot_user_id=said["user_id"],
            bot_token=client.token,
        )
    return None


def bolt_app(client: AsyncWebClient, me: AuthorizeResult, signing_secret: str) -> AsyncApp:
    """A Bolt app that asks Slack for nothing before its acks: who it is, is known."""

    async def authorize(**_: object) -> AuthorizeResult:
        return me

    bolt = logging.getLogger(AsyncApp.__module__)
    bolt.setLevel(logging.ERROR)  # it warns that SLACK_BOT_TOKEN is set and not used, which is how it is meant
    app = AsyncApp(
        name="pulumi",  # without one, Bolt looks through the source of every module for its caller's
        client=client,
        authorize=authorize,
        process_before_response=True,
        signing_secret=signing_secret,
        logger=bolt,
        request_verification_enabled=False,  # `bot.web.Gate` has verified the raw bytes; Socket Mode needs no signature
        attaching_function_token_enabled=False,  # custom steps of workflows, of which the bot has none
    )
    bolt.setLevel(logging.WARNING)
    return app


class Intake:
    """Listens until told to stop. In Socket Mode `token` is the app-level one; in HTTP mode it is None."""

    def __init__(self, app: AsyncApp, token: str | None) -> None:
        self._handler = AsyncSocketModeHandler(app, token, ping_interval=_PING) if token else None

    async def connected(self) -> bool:
        """Whether Slack's traffic can arrive here, as far as this process knows."""
        return self._handler is None or await self._handler.client.is_connected()

    async def run(self, server: Server, listener: socket.socket, stop: asyncio.Event) -> None:
        """Serve until `stop`; then hang up first, so that nothing new comes in."""
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
        connecting = asyncio.create_task(self._handler.connect_async(), name="connect") if self._handler else None
        gc.collect()
        gc.freeze()  # what start-up made stays; the collector need not walk it while events are folded
        gc.set_threshold(_YOUNG)
        try:
            await (watch_socket(self._handler.client, stop) if self._handler else stop.wait())
        finally:
            if self._handler and connecting:
                connecting.cancel()
                await self._handler.close_async()
            server.should_exit = True
            await serving
