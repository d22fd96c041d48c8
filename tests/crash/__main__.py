"""`make crash`: the real process, killed by SIGKILL before and after every named point, over both databases."""

import asyncio
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.approvals import State
from bot.store.opening import bring_up_to_date
from tests.crash.clicks import fifty_clicks, wrong
from tests.crash.outside import Outside, outside
from tests.crash.stories import CASES, STORIES
from tests.crash.telling import Trap
from tests.store import server

HEAD: Final = f"{'database':11}{'point':22}{'kills':>6}{'calls':>6}{'stuck':>6}{'lost':>6}{'doubled':>8}{'broken':>7}"


@dataclass
class Line:
    """One row of the table. `lost` are messages that are wanted and not shown; `calls` the most for one request."""

    database: str
    point: str
    kills: int = 0
    calls: int = 0
    stuck: int = 0
    lost: int = 0
    doubled: int = 0
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        numbers = f"{self.kills:6}{self.calls:6}{self.stuck:6}{self.lost:6}{self.doubled:8}{len(self.broken):7}"
        return f"{self.database:11}{self.point:22}{numbers}"

    def add(self, other: "Line") -> None:
        """Sum up."""
        self.kills, self.calls = self.kills + other.kills, max(self.calls, other.calls)
        self.stuck, self.lost, self.doubled = (
            self.stuck + other.stuck,
            self.lost + other.lost,
            self.doubled + other.doubled,
        )
        self.broken += other.broken


async def killed(bots: Outside, line: Line, story: str, name: str, nth: int) -> None:
    """One story with a kill in it, and what became of it."""
    kills, repeats = bots.kills, bots.sight.witness.repeats
    try:
        async with asyncio.timeout(60):
            await bots.tell(STORIES[story], name, Trap(line.point, nth))
    except (AssertionError, TimeoutError) as error:
        line.broken.append(f"{line.database} {line.point} in {story!r}: {type(error).__name__} {error}"[:400])
    line.kills += bots.kills - kills
    line.doubled += bots.sight.witness.repeats - repeats
    line.calls = max(line.calls, len(bots.sight.seen(name)))
    if request := await bots.sight.find(name):
        line.stuck += not (request.state.final or (request.state is State.UNKNOWN and not request.next_check))
        found = await bots.sight.broken(name)
        line.lost += sum("not shown" in each or "not in Slack" in each for each in found)
        line.broken += found


async def over(database: str, url: str, home: Path) -> list[Line]:
    """Every point over one database, in one sandbox."""
    lines = [Line(database, f"{point}:{side}") for point in dict.fromkeys(c[0] for c in CASES) for side in SIDES]
    async with outside(url, home) as bots:
        for line in lines:
            point, _, side = line.point.partition(":")
            for number, (_, story, nth) in enumerate(case for case in CASES if case[0] == point):
                await killed(bots, line, story, f"{point}_{side}_{number}", nth)
            print(line, flush=True)
        lines[-1].broken += await bots.sight.broken_at_large()
    return lines


SIDES: Final = ("before", "after")


async def both(socket: Path, home: Path) -> list[Line]:
    """At the same time, and then fifty clicks at once."""
    places = {"sqlite": f"sqlite:///{home}/sqlite/bot.db", "postgresql": server.url_of(socket, "killed")}
    for name in ("killed", "clicked"):
        await server.execute(socket, f"CREATE DATABASE {name}")
    for name, url in places.items():  # one by one: Alembic can't do two at a time
        (home / name).mkdir()
        await bring_up_to_date(url)
    lines = await asyncio.gather(*(over(name, url, home / name) for name, url in places.items()))
    clicked = await fifty_clicks(server.url_of(socket, "clicked"), home)
    print(f"50 clicks on two processes: {clicked}")
    broken = [*wrong(clicked)]
    return [*lines[0], *lines[1], Line("postgresql", "50 clicks", calls=clicked.calls, broken=broken)]


@contextmanager
def _postgresql():  # type: ignore[no-untyped-def]  # noqa: ANN202
    binaries = server.server_binaries()
    if binaries is None:
        sys.exit("make crash needs PostgreSQL: apt-get install postgresql, or set PG_BIN")
    with server.serving(binaries) as folder:
        yield folder


def main() -> int:
    """Print the table; the status says whether every promise was kept."""
    started = time.monotonic()
    print(HEAD)
    with tempfile.TemporaryDirectory(prefix="crash-") as home, _postgresql() as socket:
        lines = asyncio.run(both(socket, Path(home)))
    total = Line("both", "all")
    for line in lines:
        total.add(line)
    print(f"{total}\n{time.monotonic() - started:.0f} s")
    print(*total.broken, sep="\n")
    return int(bool(total.broken))


if __name__ == "__main__":
    sys.exit(main())
