"""Who is told of what, where."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("channel", sa.String(40), primary_key=True),
        sa.Column("target", sa.String(400), primary_key=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("by_user", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("parked_reason", sa.String(200)),
    )
