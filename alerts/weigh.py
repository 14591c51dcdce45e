"""From scored articles to stories, decisions and alerts: one transaction a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from alerts.circumstances import Circumstances
from alerts.faults import reach
from alerts.judge import Judge
from alerts.regroup import regroup
from alerts.rule_settings import INDEX_RULE
from archive import Archive, articles, rule_history, scores, stories
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
    archive: Archive, scored: Sequence[tuple[Article, Score]], around: Circumstances
) -> WeighReport:
    """Store a batch of scores and everything that follows from it, in one transaction.

    The whole batch is grouped before anything is decided, so that one event gives one alert with
    all its outlets. Repeating a batch, after a crash or by mistake, adds nothing.

    Args:
        archive: the database.
        scored: up to about 200 article versions, each with its score.
        around: what is decided by.

    Raises:
        ArchiveError: the database did not take it; nothing was stored.
    """
    with archive.write() as connection:
        report = _Batch(connection, around).run(scored)
        reach("before_weigh_commit")
    reach("after_weigh_commit")
    return report


@dataclass(frozen=True, slots=True)
class _Batch:
    connection: Connection
    around: Circumstances

    def run(self, scored: Sequence[tuple[Article, Score]]) -> WeighReport:
        fresh = self._store(scored)
        here = self.around
        touched = regroup(self.connection, scored, fresh, here.settings.story_days, here.now)
        judge = Judge(self.connection, here)
        verdict = judge.judge(stories.several(self.connection, touched.all))
        report = WeighReport(
            evidence=sum(len(s.evidence) for a, s in scored if a.id in fresh),
            stories_new=len(touched.opened),
            stories_updated=len(touched.changed - touched.opened),
            alerts_sent=verdict.sent,
            held=verdict.held,
        )
        if report != WeighReport():
            rule_history.note_news(self.connection, INDEX_RULE, here.now)
        return report

    def _store(self, scored: Sequence[tuple[Article, Score]]) -> set[str]:
        """Store the scores; return the articles whose version this model had not scored yet."""
        known = scores.latest(self.connection, [a.id for a, _ in scored])
        fresh = {a.id for a, s in scored if not _is_same(known.get(a.id), s)}
        scores.save(self.connection, [s for a, s in scored if a.id in fresh], self.around.now)
        for article, score in scored:
            articles.mark_scored(self.connection, article, score.model_id)
        return fresh


def _is_same(known: Score | None, score: Score) -> bool:
    return known is not None and (known.version, known.model_id) == (score.version, score.model_id)
