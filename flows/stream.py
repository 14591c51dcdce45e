"""Thresholds from the stream: what the last days' articles score, and what the budget allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from alerts.stories import group
from archive import Archive, articles, scores
from archive.scores import Streamed
from archive.sketches import Sketch, sketch_of
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
_TOGETHER = 200
"""Articles that are grouped at once."""

_Floats = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def refit(home: Home, settings: Settings, archive: Archive, used: InUse) -> StreamThresholds | None:
    """Fit the thresholds of the model in use to the last days' articles, and keep them beside it.

    Articles below the thresholds of their time have no story; they are grouped here as they
    would be with evidence.

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
    found = _probabilities(archive, used.model, stream)
    return budget.thresholds(
        found,
        _stories(archive, stream, found, used, settings.alerts.story_days),
        days=(now - stream[-1].when) / timedelta(days=1),
        alerts_per_day=settings.alerts_per_day,
        floor=used.floor,
    )


def _stories(
    archive: Archive,
    stream: Sequence[Streamed],
    found: _Floats,
    used: InUse,
    story_days: float,
) -> list[str]:
    """Return the story of each article, or the one that it would be in at lower thresholds.

    A copy belongs to the story of its origin. Texts without a story that reach a floor are
    grouped as stories are, beside those that there are; others stand alone.
    """
    story = {one.origin: one.story_id for one in stream if one.story_id}
    reached = np.flatnonzero((found >= np.asarray(used.floor)).any(axis=1)).tolist()
    originals = [at for at in reached if stream[at].article_id == stream[at].origin]
    texts = {stream[at].origin: at for at in (*reached, *originals)}  # one of each text
    ordered = sorted(texts.values(), key=lambda at: stream[at].when)
    known: dict[str, list[Sketch]] = {}
    merged: dict[str, str] = {}
    for first in range(0, len(ordered), _TOGETHER):
        part = ordered[first : first + _TOGETHER]
        sketches = _sketches(archive, stream, found, used, part)
        arrivals = []
        for one in sketches:
            if (name := story.get(one.origin)) is None:
                arrivals.append(one)
            else:
                known.setdefault(name, []).append(one)
        since = stream[part[0]].when - timedelta(days=story_days)
        known = {key: own for key, own in known.items() if any(s.when >= since for s in own)}
        grouped = group(known, arrivals, story_days=story_days)
        for merge in grouped.merges:
            known[merge.into] += known.pop(merge.old)
            merged[merge.old] = merge.into
        by_id = {one.article_id: one for one in arrivals}
        for placed in grouped.placements:
            one = by_id[placed.article_id]
            story[one.origin] = placed.story_id
            known.setdefault(placed.story_id, []).append(one)
    return [_now(one.story_id or story.get(one.origin, one.origin), merged) for one in stream]


def _now(name: str, merged: Mapping[str, str]) -> str:
    while name in merged:
        name = merged[name]
    return name


def _sketches(
    archive: Archive, stream: Sequence[Streamed], found: _Floats, used: InUse, part: Sequence[int]
) -> list[Sketch]:
    """Return what grouping sees of articles, by position, that have a stored score."""
    with archive.read() as connection:
        said = scores.latest(connection, [stream[at].article_id for at in part])
        read = articles.current(connection, said)
    made: list[Sketch] = []
    for at in part:
        key = stream[at].article_id
        if key in read:
            signals = dict(zip(used.model.codes, found[at].tolist(), strict=True))
            limits = zip(used.model.codes, found[at], used.floor, strict=True)
            shown = frozenset(code for code, p, floor in limits if p >= floor)
            sketch = sketch_of(read[key], said[key])
            made.append(replace(sketch, signals=signals, shown=shown))
    return made


def _probabilities(archive: Archive, model: Model, stream: Sequence[Streamed]) -> _Floats:
    """Return each article's probabilities: those stored, or scored now where there are none."""
    known = {one.article_id: one.signals for one in stream if one.signals is not None}
    missing = [one.article_id for one in stream if one.article_id not in known]
    for first in range(0, len(missing), _BATCH):
        with archive.read() as connection:
            batch = list(articles.current(connection, missing[first : first + _BATCH]).values())
        known |= {score.article_id: score.signals for score in model.score(batch)}
    return np.array([[known[one.article_id][code] for code in model.codes] for one in stream])
