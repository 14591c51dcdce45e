"""From scored articles to stories, decisions and alerts: one transaction a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.channels import Recipient
from alerts.faults import reach
from alerts.judge import Judge
from alerts.regroup import regroup
from alerts.settings import AlertsSettings
from archive import Archive, articles, scores, stories
from archive.types import Article, Score


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
    model_note: str = "",
    corpus: str = "",
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
        model_note: what every alert has to say of the model, such as that it stands in for
            a damaged one; empty for nothing.
        corpus: the hash of what the model has learnt from, kept with each decision.

    Raises:
        ArchiveError: the database did not take it; nothing was stored.
    """
    with archive.write() as connection:
        judge = Judge(
            connection,
            settings,
            thresholds,
            now,
            coverage,
            tuple(recipients),
            names,
            model_note,
            corpus,
        )
        report = _Batch(connection, settings, now, judge).run(scored)
        reach("before_weigh_commit")
    reach("after_weigh_commit")
    return report


@dataclass(frozen=True, slots=True)
class _Batch:
    connection: Connection
    settings: AlertsSettings
    now: datetime
    judge: Judge

    def run(self, scored: Sequence[tuple[Article, Score]]) -> WeighReport:
        fresh = self._store(scored)
        touched = regroup(self.connection, scored, fresh, self.settings.story_days, self.now)
        verdict = self.judge.judge(stories.several(self.connection, touched.all))
        return WeighReport(
            evidence=sum(len(s.evidence) for a, s in scored if a.id in fresh),
            stories_new=len(touched.opened),
            stories_updated=len(touched.changed - touched.opened),
            alerts_sent=verdict.sent,
            held=verdict.held,
        )

    def _store(self, scored: Sequence[tuple[Article, Score]]) -> set[str]:
        """Store the scores; return the articles whose version this model had not scored yet."""
        known = scores.latest(self.connection, [a.id for a, _ in scored])
        fresh = {a.id for a, s in scored if not _is_same(known.get(a.id), s)}
        scores.save(self.connection, [s for a, s in scored if a.id in fresh], self.now)
        for article, score in scored:
            articles.mark_scored(self.connection, article, score.model_id)
        return fresh


def _is_same(known: Score | None, score: Score) -> bool:
    return known is not None and (known.version, known.model_id) == (score.version, score.model_id)
