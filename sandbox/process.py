"""Control routes of the bot's process: kill it without a word, leave it dead or not, start it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from sandbox.slack import SlackWorkspace
from sandbox.slack.answered import answered, read_body
from sandbox.slack.model import Json, SlackError

PATIENCE = 2.0


class Life(Protocol):
    """A process that is run again and again (`child.Child`)."""

    changed: Callable[[], None]
    starts: int

    @property
    def pid(self) -> int | None:
        """The process that runs now."""

    async def keep(self) -> None:
        """Run it until cancelled."""

    async def kill(self, *, restart: bool) -> None:
        """SIGKILL it and wait until it is gone."""

    def start(self) -> None:
        """Run it now, if it does not."""

    async def forget(self) -> None:
        """SIGKILL it, delete its database, and run it anew."""


class BotProcess:
    """The handlers, over the child that runs the bot, should there be one."""

    def __init__(self, slack: SlackWorkspace) -> None:
        self._slack = slack
        self._child: Life | None = None

    async def keep(self, child: Life) -> None:
        """Run this child until cancelled; its life can be seen in the workspace, and ended from there."""
        self._child = child
        child.changed = lambda: self._slack.tell_process(running=child.pid is not None)
        try:
            await child.keep()
        finally:
            self._child = None

    def routes(self) -> list[web.RouteDef]:
        """To be added to the application that serves `/`."""
        return [
            web.get("/control/bot", answered(self.get_bot)),
            web.post("/control/bot/kill", answered(self.kill)),
            web.post("/control/bot/start", answered(self.start)),
            web.post("/control/bot/forget", answered(self.forget)),
        ]

    async def get_bot(self, _: web.Request) -> web.Response:
        """Whether it lives, and whether Slack can reach it."""
        return web.json_response({"ok": True, **self._shown()})

    async def kill(self, request: web.Request) -> web.Response:
        """SIGKILL; answers when it is dead and its connections are gone. It starts again, unless `restart` is false."""
        restart = (await read_body(request)).get("restart", True) is not False
        child, connections = self._needed(), self._slack.connections
        await child.kill(restart=restart)
        await self._until(lambda: connections == 0 or self._slack.connections < connections)
        return web.json_response({"ok": True, **self._shown()})

    async def start(self, _: web.Request) -> web.Response:
        """Start it now, if it does not run."""
        self._needed().start()
        return web.json_response({"ok": True, **self._shown()})

    async def forget(self, _: web.Request) -> web.Response:
        """SIGKILL it and start one that remembers nothing; answers when the old one's connections are gone."""
        child, connections = self._needed(), self._slack.connections
        await child.forget()
        await self._until(lambda: connections == 0 or self._slack.connections < connections)
        return web.json_response({"ok": True, **self._shown()})

    def revive(self) -> None:
        """Start it, should somebody have left it dead."""
        if self._child:
            self._child.start()

    def _needed(self) -> Life:
        if not self._child:
            raise SlackError("no_bot", message="No bot was started by this sandbox.")
        return self._child

    def _shown(self) -> Json:
        child = self._child
        return {
            "managed": child is not None,
            "pid": child.pid if child else None,
            "starts": child.starts if child else 0,
            "connected": self._slack.delivery.connected,
        }

    async def _until(self, is_so: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not is_so():
                    await self._slack.moved()
        except TimeoutError:
            return
