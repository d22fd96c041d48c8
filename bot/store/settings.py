"""What channels and people set, as rows."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import setting


class SqlSettings:
    """The `Settings` port on the table `setting`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, scope: str, name: str) -> str | None:
        """The stored value, or None."""
        chosen = select(setting.c.value).where(setting.c.scope == scope, setting.c.name == name)

        async def work(connection: AsyncConnection) -> str | None:
            return (await connection.execute(chosen)).scalar_one_or_none()

        return await self._database.read(work)

    async def put(self, scope: str, name: str, value: str | None) -> None:
        """Store a value, or forget it with None."""

        async def work(connection: AsyncConnection) -> None:
            if value is None:
                await connection.execute(delete(setting).where(setting.c.scope == scope, setting.c.name == name))
                return
            row = self._database.insert(setting).values(scope=scope, name=name, value=value)
            await connection.execute(row.on_conflict_do_update(index_elements=["scope", "name"], set_={"value": value}))

        await self._database.run(work)
