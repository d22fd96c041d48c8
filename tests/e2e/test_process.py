"""The bot as a process: how it starts, what it says when it can't, how it ends, and that it finds its way back."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.app import Sandbox, create
from sandbox.child import environment
from tests.e2e.conversation import Conversation

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def serving(sandbox: Sandbox, port: int = 0) -> AsyncIterator[str]:
    runner = web.AppRunner(sandbox.app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def start(home: Path, settings: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", cwd=home, env=settings, stderr=asyncio.subprocess.PIPE
    )


async def connected(http: aiohttp.ClientSession, address: str) -> None:
    rev = -1
    async with asyncio.timeout(30):
        while True:
            async with http.get(f"{address}/control/state", params={"as": "U0ANN00001", "after": rev}) as answer:
                state = await answer.json()
            if state["bot"]["connected"]:
                return
            rev = state["rev"]


async def test_without_settings_it_names_what_is_missing(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = await start(tmp_path, bare)
    _, said = await process.communicate()
    assert process.returncode == 1
    for name in ("SLACK_BOT_TOKEN", "PULUMI_ACCESS_TOKEN", ".env.example"):
        assert name in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_token_that_slack_refuses_ends_it_with_slacks_word(tmp_path: Path) -> None:
    sandbox = create()
    async with serving(sandbox) as address:
        settings = {**environment(sandbox, address, tmp_path), "SLACK_BOT_TOKEN": "xoxb-of-another-workspace"}
        process = await start(tmp_path, settings)
        _, said = await process.communicate()
    assert process.returncode == 1
    assert "auth.test: invalid_auth" in said.decode()
    assert "xoxb-of-another" not in said.decode()


async def test_sigterm_lets_an_answer_finish_and_ends_with_status_zero(tmp_path: Path) -> None:
    sandbox, reached, go = create(), asyncio.Event(), asyncio.Event()

    @web.middleware
    async def hold(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/pulumi/api/stacks/"):
            reached.set()
            await go.wait()
        return await handler(request)

    sandbox.app.middlewares.append(hold)
    async with serving(sandbox) as address, aiohttp.ClientSession() as http:
        process = await start(tmp_path, environment(sandbox, address, tmp_path))
        await connected(http, address)
        slack = Conversation(http, address)
        asked = asyncio.create_task(slack.says("ann", "/pulumi overview acme"))
        await reached.wait()
        process.send_signal(signal.SIGTERM)
        while (await slack.control("state?as=U0ANN00001"))["bot"]["connected"]:
            pass  # it hangs up first: nothing new comes in
        go.set()
        assert (await asked).title == "❌ 4 stacks not fine, 1 running · acme"
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert "Traceback" not in said.decode()


async def test_it_comes_back_when_slack_was_away(tmp_path: Path) -> None:
    """A restarted Slack knows no old ticket: the bot has to ask for a new address by itself."""
    first = create()
    async with serving(first) as address, aiohttp.ClientSession() as http:
        process = await start(tmp_path, environment(first, address, tmp_path))
        await connected(http, address)
    port = int(address.rsplit(":", 1)[1])
    async with serving(create(), port), aiohttp.ClientSession() as http:
        await connected(http, address)
        slack = Conversation(http, address)
        assert (await slack.says("ann", "/pulumi status shop/staging")).title.startswith("✅ Update succeeded")
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


async def test_it_waits_for_a_slack_that_is_not_there_yet(tmp_path: Path) -> None:
    sandbox = create()
    async with serving(create()) as address:
        pass  # the port is free again
    process = await start(tmp_path, environment(sandbox, address, tmp_path))
    assert process.stderr
    line = await process.stderr.readline()
    assert b"slack can't be reached" in line
    async with serving(sandbox, int(address.rsplit(":", 1)[1])), aiohttp.ClientSession() as http:
        await connected(http, address)
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
