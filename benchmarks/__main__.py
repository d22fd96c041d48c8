"""`python -m benchmarks` prints one table: what the bot costs beside what its libraries cost alone."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.commands import acks, answers
from benchmarks.field import Field
from benchmarks.processes import keep_off
from benchmarks.report import Measure, as_json, table
from benchmarks.rounds import FULL, QUICK, Size

Row = Callable[[Field, Size], Awaitable[Sequence[Measure]]]

ROWS: Final[Mapping[str, Row]] = {
    "ack-http": partial(acks, "http"),
    "ack-socket": partial(acks, "socket"),
    "answer": answers,
}


async def run(names: Sequence[str], size: Size, folder: Path) -> list[Measure]:
    """The lines of these rows, in their order."""
    async with AsyncExitStack() as closing:
        field = Field(folder, closing)
        measures: list[Measure] = []
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            measures += await ROWS[name](field, size)
    return measures


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status is 0 whatever was measured; what breaks, raises."""
    options = _parser().parse_args(argv)
    keep_off()
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measures = runner.run(run(options.only or list(ROWS), QUICK if options.quick else FULL, Path(folder)))
    if options.json:
        options.json.write_text(json.dumps(as_json(measures), indent=2) + "\n")
    print(table(measures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=ROWS, metavar="NAME", help=f"one row: {', '.join(ROWS)}")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds, about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
