"""Linked accounts as rows. A token is ciphertext that names its Slack user, so that rows can't be exchanged.

Keys rotate: the newest encrypts, all of them decrypt, and `renew` encrypts what an older key did anew.
https://cryptography.io/en/latest/fernet/
"""

import json
from collections.abc import Sequence
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Clock
from bot.records import Linked, LinkUnreadable
from bot.store.database import Database, milliseconds, moment
from bot.store.tables import link
from bot.store.trail import append
from bot.trail import Entry

log = structlog.get_logger()


class SqlLinks:
    """The `Links` port on the table `link`; each change is in the trail by the same transaction."""

    def __init__(self, database: Database, keys: Sequence[SecretStr], *, clock: Clock) -> None:
        """`keys` are Fernet's, newest first, at least one. ValueError for one that is none."""
        self._database = database
        self._keys = [Fernet(key.get_secret_value()) for key in keys]
        self._ring = MultiFernet(self._keys)
        self._clock = clock

    async def get(self, user: str) -> Linked | None:
        """Who a Slack user is at Pulumi."""
        row = await self._row(user)
        return _linked(row) if row else None

    async def token(self, user: str) -> SecretStr | None:
        """That person's own token. LinkUnreadable when no key opens it, or when it was another person's."""
        row = await self._row(user)
        return self._opened(row) if row else None

    async def put(self, linked: Linked, token: SecretStr) -> None:
        """Link, or link anew."""
        values = {
            "login": linked.login,
            "name": linked.name,
            "token": self._sealed(linked.user, linked.login, token),
            "at": milliseconds(linked.at),
        }

        async def work(connection: AsyncConnection) -> None:
            before = (await connection.execute(_chosen(linked.user).with_for_update())).first()
            if before and (before.login, before.at) == (linked.login, values["at"]):
                return  # stored already, by a commit whose answer was lost
            row = self._database.insert(link).values(user_id=linked.user, **values)
            await connection.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=values))
            said = {"user": linked.user, "login": linked.login}
            before_that = {"login_before": before.login} if before else {}
            await self._note(connection, linked.user, "linked", {**said, **before_that})

        await self._database.run(work)

    async def drop(self, user: str) -> bool:
        """Forget the link and its token; False when there was none."""

        async def work(connection: AsyncConnection) -> bool:
            before = (await connection.execute(_chosen(user).with_for_update())).first()
            if before is None:
                return False
            await connection.execute(delete(link).where(link.c.user_id == user))
            await self._note(connection, user, "unlinked", {"user": user, "login": before.login})
            return True

        return await self._database.run(work)

    async def by_login(self, login: str) -> list[Linked]:
        """The Slack users who linked that Pulumi account, whatever the case of its letters."""
        chosen = select(link).where(func.lower(link.c.login) == login.lower()).order_by(link.c.user_id)

        async def work(connection: AsyncConnection) -> list[Linked]:
            return [_linked(row) for row in await connection.execute(chosen)]

        return await self._database.read(work)

    async def renew(self) -> int:
        """Encrypt with the newest key whatever an older one did; how many rows that were. For the start."""

        async def rows(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(select(link))).all()

        stale = [row for row in await self._database.read(rows) if not self._newest_opens(row.token)]
        return sum([await self._renewed(row) for row in stale])

    async def _renewed(self, row: Row[Any]) -> bool:
        try:
            token = self._opened(row)
        except LinkUnreadable:
            log.warning("a linked account can't be read: its key is not in ENCRYPTION_KEYS", user=row.user_id)
            return False
        sealed = self._sealed(row.user_id, row.login, token)
        seen = (link.c.user_id == row.user_id, link.c.token == row.token)

        async def work(connection: AsyncConnection) -> bool:
            return bool((await connection.execute(update(link).where(*seen).values(token=sealed))).rowcount)

        return await self._database.run(work)

    def _newest_opens(self, sealed: bytes) -> bool:
        try:
            self._keys[0].decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def _sealed(self, user: str, login: str, token: SecretStr) -> bytes:
        return self._keys[0].encrypt(json.dumps([user, login, token.get_secret_value()]).encode())

    def _opened(self, row: Row[Any]) -> SecretStr:
        try:
            user, login, token = json.loads(self._ring.decrypt(row.token))
        except (InvalidToken, ValueError):
            raise LinkUnreadable(row.user_id) from None
        if (user, login) != (row.user_id, row.login):
            raise LinkUnreadable(row.user_id)
        return SecretStr(token)

    async def _row(self, user: str) -> Row[Any] | None:
        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            return list(await connection.execute(_chosen(user)))

        return next(iter(await self._database.read(work)), None)

    async def _note(self, connection: AsyncConnection, user: str, deed: str, body: dict[str, str]) -> None:
        entry = Entry(at=self._clock(), subject=user, deed=deed, body=body)
        await append(self._database, connection, [entry])


def _chosen(user: str) -> Select[Any]:
    return select(link).where(link.c.user_id == user)


def _linked(row: Row[Any]) -> Linked:
    return Linked(user=row.user_id, login=row.login, name=row.name, at=moment(row.at))
