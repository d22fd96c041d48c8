"""Programs under measurement: started, asked for their processor time and memory, stopped."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

import msgspec

from benchmarks.rounds import beside

ROOT: Final = Path(__file__).resolve().parents[1]
LINUX: Final = sys.platform == "linux"
_PATIENCE: Final = 30.0


class BrokenError(Exception):
    """A program did not do what was to be measured."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running one. Its processor time and memory are known on Linux only."""

    process: asyncio.subprocess.Process
    errors: IO[bytes]

    async def line(self) -> str:
        """The next line of its output; BrokenError with what it said when it has ended."""
        if self.process.stdout is None:
            raise TypeError("its output was not asked for")
        line = await asyncio.wait_for(self.process.stdout.readline(), _PATIENCE)
        if not line:
            self.errors.seek(0)
            raise BrokenError(self.errors.read()[-4000:].decode(errors="replace"))
        return line.decode().strip()

    def cpu(self) -> float:
        """Seconds of user and system time of all its threads so far, in ticks of mostly 10 ms."""
        if not LINUX:
            return 0.0
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """MB of resident memory."""
        return resident(self.process.pid) if LINUX else 0.0


def resident(process: int | str = "self", what: str = "VmRSS") -> float:
    """MB of resident memory of a process; `VmHWM` is its peak. Linux only."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


@asynccontextmanager
async def running(
    module: str, *words: str, home: Path | None = None, env: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """`python -m module`, on the servers' processor, until the end of the block. It knows nothing of this shell."""
    with TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *words),
            cwd=home or ROOT,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **(env or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        beside(process.pid)
        try:
            yield Program(process, errors)
        finally:
            await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


async def asked(module: str, *words: str) -> Any:  # noqa: ANN401  # JSON
    """What a program says in one line of JSON."""
    async with running(module, *words) as program:
        return msgspec.json.decode(await program.line())
