"""Bots that are real processes: they kill themselves with SIGKILL, and people talk to them through the fake Slack."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.store.opening import bring_up_to_date
from sandbox.child import environment
from tests.crash.lives import serving
from tests.crash.sight import until, watching
from tests.crash.telling import Teller, Trap, bury
from tests.e2e.conversation import PEOPLE, Conversation, Seen


class Bot:
    """One process. `dead` is set once it is gone, by whatever."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.dead = asyncio.Event()
        self._watch = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        await self.process.wait()
        self.dead.set()

    async def kill(self) -> None:
        """SIGKILL, and until it is gone."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self._watch


async def spawn(home: Path, settings: dict[str, str], **more: str) -> Bot:
    """A bot that is killed at the point that the file `trap` in its home names."""
    env = settings | {"CRASH_TRAP": str(home / "trap")} | more
    with (home / "log").open("ab") as log:
        command = (sys.executable, "-m", "tests.crash.process")
        return Bot(await asyncio.create_subprocess_exec(*command, cwd=home, env=env, stdout=log, stderr=log))


@dataclass
class Outside(Teller):
    """Real processes, one after another."""

    slack: Conversation = field(kw_only=True)
    home: Path = field(kw_only=True)
    settings: dict[str, str] = field(kw_only=True)
    now: Bot | None = None
    _life: float = 600
    _trap: Trap | None = None

    async def alive(self, trap: Trap | None = None, life: float = 600) -> asyncio.Event:
        """Connected, and with that trap before it."""
        file = self.home / "trap"
        if self.now and (self.now.dead.is_set() or self._life != life):
            await self.kill()
        if trap and trap is self._trap:
            trap.sprung = not file.exists()
        elif trap:
            file.write_text(f"{trap.point} {trap.nth}")
        self._trap = trap
        if self.now is None:
            self._life = life
            self.now = await spawn(self.home, self.settings, CRASH_LIFE=str(life))
            await self._connected(self.now)
        return self.now.dead

    async def _connected(self, bot: Bot) -> None:
        connected, death = asyncio.create_task(self.slack.connected()), asyncio.create_task(bot.dead.wait())
        await asyncio.wait({connected, death}, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        death.cancel()

    async def kill(self) -> None:
        """SIGKILL, if it still lives."""
        if self.now:
            await self.now.kill()
            self.now = None
            await bury(self.url)

    async def ask(self, line: str) -> None:
        """Ann types it; until there is a request, or for so long."""
        await self._says("ann", f"/pulumi {line}")
        name = line.split()[4]

        async def is_there() -> bool:
            return await self.sight.find(name) is not None

        with suppress(TimeoutError):
            await until(is_there, 5)

    async def approve(self, who: str, request_id: str) -> None:
        """The form, opened by a command and sent."""
        await self.slack.control("close", {"as": PEOPLE[who], "all": True}) if await self.slack.modals(who) else None
        await self._says(who, f"/pulumi approve {request_id}")
        await self.slack.modal(who, "Approve")
        await self.slack.submits(who)

    async def press(self, who: str, verb: str, request_id: str) -> None:
        """A button of the card as it is in Slack now; `touch` is *Reject…*, whose form is closed again."""
        root = (await self.sight.rows(request_id))[0]
        message = self.ground.sandbox.slack.ledger.find(root.channel, root.ts or "")
        label = {"touch": "Reject…", "withdraw": "Withdraw", "never": "It did not happen"}[verb]
        buttons = Seen(root.channel, {"blocks": message.blocks}).buttons if message else {}
        if label not in buttons:
            return
        body = {"channel": root.channel, "ts": root.ts, "block_id": buttons[label]["block_id"]}
        await self.slack.control("click", {"as": PEOPLE[who], **body, "action_id": buttons[label]["action_id"]})
        if verb == "touch":
            await self.slack.modal(who)
            await self.slack.closes(who, everything=True)

    async def stop(self) -> None:
        """SIGTERM; until it is gone."""
        assert self.now
        with suppress(ProcessLookupError):
            self.now.process.terminate()
        await self.now.dead.wait()

    async def _says(self, who: str, text: str) -> None:
        await self.slack.control("say", {"as": PEOPLE[who], "channel": "C0PLATFRM2", "text": text})


@asynccontextmanager
async def outside(url: str, home: Path) -> AsyncIterator[Outside]:
    """A sandbox in this process, a migrated database, and bots beside it."""
    await bring_up_to_date(url)
    async with (
        serving() as (ground, witness),
        aiohttp.ClientSession() as http,
        watching(url, ground.sandbox, witness) as sight,
    ):
        settings = environment(ground.sandbox, ground.address, home) | {"DATABASE_URL": url}
        slack = Conversation(http, ground.address)
        found = Outside(ground, url, sight, slack=slack, home=home, settings=settings)
        try:
            yield found
        finally:
            await found.kill()
