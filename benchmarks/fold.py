"""Row `fold`: events folded page by page with their rows kept, against the same decoder with an empty loop."""

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import thread_time

import msgspec

from benchmarks.processes import LINUX, asked, resident
from benchmarks.report import Goal, Measure, Spread
from benchmarks.rounds import Size, rotated
from benchmarks.synthetic import pages
from bot.events import EventPage, decode_page
from bot.updates import UpdateView, fold_page

Use = Callable[[EventPage], None]


async def measure(size: Size) -> list[Measure]:
    """Speed and memory, in processes of their own: what the load generator keeps in memory is not in the way."""
    with TemporaryDirectory() as folder:
        _write(Path(folder), size.events)
        times = await asked(__name__, "times", folder, str(size.rounds))
        memory = [await asked(__name__, "memory", folder) for _ in range(size.starts)] if LINUX else []
    return [_speed(size, times), _memory(size, memory)]


def _write(folder: Path, events: int) -> None:
    for number, page in enumerate(pages(events)):
        (folder / f"{number:05d}.json").write_bytes(page)


def _speed(size: Size, times: dict[str, list[float]]) -> Measure:
    spent = Spread.of(times["fold"]).median
    return Measure(
        row="fold",
        what=f"{size.events:,} events, rows kept: speed",
        goal=Goal(0.6, at_least=True),
        value=Spread.ratio(times["empty"], times["fold"]),
        noise=Spread.ratio(times["empty"], times["empty again"]) if size.twice else None,
        beside=f"{size.events / spent:,.0f} events/s, {spent / size.events * 1e6:.1f} us an event",
    )


def _memory(size: Size, memory: list[float]) -> Measure:
    what = f"{size.events:,} events, rows kept: peak memory"
    value = Spread.of(memory) if memory else None
    return Measure(row="fold", what=what, goal=Goal(24, " MB"), value=value, beside="over the process before it")


def _passed(folder: Path, use: Use) -> float:
    """Processor seconds for decoding and using every page; reading the file is not in it."""
    spent = 0.0
    for body in _bodies(folder):
        begun = thread_time()
        use(decode_page(body))
        spent += thread_time() - begun
    return spent


def _bodies(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted(folder.iterdir()))


def _folding() -> Use:
    view = UpdateView()
    return lambda page: fold_page(view, page)


def _nothing() -> Use:
    def use(page: EventPage) -> None:
        for _ in page.events:
            pass

    return use


def _times(folder: Path, rounds: int) -> dict[str, list[float]]:
    uses = {"fold": _folding, "empty": _nothing, "empty again": _nothing}
    spent: dict[str, list[float]] = {name: [] for name in uses}
    for name in rotated(tuple(uses), rounds):
        spent[name].append(_passed(folder, uses[name]()))
    return spent


def _extra(folder: Path) -> float:
    before = resident()
    _passed(folder, _folding())
    return resident(what="VmHWM") - before


if __name__ == "__main__":
    gc.freeze()  # as the bot does before it listens
    where = Path(sys.argv[2])
    found = _extra(where) if sys.argv[1] == "memory" else _times(where, int(sys.argv[3]))
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
