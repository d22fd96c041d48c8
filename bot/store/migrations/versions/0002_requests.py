"""Requests, votes, messages, links, the lease, and the trail with the triggers that keep it as it was written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_OPEN = sa.text("state in ('pending', 'approved', 'executing') or (state = 'unknown' and next_check_at is not null)")
_DIRTY = sa.text("dead_reason is null and (ts is null or want_rev > shown_rev)")
_REFUSED = "the trail is append-only"


def upgrade() -> None:
    _lease()
    _request()
    _vote()
    _message()
    _link()
    _trail()
    (_protect_postgresql if op.get_bind().dialect.name == "postgresql" else _protect_sqlite)()


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("name", "epoch"),
    )


def _request() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("source_key", sa.String(120), nullable=False, unique=True),
        sa.Column("subject", sa.String(400), nullable=False),
        sa.Column("requester", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("remind_at", sa.BigInteger()),
        sa.Column("execute_by", sa.BigInteger()),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("sent_by", sa.String(40), nullable=False),
        sa.Column("next_check_at", sa.BigInteger()),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
    )
    op.create_index("one_open_request", "request", ["subject"], unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN)
    op.create_index("request_by_state", "request", ["state"])


def _vote() -> None:
    op.create_table(
        "vote",
        sa.Column("request_id", sa.String(16), sa.ForeignKey("request.id"), primary_key=True),
        sa.Column("user_id", sa.String(40), primary_key=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", _ID, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("parent_id", _ID, sa.ForeignKey("message.id")),
        sa.Column("thread_ts", sa.String(40), nullable=False),
        sa.Column("want", _JSON, nullable=False),
        sa.Column("want_rev", sa.Integer(), nullable=False),
        sa.Column("shown_rev", sa.Integer(), nullable=False),
        sa.Column("ts", sa.String(40)),
        sa.Column("post_started_at", sa.BigInteger()),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("dead_reason", sa.String(200)),
    )
    op.create_index("ix_message_subject", "message", ["subject"])
    op.create_index("dirty_message", "message", ["not_before"], postgresql_where=_DIRTY, sqlite_where=_DIRTY)


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("user_id", sa.String(40), primary_key=True),
        sa.Column("login", sa.String(200), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_link_login", "link", ["login"])


def _trail() -> None:
    op.create_table(
        "trail",
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("deed", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_trail_subject", "trail", ["subject"])
    head = op.create_table(
        "trail_head",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"name": "main", "seq": 0, "hash": "0" * 64}])


def _protect_sqlite() -> None:
    for verb in ("update", "delete"):
        op.execute(
            f"create trigger trail_refuses_{verb} before {verb} on trail begin select raise(abort, '{_REFUSED}'); end"
        )


def _protect_postgresql() -> None:
    op.execute(
        "create function trail_refuses() returns trigger language plpgsql as "
        f"$$ begin raise exception '{_REFUSED}' using errcode = 'integrity_constraint_violation'; end $$"
    )
    op.execute(
        "create trigger trail_refuses_change before update or delete on trail "
        "for each row execute function trail_refuses()"
    )
    op.execute(
        "create trigger trail_refuses_truncate before truncate on trail "
        "for each statement execute function trail_refuses()"
    )
