"""The feed over the sandbox: what it tells, after whatever happens to Pulumi or to the bot."""

from dataclasses import replace

from bot.model import StackRef
from bot.timing import FAST
from sandbox.faults import Fault
from tests.feed.watched import Watched, until

PROD, DEV = "acme/shop/prod", "acme/shop/dev"


async def test_at_the_first_look_nothing_is_told(pulumi: Watched) -> None:
    """60 stacks with years of history, and something that runs: all of it is known then, without reading most of it."""
    async with pulumi.running() as feed:
        await feed.complete()
        await feed.scans()
        assert feed.scribe.told == []
        known = feed.looks.known
    listed = [each for each in pulumi.sandbox.pulumi.world.stacks.values() if not each.hidden]
    assert {str(each.place) for each in listed} == {str(each) for each in known}
    assert pulumi.counted.calls["updates"] < 15, "only what moved within the last hour is read"


async def test_an_update_is_told_when_it_starts_and_when_it_ends(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        version = pulumi.sandbox.pulumi.play(PROD, "mixed-change").version
        await until(lambda: len(feed.scribe.told) == 1)
        pulumi.time.passes(600)
        await until(lambda: len(feed.scribe.told) == 2)
        await feed.scans()
        assert feed.scribe.lines == [f"{PROD} v{version} started", f"{PROD} v{version} recovered+succeeded"]
        rows = {str(each.stack): each for each in await feed.stacks.all()}
        assert rows[PROD].version == version
        assert rows[PROD].failing is None


async def test_what_starts_and_ends_while_the_bot_is_away_is_told_afterwards_once(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        pulumi.sandbox.pulumi.play(DEV, "mixed-change")
        await until(lambda: len(feed.scribe.told) == 1)
    pulumi.time.passes(600)
    one = pulumi.sandbox.pulumi.play(DEV, "failing-resource", speed=0).version
    pulumi.time.passes(60)
    pulumi.sandbox.pulumi.play(DEV, "mixed-change", speed=0)
    pulumi.time.passes(60)
    async with pulumi.running() as feed:
        await until(lambda: len(feed.scribe.told) == 3)
        await feed.scans()
        assert feed.scribe.lines == [
            f"{DEV} v{one - 1} succeeded",
            f"{DEV} v{one} failed",
            f"{DEV} v{one + 1} recovered+succeeded",
        ]
    async with pulumi.running() as feed:
        await feed.scans()
        assert feed.scribe.told == []


async def test_a_restart_within_the_first_look_loses_no_end(pulumi: Watched) -> None:
    """The moment is stored before anything is read."""
    pulumi.sandbox.pulumi.play(DEV, "mixed-change")
    pulumi.time.passes(10)
    rule = pulumi.sandbox.faults.add(Fault(service="pulumi", kind="status", match="/updates", status=403))
    async with pulumi.running() as feed:
        await until(lambda: pulumi.counted.calls["list"] > 8)
    pulumi.time.passes(600)
    pulumi.sandbox.faults.clear(rule.id)
    async with pulumi.running() as feed:
        await until(lambda: feed.looks.first.complete)
        assert [line.split(" ", 2)[2] for line in feed.scribe.lines if line.startswith(DEV)] == ["succeeded"]


async def test_pulumi_is_away_for_a_while(pulumi: Watched) -> None:
    """Nothing is lost, people are told once that nothing is seen, and once more only after it was back."""
    async with pulumi.running() as feed:
        await feed.complete()
        rule = pulumi.sandbox.faults.add(Fault(service="pulumi", kind="status", status=503))
        await until(lambda: pulumi.alarms == ["blind"], 30)
        version = pulumi.sandbox.pulumi.play(PROD, "mixed-change", speed=0).version
        pulumi.time.passes(30)
        pulumi.sandbox.faults.clear(rule.id)
        await until(lambda: len(feed.scribe.told) == 1)
        assert feed.scribe.lines == [f"{PROD} v{version} recovered+succeeded"]
        assert pulumi.alarms == ["blind", "no longer blind"]


async def test_a_refused_token_is_told_at_once(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        pulumi.sandbox.faults.add(Fault(service="pulumi", kind="status", status=401, body="text"))
        await until(lambda: pulumi.alarms[:1] == ["token"])


async def test_a_stack_that_breaks_does_not_stop_the_others(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        feed.scribe.fails = 2
        for stack in (PROD, DEV, "acme/web/prod"):
            pulumi.sandbox.pulumi.play(stack, "mixed-change", speed=0)
        pulumi.time.passes(30)
        await until(lambda: len(feed.scribe.told) == 3)


async def test_being_asked_to_slow_down_the_feed_does(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        rule = pulumi.sandbox.faults.add(
            Fault(service="pulumi", kind="status", match="user/stacks", status=429, retry_after=2, times=4)
        )
        version = pulumi.sandbox.pulumi.play(PROD, "mixed-change", speed=0).version
        pulumi.time.passes(30)
        await until(lambda: len(feed.scribe.told) == 1)
        assert feed.scribe.lines == [f"{PROD} v{version} recovered+succeeded"]
        assert rule.fired == 4


async def test_stacks_come_and_go(pulumi: Watched) -> None:
    new = "acme/shop/canary"
    async with pulumi.running() as feed:
        await feed.complete()
        await pulumi.control("stack", {"do": "create", "stack": new})
        await until(lambda: feed.scribe.lines == [f"{new} created"])
        await pulumi.control("stack", {"do": "delete", "stack": new})
        await until(lambda: len(feed.scribe.told) == 2)
        assert feed.scribe.lines == [f"{new} created", f"{new} deleted"]
        assert StackRef.parse(new) not in {each.stack for each in await feed.stacks.all()}
        await pulumi.control("stack", {"do": "create", "stack": new})
        await until(lambda: len(feed.scribe.told) == 3)


async def test_a_stack_deleted_and_made_again_between_two_looks_is_a_new_one(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        pulumi.sandbox.pulumi.play(DEV, "mixed-change", speed=0)
        pulumi.time.passes(30)
        await until(lambda: len(feed.scribe.told) == 1)
    await pulumi.control("stack", {"do": "delete", "stack": DEV})
    await pulumi.control("stack", {"do": "create", "stack": DEV})
    pulumi.sandbox.pulumi.play(DEV, "mixed-change", speed=0)
    pulumi.time.passes(30)
    async with pulumi.running() as feed:
        await until(lambda: len(feed.scribe.told) == 2)
        assert feed.scribe.lines == [f"{DEV} created", f"{DEV} v2 succeeded"]


async def test_a_stack_that_is_given_away_takes_along_what_is_known(pulumi: Watched) -> None:
    there = "newco/shop/dev"
    async with pulumi.running() as feed:
        await feed.complete()
        pulumi.sandbox.pulumi.play(DEV, "failing-resource", speed=0)
        pulumi.time.passes(30)
        await until(lambda: len(feed.scribe.told) == 1)
        await pulumi.control("stack", {"do": "transfer", "stack": DEV, "to": "newco"})
        await until(lambda: bool(feed.scribe.moves))
        await feed.scans(4)
        assert feed.scribe.moves == [(DEV, there)]
        version = pulumi.sandbox.pulumi.play(there, "mixed-change", speed=0).version
        pulumi.time.passes(30)
        await until(lambda: len(feed.scribe.told) == 2)
        assert feed.scribe.lines[1:] == [f"{there} v{version} recovered+succeeded"]
        names = {str(each.stack) for each in await feed.stacks.all()}
        assert there in names
        assert DEV not in names


async def test_a_stack_nobody_looked_at_is_known_again_by_its_name(pulumi: Watched) -> None:
    quiet = "acme/edge/prod-eu"
    async with pulumi.running() as feed:
        await feed.complete()
        await pulumi.control("stack", {"do": "transfer", "stack": quiet, "to": "newco"})
        await until(lambda: feed.scribe.moves == [(quiet, "newco/edge/prod-eu")])
        await feed.scans(4)
        assert feed.scribe.told == []


async def test_updates_back_to_back_are_told_in_order(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        first = pulumi.sandbox.pulumi.play(DEV, "mixed-change", then=("failing-resource", "mixed-change")).version
        for _ in range(12):
            pulumi.time.passes(30)
            await feed.scans(1)
        await until(lambda: sum("started" not in line for line in feed.scribe.lines) == 3)
        ends = [line.split(" ", 1)[1] for line in feed.scribe.lines if "started" not in line]
        assert ends == [f"v{first} succeeded", f"v{first + 1} failed", f"v{first + 2} recovered+succeeded"]


async def test_a_hint_is_one_read_and_no_list_follows_it(pulumi: Watched) -> None:
    async with pulumi.running() as feed:
        await feed.complete()
        version = pulumi.sandbox.pulumi.play(PROD, "mixed-change", speed=0).version
        pulumi.time.passes(30)
        for _ in range(5):
            feed.feed.hint(StackRef.parse(PROD))
        await until(lambda: len(feed.scribe.told) == 1)
        await feed.scans()
        assert pulumi.counted.reads[PROD] <= 2, "by the hint, and by a list that was under way"
        assert feed.scribe.lines == [f"{PROD} v{version} recovered+succeeded"]


async def test_a_storm_costs_a_read_for_each_stack(pulumi: Watched) -> None:
    """A storm: the pages of the lists, and one read for each stack that changed."""
    async with pulumi.running(replace(FAST, feed=1.0, feed_quiet=1.0)) as feed:
        await pulumi.control("storm", {"stacks": 120, "scenario": "mixed-change", "speed": 0})
        await until(lambda: feed.looks.first.complete, 50)
        pulumi.time.passes(60)
        pulumi.counted.calls.clear()
        await pulumi.control("storm", {"stacks": 120, "scenario": "mixed-change", "speed": 0})
        pulumi.time.passes(60)
        await until(lambda: len(feed.scribe.told) >= 120, 50)
        await feed.scans(1)
        assert pulumi.counted.calls["updates"] <= 1.1 * 120
        assert len({each.update and each.update.update_id for each in feed.scribe.told}) == len(feed.scribe.told)
