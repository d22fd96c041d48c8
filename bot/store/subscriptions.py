"""Who is told of what, as rows: a subscription is kept as its line. A channel's mutes are one setting, as JSON."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UsageError
from bot.filters import Pattern
from bot.model import StackRef
from bot.operations.words import split
from bot.records import Fence, Subscribed
from bot.store.database import Database, milliseconds, moment
from bot.store.tables import setting, subscription
from bot.subscription_line import parse
from bot.subscriptions import Mute, Subscription

log = structlog.get_logger()

_MUTES: Final = "mutes"  # the setting's name
_REASON: Final = 200  # characters that the column takes

Mutes = list[Mute]


class SqlSubscriptions:
    """The `Subscriptions` port on the table `subscription` and the setting `mutes` of each channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, wanted: Subscribed) -> Subscribed | None:
        """Store it in place of what the channel had about the same, which is given back."""

        async def work(connection: AsyncConnection) -> Subscribed | None:
            where = (subscription.c.channel == wanted.channel, subscription.c.target == wanted.subscription.key)
            before = (await connection.execute(select(subscription).where(*where).with_for_update())).first()
            await self._put(connection, wanted)
            return _subscribed(before) if before else None

        return await self._database.run(work)

    async def _put(self, connection: AsyncConnection, wanted: Subscribed) -> None:
        values = {
            "line": wanted.subscription.line,
            "by_user": wanted.by,
            "at": milliseconds(wanted.at),
            "parked_reason": wanted.parked[:_REASON] or None,
        }
        key = {"channel": wanted.channel, "target": wanted.subscription.key}
        row = self._database.insert(subscription).values(**key, **values)
        await connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=values))

    async def remove(self, channel: str, key: str) -> bool:
        """End one; False when there is none."""
        where = (subscription.c.channel == channel, subscription.c.target == key)

        async def work(connection: AsyncConnection) -> bool:
            return bool((await connection.execute(delete(subscription).where(*where))).rowcount)

        return await self._database.run(work)

    async def of(self, channel: str) -> list[Subscribed]:
        """All of a channel."""
        return await self._read(select(subscription).where(subscription.c.channel == channel))

    async def all(self) -> list[Subscribed]:
        """All there are."""
        return await self._read(select(subscription))

    async def _read(self, chosen: Select[Any]) -> list[Subscribed]:
        ordered = chosen.order_by(subscription.c.channel, subscription.c.target)

        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            return list(await connection.execute(ordered))

        return list(_readable(await self._database.read(work)))

    async def park(self, channel: str, reason: str) -> bool:
        """Note that nothing can be posted there; whether that is news."""
        return await self._mark(channel, reason[:_REASON] or "unknown")

    async def unpark(self, channel: str) -> bool:
        """Note that it can be posted there again; whether that is news."""
        return await self._mark(channel, None)

    async def _mark(self, channel: str, reason: str | None) -> bool:
        column = subscription.c.parked_reason
        other = column.is_(None) if reason else column.is_not(None)
        change = update(subscription).where(subscription.c.channel == channel, other).values(parked_reason=reason)

        async def work(connection: AsyncConnection) -> bool:
            return bool((await connection.execute(change)).rowcount)

        return await self._database.run(work)

    async def moved(self, old: StackRef, new: StackRef, *, fence: Fence | None = None) -> int:
        """Follow a stack to its new name; where that is subscribed to already, what was said there stays."""

        async def work(connection: AsyncConnection) -> int:
            rows = list(await connection.execute(select(subscription).order_by("channel", "target").with_for_update()))
            taken = {(row.channel, row.target) for row in rows}
            named = [(each, each.subscription.moved(old, new)) for each in _readable(rows)]
            changed = [(each, after) for each, after in named if after != each.subscription]
            for each, after in changed:
                key = (each.channel, after.key)
                if after.key != each.subscription.key:
                    where = (subscription.c.channel == each.channel, subscription.c.target == each.subscription.key)
                    await connection.execute(delete(subscription).where(*where))
                if after.key == each.subscription.key or key not in taken:
                    await self._put(connection, replace(each, subscription=after))
            return len(changed) + await self._moved_mutes(connection, old, new)

        return await self._database.run(work, fence=fence)

    async def _moved_mutes(self, connection: AsyncConnection, old: StackRef, new: StackRef) -> int:
        rows = list(await connection.execute(_muted().order_by(setting.c.scope).with_for_update()))
        changed = 0
        for row in rows:
            before = _mutes(row.value)
            after = [replace(each, target=each.target.moved(old, new)) for each in before]
            if after != before:
                changed += 1
                await self._put_mutes(connection, row.scope, after)
        return changed

    async def mute(self, channel: str, wanted: Mute, now: datetime) -> None:
        """Be quiet there, in place of what was said of the same target; what is over is forgotten."""

        def change(mutes: Mutes) -> Mutes:
            return [*(each for each in mutes if each.target != wanted.target and not each.over(now)), wanted]

        await self._change(channel, change)

    async def unmute(self, channel: str, target: Pattern | None = None) -> Mutes:
        """Be loud there again, about that target or about everything; gives what is ended."""
        return await self._change(channel, lambda mutes: [each for each in mutes if target not in {None, each.target}])

    async def mutes(self) -> dict[str, Mutes]:
        """Every channel's, also those that are over."""

        async def work(connection: AsyncConnection) -> dict[str, Mutes]:
            return {row.scope: _mutes(row.value) for row in await connection.execute(_muted())}

        return await self._database.read(work)

    async def _change(self, channel: str, change: Callable[[Mutes], Mutes]) -> Mutes:
        """Change a channel's mutes under the row's lock; gives those that are gone."""

        async def work(connection: AsyncConnection) -> Mutes:
            return await _changed(self._database, connection, channel, change)

        return await self._database.run(work)

    async def _put_mutes(self, connection: AsyncConnection, channel: str, mutes: Mutes) -> None:
        await _rewrite(connection, channel, mutes)


