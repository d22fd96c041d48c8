"""What is told of a stack as one transaction: memory, incidents, messages, watches, summaries, mutes."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bursts import Burst
from bot.chronicle import Edition, Ledger, Telling
from bot.codec import decode, encode
from bot.incidents import Incident
from bot.model import Result, StackRef
from bot.records import Fence, Known, Wanted
from bot.store.database import Database, moment
from bot.store.messages import write_wanted
from bot.store.stacks import forget_known, write_known
from bot.store.subscriptions import add_mute, end_mutes, park_each, unpark_each
from bot.store.tables import incident, message, setting, stack
from bot.store.watches import write_watch
from bot.subscriptions import Mute

_BURST: Final = "burst"  # the setting's name
_OVER: Final = 5  # incidents of a stack that are over and may still be heard of


class SqlNews:
    """The `News` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tell(self, telling: Telling, fence: Fence) -> None:
        """Store what is decided, together with the feed's memory."""

        async def work(connection: AsyncConnection) -> None:
            ledger = await self._ledger(connection, telling)
            await self._store(connection, telling, telling.decide(ledger))

        await self._database.run(work, fence=fence)

    async def _ledger(self, connection: AsyncConnection, telling: Telling) -> Ledger:
        found = await _incidents(connection, telling.stack)
        about = [*telling.subjects, *(f"incident/{each.id}" for each in found)]
        chosen = select(message.c.key, message.c.dead_reason).where(message.c.subject.in_(about))
        rows = list(await connection.execute(chosen))
        return Ledger(
            known=await _known(connection, telling.stack),
            incidents=found,
            keys=frozenset(row.key for row in rows if row.dead_reason is None),
            dead=frozenset(row.key for row in rows if row.dead_reason is not None),
            bursts=await self._bursts(connection, _channels(telling, found)),
        )

    async def _bursts(self, connection: AsyncConnection, channels: Sequence[str]) -> dict[str, Burst]:
        """Locked, so that failures at the same time are counted one after the other."""
        if not channels:
            return {}
        empty = [{"scope": each, "name": _BURST, "value": json.dumps(encode(Burst()))} for each in channels]
        await connection.execute(self._database.insert(setting).values(empty).on_conflict_do_nothing())
        where = (setting.c.name == _BURST, setting.c.scope.in_(channels))
        rows = await connection.execute(select(setting).where(*where).order_by(setting.c.scope).with_for_update())
        return {row.scope: decode(Burst, json.loads(row.value)) for row in rows}

    async def _store(self, connection: AsyncConnection, telling: Telling, edition: Edition) -> None:
        """In the order of all locks: the stack, its incidents, settings, messages, watches."""
        await self._remember(connection, telling)
        for each in edition.incidents:
            await self._put(connection, each)
        for channel, burst in sorted(edition.bursts.items()):
            await self._put_burst(connection, channel, burst)
        if edition.loud:
            await end_mutes(connection, telling.stack)
        await park_each(connection, edition.parked, edition.reason)
        await unpark_each(connection, edition.resumed, edition.reason)
        await write_wanted(self._database, connection, edition.wanted)
        for watch in edition.watches:
            await write_watch(self._database, connection, watch)

    async def _remember(self, connection: AsyncConnection, telling: Telling) -> None:
        if telling.gone:
            await forget_known(self._database, connection, telling.stack)
        elif telling.known:
            await write_known(self._database, connection, telling.known)

    async def _put(self, connection: AsyncConnection, wanted: Incident) -> None:
        newest = wanted.latest.version or 0  # of the stack: so that the latest of several incidents is known
        values = {"stack": str(wanted.stack), "open": wanted.open, "version": newest, "body": encode(wanted)}
        row = self._database.insert(incident).values(id=wanted.id, **values)
        await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))

    async def _put_burst(self, connection: AsyncConnection, channel: str, burst: Burst) -> None:
        value = json.dumps(encode(burst))
        row = self._database.insert(setting).values(scope=channel, name=_BURST, value=value)
        keys = ["scope", "name"]
        await connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"value": value}))

    async def incident(self, incident_id: str) -> Incident | None:
        """One incident as it stands."""
        found = await self._read(select(incident).where(incident.c.id == incident_id))
        return found[0] if found else None

    async def of(self, stack: StackRef) -> list[Incident]:
        """The incidents of a stack that are open."""
        return await self._read(select(incident).where(incident.c.stack == str(stack), incident.c.open))

    async def _read(self, chosen: Select[Any]) -> list[Incident]:
        async def work(connection: AsyncConnection) -> list[Row[Any]]:
            return list(await connection.execute(chosen.order_by(incident.c.id)))

        return [_incident(row) for row in await self._database.read(work)]

    async def press(
        self,
        incident_id: str,
        step: Callable[[Incident], Incident],
        show: Callable[[Incident], Sequence[Wanted]],
        *,
        mute: tuple[str, Mute] | None = None,
    ) -> Incident:
        """Take a pure step under the row's lock, show it, and `mute` a channel. LookupError: there is no incident."""
        chosen = select(incident).where(incident.c.id == incident_id).with_for_update()

        async def work(connection: AsyncConnection) -> Incident:
            row = (await connection.execute(chosen)).first()
            if row is None:
                raise LookupError(incident_id)
            before = _incident(row)
            after = step(before)
            if mute:
                await add_mute(self._database, connection, *mute)
            if after != before:
                await self._put(connection, after)
                await write_wanted(self._database, connection, await _standing(connection, show(after)))
            return after

        return await self._database.run(work)

    async def moved(self, old: StackRef, new: StackRef, *, fence: Fence | None = None) -> None:
        """Follow a stack to its new name."""
        chosen = select(incident).where(incident.c.stack == str(old)).order_by(incident.c.id).with_for_update()

        async def work(connection: AsyncConnection) -> None:
            for row in list(await connection.execute(chosen)):
                await self._put(connection, replace(_incident(row), stack=new))

        await self._database.run(work, fence=fence)


def _channels(telling: Telling, found: Sequence[Incident]) -> list[str]:
    """Where something may be told: also where a line of a summary has to be changed."""
    summed = {place.channel for each in found for place in each.places if place.summed}
    return sorted({*telling.channels, *summed})


async def _incidents(connection: AsyncConnection, stack: StackRef) -> tuple[Incident, ...]:
    """The open ones, locked, and the latest that are over."""
    mine = select(incident).where(incident.c.stack == str(stack))
    still = mine.where(incident.c.open).order_by(incident.c.id).with_for_update()
    over = mine.where(~incident.c.open).order_by(incident.c.version.desc()).limit(_OVER)
    rows = [*(await connection.execute(over)), *(await connection.execute(still))]
    return tuple(_incident(row) for row in rows)


async def _known(connection: AsyncConnection, of: StackRef) -> Known | None:
    where = (stack.c.org == of.org, stack.c.project == of.project, stack.c.stack == of.stack)
    row = (await connection.execute(select(stack).where(*where))).first()
    if row is None:
        return None
    return Known(
        stack=of,
        seen=moment(row.seen_at),
        version=row.version,
        update_id=row.update_id,
        result=Result(row.result),
        failing=moment(row.failing_since),
        at=moment(row.at),
    )


async def _standing(connection: AsyncConnection, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Those that are there already: what was given up stays so."""
    keys = [each.key for each in wanted]
    chosen = select(message.c.key).where(message.c.key.in_(keys), message.c.dead_reason.is_(None))
    there = set((await connection.execute(chosen)).scalars())
    return [each for each in wanted if each.key in there]


def _incident(row: Row[Any]) -> Incident:
    return decode(Incident, row.body)
