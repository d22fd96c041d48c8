"""The calls about updates and previews, and what it takes to follow their lists and their events to the end.

https://www.pulumi.com/docs/reference/cloud-rest-api/stack-updates/
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Final

from bot.errors import BadAnswer
from bot.events import EventPage, decode_page
from bot.model import Result, StackRef, UpdateInfo
from bot.ports import Version
from bot.pulumi import wire
from bot.pulumi.calls import Calls, stack_path
from bot.pulumi.exchange import Query
from bot.pulumi.follow import followed, stored
from bot.pulumi.rules import is_last_page, is_oldest_first, key_of, newest_first


@dataclass(frozen=True, slots=True)
class _Listing:
    """A list of a stack's that is read by page number."""

    endpoint: str
    path: tuple[str, ...]
    query: Query


_UPDATES: Final = _Listing("list updates", ("updates",), {"output-type": "service"})  # the default shape has no ids
_PREVIEWS: Final = _Listing("list previews", ("updates", "latest", "previews"), {"asc": "false"})


class UpdateCalls(Calls):
    """Updates, previews, their status and their events."""

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
        item = await self._get("update by version", wire.UpdateItem, *stack_path(stack), "updates", str(version))
        return item.update(stack)

    async def status(self, stack: StackRef, update_id: str) -> Result:
        """GET …/update/{id}. `update` is right in the path for every kind of operation, previews included."""
        body = await self._get("update status", wire.StatusBody, *stack_path(stack), "update", update_id)
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
        endpoint, path = "update events", (*stack_path(stack), "update", update_id, "events")
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
            answer = await self._get(listing.endpoint, wire.UpdatePage, *stack_path(stack), *listing.path, query=query)
            items = [item.update(stack) for item in answer.updates or ()]
            unpaged = len(items) > size
            fresh = [each for each in items[(page - 1) * size if unpaged else 0 :] if key_of(each) not in seen]
            seen.update(map(key_of, fresh))
            yield fresh
            if is_last_page(page, size, got=len(items), fresh=len(fresh), total=answer.total):
                return
