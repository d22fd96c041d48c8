"""What the services need of the database, as Protocols; `bot/store` fulfils them over SQLite and PostgreSQL.

Every method takes at most a few seconds and raises `StoreDown` when the database did not do it, or may not have. What
was stored is stored: a commit whose answer was lost is recognised when the same is asked again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Protocol

from pydantic import SecretStr

from bot.approvals import Request, State, Step
from bot.card import Card
from bot.errors import BotError
from bot.filters import Pattern
from bot.model import Result, StackRef
from bot.subscriptions import Mute, Subscription
from bot.trail import Head


class StoreDown(BotError):
    """The database did not answer in time, or refused; nothing is known to be stored."""


class Deposed(BotError):
    """This process no longer leads: what it wanted to decide was not stored."""


class Occupied(BotError):
    """Another open request is about the same subject."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.id)
        self.request = request


@dataclass(frozen=True, slots=True)
class Fence:
    """The term of a leader. A transaction that carries it is rolled back with Deposed once another one leads."""

    owner: str
    epoch: int


class Priority(IntEnum):
    """Which message goes first when Slack's limits make some wait; the smaller number."""

    CARD = 0
    NOTE = 1
    PROGRESS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a message should show. `key` names its content for ever; `parent` is the key of the thread's root.

    `thread` is the `ts` of a message that is not ours and whose thread it belongs to, "" for none. `broadcast`: a reply
    that the channel sees, too. `once`: whatever is known by that key already stays as it is.
    """

    key: str
    subject: str
    channel: str
    card: Card
    parent: str = ""
    thread: str = ""
    broadcast: bool = False
    once: bool = False
    priority: Priority = Priority.NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A message row that Slack does not show as it should. `ts` is None until its post is known to have arrived.

    `started` is set when a post was begun whose answer never came. `parent_ts` is its thread, "" for none. `generation`
    counts how often people deleted it.
    """

    id: int
    key: str
    subject: str
    channel: str
    card: Card
    revision: int
    ts: str | None
    started: datetime | None
    parent_ts: str
    broadcast: bool
    generation: int
    priority: Priority
    attempts: int


class Requests(Protocol):
    """Requests with their votes. Each change is one transaction: state, votes, trail and the messages wanted of it."""

    async def open(self, step: Step) -> Request:
        """Store a new request; the one stored already when its `source` is known. Occupied when its subject is."""

    async def get(self, request_id: str) -> Request | None:
        """One request as it stands now."""

    async def change(
        self, request_id: str, step: Callable[[Request], Step], *, fence: Fence | None = None
    ) -> tuple[Request, Step]:
        """Take a pure step under the row's lock; gives the request as it stands then, and the step that was taken.

        What the step raises comes through, and nothing is stored. LookupError when there is no such request.
        """

    async def find(
        self, *, states: Sequence[State] = (), requester: str = "", limit: int = 100, offset: int = 0
    ) -> list[Request]:
        """Requests, newest first."""

    async def due(self, now: datetime) -> list[Request]:
        """What the clerk has to look at: approved, executing, or with a time that has come. Oldest first."""


class Messages(Protocol):
    """The messages we own. Facts about them (a `ts`, a lost answer) are stored whoever leads."""

    async def want(self, wanted: Sequence[Wanted], *, fence: Fence | None = None) -> None:
        """Want these to be shown; a key that is known gets a new revision if its card is another one."""

    async def dirty(self, now: datetime, limit: int = 100) -> list[Posting]:
        """What Slack does not show as it should and is due; replies only when their parent is posted."""

    async def clean(self, keys: Sequence[str]) -> list[Posting]:
        """Those that Slack shows as wanted: only they may show something newer for a while."""

    async def begin(self, message_id: int, now: datetime) -> bool:
        """Note that a post is about to be made; False when the row has a `ts` already."""

    async def posted(self, message_id: int, channel: str, ts: str, revision: int) -> None:
        """Note that Slack shows that revision, there, under `ts`."""

    async def shown(self, message_id: int, revision: int) -> None:
        """Note that an edit to that revision arrived."""

    async def repaint(self, message_id: int) -> None:
        """Note that what Slack shows is not known: the row gets another revision."""

    async def wait(self, message_id: int, until: datetime, *, started: bool) -> None:
        """Try again later. `started` False: the post provably never arrived."""

    async def vanished(self, message_id: int, *, most: int) -> bool:
        """People deleted it: post it again (another generation), unless that was done `most` times; then it is dead."""

    async def bury(self, message_id: int, reason: str) -> list[str]:
        """Give it up, and the replies that wait for it; gives the keys of all."""

    async def touch(self, subject: str) -> None:
        """Somebody clicked on a card of the subject: show its newest revision once more."""

    async def place(self, key: str) -> tuple[str, str] | None:
        """The channel and the `ts` of a message, once it is posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Whose Pulumi account is whose, as of `at`."""

    user: str
    login: str
    name: str
    at: datetime


