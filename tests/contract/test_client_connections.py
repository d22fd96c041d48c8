"""Writes over real connections, to servers that hang up, say nothing, or are not there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from pydantic import SecretStr

from bot import errors
from bot.pulumi import PulumiClient
from tests.contract.recorded import NOW, STACK, TOKEN, sample
from tests.contract.writes import WRITES, Write

LENGTH = b"content-length:"


@dataclass
class Raw:
    """A server that reads whole requests, answers each with the same bytes, and hangs up unless told to keep on."""

    answer: bytes
    keep: bool = False
    seen: list[tuple[str, int]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None] | None] = field(default_factory=list)
    connections: int = 0
    base: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self.tasks.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._request(reader, number):
                writer.write(self.answer)
                await writer.drain()
                if not self.keep:
                    break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _request(self, reader: asyncio.StreamReader, number: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next((int(each[len(LENGTH) :]) for each in head.split(b"\r\n") if each.startswith(LENGTH)), 0)
        await reader.readexactly(length)
        self.heads.append(head)
        self.seen.append((head.split()[0].decode().upper(), number))
        self.arrived.set()
        return True


@asynccontextmanager
async def raw(answer: bytes, *, keep: bool = False) -> AsyncIterator[Raw]:
    server = Raw(answer, keep)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.base = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await asyncio.gather(*filter(None, server.tasks))  # each ends with its connection


@asynccontextmanager
async def reaching(base: str) -> AsyncIterator[PulumiClient]:
    client = PulumiClient(base, SecretStr(TOKEN), clock=lambda: NOW)
    yield client
    await client.aclose()


@pytest.mark.parametrize("write", WRITES, ids=str)
@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nConte", b'HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n{"id": '],
    ids=["nothing", "half a head", "half a body"],
)
async def test_a_server_that_drops_the_connection_sees_each_verb_once(write: Write, answer: bytes) -> None:
    """It has read the request and may have done it. Some HTTP libraries send DELETE and PUT again by themselves."""
    async with raw(answer) as server, reaching(server.base) as api:
        with pytest.raises(errors.NoAnswer):
            await write.call(api)
    assert server.seen == [(write.method, 1)]


async def test_a_write_has_a_connection_of_its_own() -> None:
    """One that a server closes at the same moment, or that still carries something else, cannot make it ambiguous."""
    body = json.dumps(sample("user")).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    async with raw(answer, keep=True) as server, reaching(server.base) as api:
        await api.user()
        await api.delete_team("demo", "ops")
        await api.delete_team("demo", "ops")
        await api.user()
        await api.delete_team("demo", "ops")
    assert server.seen == [("GET", 1), ("DELETE", 2), ("DELETE", 3), ("GET", 1), ("DELETE", 4)]
    assert [b"connection: close" in head for head in server.heads] == [False, True, True, False, True]


async def test_a_write_that_is_never_answered_ends_at_its_deadline() -> None:
    """It left, so what happened is unknown."""
    async with raw(b"", keep=True) as server, reaching(server.base) as api:
        with pytest.raises(errors.NoAnswer, match="no answer in time"):
            await api.within(2).delete_stack(STACK)
    assert server.seen == [("DELETE", 1)]


async def test_a_deadline_that_passes_while_connecting_proves_that_nothing_left() -> None:
    """This server takes the connection and never says hello: no byte of the request was sent."""
    async with raw(b"", keep=True) as server, reaching(server.base.replace("http:", "https:")) as api:
        with pytest.raises(errors.NotSent):
            await api.within(0.05).delete_stack(STACK)
    assert server.seen == []


async def test_a_server_that_is_not_there_proves_it_too() -> None:
    async with raw(b"") as server:
        pass
    async with reaching(server.base) as api:
        with pytest.raises(errors.NotSent):
            await api.delete_stack(STACK)


async def test_a_write_that_is_cancelled_is_not_sent_again() -> None:
    """The process stops while the server thinks."""
    async with raw(b"", keep=True) as server, reaching(server.base) as api:
        call = asyncio.ensure_future(api.delete_stack(STACK))
        await server.arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert server.seen == [("DELETE", 1)]
