"""The calls about stacks: listing them, their state and tags, and giving them away.

https://www.pulumi.com/docs/reference/cloud-rest-api/stacks/
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from bot.model import Stack, StackRef, StackSummary
from bot.pulumi import wire
from bot.pulumi.calls import Calls, listed, stack_path
from bot.pulumi.export import decode_state
from bot.state import StackState

_LARGEST_STATE: Final = 64 * 1024 * 1024  # bytes


class StackCalls(Calls):
    """Stacks, their state and their tags."""

    async def stacks(
        self, org: str, *, project: str | None = None, tag: tuple[str, str | None] | None = None
    ) -> AsyncIterator[StackSummary]:
        """GET /api/user/stacks, every page of it. A server that ignores `tag` cannot be told apart from here."""
        name, value = tag or (None, None)
        query = {"organization": org, "project": project, "tagName": name, "tagValue": value}

        async def ask(token: str | None) -> wire.StackPage:
            asked = {**query, "continuationToken": token}
            return await self._get("list stacks", wire.StackPage, "user", "stacks", query=asked)

        async for each in listed(ask, wire.StackPage.summaries, lambda each: each.stack):
            if each.stack.org.casefold() == org.casefold() and project in {None, each.stack.project}:
                yield each

    async def stack(self, stack: StackRef) -> Stack:
        """GET a stack. The name in the answer is the server's spelling: policy has to look at that one."""
        return (await self._get("get stack", wire.StackBody, *stack_path(stack))).facts(stack)

    async def export_state(self, stack: StackRef, version: int | None = None) -> StackState:
        """GET …/export, or …/export/{version}. TooLarge above 64 MiB. Pulumi notes each export in its audit log."""
        endpoint, path = "export state", (*stack_path(stack), "export", *(() if version is None else (str(version),)))
        body = await self._exchange.get(endpoint, "api", *path, largest=_LARGEST_STATE)
        return await asyncio.to_thread(decode_state, endpoint, body)  # a large one takes a good part of a second

    async def transfer_stack(self, stack: StackRef, to_org: str) -> None:
        """POST …/transfer. Conflict while an update runs. Its full name is another one afterwards."""
        await self._send("POST", "transfer stack", *stack_path(stack), "transfer", body={"toOrg": to_org})

    async def delete_stack(self, stack: StackRef, *, force: bool = False) -> None:
        """DELETE a stack. With resources, only by `force`, which forgets them and does not destroy them."""
        query = {"force": "true"} if force else None
        await self._send("DELETE", "delete stack", *stack_path(stack), query=query)

    async def add_tag(self, stack: StackRef, name: str, value: str) -> None:
        """POST …/tags, which only adds: `refusals.tag_exists` tells when `update_tag` is the right one."""
        await self._send("POST", "set tag", *stack_path(stack), "tags", body={"name": name, "value": value})

    async def update_tag(self, stack: StackRef, name: str, value: str) -> None:
        """PATCH …/tags/{name}, which changes this tag and leaves the others alone; PATCH …/tags would replace them."""
        await self._send("PATCH", "set tag", *stack_path(stack), "tags", name, body={"name": name, "value": value})

    async def delete_tag(self, stack: StackRef, name: str) -> None:
        """DELETE …/tags/{name}. Built-in tags are refused."""
        await self._send("DELETE", "delete tag", *stack_path(stack), "tags", name)