class LinkUnreadable(BotError):
    """The token of that Slack user can't be decrypted: no key opens it, or it is not the one that was stored there."""


class Links(Protocol):
    """Linked accounts. Tokens are ciphertext at rest; LinkUnreadable when no key opens one."""

    async def get(self, user: str) -> Linked | None:
        """Who a Slack user is at Pulumi."""

    async def token(self, user: str) -> SecretStr | None:
        """That person's own token."""

    async def put(self, linked: Linked, token: SecretStr) -> None:
        """Link, or link anew."""

    async def drop(self, user: str) -> bool:
        """Forget the link and its token; False when there was none."""

    async def renew(self) -> int:
        """Encrypt with the newest key whatever an older one did; how many rows that were. For the start."""

    async def by_login(self, login: str) -> list[Linked]:
        """The Slack users who linked that Pulumi account, whatever the case of its letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A subscription of a channel, or of a person by their user id. `parked`: why nothing is posted, "" for it is."""

    channel: str
    subscription: Subscription
    by: str
    at: datetime
    parked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The newest update of a stack that was told of: the feed's memory.

    `seen` is List Stacks' `lastUpdate` (the start of the last update), None for "never" or "running now". `version` and
    `update_id` are None where no update was looked at yet. `failing` is when the run of failures began that lasts.
    """

    stack: StackRef
    seen: datetime | None
    version: int | None
    update_id: str | None
    result: Result
    failing: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An update that is followed live. Its roots have keys `update/<id>/<channel>` and the subject `update/<id>`."""

    update_id: str
    stack: StackRef
    version: int | None
    kind: str
    at: datetime


def live_subject(update_id: str) -> str:
    """What the messages about an update belong to."""
    return f"update/{update_id}"


def live_root(update_id: str, channel: str) -> str:
    """The key of the message that shows an update in a channel."""
    return f"update/{update_id}/{channel}"


class Watches(Protocol):
    """The updates that are followed live."""

    async def begin(self, wanted: Watch, roots: Sequence[Wanted]) -> bool:
        """Follow an update there, too; False when it is over already, and nothing was stored then."""

    async def live(self) -> list[Watch]:
        """What is followed, the oldest first."""

    async def channels(self, update_id: str) -> list[str]:
        """Where it is shown."""

    async def say(
        self, update_id: str, wanted: Callable[[str], Sequence[Wanted]], *, over: bool = False, fence: Fence
    ) -> bool:
        """Want these in each channel where it is shown, and with `over` end it; False when it had ended before."""

    async def stop(self, update_id: str, key: str, card: Card) -> bool:
        """Show it there no longer; without any place left it is not followed. False when it was not shown there."""


class Subscriptions(Protocol):
    """What channels are told of, and what they want no word of for a while.

    A row that another version wrote and this one can't read is left out and kept.
    """

    async def put(self, wanted: Subscribed) -> Subscribed | None:
        """Store it in place of what the channel had about the same (its `key`), which is given back."""

    async def remove(self, channel: str, key: str) -> bool:
        """End one, whether it can be read or not; False when there is none."""

    async def of(self, channel: str) -> list[Subscribed]:
        """All of a channel, in the order of what they are about."""

    async def all(self) -> list[Subscribed]:
        """All there are, parked ones included."""

    async def park(self, channel: str, reason: str) -> bool:
        """Note that nothing can be posted there; whether that is news."""

    async def unpark(self, channel: str) -> bool:
        """Note that it can be posted there again; whether that is news."""

    async def moved(self, old: StackRef, new: StackRef, *, fence: Fence | None = None) -> int:
        """Follow a stack to its new name, mutes included; how many rows changed. Patterns stay as they are."""

    async def mute(self, channel: str, wanted: Mute, now: datetime) -> None:
        """Be quiet there, in place of what was said of the same target; what is over is forgotten."""

    async def unmute(self, channel: str, target: Pattern | None = None) -> list[Mute]:
        """Be loud there again, about that target or about everything; gives what is ended."""

    async def mutes(self) -> dict[str, list[Mute]]:
        """Every channel's, also those that are over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of the trail. `body` is canonical JSON; `hash` covers it, the other columns and the row before."""

    seq: int
    at: datetime
    subject: str
    deed: str
    body: str
    hash: str


class Trail(Protocol):
    """The trail: read here, written by the transactions that it tells of."""

    async def of(self, subject: str) -> list[Record]:
        """All rows about one subject, oldest first."""

    async def rows(self, after: int = 0, limit: int = 500) -> list[Record]:
        """Rows from above a number on, oldest first."""

    async def newest(self, before: int | None = None, limit: int = 10, person: str = "") -> list[Record]:
        """Rows from below a number on, newest first; with `person` those about their own requests and link."""

    async def head(self) -> Head:
        """Where the chain ends, by what is written beside it."""

    async def note(self, at: datetime, subject: str, deed: str, body: dict[str, str]) -> None:
        """Add a row that belongs to no request, such as a link."""
