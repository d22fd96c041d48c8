"""The workspace's nouns, and the refusal that becomes one of Slack's `ok: false` answers."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

MICROSECONDS = 1_000_000
TS_STEP = 100


class SlackError(Exception):
    """A refusal in Slack's own word; `extra` stands beside it in the answer."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody of the workspace: a person, a guest, or the app's bot user."""

    id: str
    name: str
    real_name: str
    title: str = ""
    email: str = ""
    admin: bool = False
    guest: bool = False
    bot: bool = False
    deleted: bool = False
    team: str = ""
    """The workspace of somebody who is a guest from elsewhere (Slack Connect); "" is this one."""


@dataclass(slots=True, kw_only=True)
class Group:
    """A user group: `@handle` mentions all of its members."""

    id: str
    handle: str
    name: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, private or public, or the direct messages of one person with the bot."""

    id: str
    name: str
    topic: str = ""
    private: bool = False
    im_with: str | None = None
    archived: bool = False
    restricted: str = ""
    """What posting is refused with, where a policy forbids it (`restricted_action_read_only_channel`)."""
    members: set[str] = field(default_factory=set)
    last: int = 0

    def next_ts(self, now: float) -> str:
        """A `ts` later than every other one of this channel; two channels may share one, as in Slack."""
        self.last = max(round(now * MICROSECONDS), self.last + TS_STEP)
        return f"{self.last // MICROSECONDS}.{self.last % MICROSECONDS:06d}"

    @property
    def interaction_name(self) -> str:
        """The name that payloads of commands and clicks carry."""
        if self.im_with:
            return "directmessage"
        return "privategroup" if self.private else self.name


@dataclass(slots=True, kw_only=True)
class Message:
    """One message as it stands now; `ephemeral_to` names the only person who sees it."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edited: str | None = None
    bot: bool = False
    system: bool = False
    broadcast: bool = False
    tombstone: bool = False
    in_response_to: str | None = None
    client_msg_id: str | None = None
    chosen: dict[tuple[str, str, str], Json] = field(default_factory=dict)
    """What each person has selected: (user, block_id, action_id) → the part of `state` that says so."""
    offered: dict[tuple[str, str, str], list[Json]] = field(default_factory=dict)
    """What the app suggested to each person, by the same key."""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command of the app's manifest."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool = True
