"""One answer for one question: headers, limits, one deadline, and trying again as `rules.retry_delay` allows.

NotSent means that no connection was made, so nothing happened. NoAnswer is everything after that. A write has one try,
over a connection that nothing else uses: what a connection did before, or what it would repeat, cannot touch it.
"""

import asyncio
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog
from pydantic import SecretStr

from bot.errors import (
    BadAnswer,
    BadRequest,
    NoAnswer,
    NotSent,
    OwnUnauthorized,
    PulumiError,
    TooLarge,
    Unauthorized,
)
from bot.model import Effect
from bot.ports import Clock
from bot.pulumi.rules import error_of, retry_delay

log: structlog.stdlib.BoundLogger = structlog.get_logger()

# Above about 30 connections httpx 0.28 collapses; the pool and the number of callers are both held at 20.
_AT_ONCE: Final = 20
_LIMITS: Final = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
_ONE_EACH: Final = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=0)
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_LARGEST: Final = 32 * 1024 * 1024
_HEADERS: Final = {
    "Accept": "application/vnd.pulumi+8",
    "Content-Type": "application/json",
    "User-Agent": "pulumi-chatops",
}

Query = Mapping[str, str | int | None]
Body = Mapping[str, str | int]
Sleep = Callable[[float], Awaitable[None]]
Jitter = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `total` is for one read with all its tries and the waits between them; a write has its own."""

    connect: float = 5.0
    read: float = 20.0
    write: float = 10.0
    pool: float = 5.0
    total: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where the exchange gets its time from: business time, waiting, and the spread of waits (0 to 1)."""

    clock: Clock
    sleep: Sleep
    jitter: Jitter


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, and the largest answer to it that is taken."""

    endpoint: str
    request: httpx.Request
    largest: int = _LARGEST


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One for all clients of the process: making one reads every certificate there is, which takes 25 ms."""
    return httpx.create_ssl_context()


