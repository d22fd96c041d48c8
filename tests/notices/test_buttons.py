"""Failures over the whole bot in the loop: the feed finds them, people press what stands below them."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refusal
from bot.model import StackRef
from bot.store.stacks import SqlStacks
from bot.store.tables import incident
from tests.e2e.conversation import PEOPLE, Seen
from tests.live import Live, living

PROD = "acme/shop/prod"


async def play(live: Live, scenario: str, stack: str = PROD, speed: float = 0) -> None:
    await live.slack.control("pulumi/play", {"stack": stack, "scenario": scenario, "speed": speed})


async def subscribed(live: Live, line: str = "acme/shop/*") -> None:
    await live.slack.says("ann", f"/pulumi subscribe {line}")
    await live.until(lambda: looked(live))


async def looked(live: Live) -> bool:
    """Whether the feed has seen all stacks once, so that what comes from now on is news."""
    return (await SqlStacks(live.town.services.world.store.database).begin(live.city.clock())).complete


async def failure(live: Live) -> Seen:
    await subscribed(live)
    await play(live, "failing-resource")
    return await live.slack.finds("bo", "Update failed · acme/shop/prod")


async def press(live: Live, who: str, seen: Seen, label: str) -> Seen:
    """What only that person then reads."""
    before = {each.raw["ts"] for each in await live.slack.sees(who)}
    button = seen.buttons[label]
    body = {"ts": seen.raw["ts"], "block_id": button["block_id"], "action_id": button["action_id"]}
    await live.slack.control("click", {"as": PEOPLE[who], "channel": seen.channel, **body})
    return await live.slack._first(who, "platform", lambda raw: raw["ephemeral"] and raw["ts"] not in before)


async def test_a_failure_is_told_taken_and_fixed_in_one_message(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        assert "db.t2.micro" in seen.text
        told = await press(live, "bo", seen, "I'm on it")
        assert told.title == "✅ You are on it: acme/shop/prod"
        card = await live.until(lambda: says(live, seen, f"On it: @{PEOPLE['bo']}"))
        assert card
        await play(live, "recovers")
        await live.until(lambda: says(live, seen, "✅ Fixed · acme/shop/prod"))
        line = await live.slack.finds("cy", "Recovered · acme/shop/prod")
        assert line.raw["thread_ts"] == seen.raw["ts"]
        assert line.raw["broadcast"]
        over = next(each for each in await live.slack.sees("bo") if each.raw["ts"] == seen.raw["ts"])
        assert set(over.buttons) == {"Why?", "Full log", "Open in Pulumi"}


async def says(live: Live, seen: Seen, words: str) -> bool:
    """Whether that message says so by now."""
    return any(each.raw["ts"] == seen.raw["ts"] and words in each.text for each in await live.slack.sees("bo"))


async def test_why_below_a_failure_gives_the_same_cause(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        why = await press(live, "bo", seen, "Why?")
        cause = next(line for line in seen.text.splitlines() if "db.t2.micro" in line)
        assert cause in why.text.splitlines()


async def test_muted_until_fixed_is_quiet_until_the_recovery(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        told = await press(live, "bo", seen, "Mute until fixed")
        assert "Muted until fixed" in told.title
        await live.until(lambda: says(live, seen, "Muted here: until it is fixed"))
        await play(live, "fails-otherwise")
        await live.until(lambda: count(live, 1))
        await play(live, "recovers")
        await live.slack.finds("cy", "Recovered · acme/shop/prod")
        assert not [each for each in await live.slack.sees("cy") if "Failed again" in each.title]
        assert await live.town.services.subscriptions.mutes() == {}


async def count(live: Live, more: int) -> bool:
    """Whether that many incidents are open beside the first."""
    return len(await live.town.services.news.of(StackRef.parse(PROD))) == 1 + more


async def test_the_full_log_comes_as_a_file_in_direct_messages(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        told = await press(live, "bo", seen, "Full log")
        assert "Sent to you" in told.title
        sent = await live.slack.hears("bo")
        assert "Full log · acme/shop/prod" in sent.text
        answer = await live.town.services.handling.full_log(seen.buttons["Full log"]["value"], live.town.where)
        assert answer.attachment
        lines = answer.attachment.content.decode().splitlines()
        assert lines[0].startswith("acme/shop/prod v")
        assert any("db.t2.micro" in line for line in lines)
        assert answer.attachment.name.endswith(".log")


async def test_the_next_run_is_shown_live_to_whoever_wants_to_see_it(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        await press(live, "bo", seen, "Watch next run")
        await play(live, "recovers", speed=1)
        running = await live.slack.hears("bo")
        assert "Update is running · acme/shop/prod" in running.title
        await live.slack.control("pulumi/finish", {"stack": PROD})
        await live.until(lambda: says(live, seen, "✅ Fixed · acme/shop/prod"))


async def test_guests_may_press_nothing(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        await live.city.person("bo", guest=True)
        for label in ("I'm on it", "Mute until fixed", "Watch next run", "Full log"):
            told = await press(live, "bo", seen, label)
            assert "full members" in told.text
        assert not await says(live, seen, "On it")


async def test_an_old_press_after_the_fix_is_told_so(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        seen = await failure(live)
        await play(live, "recovers")
        await live.until(lambda: says(live, seen, "✅ Fixed"))
        handling = live.town.services.handling
        incident = seen.buttons["I'm on it"]["value"]
        with pytest.raises(Refusal, match="It is over"):
            await handling.take(incident, live.town.where)


async def test_a_live_update_that_fails_ends_its_thread_with_the_failure(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        await subscribed(live, "acme/shop/* updates:live")
        await play(live, "failing-resource", speed=1)
        running = await live.slack.finds("bo", "Update is running · acme/shop/prod")
        await live.slack.control("pulumi/finish", {"stack": PROD})
        ended = await live.slack._first(
            "bo", "platform", lambda raw: raw["broadcast"] and "1st failure with this cause" in raw["text"]
        )
        assert ended.raw["thread_ts"] == running.raw["ts"]
        await live.until(lambda: says(live, running, "❌ Update failed"))
        loud = [each for each in await live.slack.sees("bo") if each.raw["broadcast"]]
        roots = [each for each in await live.slack.sees("bo") if not each.raw["thread_ts"] and "failed" in each.title]
        assert (len(loud), len(roots)) == (1, 1)


async def test_a_storm_of_failures_is_ten_messages_and_one_summary(tmp_path: Path) -> None:
    """Twenty-five stacks fail at the same moment, and recover; nothing is lost, and the channel can be read."""
    async with living(tmp_path) as live:
        await subscribed(live, "acme/storm/*")
        await live.slack.control("pulumi/storm", {"stacks": 25, "scenario": "failing-resource", "speed": 0})
        await live.until(lambda: opened(live, 25))
        summary = await live.slack.finds("bo", "more failed")
        await live.until(lambda: says(live, summary, "Failed: 15 more failed"))
        roots = [each for each in await live.slack.sees("bo") if "Update failed · acme/storm" in each.title]
        assert len(roots) == 10
        assert len([each for each in await live.slack.sees("bo") if "more failed" in each.title]) == 1


async def opened(live: Live, number: int) -> bool:
    """Whether that many causes are open."""

    async def work(connection: AsyncConnection) -> int:
        chosen = select(func.count()).select_from(incident).where(incident.c.open)
        return int((await connection.execute(chosen)).scalar_one())

    return await live.town.services.world.store.database.read(work) == number
