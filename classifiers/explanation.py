"""Why an article scored as it did."""

from __future__ import annotations

from dataclasses import dataclass

from archive.types import Article, Contribution, Score

from .core import Document
from .features import SentenceFeatures
from .model import Model
from .reading import read_article
from .reasons import as_reasons, surfaces_of

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
    features = SentenceFeatures(model.stemmer)
    document = Document.of(read_article(article, model.lexicon), features)
    surfaces = surfaces_of(document.reading.sentences, model.stemmer)
    sheet = model.core.sheet([document])
    rows = model.core.tfidf.weighed(sheet.sums(sheet.whole()))
    stacked = model.core.stacked[0]

    def reasons(column: int) -> tuple[tuple[Contribution, ...], tuple[Contribution, ...]]:
        (found,) = model.attribution.contributions(rows, stacked, [column])
        found = [one for one in found if one[1] in surfaces]
        favour = [one for one in found if one[0] > 0][:MOST_SHOWN]
        against = [one for one in reversed(found) if one[0] < 0][:MOST_SHOWN]
        return as_reasons(favour, surfaces), as_reasons(against, surfaces)

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
