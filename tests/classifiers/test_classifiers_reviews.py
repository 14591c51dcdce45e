"""Calibration from reviewed articles: closer to what analysts say, and never on a few of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from archive.types import Article, Direction
from classifiers import Corpus, LabelledPassage, ReviewedArticle, load_corpus, save_model, train
from classifiers.calibration import Calibration, Platt
from classifiers.metrics import expected_calibration_error
from classifiers.reviews import are_enough, hash_of, recalibrated

SIGNALS = 11
BEFORE = Calibration(Platt(1.2, -0.3), tuple(Platt(1.0, 0.1 * k) for k in range(SIGNALS)))


def real_articles(count: int, seed: int) -> tuple[Any, Any, Any]:
    """Logits and truth of articles on which ``BEFORE`` is far too sure and too low."""
    random = np.random.default_rng(seed)
    logits = np.hstack([random.normal(-1, 3, (count, 1)), random.normal(-1, 2, (count, SIGNALS))])
    truth = expit(0.5 * logits[:, 0] + 1.0)
    relevant = random.random(count) < truth
    joint = expit(0.6 * logits[:, 1:] + 0.2) * relevant[:, None]
    return logits, relevant, random.random(joint.shape) < joint * 0.3


def ece(calibration: Calibration, count: int = 4000) -> float:
    logits, relevant, _ = real_articles(count, seed=99)
    found = expected_calibration_error(relevant, calibration(logits)[0])
    assert found is not None
    return found


@pytest.mark.parametrize("reviews", [30, 120, 240])
def test_reviews_bring_probabilities_nearer_to_the_truth(reviews: int) -> None:
    after = [ece(recalibrated(BEFORE, *real_articles(reviews, seed))) for seed in range(8)]
    assert np.mean(after) < ece(BEFORE) * (0.75 if reviews < 100 else 0.5)
    if reviews >= 120:
        assert np.mean(after) < 0.06


def test_more_reviews_are_better_than_few() -> None:
    few = [ece(recalibrated(BEFORE, *real_articles(30, seed))) for seed in range(8)]
    many = [ece(recalibrated(BEFORE, *real_articles(240, seed))) for seed in range(8)]
    assert np.mean(many) < np.mean(few)


def test_a_sigmoid_that_fits_already_hardly_moves() -> None:
    random = np.random.default_rng(1)
    logits = random.normal(0, 3, (60, 1 + SIGNALS))
    relevant = random.random(60) < BEFORE(logits)[0]
    after = recalibrated(BEFORE, logits, relevant, np.zeros((60, SIGNALS), bool)).relevance
    assert abs(after.slope / BEFORE.relevance.slope - 1) < 0.35
    assert abs(after.intercept - BEFORE.relevance.intercept) < 0.7


def test_all_slopes_stay_positive_whatever_the_labels_say() -> None:
    logits, relevant, carries = real_articles(200, seed=2)
    after = recalibrated(BEFORE, logits, ~relevant, ~carries)
    assert min(p.slope for p in (after.relevance, *after.signals)) > 0


def test_signals_with_few_positives_move_together() -> None:
    logits, relevant, carries = real_articles(60, seed=3)
    carries[:, 1:] = False
    carries[:, 0] = np.arange(60) < 12
    after = recalibrated(BEFORE, logits, relevant, carries)
    changes = [(after.signals[k].slope / BEFORE.signals[k].slope, k) for k in range(1, SIGNALS)]
    assert len({round(change, 4) for change, _ in changes}) == 1
    assert after.signals[0].slope / BEFORE.signals[0].slope != pytest.approx(changes[0][0], 1e-4)
    base = 0.3
    moved = [float(p(logit(base))) for p in after.signals[1:]]
    assert max(moved) < float(BEFORE.signals[-1](logit(base))), "rarer than they were thought"


def reviewed(
    article: Callable[..., Article], count: int, relevant: int
) -> tuple[ReviewedArticle, ...]:
    """Articles on the events of the tiny corpus's passages, as labels on them would be."""
    found = []
    for number in range(count):
        own = number < relevant
        text = (
            f"Armenia will not attend the CSTO summit, an aide said on day {number}. Snow fell."
            if own
            else f"A theatre in Gyumri opened play {number}. Russia was not named."
        )
        found.append(
            ReviewedArticle(
                article(text, name=f"a_{number}"),
                ("csto_snub",) if own else (),
                Direction.AWAY if own else Direction.NONE,
                event=f"r{number}",
            )
        )
    return tuple(found)


def joined(corpus: Corpus, judged: tuple[ReviewedArticle, ...]) -> Corpus:
    passages = tuple(
        LabelledPassage(
            f"lb_{one.event}",
            one.article.text,
            "en",
            one.labels,
            one.direction,
            "news",
            one.event,
            "analyst",
            "train",
        )
        for one in judged
    )
    return dataclasses.replace(corpus, passages=corpus.passages + passages)


@pytest.mark.parametrize(
    ("count", "relevant", "enough"),
    [
        (0, 0, False),
        (29, 14, False),
        (30, 4, False),
        (30, 26, False),
        (30, 5, True),
        (99, 50, True),
    ],
)
def test_few_reviews_are_not_calibrated_on(
    article: Callable[..., Article], count: int, relevant: int, enough: bool
) -> None:
    judged = reviewed(article, count, relevant)
    assert are_enough(judged) is enough
    assert bool(hash_of(judged)) is enough


def test_the_hash_is_that_of_what_was_judged_in_any_order(
    article: Callable[..., Article],
) -> None:
    judged = reviewed(article, 40, 20)
    assert hash_of(judged) == hash_of(judged[::-1])
    other = dataclasses.replace(judged[0], labels=())
    assert hash_of((other, *judged[1:])) != hash_of(judged)


def test_a_model_knows_that_it_was_calibrated_on_reviews_and_is_the_same_again(
    tiny: Path, tmp_path: Path, article: Callable[..., Article]
) -> None:
    judged = reviewed(article, 40, 20)
    corpus = joined(load_corpus(tiny), judged)
    before = train(corpus)
    after = train(corpus, reviewed=judged)
    again = train(corpus, reviewed=judged[::-1])
    assert before.id != after.id == again.id
    assert before.calibration != after.calibration
    assert (before.reviews, after.reviews) == ("", hash_of(judged))
    assert before.figures == after.figures, "figures are those of held-out passages"
    paths = [save_model(model, tmp_path / name) for name, model in (("a", after), ("b", again))]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_reviews_too_few_change_nothing(tiny: Path, article: Callable[..., Article]) -> None:
    judged = reviewed(article, 12, 6)
    corpus = joined(load_corpus(tiny), judged)
    assert train(corpus, reviewed=judged).id == train(corpus).id


def test_reviews_that_no_fold_holds_out_are_not_used(
    tiny: Path, article: Callable[..., Article]
) -> None:
    """Every model may have seen them, as nothing says which event they are on."""
    corpus = load_corpus(tiny)
    before, after = train(corpus), train(corpus, reviewed=reviewed(article, 40, 20))
    assert before.calibration == after.calibration
