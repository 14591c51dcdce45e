"""Training rows: the passages, and pseudo-articles made of them so that rows are as long as news.

A pseudo-article of a signal is one to three of its passages and up to three background passages
of the same language, which close it as they close real articles. Negatives are three to five
passages without a signal, or background alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive.types import Direction

from .corpus import LabelledPassage

PER_PASSAGE = 2
"""Pseudo-articles made for each passage that carries a signal."""


@dataclass(frozen=True, slots=True)
class Row:
    """A document to learn from or test on: the positions of its passages, and its truth.

    ``hard`` rows hold a hard negative; ``recap`` rows are background and nothing else.
    """

    passages: tuple[int, ...]
    lang: str
    labels: frozenset[str]
    direction: Direction
    hard: bool = False
    recap: bool = False


def passage_rows(passages: Sequence[LabelledPassage], chosen: Sequence[int]) -> list[Row]:
    """Return one row for each of the ``chosen`` positions of ``passages``."""
    return [_row(passages, (at,)) for at in chosen]


def pseudo_articles(
    passages: Sequence[LabelledPassage],
    chosen: Sequence[int],
    seed: int,
    per_passage: int = PER_PASSAGE,
) -> list[Row]:
    """Return pseudo-articles made of the ``chosen`` positions of ``passages`` only.

    The same arguments give the same rows.
    """
    draw = np.random.default_rng(seed)
    rows: list[Row] = []
    for lang in sorted({passages[at].lang for at in chosen}):
        own = [at for at in chosen if passages[at].lang == lang]
        background = [at for at in own if passages[at].role == "background"]
        signal = [at for at in own if passages[at].labels]
        negative = [at for at in own if not passages[at].labels and at not in set(background)]
        for at in np.repeat(signal, per_passage).tolist():
            alike = [o for o in signal if o != at and passages[o].labels[0] in passages[at].labels]
            body = (at, *_draw(draw, alike, 0, 2))
            rows.append(_row(passages, (*body, *_draw(draw, background, 0, 3))))
        for at in np.repeat(negative, per_passage).tolist():
            others = [o for o in negative if o != at]
            body = (at, *_draw(draw, others, 2, 4))
            rows.append(_row(passages, (*body, *_draw(draw, background, 0, 2))))
        for at in background:
            others = [o for o in background if o != at]
            rows.append(_row(passages, (at, *_draw(draw, others, 1, 3))))
    return rows


def _draw(draw: np.random.Generator, pool: Sequence[int], low: int, high: int) -> tuple[int, ...]:
    size = min(int(draw.integers(low, high + 1)), len(pool))
    return tuple(draw.choice(pool, size, replace=False).tolist()) if size else ()


def _row(passages: Sequence[LabelledPassage], chosen: tuple[int, ...]) -> Row:
    parts = [passages[at] for at in chosen]
    directions = {part.direction for part in parts} - {Direction.NONE}
    one = next(iter(directions), Direction.NONE)
    return Row(
        chosen,
        parts[0].lang,
        frozenset(label for part in parts for label in part.labels),
        Direction.MIXED if len(directions) > 1 else one,
        hard=any(part.role == "hard_negative" for part in parts),
        recap=all(part.role == "background" for part in parts),
    )
