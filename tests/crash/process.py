"""The real bot, which kills itself at a named point: `python -m tests.crash.process`.

The file that CRASH_TRAP names says where, as `point nth`; it is looked at whenever a point is passed, and is gone once
the bot is. CRASH_LIFE is how long a request may wait.
"""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvloop

from bot.app import run
from bot.observe import configure
from bot.settings import load
from tests.crash.timing import QUICK


async def reach(point: str) -> None:
    """The named points."""
    trap = Path(os.environ["CRASH_TRAP"])
    if trap.exists():  # noqa: ASYNC240  # as blocking as the end of the process
        spring(trap, point)


def spring(trap: Path, point: str) -> None:
    """Die here, if it is here: nothing is closed, nothing is said."""
    wanted, _, nth = trap.read_text().partition(" ")
    if wanted == point and int(nth) > 1:
        trap.write_text(f"{wanted} {int(nth) - 1}")
    elif wanted == point:
        trap.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """The settings are the environment's, as always."""
    settings = load()
    configure(settings.log_level, settings.log_format)
    timing = replace(QUICK, life=timedelta(seconds=float(os.environ.get("CRASH_LIFE", "600"))))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run(settings, reach=reach, timing=timing))


if __name__ == "__main__":
    sys.exit(main())
