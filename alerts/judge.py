"""From touched stories to decisions, alert revisions and messages in the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.engine import Connection

from alerts import rules
from alerts.channels import Recipient
from alerts.compose import Surroundings, compose
from alerts.opposition import WINDOW
from alerts.payload import AlertPayload, read_payload
from alerts.reasons import News, news
from alerts.settings import AlertsSettings, RuleSettings
from archive import alerts as alert_store
from archive import ids, outbox, stories
from archive.types import Alert, AlertRevision, Decision, Message, OutboxState, Outcome, Story


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many revisions were told, and how many newly held back by a rule or the budget."""

    sent: int = 0
    held: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(self.sent + other.sent, self.held + other.held)


def recipients_for(rule: RuleSettings, recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """Return those whom a rule tells."""
    return tuple(r for r in recipients if not rule.channels or r.channel in rule.channels)


@dataclass(frozen=True)
class Judge:
    """Everything a decision depends on, inside one open transaction."""

    connection: Connection
    settings: AlertsSettings
    thresholds: Mapping[str, float]
    now: datetime
    coverage: str
    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]
    model_note: str = ""

    @cached_property
    def recent(self) -> list[Story]:
        """The stories of the last 30 days, read when the first alert needs them."""
        return stories.between(self.connection, self.now - WINDOW, self.now)

    def judge(self, touched: Sequence[Story]) -> Verdict:
        """Decide every rule on every touched story, the strongest evidence first."""
        found = [
            rules.examine(story, rule, self.thresholds)
            for story in touched
            for rule in self.settings.rules
        ]
        found.sort(key=lambda f: -f.score)
        lasts = [(finding, self._last(finding)) for finding in found]
        told = [finding for finding, last in lasts if last is not None]
        total = Verdict()
        for finding, last in lasts:
            total += self._judge_one(finding, last, told)
        return total

    def _judge_one(
        self, finding: rules.Finding, last: AlertPayload | None, told: list[rules.Finding]
    ) -> Verdict:
        reason = news(finding, last)
        opens = reason is not None and last is None
        told_by = self._told_by(finding, told) if opens else None
        sent = reason is not None and told_by is None and self._tell(finding, reason, last)
        if sent and last is None:
            told.append(finding)
        decision = rules.decide(
            finding,
            alerted=sent or last is not None,
            waiting=reason is not None and not sent,
            now=self.now,
            told_by=told_by,
        )
        held = self._keep(decision) and decision.outcome in {Outcome.HELD, Outcome.BUDGET}
        return Verdict(sent=int(sent), held=int(held))

    def _told_by(self, finding: rules.Finding, told: Sequence[rules.Finding]) -> str | None:
        """Return the rule whose alert already tells a story's articles to the same recipients."""
        wanted = set(recipients_for(finding.rule, self.recipients))
        for one in told:
            if rules.covers(one, finding) and wanted <= set(
                recipients_for(one.rule, self.recipients)
            ):
                return one.rule.name
        return None

    def _last(self, finding: rules.Finding) -> AlertPayload | None:
        alert_id = ids.alert_id(finding.rule.name, finding.story.id)
        known = alert_store.get(self.connection, alert_id)
        if known is None:
            return None
        stored = alert_store.revision(self.connection, alert_id, known.revision)
        return None if stored is None else read_payload(stored.payload)

    def _tell(
        self,
        finding: rules.Finding,
        reason: News,
        last: AlertPayload | None,
    ) -> bool:
        """Store a revision and its messages; False when the budget keeps it from everybody."""
        wanted = recipients_for(finding.rule, self.recipients)
        free = [r for r in wanted if self._is_free(r)]
        if wanted and not free:
            return False
        around = Surroundings(self.names, self.recent, self.coverage, self.now, self.model_note)
        payload = compose(finding, reason, last, around)
        alert = Alert(
            id=payload.alert_id,
            rule=payload.rule,
            story_id=finding.story.id,
            title=payload.story.title,
            revision=payload.revision,
            opened=self.now,
            updated=self.now,
        )
        revision = AlertRevision(
            alert.id, alert.revision, reason.reason, payload.as_json(), self.now
        )
        alert_store.revise(self.connection, alert, revision)
        outbox.enqueue(self.connection, [self._message(r, alert) for r in free])
        return True

    def _is_free(self, one: Recipient) -> bool:
        budget = self.settings.daily_budget
        if not one.is_person or budget == 0:
            return True
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        spent = outbox.queued_since(self.connection, one.channel, one.address, midnight)
        return spent < budget

    def _message(self, to: Recipient, alert: Alert) -> Message:
        return Message(
            id=ids.message_id(to.channel, to.address, alert.id, alert.revision),
            alert_id=alert.id,
            revision=alert.revision,
            channel=to.channel,
            recipient=to.address,
            state=OutboxState.DUE,
            attempts=0,
            next_at=self.now,
            created=self.now,
        )

    def _keep(self, made: Decision) -> bool:
        """Store a decision; False when the same one is held already."""
        known = {d.rule: d for d in stories.decisions(self.connection, made.story_id)}
        before = known.get(made.rule)
        if before is not None and replace(before, decided=made.decided) == made:
            return False
        stories.decide(self.connection, made)
        return True
