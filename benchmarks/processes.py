"""Processes under test: started where they disturb their load least, watched through /proc, ended politely."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATIENCE: Final = 60.0  # seconds to start, and to end
_CPUS: Final = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


class BenchmarkError(Exception):
    """Something broke, so that nothing can be measured."""


def keep_off() -> None:
    """Leave the first CPU to the processes under test, where there are two and the system can."""
    if len(_CPUS) > 1:
        os.sched_setaffinity(0, _CPUS[1:])


@contextmanager
def _on_the_first_cpu() -> Iterator[None]:
    """What is started inside runs there for good."""
    if len(_CPUS) < 2:  # noqa: PLR2004  # one for them, one for us
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _CPUS[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


@dataclass(frozen=True, slots=True)
class Child:
    """A running process that has said where it listens, or just that it is there."""

    pid: int
    said: str

    @property
    def port(self) -> int:
        """Of the address that it printed."""
        return int(self.said.rstrip("/\n").rpartition(":")[2])

    def cpu(self) -> float | None:
        """Seconds on a CPU so far, all its threads together; None where there is no /proc."""
        files = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        nanoseconds = [int(file.read_text().split()[0]) for file in files]
        return sum(nanoseconds) / 1e9 if nanoseconds else None

    def resident(self) -> float | None:
        """MB in memory; None where there is no /proc."""
        return status(self.pid, "VmRSS")


def status(pid: int | str, field: str) -> float | None:
    """A size of a process in MB, from /proc; None where there is none."""
    file = Path(f"/proc/{pid}/status")
    lines = file.read_text().splitlines() if file.exists() else []
    sizes = [line.split()[1] for line in lines if line.startswith(field + ":")]
    return int(sizes[0]) / 1024 if sizes else None


@asynccontextmanager
async def child(*words: str, home: Path, env: Mapping[str, str]) -> AsyncIterator[Child]:
    """`python` with these words, in a folder of its own; here it has printed its first line."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "log").open("ab") as log, _on_the_first_cpu():
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, cwd=home, env=env, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        yield Child(process.pid, await _first_line(process, words, home / "log"))
    finally:
        await _end(process)


async def _first_line(process: asyncio.subprocess.Process, words: tuple[str, ...], log: Path) -> str:
    if process.stdout is None:
        raise TypeError("it was started without a pipe")
    async with asyncio.timeout(_PATIENCE):
        line = await process.stdout.readline()
    if not line:
        raise BenchmarkError(f"python {' '.join(words)} ended at once:\n{log.read_text()[-2000:]}")
    return line.decode()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
