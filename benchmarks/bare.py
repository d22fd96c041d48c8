"""Bolt with the bot's settings and a listener that does nothing else: what the bot is measured against.

It is served over signed HTTP and over Socket Mode at once. `quiet` is only acknowledged, anything else also answered
with one line at its response_url, over one shared session.
"""

import asyncio
import gc
import os
import socket
import sys
from typing import Final

import aiohttp
import uvicorn
import uvloop
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import seed

QUIET: Final = "quiet"
_LINE: Final = {"response_type": "ephemeral", "text": "Here is the answer."}


async def _authorize(**_: object) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id=seed.TEAM, bot_user_id=seed.BOT, bot_id=seed.BOT_ID, bot_token=seed.BOT_TOKEN
    )


def app(client: AsyncWebClient | None = None) -> AsyncApp:
    """A Bolt app with settings as in `bot.intake`."""
    return AsyncApp(
        client=client, authorize=_authorize, process_before_response=True, signing_secret=seed.SIGNING_SECRET
    )


class _Answers:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._tasks = set[asyncio.Task[None]]()

    async def received(self, args: AsyncArgs) -> None:
        await args.ack()
        if args.body["text"] != QUIET:
            task = asyncio.create_task(self._post(args.body["response_url"]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _post(self, url: str) -> None:
        async with self._session.post(url, json=_LINE) as answer:
            await answer.read()


async def _serve() -> None:
    async with aiohttp.ClientSession() as session:
        base = os.environ["SLACK_API_URL"] + "/"
        bolt = app(AsyncWebClient(token=seed.BOT_TOKEN, base_url=base, session=session, trust_env_in_session=False))
        bolt.command("/pulumi")(_Answers(session).received)
        link = AsyncSocketModeHandler(bolt, seed.APP_TOKEN, ping_interval=5)
        await link.connect_async()
        gc.collect()
        gc.freeze()
        with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
            sys.stdout.write(f"Bolt listens at http://127.0.0.1:{listening.getsockname()[1]}/\n")
            sys.stdout.flush()
            await _server(bolt).serve(sockets=[listening])
        await link.close_async()


def _server(bolt: AsyncApp) -> uvicorn.Server:
    """Set as in `bot.web`."""
    asgi = AsyncSlackRequestHandler(bolt)
    return uvicorn.Server(
        uvicorn.Config(asgi, http="httptools", lifespan="off", access_log=False, log_config=None, server_header=False)
    )


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())
