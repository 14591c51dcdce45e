"""Training: from a corpus to a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive.ids import digest

from . import crossval, reviews
from .calibration import DEFAULT_THRESHOLD, Calibration
from .core import Document, fit_core
from .corpus import Corpus
from .errors import CorpusError
from .features import SentenceFeatures
from .model import Model
from .reviews import ReviewedArticle, Reviews
from .stems import Stemmer
from .tendency import Tendency

CODE_VERSION = "3"
"""Counts up whenever this code would make another model of the same corpus."""


def train(
    corpus: Corpus,
    *,
    progress: Callable[[str, float], None] | None = None,
    seed: int = 0,
    cross_validate: bool = True,
    reviewed: Sequence[ReviewedArticle] = (),
) -> Model:
    """Return a model trained on the ``train`` split of ``corpus``.

    ``progress`` is called with a step's name and the share of it that is done. Where enough
    articles are ``reviewed``, probabilities are calibrated on them. Without cross-validation
    there are no figures, probabilities are not calibrated, and every threshold is one half.
    Raises ``CorpusError`` when a signal has no passage or nothing is negative.
    """
    report = progress or _silent
    passages = tuple(
        sorted((p for p in corpus.passages if p.split == "train"), key=lambda p: (p.id, p.text))
    )  # the id of a model says nothing of their order
    _check(corpus, {label for passage in passages for label in passage.labels})
    stemmer = Stemmer()
    features = SentenceFeatures(stemmer)
    report("reading", 0.0)
    documents = [Document.of_text(passage.text, corpus.lexicon, features) for passage in passages]
    codes = [signal.code for signal in corpus.signals]
    calibration = Calibration.plain(len(codes))
    cutoffs: tuple[float, ...] = (DEFAULT_THRESHOLD,) * len(codes)
    tendency = Tendency()
    figures = None
    if cross_validate:
        held = _readable(reviewed, corpus, features)
        outcome = crossval.cross_validate(passages, documents, corpus.signals, seed, report, held)
        calibration = _calibration(outcome, held, codes)
        cutoffs, figures = outcome.thresholds, outcome.figures
        tendency = outcome.tendency
    report("training", 0.0)
    rows = crossval.training_rows(passages, range(len(passages)), seed)
    core = fit_core([crossval.combine(row, documents) for row in rows], rows, codes, seed)
    report("training", 1.0)
    return Model(
        id=model_id(corpus, seed, cross_validate, reviewed),
        signals=corpus.signals,
        lexicon=corpus.lexicon,
        core=core,
        calibration=calibration,
        cutoffs=cutoffs,
        tendency=tendency,
        corpus_hash=corpus.hash,
        figures=figures,
        code_version=CODE_VERSION,
        seed=seed,
        reviews=reviews.hash_of(reviewed) if cross_validate else "",
    )


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def model_id(
    corpus: Corpus, seed: int, calibrated: bool, reviewed: Sequence[ReviewedArticle] = ()
) -> str:
    """Return the id of the model that this code makes of ``corpus`` and ``reviewed`` articles."""
    parts = (corpus.hash, corpus.lexicon.hash, CODE_VERSION, str(seed), str(calibrated))
    judged = reviews.hash_of(reviewed) if calibrated else ""
    return "m_" + digest(*parts, *([judged] if judged else []), length=16)


def _readable(
    reviewed: Sequence[ReviewedArticle], corpus: Corpus, features: SentenceFeatures
) -> Reviews:
    """Return what is to be calibrated on: nothing when reviewed articles are too few."""
    if not reviews.are_enough(reviewed):
        return reviews.NONE
    ordered = sorted(reviewed, key=lambda one: one.article.id)
    return Reviews.read(ordered, corpus.lexicon, features)


def _calibration(
    outcome: crossval.CrossValidation, held: Reviews, codes: Sequence[str]
) -> Calibration:
    """Return the cross-validated calibration, moved to fit the reviewed articles if any."""
    at = list(outcome.scored)
    if not reviews.are_enough([held.articles[one] for one in at]):
        return outcome.calibration
    relevant, carries = held.relevant[at], held.carries(codes)[at]
    return reviews.recalibrated(outcome.calibration, outcome.reviewed, relevant, carries)


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
