"""The command line: `python -m benchmarks` measures every row and prints one table."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from benchmarks import commands, fold, forged, start
from benchmarks.processes import BrokenError
from benchmarks.report import Measure, as_json, table
from benchmarks.rounds import FULL, QUICK, Size, apart

ROWS: Final[dict[str, Callable[[Size], Awaitable[list[Measure]]]]] = {
    "http": commands.http,
    "socket": commands.socket,
    "forged": forged.measure,
    "fold": fold.measure,
    "start": start.measure,
}


def main(argv: list[str] | None = None) -> int:
    """Measure and print. The status is 0 whatever was measured, 1 when something could not be measured."""
    options = _parser().parse_args(argv)
    apart()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            measures = runner.run(measure(options.only or ROWS, QUICK if options.quick else FULL))
    except (BrokenError, OSError, TimeoutError) as error:
        print(f"This could not be measured: {error!r}", file=sys.stderr)
        return 1
    print(table(measures))
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(measures))) + b"\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the bot costs beside its floors.")
    parser.add_argument("--only", action="append", choices=tuple(ROWS), help="this row; may be repeated")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the measures there")
    return parser


async def measure(rows: Iterable[str], size: Size) -> list[Measure]:
    """The measures of these rows, one row after the other."""
    return [each for row in rows for each in await ROWS[row](size)]


if __name__ == "__main__":
    sys.exit(main())
