"""The feed's memory as rows: the newest update of each stack that was told of, and when this bot looked first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.discovery import FirstLook
from bot.model import Result, StackRef
from bot.records import Fence, Known
from bot.store.database import Database, milliseconds, moment
from bot.store.tables import stack

_KEY: Final = ("org", "project", "stack")
_FIRST: Final = dict.fromkeys(_KEY, "*")  # no stack has that name
_IS_FIRST: Final = stack.c.org == "*"


class SqlStacks:
    """The `Stacks` port on the table `stack`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Known]:
        """Every stack that was looked at."""
        chosen = select(stack).where(~_IS_FIRST).order_by(*_KEY)

        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            return list(await connection.execute(chosen))

        return [_known(row) for row in await self._database.read(work)]

    async def begin(self, now: datetime) -> FirstLook:
        """When a bot on this database first looked: now, unless that was noted before."""
        row = self._database.insert(stack).values(
            **_FIRST, result=Result.UNKNOWN.value, at=milliseconds(now), complete=False
        )

        async def work(connection: AsyncConnection) -> FirstLook:
            await connection.execute(row.on_conflict_do_nothing())
            found = (await connection.execute(select(stack.c.at, stack.c.complete).where(_IS_FIRST))).one()
            return FirstLook(at=moment(found.at), complete=found.complete)

        return await self._database.run(work)

    async def complete(self, fence: Fence) -> None:
        """Note that every stack was looked at once: what comes from now on is new."""
        noted = update(stack).where(_IS_FIRST).values(complete=True)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(noted)

        await self._database.run(work, fence=fence)

    async def put(self, known: Sequence[Known], fence: Fence) -> None:
        """Store rows that nothing is to be told of."""

        async def work(connection: AsyncConnection) -> None:
            for each in known:
                await write_known(self._database, connection, each)

        await self._database.run(work, fence=fence)


async def write_known(database: Database, connection: AsyncConnection, known: Known) -> None:
    """Store one row, within the transaction of what is told of it."""
    values = {
        "seen_at": milliseconds(known.seen) if known.seen else None,
        "version": known.version,
        "update_id": known.update_id,
        "result": known.result.value,
        "failing_since": milliseconds(known.failing) if known.failing else None,
        "at": milliseconds(known.at),
        "complete": True,
    }
    row = database.insert(stack).values(**_key(known.stack), **values)
    await connection.execute(row.on_conflict_do_update(index_elements=list(_KEY), set_=values))


async def forget_known(_: Database, connection: AsyncConnection, gone: StackRef) -> None:
    """Forget one row, within the transaction that tells why."""
    await connection.execute(delete(stack).where(*(stack.c[name] == value for name, value in _key(gone).items())))


def _key(of: StackRef) -> dict[str, str]:
    return {"org": of.org, "project": of.project, "stack": of.stack}


def _known(row: Row[Any]) -> Known:
    return Known(
        stack=StackRef(row.org, row.project, row.stack),
        seen=moment(row.seen_at),
        version=row.version,
        update_id=row.update_id,
        result=Result(row.result),
        failing=moment(row.failing_since),
        at=moment(row.at),
    )
