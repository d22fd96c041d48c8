"""`bot.ports.PulumiApi` over HTTP: one method for each endpoint, and what it takes to follow their lists to the end.

Pulumi's API: https://www.pulumi.com/docs/reference/cloud-rest-api/
"""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final, TypeVar

import httpx
from pydantic import BaseModel, SecretStr

from bot.errors import BadAnswer
from bot.events import EventPage, decode_page
from bot.model import PulumiUser, Result, Stack, StackRef, StackSummary, UpdateInfo
from bot.ports import Clock, Version
from bot.pulumi import wire
from bot.pulumi.exchange import Exchange, Jitter, Pace, Query, Sleep, Timeouts
from bot.pulumi.follow import followed, stored
from bot.pulumi.rules import TokenTrail, is_last_page, is_oldest_first, key_of, newest_first

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Listing:
    """A list of a stack's that is read by page number."""

    endpoint: str
    path: tuple[str, ...]
    query: Query


_UPDATES: Final = _Listing("list updates", ("updates",), {"output-type": "service"})  # the default shape has no ids
_PREVIEWS: Final = _Listing("list previews", ("updates", "latest", "previews"), {"asc": "false"})


class PulumiClient:
    """One connection pool to one server with one token; make one for the process, and close it.

    `base_url` may carry a path (self-hosted servers). ValueError: the address or the token cannot be used.
    Every method raises `bot.errors.PulumiError` and nothing else; reads are tried again within one deadline.
    """

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        base_url: str,
        token: SecretStr,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        jitter: Jitter = random.random,
        timeouts: Timeouts = Timeouts(),  # noqa: B008  # frozen
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        pace = Pace(clock=clock, sleep=sleep, jitter=jitter)
        self._exchange = Exchange(base_url, token, pace=pace, timeouts=timeouts, transport=transport)
        self._identity = hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:12]

    async def aclose(self) -> None:
        """Close every connection."""
        await self._exchange.aclose()

    @property
    def identity(self) -> str:
        """The start of the token's SHA-256: the same for the same token, and no way back to it."""
        return self._identity

    async def user(self) -> PulumiUser:
        """GET /api/user. `machine` is set when the token belongs to an organization or a team."""
        return (await self._get("user", wire.User, "user")).user()

    async def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """GET /api/user/stacks, every page of it. A server that ignores `tag` cannot be told apart from here."""
        name, value = tag or (None, None)
        query = {"organization": org, "project": project, "tagName": name, "tagValue": value}
        trail, seen = TokenTrail(), set[StackRef]()
        while True:
            page = await self._get(
                "list stacks", wire.StackPage, "user", "stacks", query={**query, "continuationToken": trail.token}
            )
            fresh = [each for each in page.summaries() if each.stack not in seen]
            seen.update(each.stack for each in fresh)
            for each in fresh:
                if each.stack.org.casefold() == org.casefold() and project in {None, each.stack.project}:
                    yield each
            if not trail.follow(page.token) or (page.stacks and not fresh):
                return

    async def stack(self, stack: StackRef) -> Stack:
        """GET a stack. The name in the answer is the server's spelling: policy has to look at that one."""
        return (await self._get("get stack", wire.StackBody, *_path(stack))).facts(stack)

    async def updates(self, stack: StackRef, *, page_size: int = 10, page: int = 1) -> AsyncIterator[UpdateInfo]:
        """GET …/updates. Where the server gives no ids, `update_id` is None."""
        async for found in self._pages(_UPDATES, stack, page_size, page):
            for update in newest_first(found):
                if not update.preview:
                    yield update

    async def previews(self, stack: StackRef, *, page_size: int = 10) -> AsyncIterator[UpdateInfo]:
        """GET …/updates/latest/previews. Read to the end first where the server lists the oldest first."""
        kept: list[UpdateInfo] | None = None
        async for found in self._pages(_PREVIEWS, stack, max(page_size, 2)):  # one alone shows no order
            if kept is None and is_oldest_first(found):
                kept = []
            if kept is not None:
                kept += found
                continue
            for preview in newest_first(found):
                yield preview
        for preview in newest_first(kept or ()):
            yield preview

    async def update(self, stack: StackRef, version: Version) -> UpdateInfo:
        """GET …/updates/{version}, or the latest."""
        item = await self._get("update by version", wire.UpdateItem, *_path(stack), "updates", str(version))
        return item.update(stack)

    async def status(self, stack: StackRef, update_id: str) -> Result:
        """GET …/update/{id}. `update` is right in the path for every kind of operation, previews included."""
        body = await self._get("update status", wire.StatusBody, *_path(stack), "update", update_id)
        return Result.of(body.status)

    def events(
        self,
        stack: StackRef,
        update_id: str,
        *,
        token: str | None = None,
        wait: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[EventPage]:
        """GET …/update/{id}/events. No page is empty; no event comes twice unless a `token` was refused.

        With `wait`, a 5xx or no answer is waited out, up to ten looks in a row. RateLimited is raised: it says for
        how long. To go on later, start from the last page's token.
        """
        look = partial(self._look, stack, update_id)
        if wait is None:
            return stored(look, token)
        return followed(look, partial(self.status, stack, update_id), token, wait)

    async def _look(self, stack: StackRef, update_id: str, token: str | None) -> EventPage:
        endpoint, path = "update events", (*_path(stack), "update", update_id, "events")
        body = await self._exchange.get(endpoint, "api", *path, query={"continuationToken": token})
        try:
            return decode_page(body)
        except ValueError:
            raise BadAnswer(endpoint, "no page of events") from None

    async def _pages(
        self, listing: _Listing, stack: StackRef, size: int, first: int = 1
    ) -> AsyncIterator[list[UpdateInfo]]:
        """Pages in the server's order, no item twice. From a server that does not page: all from `first` on."""
        seen = set[Hashable]()
        for page in count(first):
            query = {**listing.query, "page": page, "pageSize": size}
            answer = await self._get(listing.endpoint, wire.UpdatePage, *_path(stack), *listing.path, query=query)
            items = [item.update(stack) for item in answer.updates or ()]
            unpaged = len(items) > size
            fresh = [each for each in items[(page - 1) * size if unpaged else 0 :] if key_of(each) not in seen]
            seen.update(map(key_of, fresh))
            yield fresh
            if is_last_page(page, size, got=len(items), fresh=len(fresh), total=answer.total):
                return

    async def _get(self, endpoint: str, shape: type[M], *path: str, query: Query | None = None) -> M:
        return wire.read(endpoint, shape, await self._exchange.get(endpoint, "api", *path, query=query))


def _path(stack: StackRef) -> tuple[str, ...]:
    return ("stacks", stack.org, stack.project, stack.stack)
