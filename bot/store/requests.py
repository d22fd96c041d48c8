"""Requests and votes as rows. Each change is one transaction: the row, the votes, the wanted messages, the trail."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.approvals import Actor, Deed, Request, State, Step, Verdict, Vote
from bot.codec import decode, encode
from bot.records import Fence, Occupied, Wanted
from bot.store.database import Database, milliseconds, moment
from bot.store.messages import write_wanted
from bot.store.tables import OPEN_STATES, request, vote
from bot.store.trail import append
from bot.trail import entry

Display = Callable[[Step], Sequence[Wanted]]


class SqlRequests:
    """The `Requests` port. `display` says which messages a step wants, as a pure function."""

    def __init__(self, database: Database, display: Display) -> None:
        self._database = database
        self._display = display

    async def open(self, step: Step) -> Request:
        """Store a new request; the one stored already when its `source` is known. Occupied when its subject is."""
        asked = step.request

        async def work(connection: AsyncConnection) -> Request:
            row = self._database.insert(request).values(**_row(asked)).on_conflict_do_nothing()
            if (await connection.execute(row)).rowcount != 1:
                return await self._existing(connection, asked)
            await self._follow_up(connection, step)
            return asked

        return await self._database.run(work)

    async def _existing(self, connection: AsyncConnection, asked: Request) -> Request:
        same = await _one(connection, request.c.source_key == asked.source)
        if same:
            return same
        other = await _one(connection, and_(request.c.subject == asked.subject, text(OPEN_STATES)))
        if other:
            raise Occupied(other)
        raise LookupError(asked.id)  # the id itself is taken: the caller makes another one

    async def get(self, request_id: str) -> Request | None:
        """One request as it stands now."""

        async def work(connection: AsyncConnection) -> Request | None:
            return await _one(connection, request.c.id == request_id)

        return await self._database.read(work)

    async def change(
        self, request_id: str, step: Callable[[Request], Step], *, fence: Fence | None = None
    ) -> tuple[Request, Step]:
        """Take a pure step under the row's lock; gives the request as it stands then, and the step that was taken."""

        async def work(connection: AsyncConnection) -> tuple[Request, Step]:
            before = await _one(connection, request.c.id == request_id, lock=True)
            if before is None:
                raise LookupError(request_id)
            taken = step(before)
            if taken.quiet:
                return before, taken
            after = replace(taken.request, version=before.version + 1)
            await self._save(connection, before, after, taken.deed)
            taken = replace(taken, request=after)
            await self._follow_up(connection, taken)
            return after, taken

        return await self._database.run(work, fence=fence)

    async def _save(self, connection: AsyncConnection, before: Request, after: Request, deed: Deed | None) -> None:
        where = [request.c.id == before.id, request.c.version == before.version]
        if deed is Deed.SENT:
            where.append(request.c.sent_at.is_(None))  # the guard: at most one attempt, whoever leads
        if (await connection.execute(update(request).where(*where).values(**_row(after)))).rowcount != 1:
            raise LookupError(f"{before.id} changed under its own lock")
        for each in after.votes:
            if each not in before.votes:
                await self._put_vote(connection, after.id, each)

    async def _put_vote(self, connection: AsyncConnection, request_id: str, ballot: Vote) -> None:
        values = {
            "verdict": ballot.verdict.value,
            "comment": ballot.comment,
            "login": ballot.by.login,
            "email": ballot.by.email,
            "at": milliseconds(ballot.at),
        }
        row = self._database.insert(vote).values(request_id=request_id, user_id=ballot.by.user, **values)
        keys = ["request_id", "user_id"]
        await connection.execute(row.on_conflict_do_update(index_elements=keys, set_=values))

    async def _follow_up(self, connection: AsyncConnection, step: Step) -> None:
        """What belongs to every step. The trail comes last: its head row is the last lock of a transaction."""
        await write_wanted(self._database, connection, self._display(step))
        await append(self._database, connection, [entry(step)])

    async def find(
        self, *, states: Sequence[State] = (), requester: str = "", limit: int = 100, offset: int = 0
    ) -> list[Request]:
        """Requests, newest first."""
        chosen = select(request).order_by(request.c.created_at.desc(), request.c.id).limit(limit).offset(offset)
        if states:
            chosen = chosen.where(request.c.state.in_([state.value for state in states]))
        if requester:
            chosen = chosen.where(request.c.requester == requester)
        return await self._all(chosen)

    async def due(self, now: datetime) -> list[Request]:
        """What the clerk has to look at: approved, executing, or with a time that has come. Oldest first."""
        at = milliseconds(now)
        come = or_(request.c.expires_at <= at, request.c.remind_at <= at)
        ready = and_(request.c.waits.is_(False), or_(request.c.not_before.is_(None), request.c.not_before <= at))
        due = or_(
            and_(request.c.state == State.PENDING.value, come),
            and_(request.c.state == State.APPROVED.value, or_(request.c.execute_by <= at, ready)),
            request.c.state == State.EXECUTING.value,
            and_(request.c.state == State.UNKNOWN.value, request.c.next_check_at <= at),
        )
        return await self._all(select(request).where(due).order_by(request.c.created_at).limit(200))

    async def _all(self, chosen: Select[Any]) -> list[Request]:
        async def work(connection: AsyncConnection) -> list[Request]:
            rows = list(await connection.execute(chosen))
            votes = await _votes(connection, [row.id for row in rows])
            return [_request(row, votes.get(row.id, ())) for row in rows]

        return await self._database.read(work)


async def _one(connection: AsyncConnection, where: Any, *, lock: bool = False) -> Request | None:  # noqa: ANN401  # SQL
    chosen = select(request).where(where).limit(1)
    row = (await connection.execute(chosen.with_for_update() if lock else chosen)).first()
    if row is None:
        return None
    return _request(row, (await _votes(connection, [row.id])).get(row.id, ()))


async def _votes(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, tuple[Vote, ...]]:
    found: dict[str, tuple[Vote, ...]] = {}
    chosen = select(vote).where(vote.c.request_id.in_(list(ids))).order_by(vote.c.at, vote.c.user_id)
    for row in await connection.execute(chosen):
        found[row.request_id] = (*found.get(row.request_id, ()), _vote(row))
    return found


def _vote(row: Row[Any]) -> Vote:
    at = moment(row.at)
    if at is None:
        raise ValueError("a vote without its time")
    by = Actor(user=row.user_id, login=row.login, email=row.email)
    return Vote(by=by, verdict=Verdict(row.verdict), comment=row.comment, at=at)


def _request(row: Row[Any], votes: tuple[Vote, ...]) -> Request:
    return replace(decode(Request, row.body), votes=votes)


def _row(asked: Request) -> dict[str, Any]:
    """The columns that are looked at, and the whole of it, the votes left out, which have rows of their own."""
    return {
        "id": asked.id,
        "source_key": asked.source,
        "subject": asked.subject,
        "requester": asked.requester.user,
        "state": asked.state.value,
        "version": asked.version,
        "created_at": milliseconds(asked.created),
        "expires_at": milliseconds(asked.expires),
        "remind_at": _ms(asked.remind),
        "execute_by": _ms(asked.execute_by),
        "not_before": _ms(asked.not_before),
        "waits": asked.waits,
        "sent_at": _ms(asked.sent_at),
        "sent_by": asked.sent_by,
        "next_check_at": _ms(asked.next_check),
        "checks": asked.checks,
        "body": encode(replace(asked, votes=())),
    }


def _ms(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)
