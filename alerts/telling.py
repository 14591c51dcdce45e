"""Telling an alert: its revision and its messages, inside one open transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Connection

from alerts.budget import Post, Round, post_round
from alerts.channels import Recipient
from alerts.circumstances import Circumstances
from alerts.compose import Surroundings
from alerts.mutes import as_now
from alerts.opposition import WINDOW
from alerts.payload import AlertPayload, read_payload
from alerts.queueing import queued
from alerts.settings import RuleSettings
from archive import alerts as alert_store
from archive import mutes, outbox, outlines, unsubscribed
from archive.types import (
    Alert,
    AlertRevision,
    Mute,
    Severity,
    Story,
)

SPENT = "every person's budget of alerts for this day is spent; the digest has it"


def recipients_for(rule: RuleSettings, recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """Return those whom a rule tells."""
    return tuple(r for r in recipients if not rule.channels or r.channel in rule.channels)


def held_until(posts: Iterable[Post]) -> tuple[str, ...]:
    """Return the line on quiet hours that hold some of ``posts``, if any do."""
    times = [p.held_until for p in posts if p.held_until is not None]
    return (f"quiet hours hold it until {min(times):%Y-%m-%d %H:%M} UTC",) if times else ()


@dataclass(frozen=True)
class Telling:
    """What alerts are told with."""

    connection: Connection
    around: Circumstances

    @cached_property
    def recent(self) -> list[Story]:
        """Outlines of the last 30 days' stories, read when the first alert needs them."""
        now = self.around.now
        return outlines.between(self.connection, now - WINDOW, now)

    @property
    def surroundings(self) -> Surroundings:
        """What an alert says beyond its own story."""
        here = self.around
        return Surroundings(here.names, self.recent, here.coverage, here.now, here.model_note)

    @cached_property
    def mutes(self) -> list[Mute]:
        """The mutes in force, those of a story under the id it has now."""
        return as_now(self.connection, mutes.active(self.connection, self.around.now))

    @cached_property
    def readers(self) -> tuple[Recipient, ...]:
        """Those who may be told: who has unsubscribed is not."""
        gone = unsubscribed.all(self.connection)
        every = self.around.recipients
        return tuple(r for r in every if not (r.is_person and r.address.lower() in gone))

    def round_of(self, rule: RuleSettings, severity: Severity) -> Round | None:
        """Return who is told now by a rule; None when the budget keeps it from everybody."""
        wanted = recipients_for(rule, self.readers)
        found = post_round(
            self.connection, self.around.settings, rule, severity, wanted, self.around.now
        )
        return None if wanted and not found.posts else found

    def last(self, alert: Alert) -> AlertPayload | None:
        """Return what an alert said last."""
        stored = alert_store.revision(self.connection, alert.id, alert.revision)
        return None if stored is None else read_payload(stored.payload)

    def tell(
        self, payload: AlertPayload, known: Alert | None, severity: Severity, posts: Sequence[Post]
    ) -> None:
        """Store a revision and queue its messages; an alert keeps the highest severity it had."""
        now = self.around.now
        if known is not None:
            severity = max(severity, Severity(known.severity), key=lambda one: one.rank)
        alert = Alert(
            id=payload.alert_id,
            rule=payload.rule,
            story_id=payload.story.id,
            title=payload.story.title,
            revision=payload.revision,
            opened=now,
            updated=now,
            severity=severity.value,
        )
        revision = AlertRevision(alert.id, alert.revision, payload.reason, payload.as_json(), now)
        alert_store.revise(self.connection, alert, revision)
        outbox.enqueue(
            self.connection,
            [
                queued(post.to, alert.id, alert.revision, now, held_until=post.held_until)
                for post in posts
            ],
        )
