"""Subscriptions and mutes as rows, over both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.filters import Pattern
from bot.model import StackRef
from bot.operations.words import split
from bot.records import Deposed, Fence, Subscribed
from bot.store.database import Database
from bot.store.settings import SqlSettings
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import subscription
from bot.subscription_line import parse
from bot.subscriptions import Mute
from tests.unit.test_steps import NOON

OPS, DEV = "C0OPS", "C0DEV"
PROD, LIVE = StackRef("acme", "shop", "prod"), StackRef("acme", "shop", "live")
HOUR = timedelta(hours=1)


def said(line: str, channel: str = OPS, by: str = "U0ANN") -> Subscribed:
    return Subscribed(channel=channel, subscription=parse(split(line)), by=by, at=NOON)


@pytest.fixture
def rows(database: Database) -> SqlSubscriptions:
    return SqlSubscriptions(database)


async def lines(rows: SqlSubscriptions, channel: str = OPS) -> list[str]:
    return [each.subscription.line for each in await rows.of(channel)]


async def test_what_was_said_is_there_until_it_is_ended(rows: SqlSubscriptions) -> None:
    wanted = said('acme/shop/* failed -user:ci-bot message:"fix the" updates:live')
    assert await rows.put(wanted) is None
    assert await rows.put(said("acme/*", DEV)) is None
    assert await rows.of(OPS) == [wanted]
    assert len(await rows.all()) == 2
    assert await rows.remove(OPS, wanted.subscription.key) is True
    assert await rows.remove(OPS, wanted.subscription.key) is False
    assert await rows.of(OPS) == []
    assert await lines(rows, DEV) == ["acme/* failed recovered"]


async def test_saying_it_again_for_the_same_target_edits(rows: SqlSubscriptions) -> None:
    first = said("acme/shop/* failed")
    await rows.put(first)
    again = said("ACME/Shop/* destroyed", by="U0BO")
    assert await rows.put(again) == first
    assert await rows.of(OPS) == [again]


async def test_a_channel_that_cannot_be_reached_is_parked_and_unparked(rows: SqlSubscriptions) -> None:
    for line, channel in (("acme/a/*", OPS), ("acme/b/*", OPS), ("acme/*", DEV)):
        await rows.put(said(line, channel))
    assert await rows.park(OPS, "not_in_channel") is True
    assert await rows.park(OPS, "not_in_channel") is False
    assert {(each.channel, each.parked) for each in await rows.all()} == {(OPS, "not_in_channel"), (DEV, "")}
    await rows.put(said("acme/a/* failed"))  # saying it again where I am in again
    assert [each.parked for each in await rows.of(OPS)] == ["", "not_in_channel"]
    assert await rows.unpark(OPS) is True
    assert await rows.unpark(OPS) is False


async def test_a_stack_that_moves_takes_along_what_names_it(rows: SqlSubscriptions) -> None:
    for line in ("acme/shop/prod failed", "acme/shop/prod* failed", "acme/* -acme/shop/prod"):
        await rows.put(said(line))
    await rows.mute(OPS, Mute(target=Pattern.of(PROD), until=None, by="U0ANN"), NOON)
    assert await rows.moved(PROD, LIVE) == 3
    assert await lines(rows) == [
        "acme/* -acme/shop/live failed recovered",
        "acme/shop/live failed",
        "acme/shop/prod* failed",
    ]
    assert [each.target for each in (await rows.mutes())[OPS]] == [Pattern.of(LIVE)]
    assert await rows.moved(PROD, LIVE) == 0


async def test_where_the_new_name_is_subscribed_to_that_stays(rows: SqlSubscriptions) -> None:
    await rows.put(said("acme/shop/prod failed"))
    await rows.put(said("acme/shop/live destroyed"))
    await rows.moved(PROD, LIVE)
    assert await lines(rows) == ["acme/shop/live destroyed"]


async def test_only_the_leader_moves(postgres_database: Database) -> None:
    rows = SqlSubscriptions(postgres_database)
    await rows.put(said("acme/shop/prod failed"))
    with pytest.raises(Deposed):
        await rows.moved(PROD, LIVE, fence=Fence("nobody", 7))
    assert await lines(rows) == ["acme/shop/prod failed"]


async def test_a_line_that_cannot_be_read_is_left_out_and_kept(rows: SqlSubscriptions, database: Database) -> None:
    """Another version may have written it."""
    await rows.put(said("acme/shop/prod failed"))
    await rows.put(said("acme/* failed"))

    async def newer(connection: AsyncConnection) -> None:
        change = update(subscription).where(subscription.c.target == "acme/*").values(line="acme/* drift")
        await connection.execute(change)

    await database.run(newer)
    assert await lines(rows) == ["acme/shop/prod failed"]
    assert await rows.moved(PROD, LIVE) == 1
    assert await rows.remove(OPS, "acme/*") is True


async def test_a_mute_replaces_one_of_the_same_target_and_forgets_what_is_over(rows: SqlSubscriptions) -> None:
    shop, everything = Pattern.parse("acme/shop/*"), Pattern.parse("acme/*")
    await rows.mute(OPS, Mute(target=shop, until=NOON + HOUR, by="U0ANN"), NOON)
    await rows.mute(OPS, Mute(target=everything, until=NOON + 3 * HOUR), NOON)
    longer = Mute(target=shop, until=NOON + 2 * HOUR, by="U0BO")
    await rows.mute(OPS, longer, NOON)
    assert {each.target: each.until for each in (await rows.mutes())[OPS]} == {
        shop: NOON + 2 * HOUR,
        everything: NOON + 3 * HOUR,
    }
    last = Mute(target=Pattern.of(PROD), until=None)
    await rows.mute(OPS, last, NOON + 2 * HOUR)
    assert longer not in (await rows.mutes())[OPS]
    assert await rows.unmute(OPS, Pattern.of(PROD)) == [last]
    assert await rows.unmute(OPS, Pattern.of(PROD)) == []
    assert [each.target for each in await rows.unmute(OPS)] == [everything]
    assert await rows.mutes() == {}


async def test_mutes_of_two_people_at_once_are_both_kept(rows: SqlSubscriptions) -> None:
    wanted = [Mute(target=Pattern("acme", f"p{n}"), until=None, by=f"U{n}") for n in range(8)]
    await asyncio.gather(*(rows.mute(OPS, each, NOON) for each in wanted))
    assert sorted((await rows.mutes())[OPS], key=lambda each: each.by) == wanted


async def test_mutes_leave_other_settings_alone(rows: SqlSubscriptions, database: Database) -> None:
    settings = SqlSettings(database)
    await settings.put(OPS, "target", str(PROD))
    await rows.mute(OPS, Mute(target=Pattern.of(PROD), until=None), NOON)
    await rows.unmute(OPS)
    assert await settings.get(OPS, "target") == str(PROD)


async def test_a_reason_that_is_long_fits(rows: SqlSubscriptions) -> None:
    await rows.put(replace(said("acme/*"), parked="x" * 500))
    await rows.unpark(OPS)
    assert await rows.park(OPS, "y" * 500) is True
    assert [each.parked for each in await rows.of(OPS)] == ["y" * 200]
