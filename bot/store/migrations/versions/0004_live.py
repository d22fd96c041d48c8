"""What live updates need: the feed's memory, watches, incidents, replies that the channel sees, too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("message", sa.Column("broadcast", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.create_table(
        "stack",
        sa.Column("org", sa.String(40), nullable=False),
        sa.Column("project", sa.String(100), nullable=False),
        sa.Column("stack", sa.String(100), nullable=False),
        sa.Column("seen_at", sa.BigInteger()),
        sa.Column("version", sa.Integer()),
        sa.Column("update_id", sa.String(40)),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("failing_since", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("org", "project", "stack"),
    )
    op.create_table(
        "watch",
        sa.Column("update_id", sa.String(40), nullable=False),
        sa.Column("stack", sa.String(250), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("update_id"),
    )
    op.create_index("live_watch", "watch", ["state"])
    op.create_table(
        "incident",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("stack", sa.String(250), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("incident_of_stack", "incident", ["stack", "open"])
