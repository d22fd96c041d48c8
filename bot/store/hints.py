"""Hints on their way from whichever replica heard them to the one that leads, as rows of `setting`.

Nothing depends on them: what is lost is found by the next list of stacks.
"""

import json
from hashlib import sha1
from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import StackRef
from bot.store.database import Database
from bot.store.tables import setting
from bot.webhooks import Hint

_SCOPE: Final = "hint"
_MOST: Final = 500


class SqlHints:
    """One row for each stack, however often it was heard of. Two that come together are one: the newer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def leave(self, hint: Hint) -> None:
        """For the leader."""
        value = json.dumps([str(hint.stack) if hint.stack else None, hint.kind, hint.preview])
        about = f"{hint.stack} {hint.preview}".encode()
        name = sha1(about, usedforsecurity=False).hexdigest()
        row = self._database.insert(setting).values(scope=_SCOPE, name=name, value=value)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(row.on_conflict_do_update(index_elements=["scope", "name"], set_={"value": value}))

        await self._database.run(work)

    async def take(self) -> list[Hint]:
        """All there are, which are gone then."""
        taken = delete(setting).where(setting.c.scope == _SCOPE).returning(setting.c.value)

        async def work(connection: AsyncConnection) -> list[str]:
            return list((await connection.execute(taken)).scalars())

        return [_hint(value) for value in (await self._database.run(work))[:_MOST]]


def _hint(value: str) -> Hint:
    stack, kind, preview = json.loads(value)
    return Hint(StackRef.parse(stack) if stack else None, kind, preview=preview)
