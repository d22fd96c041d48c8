"""The tables. Migrations make them; a test compares the two. Times are milliseconds since 1970, UTC."""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

NEWEST = "0004"  # the newest revision in migrations/, which a test compares

_Json: Final = JSON().with_variant(JSONB(), "postgresql")
_Id: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in INTEGER columns

OPEN_STATES: Final = (
    "state in ('pending', 'approved', 'executing') or (state = 'unknown' and next_check_at is not null)"
)

# What channels and people set: `scope` is a Slack channel or user id.
setting = Table(
    "setting",
    metadata,
    Column("scope", String(40), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

# Who leads: one row for each partition, "main". `beat_at` is the database's clock.
lease = Table(
    "lease",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    UniqueConstraint("name", "epoch"),
)

# One request: the columns are what queries and conditional updates look at, `body` is everything else.
request = Table(
    "request",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("source_key", String(120), nullable=False, unique=True),
    Column("subject", String(400), nullable=False),
    Column("requester", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("remind_at", BigInteger),
    Column("execute_by", BigInteger),
    Column("not_before", BigInteger),
    Column("waits", Boolean, nullable=False),
    Column("sent_at", BigInteger),
    Column("sent_by", String(40), nullable=False),
    Column("next_check_at", BigInteger),
    Column("checks", Integer, nullable=False),
    Column("body", _Json, nullable=False),
    Index(
        "one_open_request",
        "subject",
        unique=True,
        postgresql_where=text(OPEN_STATES),
        sqlite_where=text(OPEN_STATES),
    ),
    Index("request_by_state", "state"),
)

vote = Table(
    "vote",
    metadata,
    Column("request_id", ForeignKey("request.id"), primary_key=True),
    Column("user_id", String(40), primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("comment", Text, nullable=False),
    Column("login", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("at", BigInteger, nullable=False),
)

# One row for each Slack message of ours: what it should show (`want`), and what it shows.
message = Table(
    "message",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("subject", String(200), nullable=False, index=True),
    Column("channel", String(40), nullable=False),
    Column("parent_id", ForeignKey("message.id")),
    Column("thread_ts", String(40), nullable=False),
    Column("broadcast", Boolean, nullable=False, server_default=text("false")),
    Column("want", _Json, nullable=False),
    Column("want_rev", Integer, nullable=False),
    Column("shown_rev", Integer, nullable=False),
    Column("ts", String(40)),
    Column("post_started_at", BigInteger),
    Column("generation", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("dead_reason", String(200)),
    Index(
        "dirty_message",
        "not_before",
        postgresql_where=text("dead_reason is null and (ts is null or want_rev > shown_rev)"),
        sqlite_where=text("dead_reason is null and (ts is null or want_rev > shown_rev)"),
    ),
)

# Whose Pulumi account is whose: `token` is ciphertext (`bot.store.links`).
link = Table(
    "link",
    metadata,
    Column("user_id", String(40), primary_key=True),
    Column("login", String(200), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("token", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What a channel (or a person, in direct messages) is told of: `target` is what it is about, `line` is all of it.
subscription = Table(
    "subscription",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("target", String(400), primary_key=True),
    Column("line", Text, nullable=False),
    Column("by_user", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("parked_reason", String(200)),
)

# The newest update of each stack that was told of: the feed's memory. The row `* * *` is the moment of the first look.
stack = Table(
    "stack",
    metadata,
    Column("org", String(40), primary_key=True),
    Column("project", String(100), primary_key=True),
    Column("stack", String(100), primary_key=True),
    Column("seen_at", BigInteger),
    Column("version", Integer),
    Column("update_id", String(40)),
    Column("result", String(16), nullable=False),
    Column("failing_since", BigInteger),
    Column("at", BigInteger, nullable=False),
    Column("complete", Boolean, nullable=False),
)

# The updates that are followed live. Where they are shown, their root messages say.
watch = Table(
    "watch",
    metadata,
    Column("update_id", String(40), primary_key=True),
    Column("stack", String(250), nullable=False),
    Column("version", Integer),
    Column("kind", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("live_watch", "state"),
)

# One cause of failure of one stack, from the first time to the fix. `body` is all of it.
incident = Table(
    "incident",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("stack", String(250), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", _Json, nullable=False),
    Index("incident_of_stack", "stack", "open"),
)

# What the bot did, for whom, on whose word: append-only, each row's hash covers the one before it.
trail = Table(
    "trail",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("subject", String(200), nullable=False, index=True),
    Column("deed", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

trail_head = Table(
    "trail_head",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
