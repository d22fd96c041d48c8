"""The updates that are followed live, as rows. Who adds a message to one locks its row first, and says what is so."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.card import Card
from bot.codec import encode
from bot.model import StackRef
from bot.records import Fence, Wanted, Watch, live_subject
from bot.store.database import Database, milliseconds, moment
from bot.store.messages import write_wanted
from bot.store.tables import message, watch

_LIVE, _DONE = "live", "done"


class SqlWatches:
    """The `Watches` port on the table `watch`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, wanted: Watch, roots: Sequence[Wanted]) -> bool:
        """Follow an update there, too; False when it is over already, and nothing was stored then."""

        async def work(connection: AsyncConnection) -> bool:
            await write_watch(self._database, connection, wanted)
            if await _state(connection, wanted.update_id) != _LIVE:
                return False
            await write_wanted(self._database, connection, roots)
            return True

        return await self._database.run(work)

    async def live(self) -> list[Watch]:
        """What is followed, the oldest first."""
        chosen = select(watch).where(watch.c.state == _LIVE).order_by(watch.c.at, watch.c.update_id)

        async def work(connection: AsyncConnection) -> list[Watch]:
            return [_watch(row) for row in await connection.execute(chosen)]

        return await self._database.read(work)

    async def channels(self, update_id: str) -> list[str]:
        """Where it is shown."""

        async def work(connection: AsyncConnection) -> list[str]:
            return await _channels(connection, update_id)

        return await self._database.read(work)

    async def say(
        self, update_id: str, wanted: Callable[[str], Sequence[Wanted]], *, over: bool = False, fence: Fence
    ) -> bool:
        """Want these in each channel where it is shown, and with `over` end it; False when it had ended before."""

        async def work(connection: AsyncConnection) -> bool:
            if await _state(connection, update_id) != _LIVE:
                return False
            if over:
                await connection.execute(update(watch).where(watch.c.update_id == update_id).values(state=_DONE))
            for channel in await _channels(connection, update_id):
                await write_wanted(self._database, connection, wanted(channel))
            return True

        return await self._database.run(work, fence=fence)

    async def stop(self, update_id: str, key: str, card: Card) -> bool:
        """Show it there no longer; without any place left it is not followed. False when it was not shown there."""

        async def work(connection: AsyncConnection) -> bool:
            await _state(connection, update_id)
            mine = (message.c.key == key, message.c.subject == live_subject(update_id))
            left = {"subject": f"left/{update_id}", "want": encode(card), "want_rev": message.c.want_rev + 1}
            found = (await connection.execute(update(message).where(*mine).values(**left))).rowcount == 1
            if found and not await _channels(connection, update_id):
                await connection.execute(update(watch).where(watch.c.update_id == update_id).values(state=_DONE))
            return found

        return await self._database.run(work)


async def write_watch(database: Database, connection: AsyncConnection, wanted: Watch) -> None:
    """Inside a transaction: begin to follow; one that is known, or over, stays as it is."""
    row = database.insert(watch).values(
        update_id=wanted.update_id,
        stack=str(wanted.stack),
        version=wanted.version,
        kind=wanted.kind,
        state=_LIVE,
        at=milliseconds(wanted.at),
    )
    await connection.execute(row.on_conflict_do_nothing(index_elements=["update_id"]))


async def _state(connection: AsyncConnection, update_id: str) -> str | None:
    chosen = select(watch.c.state).where(watch.c.update_id == update_id).with_for_update()
    found: str | None = (await connection.execute(chosen)).scalar_one_or_none()
    return found


async def _channels(connection: AsyncConnection, update_id: str) -> list[str]:
    """By the keys of the roots: a direct message's row holds another channel's id once it is posted."""
    where = (
        message.c.subject == live_subject(update_id),
        message.c.parent_id.is_(None),
        message.c.dead_reason.is_(None),
    )
    keys = (await connection.execute(select(message.c.key).where(*where).order_by(message.c.id))).scalars()
    return [key.rpartition("/")[2] for key in keys]


def _watch(row: Row[Any]) -> Watch:
    at = moment(row.at)
    if at is None:
        raise ValueError("a watch without its time")
    stack = StackRef.parse(row.stack)
    return Watch(update_id=row.update_id, stack=stack, version=row.version, kind=row.kind, at=at)
