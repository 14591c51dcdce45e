"""Why an article scored as it did."""

from __future__ import annotations

from dataclasses import dataclass

from archive.types import Article, Contribution, Score

from .model import Model
from .reasons import contributions

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class SignalVerdict:
    """One signal's probability beside its threshold, with the article's reasons."""

    code: str
    name: str
    probability: float
    threshold: float
    favour: tuple[Contribution, ...]
    against: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score with its passages, each signal's verdict, and what moved relevance.

    Contributions are those of the whole article, title included, strongest first.
    """

    score: Score
    signals: tuple[SignalVerdict, ...]
    favour: tuple[Contribution, ...]
    against: tuple[Contribution, ...]


def explain(model: Model, article: Article) -> Explanation:
    """Return why ``model`` scores ``article`` as it does; signals by probability."""
    score = model.score([article])[0]
    (document,), table = model.read([article])
    sources = [
        article.title if at < document.reading.title_length else article.text
        for at in range(len(document.reading.sentences))
    ]
    stacked = model.core.stacked[0]

    def reasons(column: int) -> tuple[tuple[Contribution, ...], tuple[Contribution, ...]]:
        found = contributions(
            table.rows[0],
            stacked[:, column],
            model.names,
            document.reading.sentences,
            sources,
            model.stemmer,
        )
        favour = tuple(reason for reason in found if reason.weight > 0)
        against = tuple(reason for reason in reversed(found) if reason.weight < 0)
        return favour[:MOST_SHOWN], against[:MOST_SHOWN]

    verdicts = [
        SignalVerdict(
            signal.code,
            signal.name,
            score.signals[signal.code],
            model.thresholds[signal.code],
            *reasons(1 + k),
        )
        for k, signal in enumerate(model.signals)
    ]
    verdicts.sort(key=lambda verdict: (-verdict.probability, verdict.code))
    return Explanation(score, tuple(verdicts), *reasons(0))