async def _changed(
    database: Database, connection: AsyncConnection, channel: str, change: Callable[[Mutes], Mutes]
) -> Mutes:
    empty = database.insert(setting).values(scope=channel, name=_MUTES, value="[]")
    await connection.execute(empty.on_conflict_do_nothing())
    where = setting.c.scope == channel
    before = _mutes((await connection.execute(_muted().where(where).with_for_update())).one().value)
    after = change(before)
    await _rewrite(connection, channel, after)
    return [each for each in before if each not in after]


async def add_mute(database: Database, connection: AsyncConnection, channel: str, wanted: Mute) -> None:
    """Within the transaction of a press: be quiet there, in place of what was said of the same target."""
    await _changed(
        database, connection, channel, lambda mutes: [*(each for each in mutes if each.target != wanted.target), wanted]
    )


async def _rewrite(connection: AsyncConnection, channel: str, mutes: Mutes) -> None:
    where = (setting.c.scope == channel, setting.c.name == _MUTES)
    if not mutes:
        await connection.execute(delete(setting).where(*where))
        return
    await connection.execute(update(setting).where(*where).values(value=_written(mutes)))


async def end_mutes(connection: AsyncConnection, stack: StackRef) -> None:
    """Within the transaction that tells that a stack is fixed: every silence about it that lasts until then is over."""
    for row in list(await connection.execute(_muted().order_by(setting.c.scope).with_for_update())):
        before = _mutes(row.value)
        after = [each for each in before if each.until is not None or not each.target.covers(stack)]
        if after != before:
            await _rewrite(connection, row.scope, after)


async def park_each(connection: AsyncConnection, which: Iterable[tuple[str, str]], reason: str) -> None:
    """Within the transaction that tells why: these (channel and key) rest."""
    for channel, key in which:
        free = (subscription.c.channel == channel, subscription.c.target == key, subscription.c.parked_reason.is_(None))
        await connection.execute(update(subscription).where(*free).values(parked_reason=reason))


async def unpark_each(connection: AsyncConnection, which: Iterable[tuple[str, str]], reason: str) -> None:
    """Within the transaction that tells why: these no longer rest, if that was the reason."""
    for channel, key in which:
        mine = (subscription.c.channel == channel, subscription.c.target == key)
        parked = update(subscription).where(*mine, subscription.c.parked_reason == reason)
        await connection.execute(parked.values(parked_reason=None))


def _muted() -> Select[Any]:
    return select(setting).where(setting.c.name == _MUTES)


def _readable(rows: Iterable[Row[Any]]) -> Iterable[Subscribed]:
    return (found for row in rows if (found := _subscribed(row)))


def _subscribed(row: Row[Any]) -> Subscribed | None:
    wanted = _parsed(row.channel, row.line)
    if wanted is None:
        return None
    at, parked = moment(row.at), row.parked_reason or ""
    return Subscribed(channel=row.channel, subscription=wanted, by=row.by_user, at=at, parked=parked)


def _parsed(channel: str, line: str) -> Subscription | None:
    try:
        return parse(split(line))
    except UsageError as error:
        log.warning("a subscription can't be read", channel=channel, line=line, error=error.text)
        return None


def _written(mutes: Mutes) -> str:
    shapes = [
        {"target": str(each.target), "until": milliseconds(each.until) if each.until else None, "by": each.by}
        for each in mutes
    ]
    return json.dumps(shapes)


def _mutes(value: str) -> Mutes:
    return [
        Mute(target=Pattern.parse(each["target"]), until=moment(each["until"]), by=each["by"])
        for each in json.loads(value)
    ]
