"""HTTP by hand, so that the load costs little beside what it measures: a client's connection, and a sink."""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Final, cast

import httptools

from benchmarks.processes import BenchmarkError

_OK: Final = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"


class Connection(asyncio.Protocol):
    """One connection to a server under test, with one request at a time on it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses

    def data_received(self, data: bytes) -> None:
        """Read what comes."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits, waits in vain."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or BenchmarkError("the server closed the connection"))

    def on_message_complete(self) -> None:
        """The parser has seen the end of an answer."""
        if self._answer and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    async def exchange(self, request: bytes) -> int:
        """Send a request; the answer's status."""
        if self._transport is None:
            raise TypeError("it is not connected")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport:
            self._transport.close()


class _Visit(asyncio.Protocol):
    """A client of the sink."""

    def __init__(self, arrived: Callable[[str], None]) -> None:
        self._arrived = arrived
        self._path = b""
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url

    def on_message_complete(self) -> None:
        self._arrived(self._path.decode())
        if self._transport:
            self._transport.write(_OK)


class Sink:
    """Every `response_url` leads here. It knows when the first answer came on each, and says 200 to all."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Visit(self._arrived), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more."""
        if self._server:
            self._server.close()

    def url(self, path: str) -> str:
        """The whole address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def _arrived(self, path: str) -> None:
        self.first.setdefault(path, perf_counter())
