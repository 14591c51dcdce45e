"""Feeds in three forms, their health, captures of pages, aliases of articles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "pause",
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_pause")),
    )
    op.create_table(
        "site",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("robots", sa.Text(), nullable=False),
        sa.Column("robots_state", sa.Text(), nullable=False),
        sa.Column("robots_fetched", sa.DateTime(timezone=True), nullable=False),
        sa.Column("robots_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("robots_failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_site")),
    )
    op.create_table(
        "feed_day",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("polls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("new", sa.Integer(), server_default="0", nullable=False),
        sa.Column("edited", sa.Integer(), server_default="0", nullable=False),
        sa.Column("articles", sa.Integer(), server_default="0", nullable=False),
        sa.Column("short", sa.Integer(), server_default="0", nullable=False),
        sa.Column("characters", sa.Integer(), server_default="0", nullable=False),
        sa.Column("foreign_lang", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bad_dates", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_day_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "day", name=op.f("pk_feed_day")),
    )
    op.create_table(
        "feed_notice",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_notice_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "kind", name=op.f("pk_feed_notice")),
    )
    op.create_table(
        "article_alias",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name=op.f("fk_article_alias_article_id")
        ),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_article_alias")),
    )
    with op.batch_alter_table("article_alias", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_article_alias_article_id"), ["article_id"], unique=False
        )

    op.create_table(
        "capture",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_capture_article_id")),
        sa.PrimaryKeyConstraint("article_id", "version", name=op.f("pk_capture")),
    )
    with op.batch_alter_table("capture", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_capture_state_taken"), ["state", "taken"], unique=False
        )

    with op.batch_alter_table("article", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_article_feed_id_first_seen"), ["feed_id", "first_seen"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_article_first_seen"), ["first_seen"], unique=False)

    with op.batch_alter_table("article_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reservation", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("feed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("form", sa.Text(), server_default="feed", nullable=False))
        batch_op.add_column(sa.Column("zone", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("selectors", sa.JSON(), nullable=True))

    with op.batch_alter_table("feed_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failure", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("failed_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("full_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("moved_to", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("moved_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("domain", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("newest", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("items", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("empty_polls", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("rhythm", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("gaps", sa.JSON(), nullable=True))
        batch_op.add_column(
            sa.Column("certificate_ends", sa.DateTime(timezone=True), nullable=True)
        )
