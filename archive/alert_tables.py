"""The tables of alerts: revisions, the outbox, what people did, and who can be reached."""

from __future__ import annotations

import sqlalchemy as sa

from archive.columns import metadata, text, time

alert = sa.Table(
    "alert",
    metadata,
    text("id", primary_key=True),
    text("rule"),
    sa.Column("story_id", sa.Text, sa.ForeignKey("story.id"), nullable=False),
    text("title"),
    sa.Column("revision", sa.Integer, nullable=False),
    time("opened"),
    time("updated"),
    text("severity", server_default="notable"),
    text("state", server_default="open"),
    time("state_until", nullable=True),
    text("state_by", server_default=""),
    time("state_at", nullable=True),
)

alert_revision = sa.Table(
    "alert_revision",
    metadata,
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alert.id"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    text("reason"),
    sa.Column("payload", sa.JSON, nullable=False),
    time("created"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    text("id", primary_key=True),
    sa.Column("alert_id", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    text("channel"),
    text("recipient"),
    text("state"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    time("next_at"),
    text("lease_owner", nullable=True),
    time("lease_until", nullable=True),
    text("error", nullable=True),
    time("created"),
    time("sent", nullable=True),
    text("kind", server_default="alert"),
    time("held_until", nullable=True),
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
sa.Index(
    "ix_outbox_lane",
    outbox.c.channel,
    outbox.c.next_at,
    outbox.c.created,
    sqlite_where=outbox.c.state == "due",
    postgresql_where=outbox.c.state == "due",
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("message_id", sa.Text, sa.ForeignKey("outbox.id"), nullable=False, index=True),
    time("at"),
    sa.Column("ok", sa.Boolean, nullable=False),
    text("code"),
    text("detail"),
)

alert_action = sa.Table(
    "alert_action",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alert.id"), nullable=False, index=True),
    text("action"),
    text("who"),
    text("why"),
    time("until", nullable=True),
    time("at"),
)

mute = sa.Table(
    "mute",
    metadata,
    text("id", primary_key=True),
    text("kind"),
    text("value"),
    text("author"),
    text("reason"),
    time("created"),
    time("expires"),
    time("lifted", nullable=True),
)

endpoint = sa.Table(
    "endpoint",
    metadata,
    text("channel", primary_key=True),
    text("recipient", primary_key=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("strikes", sa.Integer, nullable=False, server_default="0"),
    time("failing_since", nullable=True),
    time("last_ok", nullable=True),
    time("disabled", nullable=True),
    text("reason", server_default=""),
)

unsubscribed = sa.Table(
    "unsubscribed",
    metadata,
    text("address", primary_key=True),
    text("how"),
    time("at"),
)

verdict = sa.Table(
    "verdict",
    metadata,
    text("id", primary_key=True),
    sa.Column("alert_id", sa.Text, sa.ForeignKey("alert.id"), nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    text("person"),
    text("verdict"),
    text("signal", server_default=""),
    text("via"),
    time("at"),
    time("set_aside", nullable=True),
)
