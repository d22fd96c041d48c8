"""Following a running update: one message that moves, lines in its thread, the end; over the whole bot in the loop."""

from pathlib import Path

from tests.live import Live, awake, city, living


async def _play(live: Live, scenario: str, *, speed: float = 20, stack: str = "acme/web/dev") -> None:
    await live.slack.control("pulumi/play", {"stack": stack, "scenario": scenario, "speed": speed})


async def _finish(live: Live, stack: str = "acme/web/dev") -> None:
    await live.slack.control("pulumi/finish", {"stack": stack})


async def test_a_watched_update_moves_and_ends_in_one_message(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        await _play(live, "create", speed=1)
        receipt = await live.slack.says("ann", "/pulumi watch acme/web/dev")
        assert "Following v" in receipt.title
        running = await live.slack.finds("bo", "Update is running")
        await live.until(lambda: _moved(live))
        await _finish(live)
        ended = await live.slack.finds("bo", "Update succeeded · acme/web/dev")
        assert ended.raw["ts"] == running.raw["ts"]
        roots = [
            each for each in await live.slack.sees("bo") if "acme/web/dev" in each.title and not each.raw["thread_ts"]
        ]
        assert len(roots) == 1


async def _moved(live: Live) -> bool:
    shown = await live.slack.sees("bo")
    return any("plan" in [block["type"] for block in each.raw["blocks"]] for each in shown)


async def test_a_failure_is_told_in_the_thread_and_by_the_message(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        await _play(live, "failing-resource", speed=1)
        await live.slack.says("ann", "/pulumi watch acme/web/dev")
        await live.slack.finds("bo", "Update is running")
        await _finish(live)
        ended = await live.slack.finds("bo", "Update failed · acme/web/dev")
        assert "the Kubernetes API server" in ended.text
        note = await live.slack.finds("bo", "Failed: kubernetes")
        assert note.raw["thread_ts"] == ended.raw["ts"]
        end = await live.slack._first("bo", "platform", lambda raw: raw["broadcast"])  # the channel's line
        assert end.raw["thread_ts"] == ended.raw["ts"]


async def test_nothing_runs_is_said_and_unwatch_stops(tmp_path: Path) -> None:
    async with living(tmp_path) as live:
        nothing = await live.slack.says("ann", "/pulumi watch acme/web/dev")
        assert "Nothing runs" in nothing.title
        await _play(live, "create", speed=1)
        await live.slack.says("ann", "/pulumi watch acme/web/dev")
        await live.slack.finds("bo", "Update is running")
        stopped = await live.slack.says("ann", "/pulumi unwatch acme/web/dev")
        assert "No longer followed here" in stopped.title
        await live.slack.finds("bo", "No longer followed")


async def test_a_bot_that_takes_over_goes_on_in_the_same_message(tmp_path: Path) -> None:
    """Folding again from the first event says nothing twice: one root, each line of its thread once."""
    async with city() as place:
        async with awake(place, tmp_path) as live:
            await _play(live, "failing-resource", speed=1)
            await live.slack.says("ann", "/pulumi watch acme/web/dev")
            running = await live.slack.finds("bo", "Update is running")
        async with awake(place, tmp_path) as live:
            await _finish(live)
            ended = await live.slack.finds("bo", "Update failed · acme/web/dev")
            assert ended.raw["ts"] == running.raw["ts"]
            await live.until(lambda: _lines(live, ended.raw["ts"], 2))


async def _lines(live: Live, root: str, count: int) -> bool:
    shown = [each.title for each in await live.slack.sees("bo") if each.raw["thread_ts"] == root]
    assert len(shown) == len(set(shown))
    return len(shown) == count
