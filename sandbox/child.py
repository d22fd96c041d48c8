"""The real bot as a child process, started again when it dies."""

import asyncio
import base64
import contextlib
import os
import re
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox.app import Sandbox

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "sandbox"
COMMAND = (sys.executable, "-m", "bot")
LISTENS = re.compile(r"The bot listens at (http://\S+/)\s*")
POLICY = """\
# Written by the sandbox at each start.
[groups]
approvers = ["@sre"]

[[rule]]
match     = { stack = "acme/*/prod*" }
approvals = 2
"""
AT_ONCE = 5.0
"""A bot that ends sooner never ran: the next one waits longer."""
_AGAIN_AFTER, _LONGEST = 1.0, 30.0
_GRACE = 15.0
_LONGEST_LINE = 4 * 1024 * 1024


def environment(sandbox: Sandbox, address: str, home: Path) -> dict[str, str]:
    """Settings that connect a bot to this sandbox, on top of nothing but what a process needs."""
    kept = {name: value for name in ("PATH", "HOME", "LANG", "TERM", "VIRTUAL_ENV") if (value := os.environ.get(name))}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **connection(sandbox, address),
        "DATABASE_URL": f"sqlite:///{home}/bot.db",
        "POLICY_FILE": str(policy(home)),
        "ENCRYPTION_KEYS": _key(home),
        "PORT": "0",
        "LOG_FORMAT": "text",
        "LOG_LEVEL": "warning",
    }


def forget(home: Path) -> None:
    """Delete what a bot remembered: the workspace and the cloud that it was about are gone."""
    for file in home.glob("bot.db*"):
        file.unlink()


def _key(home: Path) -> str:
    """The key for what the bot encrypts in the database beside it: made once."""
    file = home / "bot.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
    return file.read_text()


def policy(home: Path) -> Path:
    """Write who approves what in the sandbox: @sre everything, and production needs two of them."""
    file = home / "policy.toml"
    file.write_text(POLICY, "utf-8")
    return file


def connection(sandbox: Sandbox, address: str) -> dict[str, str]:
    """The settings that any bot needs to find this sandbox; the secrets are the fakes' own."""
    keys = {"SLACK_APP_TOKEN": sandbox.slack.app_token}
    if sandbox.slack.mode == "http":
        keys = {"SLACK_SIGNING_SECRET": sandbox.slack.signing_secret}
    return {
        "SLACK_MODE": sandbox.slack.mode,
        "SLACK_BOT_TOKEN": sandbox.slack.bot_token,
        **keys,
        "SLACK_API_URL": f"{address}/slack/api",
        "PULUMI_API_URL": f"{address}/pulumi",
        "PULUMI_CONSOLE_URL": "https://app.pulumi.com",
        "PULUMI_ACCESS_TOKEN": sandbox.pulumi.token,
        "PULUMI_WEBHOOK_SECRET": sandbox.pulumi.webhook_secret,
    }


async def keep_running(sandbox: Sandbox, address: str, home: Path) -> None:
    """Run the bot until cancelled; then stop it politely. It runs in `home`, so that it never reads a real .env."""
    http = sandbox.slack.http

    def hear(line: str) -> None:
        if not (found := LISTENS.fullmatch(line)):
            return
        sandbox.pulumi.webhooks.connect(f"{found[1]}pulumi/webhooks")
        if sandbox.slack.mode == "http":
            http.connect(f"{found[1]}slack/events", f"{address}/slack")

    forget(home)
    child = Child(COMMAND, home, environment(sandbox, address, home), hear=hear, gone=http.disconnect)
    await sandbox.bot.keep(child)


class Words:
    """What a child writes to standard error: passed on at once, or `held` until it is known to be worth reading."""

    def __init__(self, say: Callable[[str], object], *, held: bool) -> None:
        self._say, self._held = say, held
        self._lines: list[str] = []

    @property
    def gist(self) -> str:
        """All of it without its numbers: the same words at another time are the same."""
        return re.sub(r"\d+", "", "".join(self._lines))

    def hear(self, line: str) -> None:
        """One line more."""
        self._lines = [*self._lines[-50:], line]
        if not self._held:
            self._say(line)

    def release(self) -> None:
        """Pass on what was held, and whatever follows."""
        if self._held:
            self._held = False
            for line in self._lines:
                self._say(line)


