"""What the app is told when channels, groups and people change. It hears of public channels, and of those it is in.

https://docs.slack.dev/reference/events
"""

from sandbox.slack import seed, shapes
from sandbox.slack.events import Events
from sandbox.slack.ledger import Ledger
from sandbox.slack.model import Channel, Group, Json, User

TURNED = {True: "archive", False: "unarchive"}


class Changes:
    """One method for each kind of change, to be called after it."""

    def __init__(self, ledger: Ledger, events: Events) -> None:
        self._ledger, self._events = ledger, events

    def joined(self, channel: Channel, member: str, inviter: str) -> None:
        """Somebody came in, or the bot itself was invited."""
        if seed.BOT in channel.members:
            self._tell({**_membership("member_joined_channel", channel, member), "inviter": inviter})

    def left(self, channel: Channel, member: str, by: str) -> None:
        """Somebody is not in it any more; of its own removal the app is told by another name."""
        if member == seed.BOT:
            gone = {"type": f"{_kind(channel)}_left", "channel": channel.id}
            self._tell(gone if channel.private else {**gone, "actor_id": by})
        elif seed.BOT in channel.members:
            self._tell(_membership("member_left_channel", channel, member))

    def archived(self, channel: Channel, by: str) -> None:
        """It was archived, or is open again."""
        if self._heard(channel):
            kind = f"{_kind(channel)}_{TURNED[channel.archived]}"
            self._tell({"type": kind, "channel": channel.id, "user": by, "is_moved": 0})

    def renamed(self, channel: Channel) -> None:
        """It has another name."""
        if self._heard(channel):
            named = {"id": channel.id, "name": channel.name, "name_normalized": channel.name}
            flags = {"created": shapes.CREATED, "is_channel": not channel.private, "is_mpim": False}
            self._tell({"type": f"{_kind(channel)}_rename", "channel": named | flags})

    def regrouped(self, group: Group, added: list[str], removed: list[str]) -> None:
        """Members of a user group came and went, or it was disabled."""
        stamp = int(self._ledger.now())
        if added or removed:
            self._tell(
                {
                    "type": "subteam_members_changed",
                    "subteam_id": group.id,
                    "team_id": seed.TEAM,
                    "date_previous_update": shapes.CREATED,
                    "date_update": stamp,
                    "added_users": added,
                    "added_users_count": len(added),
                    "removed_users": removed,
                    "removed_users_count": len(removed),
                }
            )
        known = {"id": group.id, "team_id": seed.TEAM, "handle": group.handle, "name": group.name}
        gone = stamp if group.disabled else 0
        self._tell({"type": "subteam_updated", "subteam": {**known, "date_delete": gone, "users": list(group.members)}})

    def person(self, user: User) -> None:
        """Somebody is a guest now, or gone, or an administrator."""
        self._tell({"type": "user_change", "user": shapes.user(user, email=True), "cache_ts": int(self._ledger.now())})

    def _heard(self, channel: Channel) -> bool:
        return seed.BOT in channel.members or not channel.private

    def _tell(self, event: Json) -> None:
        self._events.tell({**event, "event_ts": f"{self._ledger.now():.6f}"})


def _kind(channel: Channel) -> str:
    return "group" if channel.private else "channel"


def _membership(kind: str, channel: Channel, member: str) -> Json:
    letter = "G" if channel.private else "C"
    return {"type": kind, "user": member, "channel": channel.id, "channel_type": letter, "team": seed.TEAM}
