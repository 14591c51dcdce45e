"""Challenger against champion: honest changes pass, mixed-up labels do not."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archive.types import Article, Direction
from classifiers import (
    Corpus,
    LabelledPassage,
    ModelError,
    ReviewedArticle,
    compare,
    load_corpus,
    save_model,
    train,
)
from classifiers.corpus_file import corpus_path, load_kept
from classifiers.metrics import Judged
from classifiers.verdict import FEWEST_FRESH, Paired, conclude, is_doubtful, worst_language_auc

KEPT = 18  # real passages of each kind

Passages = tuple[LabelledPassage, ...]


@pytest.fixture(autouse=True)
def quick_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw few samples for intervals that are only shown."""
    monkeypatch.setattr("classifiers.verdict._DRAWS", 20)


@pytest.fixture(scope="module")
def school(corpus: Corpus) -> Corpus:
    """A cut of the shipped corpus: one language, some passages of every kind."""
    seen: Counter[str] = Counter()
    kept = []
    for passage in corpus.passages:
        kind = passage.labels[0] if passage.labels else passage.role
        if passage.lang == "ru" and seen[kind] < KEPT:
            seen[kind] += 1
            kept.append(passage)
    return replace(corpus, passages=tuple(kept))


def swapped(passages: Passages, codes: Sequence[str], among: set[str]) -> Passages:
    """Give a fifth of the passages ``among`` another signal than they carry."""
    draw = random.Random(3)
    return tuple(
        replace(p, labels=(draw.choice([c for c in codes if c not in p.labels]),))
        if p.labels and p.id in among and draw.random() < 0.2
        else p
        for p in passages
    )


def flipped(passages: Passages, codes: Sequence[str], among: set[str]) -> Passages:
    """Take the signal from a fifth of the passages ``among``, or give one to those without."""
    draw = random.Random(3)
    made = []
    for p in passages:
        if p.id not in among or draw.random() >= 0.2:
            made.append(p)
        elif p.labels:
            made.append(replace(p, labels=(), direction=Direction.NONE))
        else:
            code = draw.choice(list(codes))
            made.append(replace(p, labels=(code,), direction=Direction.AWAY, role="news"))
    return tuple(made)


def codes_of(corpus: Corpus) -> list[str]:
    return [signal.code for signal in corpus.signals]


