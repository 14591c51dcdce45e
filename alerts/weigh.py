"""From scored articles to stories, decisions and alerts: one transaction a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts import rules
from alerts.channels import Recipient
from alerts.compose import Surroundings, compose
from alerts.faults import reach
from alerts.opposition import WINDOW
from alerts.payload import AlertPayload, read_payload
from alerts.reasons import News, news
from alerts.settings import AlertsSettings, RuleSettings
from alerts.stories import origin_of, place, when
from archive import Archive, articles, ids, scores, stories
from archive import alerts as alert_store
from archive.types import (
    Alert,
    AlertRevision,
    Article,
    Decision,
    Message,
    OutboxState,
    Outcome,
    Score,
    Story,
    StoryMember,
)


@dataclass(frozen=True, slots=True)
class WeighReport:
    """What a batch led to; ``alerts_sent`` counts the revisions put into the outbox."""

    evidence: int = 0
    stories_new: int = 0
    stories_updated: int = 0
    alerts_sent: int = 0
    held: int = 0

    def __add__(self, other: WeighReport) -> WeighReport:
        return WeighReport(
            self.evidence + other.evidence,
            self.stories_new + other.stories_new,
            self.stories_updated + other.stories_updated,
            self.alerts_sent + other.alerts_sent,
            self.held + other.held,
        )


def weigh(
    archive: Archive,
    scored: Sequence[tuple[Article, Score]],
    settings: AlertsSettings,
    thresholds: Mapping[str, float],
    now: datetime,
    coverage: str,
    *,
    recipients: Sequence[Recipient],
    names: Mapping[str, str],
) -> WeighReport:
    """Store a batch of scores and everything that follows from it, in one transaction.

    The whole batch is grouped before anything is decided, so that one event gives one alert with
    all its outlets. Repeating a batch, after a crash or by mistake, adds nothing.

    Args:
        archive: the database.
        scored: up to about 200 article versions, each with its score.
        settings: rules, budget and the stories' date window.
        thresholds: the model's threshold per signal, for rules without one of their own.
        now: the time of the batch.
        coverage: one sentence on the sources' health, shown in every alert.
        recipients: all who may be told.
        names: the signals' names by code.

    Raises:
        ArchiveError: the database did not take it; nothing was stored.
    """
    with archive.write() as connection:
        batch = _Batch(connection, settings, thresholds, now, coverage, tuple(recipients), names)
        report = batch.run(scored)
        reach("before_weigh_commit")
    reach("after_weigh_commit")
    return report


def recipients_for(rule: RuleSettings, recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """Return those whom a rule tells."""
    return tuple(r for r in recipients if not rule.channels or r.channel in rule.channels)


@dataclass(frozen=True, slots=True)
class _Batch:
    connection: Connection
    settings: AlertsSettings
    thresholds: Mapping[str, float]
    now: datetime
    coverage: str
    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]

    def run(self, scored: Sequence[tuple[Article, Score]]) -> WeighReport:
        fresh = self._store(scored)
        opened, touched = self._group(scored, fresh)
        report = WeighReport(
            evidence=sum(len(s.evidence) for a, s in scored if a.id in fresh),
            stories_new=len(opened),
            stories_updated=len(touched.changed - opened),
        )
        loaded = [stories.get(self.connection, story_id) for story_id in touched.all]
        return report + self._judge([s for s in loaded if s is not None and s.members])

    def _store(self, scored: Sequence[tuple[Article, Score]]) -> set[str]:
        """Store the scores; return the articles whose version this model had not scored yet."""
        known = scores.latest(self.connection, [a.id for a, _ in scored])
        fresh = {a.id for a, s in scored if not _is_same(known.get(a.id), s)}
        scores.save(self.connection, [s for a, s in scored if a.id in fresh], self.now)
        for article, score in scored:
            articles.mark_scored(self.connection, article, score.model_id)
        return fresh

    def _group(
        self, scored: Sequence[tuple[Article, Score]], fresh: set[str]
    ) -> tuple[set[str], _Touched]:
        """Put the batch's articles into stories; return the new stories and all touched ones."""
        touched = _Touched(set(), set())
        arrivals: list[StoryMember] = []
        for article, score in scored:
            story_id = stories.story_of(self.connection, article.id)
            if story_id is not None:
                touched.add(story_id, changed=article.id in fresh)
                if article.id in fresh:
                    stories.join(self.connection, story_id, article, self.now)
            elif score.evidence:
                arrivals.append(StoryMember(article, score))
        opened: set[str] = set()
        placements = place(
            self._candidates(arrivals), arrivals, story_days=self.settings.story_days
        )
        for one in placements:
            touched.add(one.story_id, changed=True)
            if one.opens:
                opened.add(one.story_id)
                stories.open_story(self.connection, one.story_id, one.member.article, self.now)
            else:
                stories.join(self.connection, one.story_id, one.member.article, self.now)
        return opened, touched

    def _candidates(self, arrivals: Sequence[StoryMember]) -> list[Story]:
        if not arrivals:
            return []
        times = [when(m.article) for m in arrivals]
        days = timedelta(days=self.settings.story_days)
        found = {
            s.id: s for s in stories.between(self.connection, min(times) - days, max(times) + days)
        }
        for origin in {origin_of(m.article) for m in arrivals} - {m.article.id for m in arrivals}:
            story_id = stories.story_of(self.connection, origin)
            if story_id is not None and story_id not in found:
                story = stories.get(self.connection, story_id)
                if story is not None:
                    found[story.id] = story
        return list(found.values())

    def _judge(self, touched: Sequence[Story]) -> WeighReport:
        """Decide every rule on every touched story, the strongest evidence first."""
        findings = [
            rules.examine(story, rule, self.thresholds)
            for story in touched
            for rule in self.settings.rules
        ]
        findings.sort(key=lambda f: (-f.score, f.story.id, f.rule.name))
        recent: list[Story] | None = None
        report = WeighReport()
        for finding in findings:
            last = self._last(finding)
            reason = news(finding, last)
            told = False
            if reason is not None:
                if recent is None:
                    recent = stories.between(self.connection, self.now - WINDOW, self.now)
                told = self._tell(finding, reason, last, recent)
            decision = rules.decide(
                finding,
                alerted=told or last is not None,
                waiting=reason is not None and not told,
                now=self.now,
            )
            held = self._keep(decision) and decision.outcome in {Outcome.HELD, Outcome.BUDGET}
            report += WeighReport(alerts_sent=int(told), held=int(held))
        return report

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
        recent: Sequence[Story],
    ) -> bool:
        """Store a revision and its messages; False when the budget keeps it from everybody."""
        wanted = recipients_for(finding.rule, self.recipients)
        free = [r for r in wanted if self._is_free(r)]
        if wanted and not free:
            return False
        payload = compose(
            finding, reason, last, Surroundings(self.names, recent, self.coverage, self.now)
        )
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
        alert_store.enqueue(self.connection, [self._message(r, alert) for r in free])
        return True

    def _is_free(self, one: Recipient) -> bool:
        budget = self.settings.daily_budget
        if not one.is_person or budget == 0:
            return True
        midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
        spent = alert_store.queued_since(self.connection, one.channel, one.address, midnight)
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


@dataclass(frozen=True, slots=True)
class _Touched:
    all: set[str]
    changed: set[str]

    def add(self, story_id: str, *, changed: bool) -> None:
        self.all.add(story_id)
        if changed:
            self.changed.add(story_id)


def _is_same(known: Score | None, score: Score) -> bool:
    return known is not None and (known.version, known.model_id) == (score.version, score.model_id)
