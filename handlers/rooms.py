"""Events about the channels that the bot is in."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.services.rooms import Rooms

# https://docs.slack.dev/reference/events/ ; what each means for what is posted there.
CLOSED: Final[Mapping[str, str]] = {
    "channel_left": "I was removed from it",
    "group_left": "I was removed from it",
    "channel_archive": "it is archived",
    "group_archive": "it is archived",
    "channel_deleted": "it is deleted",
    "group_deleted": "it is deleted",
}
JOINED: Final = "member_joined_channel"


class _Event(BaseModel):
    type: str
    channel: str
    user: str = ""


class _Delivery(BaseModel):
    event: _Event
    event_id: str


class RoomEvents:
    """The listener of all of them. Slack repeats events; what is done for one is done once."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def received(self, args: AsyncArgs) -> None:
        """Welcome, or let wait."""
        delivery = _Delivery.model_validate(args.body)
        event = delivery.event
        if event.type == JOINED and event.user == args.context.bot_user_id:
            await self._rooms.joined(event.channel, delivery.event_id)
        elif event.type in CLOSED:
            await self._rooms.closed(event.channel, CLOSED[event.type], delivery.event_id)
