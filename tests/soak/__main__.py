"""`make soak MINUTES=3`: a bot with real timing over a sandbox: what that costs, and how late it is.

Not a test: it asserts nothing but that everything was told. The first minute is idle.
"""

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import event

from bot.happenings import Kind
from bot.observe import configure
from bot.operations.words import split
from bot.pulumi.exchange import Exchange
from bot.records import Subscribed
from bot.slack.posts import SlackChat
from bot.subscription_line import parse
from bot.timing import REAL
from sandbox.app import create
from sandbox.slack import seed
from tests.town import Ground, Town, bot

PORT: Final = 18766
ENDS: Final = frozenset({Kind.SUCCEEDED, Kind.FAILED, Kind.CANCELED})
PAGE: Final = 25  # the sandbox's stacks a page
SETTLE: Final = 75.0  # seconds after the last start until everything has ended and was told


@dataclass
class Seen:
    """Everything that is counted, by the clock."""

    calls: list[tuple[float, str]] = field(default_factory=list)
    edits: list[float] = field(default_factory=list)
    posts: dict[str, float] = field(default_factory=dict)
    statements: list[float] = field(default_factory=list)
    ended: dict[str, float] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)

    def hook(self, town: Town) -> None:
        """Count what leaves this process."""
        once, post, edit = Exchange._once, SlackChat.post, SlackChat.edit
        tell, engine = town.services.herald.tell, town.services.world.store.database.engine.sync_engine

        async def asked(exchange: Exchange, http: Any, what: Any) -> Any:
            size = what.request.url.params.get("pageSize", "")
            name = f"{what.endpoint} {size}" if what.endpoint == "list updates" else what.endpoint
            self.calls.append((time.time(), name))
            return await once(exchange, http, what)

        async def posted(chat: SlackChat, *how: Any, **more: Any) -> Any:
            answer = await post(chat, *how, **more)
            self.posts.setdefault(more["key"], time.time())
            return answer

        async def edited(chat: SlackChat, *how: Any, **more: Any) -> Any:
            self.edits.append(time.time())
            return await edit(chat, *how, **more)

        async def telling(known: Any, happenings: Sequence[Any], *how: Any, **more: Any) -> None:
            await tell(known, happenings, *how, **more)
            for each in happenings:
                if each.update and each.kinds & ENDS and not each.update.preview:
                    self.ended[each.update.update_id] = each.at.timestamp()
                    self.told[each.update.update_id] += 1
                    self.lag.append(time.time() - each.at.timestamp() - 0.5)

        for owner, name, value in (
            (Exchange, "_once", asked),
            (SlackChat, "post", posted),
            (SlackChat, "edit", edited),
            (town.services.herald, "tell", telling),
        ):
            setattr(owner, name, value)

        @event.listens_for(engine, "before_cursor_execute")
        def note(*_: object) -> None:
            self.statements.append(time.time())


@asynccontextmanager
async def sandbox() -> AsyncIterator[str]:
    """A sandbox without a bot, in a process of its own."""
    command = (sys.executable, "-m", "sandbox", "--no-bot", "--port", str(PORT))
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    address = f"http://127.0.0.1:{PORT}"
    async with httpx.AsyncClient() as client:
        async with asyncio.timeout(30):
            while not await _answers(client, address):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.2)
    try:
        yield address
    finally:
        child.terminate()
        await child.wait()


async def _answers(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(f"{address}/control/pulumi")).is_success
    except httpx.HTTPError:
        return False


async def play(client: httpx.AsyncClient, stacks: Sequence[str], each_minute: float, until: float) -> list[str]:
    """Updates on stacks at random, evenly, until then; gives their ids."""
    chance, ids = random.Random(1), list[str]()  # noqa: S311  # not a secret
    while time.time() < until:
        body = {"stack": chance.choice(stacks), "scenario": chance.choice(("mixed-change", "failing-resource"))}
        answer = await client.post("/control/pulumi/play", json={**body, "speed": 2.0})
        if answer.is_success:
            ids.append(answer.json()["update_id"])
        await asyncio.sleep(60 / each_minute)
    return ids


async def remember(seen: Seen) -> None:
    """What this process holds, every five seconds."""
    while True:
        seen.memory.append((time.time(), _memory()))
        await asyncio.sleep(5)


def _memory() -> float:
    """Megabytes; on systems that do not say, 0."""
    file = Path("/proc/self/statm")
    pages = int(file.read_text().split()[1]) if file.exists() else 0
    return pages * resource.getpagesize() / 2**20


