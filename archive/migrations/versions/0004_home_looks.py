"""What the home pages of outlets have shown while their feeds are suspected of silence, and how
the entries of one feed are found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "home_look",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("baseline", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fresh", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lacked", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("named", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_home_look_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_home_look")),
    )
    op.create_index(op.f("ix_entry_feed_id_first_seen"), "entry", ["feed_id", "first_seen"])
    op.create_index(op.f("ix_entry_feed_id_url"), "entry", ["feed_id", "url"])
