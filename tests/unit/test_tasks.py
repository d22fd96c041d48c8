"""Work after the ack: held, logged when it fails, awaited at the end."""

import asyncio

from structlog.testing import capture_logs

from bot.tasks import Tasks


async def test_what_runs_is_finished_before_the_end() -> None:
    tasks, go, done = Tasks(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await go.wait()
        done.set()

    tasks.start(work(), name="work")
    asyncio.get_running_loop().call_soon(go.set)
    await tasks.drain(5)
    assert done.is_set()


async def test_what_does_not_end_is_cancelled_after_the_grace() -> None:
    tasks, cancelled = Tasks(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    tasks.start(work(), name="work")
    with capture_logs() as logs:
        await tasks.drain(0.01)
    assert cancelled.is_set()
    assert [entry["task"] for entry in logs] == ["work"]


async def test_a_failure_is_logged_with_its_name_and_harms_nobody() -> None:
    tasks = Tasks()

    async def broken() -> None:
        raise RuntimeError("boom")

    with capture_logs() as logs:
        tasks.start(broken(), name="broken")
        await tasks.drain(5)
    assert [(entry["task"], str(entry["exc_info"])) for entry in logs] == [("broken", "boom")]