class Exchange:
    """Connections to one server with one token. The token goes to that server and nowhere else.

    Redirects are never followed. ValueError: the address or the token cannot be used.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        base_url: str,
        token: SecretStr,
        *,
        pace: Pace,
        timeouts: Timeouts,
        transport: httpx.AsyncBaseTransport | None,
        own: bool = False,
    ) -> None:
        self._base = _checked(base_url)
        self._token = token.get_secret_value().strip()
        if not re.fullmatch(r"[!-~]+", self._token):
            raise ValueError("the token is empty or has characters that no token has")
        self._own = own
        self._pace, self._total, self._connect = pace, timeouts.total, timeouts.connect
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._reads = self._connections(timeouts, _LIMITS, transport)
        self._writes = self._connections(timeouts, _ONE_EACH, transport, {"Connection": "close"})

    def _connections(
        self,
        timeouts: Timeouts,
        limits: httpx.Limits,
        transport: httpx.AsyncBaseTransport | None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.AsyncClient:
        """Without a `transport` httpx makes its own, which never sends anything twice (its `retries` is 0)."""
        return httpx.AsyncClient(
            headers={**_HEADERS, **(headers or {}), "Authorization": f"token {self._token}"},
            timeout=httpx.Timeout(
                connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool
            ),
            limits=limits,
            follow_redirects=False,
            transport=transport,
            verify=_tls(),
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._reads.aclose()
        await self._writes.aclose()

    async def get(
        self, endpoint: str, *path: str, query: Query | None = None, largest: int = _LARGEST, typed: bool = True
    ) -> bytes:
        """The body of a 2xx, of at most `largest` bytes; without `typed`, no content type is sent.

        Raises PulumiError and nothing else; a parameter that is None is left out.
        """
        request = self._request(self._reads, "GET", endpoint, path, query=query)
        if not typed:
            del request.headers["Content-Type"]
        return await self._answered(_Asked(endpoint, request, largest))

    async def send(
        self, method: str, name: str, *path: str, within: float, body: Body | None = None, query: Query | None = None
    ) -> bytes:
        """The body of a 2xx, which may be empty. Sent once, to be answered `within` seconds, connecting included.

        Raises PulumiError and nothing else. NothingHappened is a proof; after any other, what happened is unknown.
        """
        deadline = asyncio.get_running_loop().time() + within
        request = self._request(self._writes, method, name, path, query=query, body=body)
        # Connecting has two thirds at most (TCP, TLS), so that a deadline which passes then is told apart by httpx.
        connect = min(self._connect, within / 3)
        request.extensions["timeout"] = httpx.Timeout(within, connect=connect, pool=connect).as_dict()
        outcome = await self._tried(self._writes, _Asked(name, request), deadline)
        if isinstance(outcome, PulumiError):
            raise outcome
        return outcome

    def _request(  # noqa: PLR0913  # a request has these parts
        self,
        http: httpx.AsyncClient,
        method: str,
        endpoint: str,
        path: tuple[str, ...],
        *,
        query: Query | None,
        body: Body | None = None,
    ) -> httpx.Request:
        if any(part in {"", ".", ".."} for part in path):
            raise BadRequest(endpoint, "a name is missing, or is . or ..")  # it would ask for something else
        wanted = urlencode({key: each for key, each in (query or {}).items() if each is not None}, errors="replace")
        address = "/".join((self._base, *(quote(part, safe="", errors="replace") for part in path)))
        content = None if body is None else json.dumps(body).encode()
        try:
            return http.build_request(method, f"{address}?{wanted}" if wanted else address, content=content)
        except httpx.InvalidURL:
            raise BadRequest(endpoint, "a name is too long") from None

    async def _answered(self, asked: _Asked) -> bytes:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._total
        attempt = 0
        while isinstance(outcome := await self._in_turn(asked, deadline), PulumiError):
            delay = retry_delay(outcome, Effect.READ, attempt, self._pace.jitter())
            if delay is None or loop.time() + delay > deadline:
                raise outcome
            error = type(outcome).__name__
            log.info("asking pulumi again", endpoint=asked.endpoint, error=error, seconds=round(delay, 1))
            await self._pace.sleep(delay)
            attempt += 1
        return outcome

    async def _in_turn(self, asked: _Asked, deadline: float) -> bytes | PulumiError:
        """One try of a read, once it is its turn."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._slots.acquire()
        except TimeoutError:
            return NotSent(asked.endpoint, "too many calls at once")
        try:
            return await self._tried(self._reads, asked, deadline)
        finally:
            self._slots.release()

    async def _tried(self, http: httpx.AsyncClient, asked: _Asked, deadline: float) -> bytes | PulumiError:
        """One try. Errors are values here, so that what is raised later holds no request of httpx, and no token."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._once(http, asked)
        except _NOT_SENT:
            return NotSent(asked.endpoint, "no connection")
        except (httpx.TimeoutException, TimeoutError):
            return NoAnswer(asked.endpoint, "no answer in time")
        except httpx.DecodingError:
            return BadAnswer(asked.endpoint, "the answer is not compressed as it says")
        except httpx.HTTPError:
            return NoAnswer(asked.endpoint, "the connection broke")

    async def _once(self, http: httpx.AsyncClient, asked: _Asked) -> bytes | PulumiError:
        answer = await http.send(asked.request, stream=True)
        try:
            body = await _whole(answer, asked.largest)
        finally:
            await answer.aclose()
        if body is None:
            return TooLarge(asked.endpoint, "the answer is too large", limit=asked.largest)
        for warning in answer.headers.get_list("X-Pulumi-Warning"):
            log.warning("pulumi warns", endpoint=asked.endpoint, said=warning.replace(self._token, "[token]"))
        if answer.is_success:
            return body
        told = body.replace(self._token.encode(), b"[token]")
        error = error_of(asked.endpoint, answer.status_code, answer.headers, told, self._pace.clock())
        if self._own and isinstance(error, Unauthorized):
            return OwnUnauthorized(error.endpoint, error.message, saml_org=error.saml_org)
        return error


async def _whole(answer: httpx.Response, largest: int) -> bytes | None:
    """The decoded body, or None when it is larger than that."""
    pieces, size = list[bytes](), 0
    async for piece in answer.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            return None
    return b"".join(pieces)


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    odd = "@" in parts.netloc or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
        raise ValueError("Pulumi's address must look like https://api.pulumi.com")
    return base_url.rstrip("/")
