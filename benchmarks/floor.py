"""The bare Bolt app that the bot is measured against: the same settings, no work. Started as a process of its own.

`python -m benchmarks.floor http|socket`; with `answering`, each command is answered with one line over one session.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from typing import Literal

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


class Bare:
    """Acks, and perhaps says one line in a task of its own."""

    def __init__(self, session: aiohttp.ClientSession, *, answering: bool) -> None:
        self._session = session
        self._answering = answering
        self._running: set[asyncio.Task[None]] = set()

    async def received(self, args: AsyncArgs) -> None:
        """A slash command."""
        await args.ack()
        if self._answering:
            task = asyncio.create_task(self._answer(args.body["response_url"]))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, url: str) -> None:
        async with self._session.post(url, json={"text": "One line.", "response_type": "ephemeral"}) as answer:
            await answer.read()


async def run(mode: Literal["http", "socket"], *, answering: bool) -> None:
    """Serve until SIGTERM."""
    async with aiohttp.ClientSession() as session:
        app = _app(session)
        app.command("/pulumi")(Bare(session, answering=answering).received)
        await (_http(app) if mode == "http" else _socket(app))


def _app(session: aiohttp.ClientSession) -> AsyncApp:
    token = os.environ.pop("SLACK_BOT_TOKEN")
    me = AuthorizeResult(
        enterprise_id=None, team_id=seed.TEAM, bot_id=seed.BOT_ID, bot_user_id=seed.BOT, bot_token=token
    )

    async def authorize(**_: object) -> AuthorizeResult:
        return me

    base = os.environ["SLACK_API_URL"] + "/"
    client = AsyncWebClient(token=token, base_url=base, session=session, trust_env_in_session=False)
    return AsyncApp(
        client=client, authorize=authorize, process_before_response=True, signing_secret=seed.SIGNING_SECRET
    )


async def _http(app: AsyncApp) -> None:
    handler = AsyncSlackRequestHandler(app)
    config = uvicorn.Config(handler, http="httptools", lifespan="off", access_log=False, log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        _ready(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        await server.serve(sockets=[listener])


async def _socket(app: AsyncApp) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"])
    await handler.connect_async()
    _ready("connected")
    await stop.wait()
    await handler.close_async()


def _ready(where: str) -> None:
    gc.collect()
    gc.freeze()
    print(where, flush=True)  # noqa: T201  # whoever started it reads this line


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run("http" if sys.argv[1] == "http" else "socket", answering="answering" in sys.argv))