def test_the_same_corpus_differs_in_nothing(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    steps: list[tuple[str, float]] = []
    found = compare(corpus, corpus, progress=lambda step, share: steps.append((step, share)))
    assert found.passed
    assert [row.difference for row in found.rows] == [0.0] * 4
    assert (found.fresh, found.doubtful, found.reviewed) == (0, (), 0)
    assert steps[-1] == ("comparing", 1.0)
    assert found == compare(corpus, corpus), "the same arguments, the same answer"


def test_more_honest_passages_pass(school: Corpus) -> None:
    events = sorted({passage.event for passage in school.passages})
    random.Random(1).shuffle(events)
    later = set(events[: len(events) // 3])
    fewer = tuple(p for p in school.passages if p.event not in later)
    found = compare(replace(school, passages=fewer), school)
    assert found.passed, found.failed
    assert found.fresh > FEWEST_FRESH
    assert len(found.doubtful) < found.fresh / 5


@pytest.mark.parametrize("mixed", [swapped, flipped])
def test_a_fifth_of_the_labels_mixed_up_fails(
    school: Corpus, mixed: Callable[[Passages, Sequence[str], set[str]], Passages]
) -> None:
    everything = {passage.id for passage in school.passages}
    bad = replace(school, passages=mixed(school.passages, codes_of(school), everything))
    found = compare(school, bad)
    assert not found.passed
    assert "macro-AP over signals" in found.failed


def test_corrected_labels_pass(school: Corpus) -> None:
    """What is better now is not held against the challenger."""
    everything = {passage.id for passage in school.passages}
    bad = replace(school, passages=flipped(school.passages, codes_of(school), everything))
    found = compare(bad, school)
    assert found.passed, found.failed


def test_another_lexicon_is_read_with_its_own_eyes(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    poorer = type(corpus.lexicon)(c for c in corpus.lexicon.concepts if c.id != "csto")
    found = compare(corpus, replace(corpus, lexicon=poorer))
    assert {row.figure for row in found.rows} >= {"relevance AP", "macro-AP over signals"}


def test_signals_that_only_one_knows_are_left_out(tiny: Path) -> None:
    corpus = load_corpus(tiny)
    retired = replace(corpus.signals[0], code="retired")
    passages = tuple(
        replace(p, labels=("retired",)) if p.id in {"t0", "t1", "t2", "t3", "t4"} else p
        for p in corpus.passages
    )
    champion = replace(corpus, signals=(*corpus.signals, retired), passages=passages)
    assert compare(champion, corpus).texts > 0


def test_reviewed_articles_are_judged_where_they_are_held_out(
    tiny: Path, article: Callable[..., Article]
) -> None:
    corpus = load_corpus(tiny)
    judged = tuple(
        ReviewedArticle(article(p.text, name=f"a_{p.id}"), p.labels, p.direction, p.event)
        for p in corpus.passages
        if p.role == "news"
    )
    found = compare(corpus, corpus, judged)
    assert found.reviewed == len(judged) >= 30
    (row,) = [row for row in found.rows if "reviewed" in row.figure]
    assert (row.difference, row.passed) == (0.0, True)


def scored(relevance: Any, relevant: Any) -> Judged:
    count = len(relevance)
    return Judged(
        codes=("one",),
        langs=("en",) * count,
        relevant=np.array(relevant, bool),
        carries=np.array(relevant, bool)[:, None],
        direction=(None,) * count,
        relevance=np.array(relevance, float),
        signals=np.array(relevance, float)[:, None],
        calls=np.array(relevance)[:, None] > 0.5,
        direction_called=(Direction.NONE,) * count,
    )


def paired(before: Any, after: Any, relevant: Any, kinds: Sequence[str] = ()) -> Paired:
    names = tuple(f"e{number}" for number in range(len(relevant)))
    return Paired(
        scored(before, relevant),
        scored(after, relevant),
        names,
        tuple(kinds) or ("usual",) * len(relevant),
    )


def test_a_figure_fails_beyond_its_margin_in_the_bad_direction_only() -> None:
    random_ = np.random.default_rng(0)
    relevant = np.arange(400) < 200
    good = random_.normal(relevant * 2.5, 1)
    bad = random_.normal(relevant * 1.5, 1)
    kinds = ["usual"] * 300 + ["hard"] * 100
    worse = conclude([paired(good, bad, relevant, kinds)], [], 0, [], 0)
    assert set(worse.failed) == {row.figure for row in worse.rows}
    better = conclude([paired(bad, good, relevant, kinds)], [], 0, [], 0)
    assert better.passed
    for row in better.rows:
        assert row.difference is not None
        assert row.low is not None
        assert row.high is not None
        assert row.low <= row.difference <= row.high


def test_background_alone_counts_for_nothing() -> None:
    relevant = np.arange(90) < 30
    kinds = ["usual"] * 60 + ["recap"] * 30
    good = np.where(relevant, 0.9, 0.1)
    recaps = np.where(np.array(kinds) == "recap", 0.99, good)
    assert conclude([paired(good, recaps, relevant, kinds)], [], 0, [], 0).passed


def test_a_few_unlucky_reviewed_articles_do_not_decide() -> None:
    relevant = np.arange(30) < 6
    before = np.where(relevant, 0.9, 0.1) + np.arange(30) / 1000
    after = before.copy()
    after[0] = 0.105  # one relevant article falls among the others
    found = conclude([], [paired(before, after, relevant)], 0, [], 0)
    (row,) = found.rows
    assert row.difference is not None
    assert row.difference < -row.margin
    assert row.passed, "its interval reaches zero"
    after[:6] = np.arange(6) / 1000
    assert not conclude([], [paired(before, after, relevant)], 0, [], 0).passed


@pytest.mark.parametrize(("count", "relevant"), [(29, 10), (40, 4), (40, 36)])
def test_too_few_reviewed_articles_are_no_figure(count: int, relevant: int) -> None:
    truth = np.arange(count) < relevant
    pair = paired(truth.astype(float), 1 - truth.astype(float), truth)
    found = conclude([], [pair], 0, [], 0)
    assert (found.passed, found.rows, found.reviewed) == (True, (), count)


@pytest.mark.parametrize(
    ("fresh", "doubtful", "passed"),
    [
        (FEWEST_FRESH - 1, FEWEST_FRESH - 1, True),
        (30, 3, True),
        (30, 9, False),
        (300, 21, True),
        (300, 42, False),
    ],
)
def test_new_labels_fail_when_surely_too_many_are_contradicted(
    fresh: int, doubtful: int, passed: bool
) -> None:
    names = [f"lb_{number}" for number in range(doubtful)]
    found = conclude([], [], fresh, names, 0)
    assert found.passed is passed
    assert set(found.doubtful) == set(names)


@pytest.mark.parametrize(
    ("labels", "relevance", "signals", "doubtful"),
    [
        ((), 0.95, {"a": 0.9, "b": 0.1}, True),
        ((), 0.6, {"a": 0.6, "b": 0.1}, False),
        (("a",), 0.05, {"a": 0.05, "b": 0.01}, True),
        (("a",), 0.9, {"a": 0.05, "b": 0.8}, True),
        (("a",), 0.9, {"a": 0.4, "b": 0.8}, False),
        (("a", "b"), 0.9, {"a": 0.05, "b": 0.8}, False),
        (("retired",), 0.9, {"a": 0.05, "b": 0.8}, False),
    ],
)
def test_a_label_is_doubtful_when_a_model_surely_says_otherwise(
    labels: tuple[str, ...], relevance: float, signals: dict[str, float], doubtful: bool
) -> None:
    assert is_doubtful(labels, relevance, signals) is doubtful


def test_the_corpus_is_kept_beside_its_model(tiny: Path, tmp_path: Path) -> None:
    corpus = load_corpus(tiny)
    model = train(corpus, cross_validate=False)
    save_model(model, tmp_path / "one", corpus=corpus)
    found = load_kept(model, tmp_path / "one")
    assert found is not None
    assert found.hash == corpus.hash
    assert set(found.passages) == set(corpus.passages)
    backwards = replace(corpus, passages=corpus.passages[::-1])
    save_model(model, tmp_path / "two", corpus=backwards)
    paths = [corpus_path(tmp_path / name, model.id) for name in ("one", "two")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert load_kept(model, tmp_path) is None, "saved without it"


def test_a_corpus_that_is_not_its_models_is_refused(tiny: Path, tmp_path: Path) -> None:
    corpus = load_corpus(tiny)
    model = train(corpus, cross_validate=False)
    save_model(model, tmp_path, corpus=corpus)
    path = corpus_path(tmp_path, model.id)
    good = path.read_bytes()
    other = replace(corpus, passages=corpus.passages[1:])
    save_model(model, tmp_path / "other", corpus=other)
    wrong = corpus_path(tmp_path / "other", model.id).read_bytes()
    rows = [b"5\n", b"[]\n", b"{}\n", b'["a"]\n', b"[" * 5000, b"\xff\n"]
    for data in (b"", b"hello", good[:-20], wrong, *map(gzip.compress, rows)):
        path.write_bytes(data)
        with pytest.raises(ModelError, match="the next retraining writes it") as caught:
            load_kept(model, tmp_path)
        assert "\n" not in str(caught.value)


def test_a_few_foreign_texts_do_not_decide() -> None:
    """The worst language is one that the models learn, with texts enough to tell."""
    count = 60
    truth = np.array([True, False] * (count // 2) + [True, False])
    score = np.where(truth, 0.9, 0.1)
    score[-2:] = [0.1, 0.9]
    judged = Judged(
        codes=(),
        langs=(*["en"] * count, "fr", "fr"),
        relevant=truth,
        carries=np.zeros((len(truth), 0), bool),
        direction=(None,) * len(truth),
        relevance=score,
        signals=np.zeros((len(truth), 0)),
        calls=np.zeros((len(truth), 0), bool),
        direction_called=(Direction.NONE,) * len(truth),
    )
    assert worst_language_auc(judged) == 1.0
