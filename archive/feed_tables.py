"""The tables of feeds: what is watched, what polling knows, what feeds have named."""

from __future__ import annotations

import sqlalchemy as sa

from archive.columns import metadata, text, time

feed = sa.Table(
    "feed",
    metadata,
    text("id", primary_key=True),
    text("url", unique=True),
    text("outlet"),
    text("lang"),
    text("kind"),
    text("family"),
    text("country"),
    text("reliability"),
    text("form", server_default="feed"),
    text("zone", server_default=""),
    sa.Column("selectors", sa.JSON(none_as_null=True), nullable=True),
    time("added"),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
)

feed_state = sa.Table(
    "feed_state",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    text("etag", nullable=True),
    text("last_modified", nullable=True),
    time("next_poll", nullable=True),
    time("last_polled", nullable=True),
    time("last_changed", nullable=True),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    text("error", nullable=True),
    text("body_hash", nullable=True),
    text("failure", nullable=True),
    time("failed_since", nullable=True),
    time("full_at", nullable=True),
    text("moved_to", nullable=True),
    time("moved_since", nullable=True),
    text("domain", nullable=True),
    time("newest", nullable=True),
    sa.Column("items", sa.Integer, nullable=True),
    sa.Column("empty_polls", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rhythm", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("gaps", sa.JSON(none_as_null=True), nullable=True),
    time("certificate_ends", nullable=True),
    sa.Index(None, "next_poll"),
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    text("guid", primary_key=True),
    text("url"),
    text("raw_url"),
    text("title"),
    text("author"),
    text("fingerprint"),
    time("published", nullable=True),
    text("published_raw"),
    text("date_flag"),
    text("content", nullable=True),
    text("state"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    time("next_try", nullable=True),
    text("error", nullable=True),
    time("first_seen"),
    sa.Index(None, "feed_id", "first_seen"),
    sa.Index(None, "feed_id", "url"),
)
sa.Index(
    "ix_entry_due",
    entry.c.next_try,
    sqlite_where=entry.c.state == "due",
    postgresql_where=entry.c.state == "due",
)


feed_notice = sa.Table(
    "feed_notice",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    text("kind", primary_key=True),
    text("detail"),
    time("since"),
)

feed_day = sa.Table(
    "feed_day",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    *(
        sa.Column(name, sa.Integer, nullable=False, server_default="0")
        for name in (
            *("polls", "failures", "new", "edited"),
            *("articles", "short", "characters", "foreign_lang", "bad_dates"),
        )
    ),
)

site = sa.Table(
    "site",
    metadata,
    text("origin", primary_key=True),
    text("robots"),
    text("robots_state"),
    time("robots_fetched"),
    time("robots_until"),
    time("robots_failing_since", nullable=True),
)

pause = sa.Table(
    "pause",
    metadata,
    text("domain", primary_key=True),
    time("until"),
    text("reason"),
)

home_look = sa.Table(
    "home_look",
    metadata,
    sa.Column("feed_id", sa.Text, sa.ForeignKey("feed.id"), primary_key=True),
    time("first"),
    time("last", nullable=True),
    time("tried"),
    sa.Column("looks", sa.Integer, nullable=False),
    sa.Column("baseline", sa.JSON(none_as_null=True), nullable=True),
    sa.Column("fresh", sa.JSON(none_as_null=True), nullable=True),
    *(sa.Column(name, sa.Integer, nullable=False) for name in ("lacked", "standing", "named")),
)