async def soak(minutes: float, stacks: int, each_minute: float) -> int:
    """All of it; gives how many ends were not told exactly once."""
    configure("error", "text")
    seen, stop = Seen(), asyncio.Event()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        async with (
            sandbox() as address,
            httpx.AsyncClient(base_url=address, timeout=60) as client,
            bot(Ground(create(), address), Path(folder), now=lambda: datetime.now(UTC), timing=REAL) as town,
        ):
            storm = {"stacks": stacks, "scenario": "mixed-change", "speed": 0}
            names = (await client.post("/control/pulumi/storm", json=storm)).json()["stacks"]
            await asyncio.sleep(2)
            seen.hook(town)
            for line in ("acme/storm/* succeeded failed canceled", "acme/storm/s-00* updates:live"):
                now = town.services.world.clock()
                wanted = Subscribed(channel=seed.PLATFORM, subscription=parse(split(line)), by=seed.ANN, at=now)
                await town.services.subscriptions.put(wanted)
            leading = asyncio.create_task(town.services.leader.run(stop))
            async with asyncio.timeout(120):
                while not town.services._looks.first.complete:  # noqa: ASYNC110  # a question of this one's
                    await asyncio.sleep(0.2)
            watching = asyncio.create_task(remember(seen))
            idle = time.time()
            await asyncio.sleep(60)
            busy = time.time()
            ids = await play(client, names, each_minute, busy + minutes * 60)
            calm = time.time()
            await asyncio.sleep(SETTLE)
            watching.cancel()
            stop.set()
            await leading
    wrong = [each for each in ids if seen.told[each] != 1]
    print(report(seen, len(names), len(ids), (idle, busy, calm)))
    print(f"\n{len(ids) - len(wrong)} of {len(ids)} ends told exactly once")
    return len(wrong)


def report(seen: Seen, stacks: int, updates: int, times: tuple[float, float, float]) -> str:
    """The table."""
    idle, busy, calm = times
    minutes = (calm - busy) / 60
    during = Counter(name for at, name in seen.calls if busy <= at < calm)
    feed = during["list stacks"] + during["list updates 10"] + during["user"]
    pages = -(-stacks // PAGE) + 4  # with those of the seed
    scans = during["list stacks"] / pages
    least = during["list stacks"] + 2 * updates
    posts = len([at for at in seen.posts.values() if busy <= at < calm])
    edits = defaultdict[int, int](int)
    for at in seen.edits:
        edits[int((at - busy) // 60)] += 1
    lag = sorted(seen.lag) or [0.0]
    memory = [size for at, size in seen.memory if at >= busy] or [0.0]
    quiet, loaded = (
        sum(start <= at < end for at in seen.statements) / (end - start) for start, end in ((idle, busy), (busy, calm))
    )
    rows = (
        ("stacks", f"{stacks}, and those of the seed"),
        ("updates a minute", f"{updates / minutes:.1f}"),
        ("API calls of the feed a minute", f"{feed / minutes:.0f} ({scans:.0f} lists of about {pages} pages)"),
        ("against the least: pages, a read at each start and end", f"{feed / max(least, 1):.2f} x"),
        ("other calls a minute", f"{(sum(during.values()) - feed) / minutes:.0f} ({_most(during)})"),
        ("API calls a minute, idle", f"{sum(idle <= at < busy for at, _ in seen.calls) / (busy - idle) * 60:.0f}"),
        ("posts a minute", f"{posts / minutes:.1f}"),
        ("edits a minute, most", f"{max(edits.values(), default=0)} of {REAL.edits_a_minute}"),
        ("from the end to the row, p50 / p95", f"{statistics.median(lag):.1f} / {lag[int(len(lag) * 0.95) - 1]:.1f} s"),
        ("database statements a second, idle / busy", f"{quiet:.1f} / {loaded:.1f}"),
        ("memory, first / most / last", f"{memory[0]:.0f} / {max(memory):.0f} / {memory[-1]:.0f} MB"),
    )
    return "\n".join(f"{name:56} {value}" for name, value in rows)


def _most(calls: Counter[str]) -> str:
    own = {"list stacks", "list updates 10", "user"}
    return ", ".join(f"{name} {count}" for name, count in calls.most_common() if name not in own)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--stacks", type=int, default=200)
    parser.add_argument("--each-minute", type=float, default=12.0)
    options = parser.parse_args()
    return int(asyncio.run(soak(options.minutes, options.stacks, options.each_minute)) > 0)


if __name__ == "__main__":
    sys.exit(main())
