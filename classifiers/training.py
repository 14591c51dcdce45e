"""Training: from a corpus to a model."""

from __future__ import annotations

from collections.abc import Callable

from archive.ids import digest

from . import crossval
from .calibration import DEFAULT_THRESHOLD, Calibration
from .core import Document, fit_core
from .corpus import Corpus
from .errors import CorpusError
from .features import SentenceFeatures
from .model import Model
from .reading import Reading, read_text
from .stems import Stemmer

CODE_VERSION = "2"
"""Counts up whenever this code would make another model of the same corpus."""


def train(
    corpus: Corpus,
    *,
    progress: Callable[[str, float], None] | None = None,
    seed: int = 0,
    cross_validate: bool = True,
) -> Model:
    """Return a model trained on the ``train`` split of ``corpus``.

    ``progress`` is called with a step's name and the share of it that is done. Without
    cross-validation there are no figures, probabilities are not calibrated, and every
    threshold is one half. Raises ``CorpusError`` when a signal has no passage or nothing is
    negative.
    """
    report = progress or _silent
    passages = tuple(passage for passage in corpus.passages if passage.split == "train")
    _check(corpus, {label for passage in passages for label in passage.labels})
    stemmer = Stemmer()
    features = SentenceFeatures(stemmer)
    report("reading", 0.0)
    documents = [
        Document.of(Reading(read_text(passage.text, corpus.lexicon), 0), features)
        for passage in passages
    ]
    codes = [signal.code for signal in corpus.signals]
    calibration = Calibration.plain(len(codes))
    cutoffs: tuple[float, ...] = (DEFAULT_THRESHOLD,) * len(codes)
    figures = None
    if cross_validate:
        outcome = crossval.cross_validate(passages, documents, corpus.signals, seed, report)
        calibration, cutoffs, figures = outcome.calibration, outcome.thresholds, outcome.figures
    report("training", 0.0)
    rows = crossval.training_rows(passages, range(len(passages)), seed)
    core = fit_core([crossval.combine(row, documents) for row in rows], rows, codes, seed)
    report("training", 1.0)
    return Model(
        id=model_id(corpus, seed, cross_validate),
        signals=corpus.signals,
        lexicon=corpus.lexicon,
        core=core,
        calibration=calibration,
        cutoffs=cutoffs,
        corpus_hash=corpus.hash,
        figures=figures,
    )


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def model_id(corpus: Corpus, seed: int, calibrated: bool) -> str:
    """Return the id of the model that this code makes of ``corpus``."""
    parts = (corpus.hash, corpus.lexicon.hash, CODE_VERSION, str(seed), str(calibrated))
    return "m_" + digest(*parts, length=16)


def _check(corpus: Corpus, labels: set[str]) -> None:
    missing = [signal.code for signal in corpus.signals if signal.code not in labels]
    problems = [
        f"signals.toml:1: no passage carries {code!r}; label some or retire the signal"
        for code in missing
    ]
    if all(passage.labels for passage in corpus.passages):
        problems.append("passages:1: every passage carries a signal; add negatives")
    if problems:
        raise CorpusError(problems)
