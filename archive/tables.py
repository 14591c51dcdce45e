"""The database schema, in SQLAlchemy Core; ``migrations/`` brings a database to it."""

from __future__ import annotations

import sqlalchemy as sa

from archive.alert_tables import (
    alert,
    alert_action,
    alert_revision,
    delivery,
    endpoint,
    mute,
    outbox,
    unsubscribed,
    verdict,
)
from archive.columns import UtcDateTime, metadata, text, time
from archive.feed_tables import (
    entry,
    feed,
    feed_day,
    feed_notice,
    feed_state,
    home_look,
    pause,
    site,
)

__all__ = [
    "UtcDateTime",
    "alert",
    "alert_action",
    "alert_revision",
    "article",
    "article_alias",
    "article_version",
    "capture",
    "cycle",
    "decision",
    "delivery",
    "endpoint",
    "entry",
    "evidence",
    "feed",
    "feed_day",
    "feed_notice",
    "feed_state",
    "heartbeat",
    "home_look",
    "label",
    "metadata",
    "mute",
    "outbox",
    "pause",
    "score",
    "shingle",
    "site",
    "story",
    "story_alias",
    "story_member",
    "unsubscribed",
    "verdict",
]

article = sa.Table(
    "article",
    metadata,
    text("id", primary_key=True),
    text("url", unique=True),
    text("final_url"),
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), nullable=True),
    text("outlet"),
    text("family"),
    text("kind"),
    text("reliability"),
    text("lang"),
    time("published", nullable=True),
    text("date_flag"),
    time("first_seen"),
    text("copy_of", nullable=True),
    text("origin"),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "first_seen"),
    sa.Index(None, "feed_id", "first_seen"),
)

article_alias = sa.Table(
    "article_alias",
    metadata,
    text("url", primary_key=True),
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), nullable=False, index=True),
    time("seen"),
)

article_version = sa.Table(
    "article_version",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    text("title"),
    text("author"),
    text("text"),
    text("content_hash"),
    time("seen"),
    text("scored_by", nullable=True),
    text("reservation", server_default=""),
)
sa.Index(
    "ix_article_version_unscored",
    article_version.c.seen,
    sqlite_where=article_version.c.scored_by.is_(None),
    postgresql_where=article_version.c.scored_by.is_(None),
)

capture = sa.Table(
    "capture",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    text("path"),
    text("sha256"),
    sa.Column("size", sa.Integer, nullable=False),
    text("state"),
    time("taken"),
    sa.Index(None, "state", "taken"),
)

shingle = sa.Table(
    "shingle",
    metadata,
    sa.Column("hash", sa.BigInteger, primary_key=True),
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Index(None, "article_id"),
    sqlite_with_rowid=False,
)

score = sa.Table(
    "score",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    text("model_id", primary_key=True),
    text("lang"),
    sa.Column("relevance", sa.Float, nullable=False),
    text("direction"),
    sa.Column("signals", sa.JSON, nullable=False),
    sa.Column("traits", sa.JSON, nullable=False),
    time("scored"),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    text("signal", primary_key=True),
    text("model_id", primary_key=True),
    sa.Column("probability", sa.Float, nullable=False),
    text("direction"),
    sa.Column("passages", sa.JSON, nullable=False),
    sa.Column("counter", sa.JSON, nullable=False),
)

story = sa.Table(
    "story",
    metadata,
    text("id", primary_key=True),
    text("title"),
    time("created"),
    time("updated"),
    time("first_published"),
    time("last_published"),
    sa.Index(None, "last_published"),
)

story_member = sa.Table(
    "story_member",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), nullable=False, index=True),
    time("added"),
)

story_alias = sa.Table(
    "story_alias",
    metadata,
    text("old_id", primary_key=True),
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), nullable=False, index=True),
    text("why"),
    time("at"),
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), primary_key=True),
    text("rule", primary_key=True),
    text("outcome"),
    text("signal", nullable=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("threshold", sa.Float, nullable=False),
    text("model_id"),
    text("detail"),
    time("decided", index=True),
    text("severity", server_default=""),
    text("corpus", server_default=""),
    text("config", server_default=""),
)

label = sa.Table(
    "label",
    metadata,
    text("id", primary_key=True),
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), nullable=True),
    text("text"),
    text("lang"),
    sa.Column("labels", sa.JSON, nullable=False),
    text("direction"),
    text("annotator"),
    text("source"),
    time("at"),
)

cycle = sa.Table(
    "cycle",
    metadata,
    text("id", primary_key=True),
    time("started"),
    time("finished", nullable=True),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Index(None, "started"),
)

heartbeat = sa.Table(
    "heartbeat",
    metadata,
    text("name", primary_key=True),
    time("at"),
    sa.Column("ok", sa.Boolean, nullable=False),
    text("detail"),
)
