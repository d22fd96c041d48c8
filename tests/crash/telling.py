"""Telling a story while the bot dies in it: the same for bots in the test's own loop and for real processes."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.approvals import State
from bot.store.address import engine_for, parsed
from bot.store.database import Database
from bot.store.tables import lease
from tests.crash.sight import Sight
from tests.crash.stories import BESIDE, UNSENT, People, Story
from tests.town import Ground


class Died(Exception):
    """The bot died while somebody waited for it."""


@dataclass
class Trap:
    """Where the next bot that comes by for the nth time dies."""

    point: str
    nth: int = 1
    sprung: bool = False

    def springs(self, point: str) -> bool:
        """Count, and say whether it is now."""
        self.nth -= int(point == self.point)
        self.sprung = self.sprung or (point == self.point and self.nth == 0)
        return point == self.point and self.nth == 0


@dataclass
class Teller(People, ABC):
    """One bot after another over one database and one sandbox; people who use whichever lives."""

    ground: Ground
    url: str
    sight: Sight
    kills: int = 0

    @abstractmethod
    async def alive(self, trap: Trap | None, life: float) -> asyncio.Event:
        """A bot lives, and dies at that trap; the event says that it is dead."""

    @abstractmethod
    async def kill(self) -> None:
        """Whoever lives, dies."""

    async def tell(self, story: Story, name: str, trap: Trap | None = None) -> None:
        """A story to its end, however often the bot dies in it."""
        story.prepare(self.ground.sandbox, name)
        if trap and trap.point.startswith("acquire"):
            await self.kill()
        while await self._dies_in(story, name, trap) or (trap and not trap.sprung):
            self.kills += 1
        ended = (await self.sight.one(name)).state
        assert ended in self._ends(story, name, trap), await self.sight.one(name)

    def _ends(self, story: Story, name: str, trap: Trap | None) -> set[State]:
        """Messages are sent beside the call: who dies of one may die between the intent and the call, too."""
        if trap and trap.point in UNSENT:
            return {State.UNKNOWN}
        beside = trap and trap.point.partition(":")[0] in BESIDE and not self.sight.seen(name)
        return {story.end, State.UNKNOWN} if beside else {story.end}

    async def _dies_in(self, story: Story, name: str, trap: Trap | None) -> bool:
        dead = await self.alive(trap, story.life)
        play = asyncio.create_task(story.play(self, self.sight, name))
        death = asyncio.create_task(dead.wait())
        await asyncio.wait({play, death}, return_when=asyncio.FIRST_COMPLETED)
        if not death.done() and (play.exception() or (trap and not trap.sprung)):
            await asyncio.wait({death}, timeout=5)
        death.cancel()
        if dead.is_set():
            play.cancel()
            await asyncio.wait({play})
            await self.kill()
            return True
        with suppress(Died):
            play.result()
        assert trap is None or trap.sprung, f"{trap} was never reached"
        return False


async def bury(url: str) -> None:
    """As if the dead leader's lease had run out: nobody has to wait for that twelve seconds long."""
    if url.startswith("sqlite"):
        return
    database = Database(engine_for(parsed(url)), "postgresql")

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(update(lease).values(beat_at=0))

    await database.run(work)
    await database.aclose()
