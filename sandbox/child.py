"""The real bot as a child process, started again when it dies."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sandbox.app import Sandbox

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "sandbox"
_AGAIN_AFTER = 1.0
_GRACE = 15.0


def environment(sandbox: Sandbox, address: str, home: Path) -> dict[str, str]:
    """Settings that connect a bot to this sandbox, on top of nothing but what a process needs."""
    kept = {name: value for name in ("PATH", "HOME", "LANG", "TERM", "VIRTUAL_ENV") if (value := os.environ.get(name))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SLACK_BOT_TOKEN": sandbox.slack.bot_token,
        "SLACK_APP_TOKEN": sandbox.slack.app_token,
        "SLACK_API_URL": f"{address}/slack/api",
        "PULUMI_API_URL": f"{address}/pulumi",
        "PULUMI_CONSOLE_URL": "https://app.pulumi.com",
        "PULUMI_ACCESS_TOKEN": sandbox.pulumi.token,
        "DATABASE_URL": f"sqlite:///{home}/bot.db",
        "PORT": "0",
        "LOG_FORMAT": "text",
        "LOG_LEVEL": "warning",
    }


async def keep_running(sandbox: Sandbox, address: str, home: Path) -> None:
    """Run the bot until cancelled; then stop it politely. It runs in `home`, so that it never reads a real .env."""
    settings = environment(sandbox, address, home)
    while True:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", cwd=home, env=settings)
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        print(f"the bot ended with status {status}; starting it again", file=sys.stderr)  # noqa: T201  # for the terminal
        await asyncio.sleep(_AGAIN_AFTER)


async def _stop(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()
