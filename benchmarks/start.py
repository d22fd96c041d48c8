"""Row `start`: from nothing to listening, and memory at rest, against a process that only imports the libraries."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp

from benchmarks.commands import settings
from benchmarks.processes import LINUX, running
from benchmarks.report import Goal, Measure, Spread
from benchmarks.rounds import Size, rotated
from benchmarks.slack import Slack, serving

Started = Mapping[str, list[tuple[float, float]]]  # seconds to the start, MB at rest

_IMPORTS: Final = ("imports", "imports again")


async def measure(size: Size) -> list[Measure]:
    """Each start is a new process; the bot's database is there from the first, which is not counted."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        async with serving() as slack:
            if size.twice:
                await _started("bot", slack, home)
            for name in rotated(("bot", *_IMPORTS) if size.twice else ("bot", _IMPORTS[0]), size.starts):
                found[name].append(await _started(name, slack, home))
    return [_time(found), _memory(found)]


async def _started(name: str, slack: Slack, home: Path) -> tuple[float, float]:
    env = settings(slack, name.replace(" ", "-"), "http", str(home))
    begun = time.perf_counter()
    async with running("bot" if name == "bot" else "benchmarks.imported", home=home, env=env) as program:
        line = await program.line()
        if name == "bot":
            await _healthy(line.rpartition(" ")[2])
        spent = time.perf_counter() - begun
        await asyncio.sleep(0.3)
        return spent, program.resident()


async def _healthy(address: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{address}healthz") as answer:
        await answer.read()


def _time(started: Started) -> Measure:
    times = {name: [seconds for seconds, _ in found] for name, found in started.items()}
    return Measure(
        row="start",
        what="start-up until /healthz answers",
        goal=Goal(1.3),
        value=Spread.ratio(times["bot"], times["imports"]),
        noise=_noise(times),
        beside=f"{median(times['bot']):.2f} s, imports alone {median(times['imports']):.2f} s",
    )


def _memory(started: Started) -> Measure:
    memory = {name: [resident for _, resident in found] for name, found in started.items()}
    return Measure(
        row="start",
        what="resident memory at rest",
        goal=Goal(1.3),
        value=Spread.ratio(memory["bot"], memory["imports"]) if LINUX else None,
        noise=_noise(memory) if LINUX else None,
        beside=f"{median(memory['bot']):.0f} MB, imports alone {median(memory['imports']):.0f} MB",
    )


def _noise(values: Mapping[str, list[float]]) -> Spread | None:
    again = values.get("imports again")
    return Spread.ratio(again, values["imports"]) if again else None
