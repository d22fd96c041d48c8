"""Slack's user groups and who is in them, remembered for a minute. Needs the scope usergroups:read."""

import asyncio
from typing import Any

from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChatError
from bot.ports import UserGroup
from bot.slack.chat import call


class SlackUserGroups:
    """The `UserGroups` port: one call for all groups, one for the people of each that is asked about."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._listing = asyncio.Lock()  # those who ask at the same time share one answer
        self._groups: TTLCache[str, tuple[UserGroup, ...]] = TTLCache(maxsize=1, ttl=60)
        self._members: TTLCache[str, frozenset[str]] = TTLCache(maxsize=1_000, ttl=60)

    async def find(self, name: str, *, live: bool = False) -> UserGroup | None:
        """The group of a `@handle` or an id. https://docs.slack.dev/reference/methods/usergroups.list/ ."""
        async with self._listing:
            groups = await self._all(live=live)
        return next((each for each in groups if name in {each.id, f"@{each.handle.lower()}"}), None)

    async def _all(self, *, live: bool) -> tuple[UserGroup, ...]:
        if not live and (known := self._groups.get("")) is not None:
            return known
        answer = await call(self._client, "usergroups.list")
        found = self._groups[""] = tuple(map(_group, answer["usergroups"]))
        return found

    async def members(self, group: UserGroup, *, live: bool = False) -> frozenset[str]:
        """Everybody in it. https://docs.slack.dev/reference/methods/usergroups.users.list/ ."""
        if not live and (known := self._members.get(group.id)) is not None:
            return known
        try:
            answer = await call(self._client, "usergroups.users.list", usergroup=group.id)
        except ChatError as error:
            if error.code not in {"no_such_subteam", "subteam_not_found"}:
                raise
            answer = {"users": []}  # disabled or deleted since it was listed
        found = self._members[group.id] = frozenset(answer["users"])
        return found


def _group(shape: dict[str, Any]) -> UserGroup:
    return UserGroup(shape["id"], shape["handle"])
