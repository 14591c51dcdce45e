"""Thresholds from the stream: what the last days' articles score, and what the budget allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from archive import Archive, articles, scores
from archive.scores import Streamed
from classifiers import budget, lastgood
from flows.cycle import clock
from flows.home import Home
from flows.settings import Settings

if TYPE_CHECKING:
    from classifiers import InUse, Model
    from classifiers.budget import StreamThresholds

MOST = 5_000
"""Articles that are looked at, the newest; older ones say less of tomorrow."""

_BATCH = 64


def refit(home: Home, settings: Settings, archive: Archive, used: InUse) -> StreamThresholds | None:
    """Fit the thresholds of the model in use to the last days' articles, and keep them beside it.

    Returns:
        The thresholds, or None when there is no budget or the stream is too short; then the
        model's own apply.

    Raises:
        ArchiveError: the database does not answer.
    """
    found = _fitted(settings, archive, used) if settings.alerts_per_day else None
    if found is None:
        lastgood.stream_path(home.models, used.model.id).unlink(missing_ok=True)
        return None
    lastgood.save_stream(used.model, found, home.models)
    return found


def _fitted(settings: Settings, archive: Archive, used: InUse) -> StreamThresholds | None:
    now = clock()
    start = now - timedelta(days=settings.model.stream_days)
    with archive.read() as connection:
        stream = scores.stream(connection, start, now, used.model.id, MOST)
    if len(stream) < budget.FEWEST_ARTICLES:
        return None
    return budget.thresholds(
        _probabilities(archive, used.model, stream),
        [one.story_id or one.origin for one in stream],
        days=(now - stream[-1].when) / timedelta(days=1),
        alerts_per_day=settings.alerts_per_day,
        floor=used.floor,
    )


def _probabilities(
    archive: Archive, model: Model, stream: Sequence[Streamed]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return each article's probabilities: those stored, or scored now where there are none."""
    known = {one.article_id: one.signals for one in stream if one.signals is not None}
    missing = [one.article_id for one in stream if one.article_id not in known]
    for first in range(0, len(missing), _BATCH):
        with archive.read() as connection:
            batch = list(articles.current(connection, missing[first : first + _BATCH]).values())
        known |= {score.article_id: score.signals for score in model.score(batch)}
    return np.array([[known[one.article_id][code] for code in model.codes] for one in stream])
