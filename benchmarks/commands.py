"""Commands at a steady rate: how long until the ack, how long until the first answer, and what each costs."""

import asyncio
import gc
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks.field import ANSWERING, BARE, BOT, MUTED, Field, Mode, Target
from benchmarks.processes import BenchmarkError
from benchmarks.report import Goal, Measure, Samples, Spread
from benchmarks.rounds import Size, rotated

_PATIENCE: Final = 30.0  # seconds for the answers of one round


@dataclass(frozen=True, slots=True)
class Round:
    """One target in one round: seconds to each ack and to each answer, CPU seconds for each command."""

    acks: Sequence[float]
    answers: Sequence[float]
    cpu: float | None


Of = Callable[[Round], float | None]


@dataclass(frozen=True, slots=True)
class Rounds:
    """What each target did in each round."""

    done: Mapping[str, Sequence[Round]]

    def samples(self, of: Of, unit: str, ours: str = "bot") -> Samples:
        """One number of each round."""
        return Samples(self._each(ours, of), self._each("bare", of), self._each("twin", of), unit)

    def _each(self, name: str, of: Of) -> list[float]:
        return [value for each in self.done.get(name, ()) if (value := of(each)) is not None]


def _ack(done: Round) -> float:
    return median(done.acks) * 1000


def _late_ack(done: Round) -> float:
    """The 99th percentile, by the nearest rank."""
    return sorted(done.acks)[math.ceil(len(done.acks) * 0.99) - 1] * 1000


def _answer(done: Round) -> float:
    return median(done.answers) * 1000


def _cpu(done: Round) -> float | None:
    return None if done.cpu is None else done.cpu * 1e6


async def acks(mode: Mode, field: Field, size: Size) -> list[Measure]:
    """From a read command to its ack; the bot answers all of them meanwhile."""
    kinds = {"bot": BOT, "bare": BARE, "muted": MUTED} | ({"twin": BARE} if size.twice else {})
    rounds = await _rounds(mode, kinds, field, size, size.rate)
    row, at, goal = f"ack-{mode}", f"at {size.rate}/s", Goal(1.3)
    late = rounds.samples(_late_ack, "ms")
    beside = f"bare {median(late.theirs):.1f} ms"
    return [
        Measure.ratio(row, f"p50 {at}", goal, rounds.samples(_ack, "ms")),
        Measure(row=row, what=f"p99 {at}", goal=Goal(10, " ms"), value=Spread.of(late.ours), beside=beside),
        Measure.ratio(row, "CPU up to the ack", goal, rounds.samples(_cpu, "us", "muted")),
    ]


async def answers(field: Field, size: Size) -> list[Measure]:
    """From a command to its first visible answer; the list of stacks is cached, the bare app says one line."""
    kinds = {"bot": BOT, "bare": ANSWERING} | ({"twin": ANSWERING} if size.twice else {})
    rounds = await _rounds("http", kinds, field, size, size.rate / 2)
    what = f"p50 at {size.rate // 2}/s, list cached"
    return [
        Measure.ratio("answer", what, Goal(1.5), rounds.samples(_answer, "ms")),
        Measure.ratio("answer", "CPU with the answer", None, rounds.samples(_cpu, "us")),
    ]


async def _rounds(
    mode: Mode, kinds: Mapping[str, tuple[str, ...]], field: Field, size: Size, rate: float
) -> Rounds:
    done: dict[str, list[Round]] = {name: [] for name in kinds}
    targets = {name: await field.target(mode, words, copy=int(name == "twin")) for name, words in kinds.items()}
    for name, words in kinds.items():
        await _round(field, targets[name], size.warm, rate, answered=_answered(words))
    for name in rotated(list(kinds), size.rounds):
        count = max(1, int(rate * size.seconds))
        done[name].append(await _round(field, targets[name], count, rate, answered=_answered(kinds[name])))
    return Rounds(done)


def _answered(words: tuple[str, ...]) -> bool:
    return words in {BOT, ANSWERING}


async def _round(field: Field, target: Target, count: int, rate: float, *, answered: bool) -> Round:
    """Commands at a steady rate, however long the acks take; it ends when all are answered."""
    paths = [field.path() for _ in range(count)]
    gc.collect()
    gc.disable()
    try:
        before = target.child.cpu()
        times = await _steady(target, [field.sink.url(path) for path in paths], rate)
        said = await _said(field, paths) if answered else []
        after = target.child.cpu()
    finally:
        gc.enable()
    cpu = None if before is None or after is None else (after - before) / count
    acked = [ended - began for began, ended in times]
    return Round(acked, [there - began for there, (began, _) in zip(said, times, strict=False)], cpu)


async def _steady(target: Target, urls: Sequence[str], rate: float) -> list[tuple[float, float]]:
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with asyncio.TaskGroup() as group:
        asked = []
        for number, url in enumerate(urls):
            await asyncio.sleep(start + number / rate - loop.time())
            asked.append(group.create_task(target.ask(url)))
    return [task.result() for task in asked]


async def _said(field: Field, paths: Sequence[str]) -> list[float]:
    """When the first answer came to each."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while not all(path in field.sink.first for path in paths):
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise BenchmarkError("not every command was answered") from None
    return [field.sink.first.pop(path) for path in paths]
