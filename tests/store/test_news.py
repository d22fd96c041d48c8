"""What is told of a stack is one transaction, over both databases: all of it or nothing, once, by whoever leads."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import incidents
from bot.bursts import Burst
from bot.card import Card
from bot.chronicle import Edition, Ledger, Telling
from bot.console import Console
from bot.filters import Pattern
from bot.happenings import Happening, Kind
from bot.incidents import Incident
from bot.model import Result, StackRef, UpdateInfo
from bot.operations import Scene
from bot.operations.words import split
from bot.records import Deposed, Fence, Known, Subscribed
from bot.services.draft import Heard
from bot.services.incident_cards import shown_again
from bot.services.notices import Story
from bot.services.telling import decided, subjects
from bot.store.database import Database
from bot.store.lease import lease_of
from bot.store.news import SqlNews
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import incident, message, stack, watch
from bot.subscription_line import parse
from bot.subscriptions import Mute
from bot.timing import FAST
from tests.unit.test_steps import NOON

PROD = StackRef("acme", "shop", "prod")
OPS, DEV = "C0OPS", "C0DEV"
SCENE = Scene(now=NOON, console=Console("https://app.pulumi.com"))


def update(version: int, result: Result = Result.FAILED) -> UpdateInfo:
    at = NOON + timedelta(minutes=version)
    return UpdateInfo(
        stack=PROD,
        update_id=f"id-{version}",
        version=version,
        kind="update",
        preview=False,
        result=result,
        started=at,
        ended=at + timedelta(seconds=30) if result.final else None,
    )


def heard(version: int, kind: Kind, result: Result, cause: str = "why", channels: Sequence[str] = (OPS,)) -> Heard:
    this = update(version, result)
    happening = Happening(stack=PROD, kinds=frozenset({kind}), at=this.ended or NOON, update=this)
    some = frozenset(channels)
    follows = some if kind is Kind.STARTED else frozenset[str]()
    return Heard(happening=happening, story=Story(update=this), cause=cause, wants=some, fixes=some, follows=follows)


def telling(*some: Heard) -> Telling:
    last = some[-1].happening.update
    assert last
    known = Known(
        stack=PROD,
        seen=last.started,
        version=last.version,
        update_id=last.update_id,
        result=last.result,
        failing=None,
        at=NOON,
    )
    return Telling(
        stack=PROD,
        decide=lambda ledger: decided(some, ledger, SCENE),
        known=known,
        subjects=[each for one in some if one.happening.update for each in subjects(one.happening.update)],
        channels=[OPS, DEV],
    )


FAILED = heard(1, Kind.FAILED, Result.FAILED)
AGAIN = heard(2, Kind.FAILED, Result.FAILED)
STARTED = heard(3, Kind.STARTED, Result.RUNNING)
FIXED = heard(3, Kind.RECOVERED, Result.SUCCEEDED)


@pytest_asyncio.fixture
async def fence(database: Database) -> Fence:
    lease = lease_of(database, FAST)
    while (found := await lease.acquire()) is None:
        pass
    return found


@pytest.fixture
def news(database: Database) -> SqlNews:
    return SqlNews(database)


async def keys(database: Database) -> list[str]:
    async def work(connection: AsyncConnection) -> list[str]:
        return list((await connection.execute(select(message.c.key).order_by(message.c.id))).scalars())

    return await database.read(work)


async def counted(database: Database) -> dict[str, int]:
    async def count(connection: AsyncConnection, table: Table) -> int:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())

    async def work(connection: AsyncConnection) -> dict[str, int]:
        return {table.name: await count(connection, table) for table in (incident, message, stack, watch)}

    return await database.read(work)


async def test_a_whole_story_and_the_same_again(news: SqlNews, database: Database, fence: Fence) -> None:
    for each in (FAILED, AGAIN, STARTED, FIXED):
        await news.tell(telling(each), fence)
    told = [
        f"incident/id-1/{OPS}",
        f"incident/id-1/id-2/{OPS}",
        f"update/id-3/{OPS}",
        f"incident/id-1/id-3/{OPS}",
    ]
    assert await keys(database) == told
    found = await news.incident("id-1")
    assert found
    assert (found.count, found.open) == (2, False)
    assert await news.of(PROD) == []
    for each in (FAILED, AGAIN, STARTED, FIXED):
        await news.tell(telling(each), fence)
    assert await keys(database) == told
    assert await news.incident("id-1") == found


async def test_all_at_once_is_the_same_as_one_after_the_other(news: SqlNews, database: Database, fence: Fence) -> None:
    await news.tell(telling(FAILED, AGAIN, STARTED, FIXED), fence)
    assert len(await keys(database)) == 4
    assert (await counted(database))["watch"] == 1


async def test_what_breaks_off_leaves_nothing(news: SqlNews, database: Database, fence: Fence) -> None:
    def broken(ledger: Ledger) -> Edition:
        edition = decided([FAILED], ledger, SCENE)
        orphan = replace(edition.wanted[0], key="another", parent="no such message")
        return replace(edition, wanted=(*edition.wanted, orphan))

    with pytest.raises(Exception, match="No row was found"):
        await news.tell(replace(telling(FAILED), decide=broken), fence)
    assert await counted(database) == {"incident": 0, "message": 0, "stack": 0, "watch": 0}
    await news.tell(telling(FAILED), fence)
    assert await counted(database) == {"incident": 1, "message": 1, "stack": 1, "watch": 0}


@pytest.mark.postgres
async def test_whoever_leads_no_longer_tells_nothing(postgres_database: Database) -> None:
    news, lease = SqlNews(postgres_database), lease_of(postgres_database, FAST)
    fence = None
    while fence is None:
        fence = await lease.acquire()
    with pytest.raises(Deposed):
        await news.tell(telling(FAILED), Fence(fence.owner, fence.epoch - 1))
    assert (await counted(postgres_database))["message"] == 0
    await news.tell(telling(FAILED), fence)
    assert (await counted(postgres_database))["message"] == 1
    await news.tell(telling(FAILED, AGAIN), fence)
    assert (await counted(postgres_database))["message"] == 2


async def test_presses_at_the_same_time_are_all_kept(news: SqlNews, fence: Fence) -> None:
    await news.tell(telling(FAILED), fence)

    def on_it(user: str) -> asyncio.Future[Incident]:
        return asyncio.ensure_future(news.press("id-1", lambda found: incidents.taken(found, user), shown_again))

    people = [f"U{number}" for number in range(6)]
    await asyncio.gather(*map(on_it, people), news.tell(telling(AGAIN), fence))
    found = await news.incident("id-1")
    assert found
    assert (sorted(found.on_it), found.count) == (people, 2)


async def test_a_press_mutes_and_shows_in_one_transaction(news: SqlNews, database: Database, fence: Fence) -> None:
    await news.tell(telling(FAILED), fence)
    mute = Mute(target=Pattern.of(PROD), until=None, by="U0BO")
    await news.press("id-1", lambda found: incidents.muted(found, OPS, "U0BO"), shown_again, mute=(OPS, mute))
    rows = SqlSubscriptions(database)
    assert await rows.mutes() == {OPS: [mute]}
    await news.tell(telling(FIXED), fence)
    assert await rows.mutes() == {}
    with pytest.raises(LookupError):
        await news.press("nothing", lambda found: found, shown_again)


async def test_a_gone_stack_is_forgotten_and_what_named_it_rests(
    news: SqlNews, database: Database, fence: Fence
) -> None:
    rows = SqlSubscriptions(database)
    wanted = Subscribed(channel=OPS, subscription=parse(split("acme/shop/prod")), by="U0ANN", at=NOON)
    await rows.put(wanted)
    await news.tell(telling(FAILED), fence)
    happening = Happening(stack=PROD, kinds=frozenset({Kind.DELETED}), at=NOON)
    gone = Heard(happening=happening, named=((OPS, wanted.subscription.key),))
    last = Telling(stack=PROD, decide=lambda ledger: decided([gone], ledger, SCENE), gone=True)
    for _ in range(2):
        await news.tell(last, fence)
    assert (await counted(database))["stack"] == 0
    assert [each.parked for each in await rows.of(OPS)] == ["the stack was deleted"]
    assert [each.rpartition("/")[2] for each in await keys(database)] == [OPS, OPS]


async def test_bursts_are_remembered_for_each_channel(news: SqlNews, fence: Fence) -> None:
    seen: list[Ledger] = []

    def looks(ledger: Ledger) -> Edition:
        seen.append(ledger)
        return Edition(bursts={OPS: Burst(recent=(NOON,))})

    for _ in range(2):
        await news.tell(replace(telling(FAILED), decide=looks), fence)
    assert [dict(each.bursts) for each in seen] == [
        {OPS: Burst(), DEV: Burst()},
        {OPS: Burst(recent=(NOON,)), DEV: Burst()},
    ]


async def test_many_stacks_that_fail_at_the_same_time_are_counted_one_after_the_other(
    news: SqlNews, database: Database, fence: Fence
) -> None:
    """Ten messages and one summary, however the transactions meet."""

    def fails(number: int) -> Telling:
        ref = replace(PROD, stack=f"prod-{number}")
        this = replace(update(1), stack=ref, update_id=f"of-{number}")
        happening = Happening(stack=ref, kinds=frozenset({Kind.FAILED}), at=NOON, update=this)
        one = Heard(happening=happening, story=Story(update=this), cause=f"why {number}", wants=frozenset({OPS}))
        known = telling(FAILED).known
        assert known
        return replace(
            telling(FAILED),
            stack=ref,
            known=replace(known, stack=ref, update_id=this.update_id),
            decide=lambda ledger: decided([one], ledger, SCENE),
        )

    await asyncio.gather(*(news.tell(fails(number), fence) for number in range(16)))
    told = await keys(database)
    assert len([key for key in told if key.startswith("incident/")]) == 10
    assert len([key for key in told if key.startswith("burst/")]) == 1
    assert (await counted(database))["incident"] == 16


async def test_a_stack_that_moved_is_known_by_its_new_name(news: SqlNews, fence: Fence) -> None:
    await news.tell(telling(FAILED), fence)
    new = replace(PROD, stack="live")
    await news.moved(PROD, new)
    assert await news.of(PROD) == []
    (found,) = await news.of(new)
    assert found.stack == new
    assert isinstance(found.card, Card)
