"""Which channels there are, as far as the bot sees them. Needs the scopes channels:read and groups:read."""

from typing import Any

from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChatError
from bot.ports import SlackChannel
from bot.slack.chat import call

_HIDDEN = frozenset({"channel_not_found", "method_not_supported_for_channel_type"})
_GROUP_DIRECT = "mpim:read"  # the scope that asking about a direct message among several would need


class SlackChannels:
    """The `ChannelBook` port: a channel is asked about anew each time, where names lead is remembered for a minute."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._names: TTLCache[str, dict[str, SlackChannel]] = TTLCache(maxsize=1, ttl=60)

    async def channel(self, channel_id: str) -> SlackChannel | None:
        """The channel as it is now. https://docs.slack.dev/reference/methods/conversations.info/ ."""
        if channel_id.startswith("D"):
            return SlackChannel(id=channel_id, name="", direct=True)
        try:
            return _channel((await call(self._client, "conversations.info", channel=channel_id))["channel"])
        except ChatError as error:
            if error.code in _HIDDEN:
                return None
            if error.code == "missing_scope" and _GROUP_DIRECT in error.needed.split(","):
                return SlackChannel(id=channel_id, name="", direct=True)
            raise

    async def named(self, name: str) -> SlackChannel | None:
        """The channel of that name that the bot is in: others are not asked for, a workspace may have ten thousand.

        https://docs.slack.dev/reference/methods/users.conversations/
        """
        names = self._names.get("")
        if names is None or name not in names:
            names = self._names[""] = await self._joined()
        return names.get(name)

    async def _joined(self) -> dict[str, SlackChannel]:
        found: dict[str, SlackChannel] = {}
        cursor = ""
        while True:
            answer = await call(
                self._client,
                "users.conversations",
                types="public_channel,private_channel",
                exclude_archived="true",
                limit="200",
                **({"cursor": cursor} if cursor else {}),
            )
            found |= {shape["name"]: _channel({**shape, "is_member": True}) for shape in answer["channels"]}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found


def _channel(shape: dict[str, Any]) -> SlackChannel:
    return SlackChannel(
        id=shape["id"],
        name=shape.get("name") or "",
        joined=bool(shape.get("is_member")),
        direct=bool(shape.get("is_im") or shape.get("is_mpim")),
        archived=bool(shape.get("is_archived")),
        foreign=bool(shape.get("is_ext_shared") or shape.get("is_pending_ext_shared")),
    )
