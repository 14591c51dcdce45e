"""Thresholds from the stream: what the last days' articles score, and what the budget allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy.engine import Connection

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
_NEAR = timedelta(days=3)
_ALIKE = 0.5
"""Jaccard index of concepts and names from which two articles count as one story."""

_Floats = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def refit(home: Home, settings: Settings, archive: Archive, used: InUse) -> StreamThresholds | None:
    """Fit the thresholds of the model in use to the last days' articles, and keep them beside it.

    Articles below the thresholds of their time have no story; they are grouped here as stories
    would roughly be, by origin and by what they can be recognised by.

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
        _stories(archive, stream, found, used.floor),
        days=(now - stream[-1].when) / timedelta(days=1),
        alerts_per_day=settings.alerts_per_day,
        floor=used.floor,
    )


def _stories(
    archive: Archive, stream: Sequence[Streamed], found: _Floats, floor: Sequence[float]
) -> list[str]:
    """Return the story of each article, or the group that would be one at lower thresholds.

    A copy belongs to the story of its origin. Other articles without a story that reach a
    ``floor`` join the story or group of an earlier met article with the same strongest signal,
    published within ``_NEAR``, if their concepts and names are ``_ALIKE``.
    """
    reached = np.where(found >= np.asarray(floor), found, 0.0)
    strongest = reached.argmax(axis=1)
    candidates = [int(at) for at in np.flatnonzero(reached.max(axis=1, initial=0.0) > 0)]
    with archive.read() as connection:
        traits = _traits(connection, [stream[at].article_id for at in candidates])
    group = {one.origin: one.story_id for one in stream if one.story_id}
    first: dict[int, list[tuple[Streamed, str]]] = defaultdict(list)
    for at in sorted(candidates, key=lambda at: stream[at].story_id is None):
        one, own = stream[at], traits.get(stream[at].article_id, frozenset())
        peers = first[int(strongest[at])]
        if one.story_id is None and one.origin not in group:
            near = (
                name
                for other, name in peers
                if abs(other.when - one.when) <= _NEAR
                and _likeness(own, traits.get(other.article_id, frozenset())) >= _ALIKE
            )
            group[one.origin] = next(near, one.origin)
        name = one.story_id or group[one.origin]
        if one.story_id or name == one.origin:  # others are measured by what opened their group
            peers.append((one, name))
    return [one.story_id or group.get(one.origin, one.origin) for one in stream]


def _traits(connection: Connection, names: Sequence[str]) -> dict[str, frozenset[str]]:
    """Return the concepts and names of the articles that have a stored score."""
    return {
        name: score.traits.concepts | score.traits.names
        for name, score in scores.latest(connection, names).items()
    }


def _likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the Jaccard index; nothing is like an article without traits."""
    return len(a & b) / len(a | b) if a and b else 0.0


def _probabilities(archive: Archive, model: Model, stream: Sequence[Streamed]) -> _Floats:
    """Return each article's probabilities: those stored, or scored now where there are none."""
    known = {one.article_id: one.signals for one in stream if one.signals is not None}
    missing = [one.article_id for one in stream if one.article_id not in known]
    for first in range(0, len(missing), _BATCH):
        with archive.read() as connection:
            batch = list(articles.current(connection, missing[first : first + _BATCH]).values())
        known |= {score.article_id: score.signals for score in model.score(batch)}
    return np.array([[known[one.article_id][code] for code in model.codes] for one in stream])
