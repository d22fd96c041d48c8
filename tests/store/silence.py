"""A proxy before a database that can fall silent: connections stay open, and nothing passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit


class Silence:
    """Forwards to a server's Unix socket; `url` is the address to connect to instead."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = parse_qs(parts.query)["host"][0] + "/.s.PGSQL.5432"
        self._name = parts.path
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def before(cls, url: str) -> AsyncIterator[Self]:
        """Serve on a free port; at the end every connection is closed."""
        silence = cls(url)
        server = await asyncio.start_server(silence._accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        silence.url = f"postgres://postgres@127.0.0.1:{port}{silence._name}?sslmode=disable"
        yield silence
        server.close()
        for task in silence._tasks:
            task.cancel()
        await asyncio.gather(*silence._tasks, return_exceptions=True)

    def falls(self) -> None:
        """From now on nothing passes in either direction."""
        self._open.clear()

    def ends(self) -> None:
        """What was held back passes, and all that follows."""
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._both(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_unix_connection(self._socket)
        try:
            with suppress(ConnectionError):
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pass(reader, here))
                    group.create_task(self._pass(there, writer))
        finally:
            here.close()
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._open.wait()
            writer.write(data)
            await writer.drain()
        writer.close()
