"""One answer for one question: headers, limits, one deadline, and trying again as `rules.retry_delay` allows.

NotSent means that no connection was made, so nothing happened. NoAnswer is everything after that.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog
from pydantic import SecretStr

from bot.errors import BadAnswer, BadRequest, NoAnswer, NotSent, PulumiError
from bot.model import Effect
from bot.ports import Clock
from bot.pulumi.rules import error_of, retry_delay

log: structlog.stdlib.BoundLogger = structlog.get_logger()

# Above about 30 connections httpx 0.28 collapses; the pool and the number of callers are both held at 20.
_AT_ONCE: Final = 20
_LIMITS: Final = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_LARGEST: Final = 32 * 1024 * 1024
_HEADERS: Final = {
    "Accept": "application/vnd.pulumi+8",
    "Content-Type": "application/json",
    "User-Agent": "pulumi-chatops",
}

Query = Mapping[str, str | int | None]
Sleep = Callable[[float], Awaitable[None]]
Jitter = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `total` is for one call with all its tries and the waits between them."""

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


class Exchange:
    """A connection pool to one server with one token. The token goes to that server and nowhere else.

    Redirects are never followed. ValueError: the address or the token cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        token: SecretStr,
        *,
        pace: Pace,
        timeouts: Timeouts,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        self._base = _checked(base_url)
        self._token = token.get_secret_value().strip()
        if not re.fullmatch(r"[!-~]+", self._token):
            raise ValueError("the token is empty or has characters that no token has")
        self._pace, self._total = pace, timeouts.total
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._http = httpx.AsyncClient(
            headers={**_HEADERS, "Authorization": f"token {self._token}"},
            timeout=httpx.Timeout(
                connect=timeouts.connect, read=timeouts.read, write=timeouts.write, pool=timeouts.pool
            ),
            limits=_LIMITS,
            follow_redirects=False,
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def get(self, endpoint: str, *path: str, query: Query | None = None) -> bytes:
        """The body of a 2xx. Raises PulumiError and nothing else; a parameter that is None is left out."""
        if any(part in {"", ".", ".."} for part in path):
            raise BadRequest(endpoint, "a name is missing, or is . or ..")  # it would ask for something else
        wanted = urlencode({key: each for key, each in (query or {}).items() if each is not None}, errors="replace")
        address = "/".join((self._base, *(quote(part, safe="", errors="replace") for part in path)))
        try:
            request = self._http.build_request("GET", f"{address}?{wanted}" if wanted else address)
        except httpx.InvalidURL:
            raise BadRequest(endpoint, "a name is too long") from None
        return await self._answered(endpoint, request)

    async def _answered(self, endpoint: str, request: httpx.Request) -> bytes:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._total
        attempt = 0
        while isinstance(outcome := await self._in_time(endpoint, request, deadline), PulumiError):
            delay = retry_delay(outcome, Effect.READ, attempt, self._pace.jitter())
            if delay is None or loop.time() + delay > deadline:
                raise outcome
            log.info("asking pulumi again", endpoint=endpoint, error=type(outcome).__name__, seconds=round(delay, 1))
            await self._pace.sleep(delay)
            attempt += 1
        return outcome

    async def _in_time(self, endpoint: str, request: httpx.Request, deadline: float) -> bytes | PulumiError:
        """One try. Errors are values here, so that what is raised later holds no request of httpx, and no token."""
        sent = False
        try:
            async with asyncio.timeout_at(deadline), self._slots:
                sent = True
                return await self._once(endpoint, request)
        except _NOT_SENT:
            return NotSent(endpoint, "no connection")
        except httpx.TimeoutException:
            return NoAnswer(endpoint, "no answer in time")
        except httpx.HTTPError:
            return NoAnswer(endpoint, "the connection broke")
        except TimeoutError:
            return NoAnswer(endpoint, "no answer in time") if sent else NotSent(endpoint, "too many calls at once")

    async def _once(self, endpoint: str, request: httpx.Request) -> bytes | PulumiError:
        answer = await self._http.send(request, stream=True)
        try:
            body = await _whole(answer)
        finally:
            await answer.aclose()
        if body is None:
            return BadAnswer(endpoint, "the answer is too large")
        for warning in answer.headers.get_list("X-Pulumi-Warning"):
            log.warning("pulumi warns", endpoint=endpoint, said=warning.replace(self._token, "[token]"))
        if answer.is_success:
            return body
        told = body.replace(self._token.encode(), b"[token]")
        return error_of(endpoint, answer.status_code, answer.headers, told, self._pace.clock())


async def _whole(answer: httpx.Response) -> bytes | None:
    """The decoded body, or None when it is larger than anything that Pulumi has to say."""
    pieces, size = list[bytes](), 0
    async for piece in answer.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST:
            return None
    return b"".join(pieces)


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    odd = "@" in parts.netloc or parts.query or parts.fragment
    if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
        raise ValueError("Pulumi's address must look like https://api.pulumi.com")
    return base_url.rstrip("/")