class Child:
    """A command that is run again and again. Last words that repeat are passed on once, and each wait is longer."""

    def __init__(  # noqa: PLR0913 - a process and who listens to it
        self,
        command: Sequence[str],
        home: Path,
        settings: dict[str, str],
        *,
        hear: Callable[[str], None] = lambda _: None,
        gone: Callable[[], None] = lambda: None,
        say: Callable[[str], object] = sys.stderr.write,
        pace: float = 1.0,
    ) -> None:
        self._command, self._home, self._settings = command, home, settings
        self._hear, self._gone, self._say, self._pace = hear, gone, say, pace
        self.changed: Callable[[], None] = lambda: None
        """Called when it has started and when it is gone."""
        self.starts = 0
        """How often it was started."""
        self._process: asyncio.subprocess.Process | None = None
        self._wanted, self._now, self._gone_at_last = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._wanted.set()
        self._killed = False

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process else None

    async def keep(self) -> None:
        """Until cancelled; then it is asked to end. Cancelled again, it is killed."""
        known, deaths = "", 0
        while True:
            await self._wanted.wait()
            words = Words(self._say, held=deaths > 0)
            lived, status = await self._live(words)
            if self._killed:
                self._killed, known, deaths = False, "", 0
                self._say("the bot was killed\n")
                continue
            again = deaths > 0 and words.gist == known
            if not again:
                words.release()
            known, deaths = words.gist, deaths + 1 if lived < AT_ONCE else 0
            pause = min(_AGAIN_AFTER * 2 ** max(deaths - 1, 0), _LONGEST)
            how = " as before" if again else ""
            self._say(f"the bot ended with status {status}{how}; starting it again in {pause:.0f} s\n")
            await self._rest(pause * self._pace)

    async def kill(self, *, restart: bool) -> None:
        """SIGKILL it, if it runs, and wait until it is gone; without `restart` nothing runs before `start`."""
        if restart:
            self._wanted.set()
        else:
            self._wanted.clear()
        if process := self._process:
            self._killed = True
            with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                process.kill()
            await self._gone_at_last.wait()

    async def forget(self) -> None:
        """SIGKILL it, delete its database, and run it anew."""
        await self.kill(restart=False)
        forget(self._home)
        self.start()

    def start(self) -> None:
        """Run it (again) at once, whatever it waited for."""
        self._now.set()
        self._wanted.set()

    async def _rest(self, seconds: float) -> None:
        self._now.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._now.wait()

    async def _live(self, words: Words) -> tuple[float, int]:
        """One life: how long it was, and how it ended."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        # A session of its own: Ctrl-C is for the sandbox, which then ends the bot.
        process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._home,
            env=self._settings,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            start_new_session=True,
        )
        self._process, self.starts = process, self.starts + 1
        self._gone_at_last.clear()
        self.changed()
        alive = loop.call_later(AT_ONCE, words.release)
        pumps = asyncio.gather(_pump(process.stdout, self._out), _pump(process.stderr, words.hear))
        try:
            await pumps
            return loop.time() - started, await process.wait()
        except asyncio.CancelledError:
            await self._stop(process)
            raise
        finally:
            alive.cancel()
            self._process = None
            self._gone()
            self._gone_at_last.set()
            self.changed()

    def _out(self, line: str) -> None:
        self._hear(line)
        print(line, end="", flush=True)  # noqa: T201  # its standard output is ours

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE):
                await asyncio.gather(_pump(process.stdout, lambda _: None), _pump(process.stderr, self._say))
                await process.wait()
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            await process.wait()


async def _pump(stream: asyncio.StreamReader | None, into: Callable[[str], object]) -> None:
    while stream and (line := await stream.readline()):
        into(line.decode(errors="replace"))
