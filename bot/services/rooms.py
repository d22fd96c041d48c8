"""Channels that the bot comes into and goes out of: a short welcome, and subscriptions that wait until it is back."""

from collections.abc import Callable

from bot.card import Card, Channel, Code, Items, Line, Run, Text, Tone
from bot.records import Messages, Subscriptions, Wanted


class Rooms:
    """Every event is told once, whatever Slack repeats: the keys of the messages name it."""

    def __init__(
        self, subscriptions: Subscriptions, messages: Messages, *, command: str, changed: Callable[[], None]
    ) -> None:
        self._subscriptions = subscriptions
        self._messages = messages
        self._command = command
        self._changed = changed

    async def joined(self, channel: str, event_id: str) -> None:
        """The bot was invited: three things to try, and whatever waited there goes on."""
        back = await self._subscriptions.unpark(channel)
        card = welcome_card(self._command, back=back)
        key = f"welcome/{channel}/{event_id}"
        await self._messages.want([Wanted(key=key, subject=f"channel {channel}", channel=channel, card=card)])
        self._changed()

    async def closed(self, channel: str, why: str, event_id: str) -> None:
        """Nothing can be posted there any more: who subscribed it is told, once each."""
        waiting = [each for each in await self._subscriptions.of(channel) if not each.parked]
        if not waiting or not await self._subscriptions.park(channel, why):
            return
        for user in dict.fromkeys(each.by for each in waiting):
            lines = [each.subscription.line for each in waiting if each.by == user]
            key = f"parked/{channel}/{user}/{event_id}"
            card = parked_card(channel, why, lines)
            await self._messages.want([Wanted(key=key, subject=f"channel {channel}", channel=user, card=card)])
        self._changed()


def welcome_card(command: str, *, back: bool) -> Card:
    """What the bot says when it comes in."""
    tries: tuple[Line, ...] = (
        (Code(f"{command} status"), "  what runs and what failed"),
        (Code(f"{command} subscribe acme/shop/*"), "  be told here when it fails, why, and when it is fixed"),
        (Code(f"{command} stack rm acme/shop/old --reason …"), "  ask for a change; somebody else approves it here"),
    )
    again = (Text(("What this channel was subscribed to goes on.",)),) if back else ()
    return Card("Hello, I'm Pulumi", Tone.PLAIN, (*again, Items(tries)), (Run("status", "status"), Run("help", "help")))


def parked_card(channel: str, why: str, lines: list[str]) -> Card:
    """What somebody is told whose subscriptions wait."""
    told: Line = (
        "I can't post in ",
        Channel(channel),
        f" any more: {why}. What you subscribed it to waits until I can.",
    )
    return Card("Your subscriptions wait", Tone.WARN, (Text(told), Items(tuple((Code(line),) for line in lines))))
