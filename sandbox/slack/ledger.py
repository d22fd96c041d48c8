"""Who is in the workspace and what has been said: the one place where both are kept and changed."""

import copy
from collections.abc import Callable, Iterator

from sandbox.slack import seed
from sandbox.slack.model import Channel, Group, Message, SlackError, User
from sandbox.slack.revisions import Revisions

Observer = Callable[[str, Message, Message], None]
"""Called with `added`, `changed` or `removed`, the message, and the message as it was before."""


class Ledger:
    """Users, groups, channels and messages. Every change tells the people who can see it, and the observers."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.revisions = Revisions()
        self.observers: list[Observer] = []
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Group] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        self.reset()

    def reset(self) -> None:
        """As at the start: no messages, everybody back in place."""
        self.users = {user.id: user for user in seed.users()}
        self.channels = {channel.id: channel for channel in seed.channels()}
        self.groups = {group.id: group for group in seed.groups()}
        self._messages = {channel: {} for channel in self.channels}
        self.revisions.bump(self.users)

    def person(self, user_id: str) -> User:
        """Somebody who can act: known, human, not deactivated. Raises `user_not_found`."""
        user = self.users.get(user_id)
        if not user or user.bot or user.deleted or user_id == seed.SLACKBOT:
            raise SlackError("user_not_found")
        return user

    def sees(self, person: str, channel: Channel) -> bool:
        """Guests and the bot see what they are in; members see public channels too."""
        if person in channel.members:
            return True
        user = self.users[person]
        return not (channel.private or user.guest or user.bot)

    def seen_by(self, person: str) -> Iterator[Channel]:
        """The channels that this person can open."""
        return (channel for channel in self.channels.values() if self.sees(person, channel))

    def addressed(self, wanted: str) -> Channel | None:
        """The channel that a post names: by id, by name, or a person's direct messages by the person's id."""
        channel = self.channels.get(seed.direct(wanted) if wanted in seed.PEOPLE else wanted)
        name = wanted.removeprefix("#")
        return channel or next((each for each in self.channels.values() if name and each.name == name), None)

    def messages(self, channel: str, person: str | None = None) -> list[Message]:
        """Oldest first; with a person, the ephemeral ones for that person too."""
        every = self._messages[channel].values()
        return [message for message in every if message.ephemeral_to in (None, person)]

    def find(self, channel: str, ts: str, person: str | None = None) -> Message | None:
        """The message, if it is public or for this person only."""
        message = self._messages.get(channel, {}).get(ts)
        return message if message and message.ephemeral_to in (None, person) else None

    def holds(self, message: Message) -> bool:
        """Whether this very message is still there."""
        return self._messages[message.channel].get(message.ts) is message

    def new_ts(self, channel: str) -> str:
        """The next `ts` of a channel."""
        return self.channels[channel].next_ts(self.now())

    def add(self, message: Message) -> None:
        """A new message appears."""
        self._messages[message.channel][message.ts] = message
        self._tell("added", message, message)

    def change(self, message: Message, edit: Callable[[Message], None]) -> None:
        """The same message, edited in place."""
        before = copy.copy(message)
        edit(message)
        self._tell("changed", message, before)

    def remove(self, message: Message) -> None:
        """It is gone; a parent of a thread leaves a tombstone, as in Slack."""
        before = copy.copy(message)
        if self.replies(message):
            message.tombstone, message.text = True, "This message was deleted."
            message.blocks, message.files = [], []
        else:
            del self._messages[message.channel][message.ts]
        self._tell("removed", message, before)

    def replies(self, parent: Message) -> list[Message]:
        """What stands in the thread under this message, ephemeral lines left out."""
        return [each for each in self.messages(parent.channel) if each.thread_ts == parent.ts]

    def _tell(self, change: str, message: Message, before: Message) -> None:
        self.revisions.bump(self._audience(message))
        for observer in self.observers:
            observer(change, message, before)

    def _audience(self, message: Message) -> list[str]:
        if message.ephemeral_to:
            return [message.ephemeral_to]
        channel = self.channels[message.channel]
        return [person for person in self.users if self.sees(person, channel)]
