"""The database schema, in SQLAlchemy Core; ``migrations/`` brings a database to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; naive values are refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite keeps no zone, so it is dropped there."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone reached the archive")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the time back with its zone."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _text(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=options.pop("nullable", False), **options)


def _time(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime, nullable=options.pop("nullable", False), **options)


feed = sa.Table(
    "feed",
    metadata,
    _text("id", primary_key=True),
    _text("url", unique=True),
    _text("outlet"),
    _text("lang"),
    _text("kind"),
    _text("family"),
    _text("country"),
    _text("reliability"),
    _time("added"),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
)

feed_state = sa.Table(
    "feed_state",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    _text("etag", nullable=True),
    _text("last_modified", nullable=True),
    _time("next_poll", nullable=True),
    _time("last_polled", nullable=True),
    _time("last_changed", nullable=True),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    _text("error", nullable=True),
    _text("body_hash", nullable=True),
    sa.Index(None, "next_poll"),
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    _text("guid", primary_key=True),
    _text("url"),
    _text("raw_url"),
    _text("title"),
    _text("author"),
    _text("fingerprint"),
    _time("published", nullable=True),
    _text("published_raw"),
    _text("date_flag"),
    _text("content", nullable=True),
    _text("state"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _time("next_try", nullable=True),
    _text("error", nullable=True),
    _time("first_seen"),
)
sa.Index(
    "ix_entry_due",
    entry.c.next_try,
    sqlite_where=entry.c.state == "due",
    postgresql_where=entry.c.state == "due",
)

article = sa.Table(
    "article",
    metadata,
    _text("id", primary_key=True),
    _text("url", unique=True),
    _text("final_url"),
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), nullable=True),
    _text("outlet"),
    _text("family"),
    _text("kind"),
    _text("reliability"),
    _text("lang"),
    _time("published", nullable=True),
    _text("date_flag"),
    _time("first_seen"),
    _text("copy_of", nullable=True),
    _text("origin"),
    sa.Column("version", sa.Integer, nullable=False),
)

article_version = sa.Table(
    "article_version",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    _text("title"),
    _text("author"),
    _text("text"),
    _text("content_hash"),
    _time("seen"),
    _text("scored_by", nullable=True),
)
sa.Index(
    "ix_article_version_unscored",
    article_version.c.seen,
    sqlite_where=article_version.c.scored_by.is_(None),
    postgresql_where=article_version.c.scored_by.is_(None),
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
    _text("model_id", primary_key=True),
    _text("lang"),
    sa.Column("relevance", sa.Float, nullable=False),
    _text("direction"),
    sa.Column("signals", sa.JSON, nullable=False),
    sa.Column("traits", sa.JSON, nullable=False),
    _time("scored"),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    _text("signal", primary_key=True),
    _text("model_id", primary_key=True),
    sa.Column("probability", sa.Float, nullable=False),
    _text("direction"),
    sa.Column("passages", sa.JSON, nullable=False),
    sa.Column("counter", sa.JSON, nullable=False),
)

story = sa.Table(
    "story",
    metadata,
    _text("id", primary_key=True),
    _text("title"),
    _time("created"),
    _time("updated"),
    _time("first_published"),
    _time("last_published"),
    sa.Index(None, "last_published"),
)

story_member = sa.Table(
    "story_member",
    metadata,
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), primary_key=True),
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), nullable=False, index=True),
    _time("added"),
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), primary_key=True),
    _text("rule", primary_key=True),
    _text("outcome"),
    _text("signal", nullable=True),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("threshold", sa.Float, nullable=False),
    _text("model_id"),
    _text("detail"),
    _time("decided", index=True),
)

alert = sa.Table(
    "alert",
    metadata,
    _text("id", primary_key=True),
    _text("rule"),
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), nullable=False),
    _text("title"),
    sa.Column("revision", sa.Integer, nullable=False),
    _time("opened"),
    _time("updated"),
)

alert_revision = sa.Table(
    "alert_revision",
    metadata,
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    _text("reason"),
    sa.Column("payload", sa.JSON, nullable=False),
    _time("created"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _text("id", primary_key=True),
    sa.Column("alert_id", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    _text("channel"),
    _text("recipient"),
    _text("state"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _time("next_at"),
    _text("lease_owner", nullable=True),
    _time("lease_until", nullable=True),
    _text("error", nullable=True),
    _time("created"),
    _time("sent", nullable=True),
    sa.ForeignKeyConstraint(
        ["alert_id", "revision"], ["alert_revision.alert_id", "alert_revision.revision"]
    ),
    sa.Index(None, "channel", "recipient", "created"),
    sa.Index(None, "alert_id"),
)
sa.Index(
    "ix_outbox_due",
    outbox.c.next_at,
    sqlite_where=outbox.c.state == "due",
    postgresql_where=outbox.c.state == "due",
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("message_id", sa.Text, sa.ForeignKey("outbox.id"), nullable=False, index=True),
    _time("at"),
    sa.Column("ok", sa.Boolean, nullable=False),
    _text("code"),
    _text("detail"),
)

label = sa.Table(
    "label",
    metadata,
    _text("id", primary_key=True),
    sa.Column("article_id", sa.Text, sa.ForeignKey("article.id"), nullable=True),
    _text("text"),
    _text("lang"),
    sa.Column("labels", sa.JSON, nullable=False),
    _text("direction"),
    _text("annotator"),
    _text("source"),
    _time("at"),
)

cycle = sa.Table(
    "cycle",
    metadata,
    _text("id", primary_key=True),
    _time("started"),
    _time("finished", nullable=True),
    sa.Column("report", sa.JSON, nullable=False),
    sa.Index(None, "started"),
)
