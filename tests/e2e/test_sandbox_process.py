"""`python -m sandbox` as people start it: HTTP mode with the real bot, no bot, a port that is taken, Ctrl-C."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.e2e.conversation import Conversation
from tests.e2e.test_process import ROOT, connected


@asynccontextmanager
async def started(*options: str, home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A sandbox, and the address that it printed; whatever still runs at the end is killed."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--home", str(home), *options]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    assert process.stdout
    try:
        line = (await process.stdout.readline()).decode()
        yield process, line.removeprefix("The sandbox is at ").strip().rstrip("/")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_real_bot_over_signed_http_until_ctrl_c(tmp_path: Path) -> None:
    async with started("--mode", "http", home=tmp_path) as (process, address), aiohttp.ClientSession() as http:
        await connected(http, address)
        slack = Conversation(http, address)
        answer = await slack.says("bo", "/pulumi stack ls acme")
        assert "acme" in answer.text
        async with http.get(f"{address}/control/pulumi/webhook") as told:
            (hook,) = (await told.json())["hooks"]
        assert (hook["name"], hook["hasSecret"]) == ("bot", True)
        assert hook["url"].endswith("/pulumi/webhooks")
        await slack.control("switches", {"signature": "bad"})
        said = await slack.control("say", {"as": "U0BO000002", "channel": "C0PLATFRM2", "text": "/pulumi status"})
        assert said["error"] == "http_client_error"
        await slack.control("switches", {"signature": "good", "replays": 1})
        await slack.says("bo", "/pulumi stack ls newco")
        process.send_signal(signal.SIGINT)
        _, said_last = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert b"Traceback" not in said_last
    assert b"starting it again" not in said_last


async def test_without_a_bot_it_says_how_to_connect_one(tmp_path: Path) -> None:
    async with started("--no-bot", home=tmp_path) as (process, address):
        assert process.stdout
        lines = [(await process.stdout.readline()).decode().strip() for _ in range(7)]
        assert f"SLACK_API_URL={address}/slack/api" in lines
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        async with started("--no-bot", "--port", port, home=tmp_path) as (process, _):
            _, said = await process.communicate()
    assert process.returncode == 1
    assert said.decode().strip() == f"Can't listen on 127.0.0.1:{port} (Address already in use). Try --port 0."
