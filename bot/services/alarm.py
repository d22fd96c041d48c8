"""Tells whoever runs the bot, in a channel of theirs, what somebody has to see to: once for each time it begins."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from bot.card import Card, Channel, Code, Items, Text, Tone
from bot.errors import ChatError
from bot.ports import ChannelBook, Clock, Settings
from bot.records import Messages, StoreDown, Wanted

log = structlog.get_logger()

_SCOPE: Final = "alarm"  # of the settings that remember what has begun
_SHOWN: Final = 5  # messages by name
_TITLES: Final = {
    "token": "Pulumi refuses my token",
    "blind": "I can't see Pulumi",
}
# What Slack says where nothing can be posted any more: what is subscribed there waits.
_CLOSED: Final = {
    "not_in_channel": "I am not in it",
    "channel_not_found": "it is gone, or I was removed from it",
    "is_archived": "it is archived",
}


class Alarm:
    """`channel` is an id or `#name`, "" for none: then everything is in the log only."""

    def __init__(  # noqa: PLR0913  # the world, handed in
        self,
        channel: str,
        channels: ChannelBook,
        messages: Messages,
        settings: Settings,
        *,
        clock: Clock,
        changed: Callable[[], None],
        closed: Callable[[str, str, str], Awaitable[None]],
    ) -> None:
        self._channel = channel
        self._channels = channels
        self._messages = messages
        self._settings = settings
        self._clock = clock
        self._changed = changed
        self._closed = closed
        self._calm: set[str] = set()

    async def begins(self, cause: str, text: str) -> None:
        """Something is wrong, and has just begun, or goes on: the first time it is told."""
        log.error("somebody has to see to it", cause=cause, text=text)
        self._calm.discard(cause)
        try:
            if (since := await self._settings.get(_SCOPE, cause)) is None:
                since = self._clock().isoformat()
                await self._settings.put(_SCOPE, cause, since)
            await self._tell(cause, datetime.fromisoformat(since), _card(cause, text), once=True)
        except (StoreDown, ChatError) as error:
            log.warning("an alarm was not told", cause=cause, error=str(error))

    async def ends(self, cause: str) -> None:
        """It is well again. Cheap to be told of all the time."""
        if cause in self._calm:
            return
        try:
            if since := await self._settings.get(_SCOPE, cause):
                log.info("it is well again", cause=cause)
                await self._tell(cause, datetime.fromisoformat(since), _over(cause))
                await self._settings.put(_SCOPE, cause, None)
            self._calm.add(cause)
        except (StoreDown, ChatError) as error:
            log.warning("the end of an alarm was not told", cause=cause, error=str(error))

    async def buried(self, channel: str, reason: str, keys: Sequence[str]) -> None:
        """Messages were given up: told once an hour for each channel."""
        log.error("messages given up", keys=list(keys), channel=channel, reason=reason)
        try:
            hour = self._clock().replace(minute=0, second=0, microsecond=0)
            if reason in _CLOSED:
                await self._closed(channel, _CLOSED[reason], f"{hour.timestamp():.0f}")
            if await self._place() not in {"", channel} and not any(key.startswith("alarm/") for key in keys):
                await self._tell(f"buried/{channel}", hour, _given_up(channel, reason, keys), once=True)
        except (StoreDown, ChatError) as error:
            log.warning("an alarm was not told", cause="buried", error=str(error))

    async def _tell(self, cause: str, since: datetime, card: Card, *, once: bool = False) -> None:
        if place := await self._place():
            key = f"alarm/{cause}/{round(since.timestamp())}"
            wanted = Wanted(key=key, subject=f"alarm/{cause}", channel=place, card=card)
            await self._messages.want([replace(wanted, once=once)])
            self._changed()

    async def _place(self) -> str:
        """The channel's id, "" where there is none that the bot is in."""
        if not self._channel.startswith("#"):
            return self._channel
        found = await self._channels.named(self._channel[1:])
        if found is None:
            log.error("the operations channel is not there, or I am not in it", channel=self._channel)
        return found.id if found else ""


def _card(cause: str, text: str) -> Card:
    return Card(_TITLES.get(cause, "Something needs you"), Tone.BAD, (Text((text,)),))


def _over(cause: str) -> Card:
    title = _TITLES.get(cause, "Something needed you")
    return Card(f"Well again: {title}", Tone.GOOD, (Text(("What happened meanwhile is told now.",)),))


def _given_up(channel: str, reason: str, keys: Sequence[str]) -> Card:
    lines = tuple((Code(key[:120]),) for key in keys[:_SHOWN])
    more = ((f"and {len(keys) - _SHOWN} more",),) if len(keys) > _SHOWN else ()
    text = ("Slack refused a message in ", Channel(channel), f" ({reason[:80]}), so I gave it up.")
    return Card("A message was given up", Tone.BAD, (Text(text), Items((*lines, *more))))
