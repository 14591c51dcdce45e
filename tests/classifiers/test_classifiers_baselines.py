"""The baselines beside a model: alert words, and ASReview's ELAS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from archive.types import Article
from classifiers import CorpusError, LabelledArticle, Model, hold_trial, load_corpus, train, trial
from classifiers.elas import balanced, decisions
from classifiers.keyword_rule import PARTY, TOPICS, KeywordRule, _words
from classifiers.signals import load_signals

Make = Callable[..., Article]
CODES = ("csto_snub", "trade_retaliation")


def quiet(*_: object) -> None:
    """Report nothing."""


@pytest.fixture
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "DRAWS", 20)


def test_every_shipped_signal_has_alert_words_in_each_script(seeds: Path) -> None:
    assert set(TOPICS) == {signal.code for signal in load_signals(seeds / "signals.toml")}
    for text in (PARTY, *TOPICS.values()):
        starts = [word[0].lower() for word in _words(text)]
        assert any("a" <= letter <= "z" for letter in starts)
        assert any("а" <= letter <= "я" for letter in starts)
        assert any("ա" <= letter <= "ֆ" for letter in starts)


@pytest.mark.parametrize("code", TOPICS)
def test_every_alert_word_is_found(code: str, article: Make) -> None:
    rule = KeywordRule([code])
    for word in _words(TOPICS[code]):
        (hits,) = rule.hits(article(f"Yerevan , {word.replace('*', '')} , 2024"))
        assert word in hits, word


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("Armenia's deputies debated the CSTO.", (1, 0)),
        ("Deputies debated the CSTO.", (0, 0)),
        ("Armenian brandy was held at customs.", (0, 2)),
        ("Пашинян заявил об ОДКБ и о запрете ввоза.", (1, 2)),
        ("Հայաստանը սառեցրել է անդամակցությունը ՀԱՊԿ-ին։", (1, 0)),
        ("", (0, 0)),
        ("Armenia \ud800 \x00 CSTO, CSTO and the CSTO", (1, 0)),
    ],
)
def test_a_rule_fires_on_the_party_and_a_word(
    text: str, fires: tuple[int, int], article: Make
) -> None:
    assert tuple(map(len, KeywordRule(CODES).hits(article(text)))) == fires


def test_a_signal_without_alert_words_never_fires(article: Make) -> None:
    rule = KeywordRule(["newly_made"])
    assert rule.hits(article("Armenia left the CSTO.")) == [frozenset()]


def test_the_title_counts(article: Make) -> None:
    (hits,) = KeywordRule(["csto_snub"]).hits(article("No word on it.", title="Armenia and CSTO"))
    assert hits == {"CSTO"}


def test_relevant_ones_together_weigh_as_much_as_asreview_says() -> None:
    truth = np.array([True] * 3 + [False] * 50)
    weights = balanced(truth)
    assert weights[truth].sum() / weights[~truth].sum() == pytest.approx(9.8)
    assert weights.mean() == pytest.approx(1)


def test_elas_learns_from_the_corpus(tiny: Path) -> None:
    passages = load_corpus(tiny).passages
    texts = [
        "Armenia will not attend the CSTO summit.",
        "Russia banned fruit from Armenia.",
        "A theatre opened a play on Sunday.",
        "\ud800",
    ]
    found = decisions(passages, [*CODES, "newly_made"], texts, quiet)
    assert found.shape == (4, 4)
    assert found[:, 0].argmin() in (2, 3)
    assert found[:, 1].argmax() == 0
    assert found[:, 2].argmax() == 1
    assert not found[:, 3].any()
    assert np.array_equal(found, decisions(passages, [*CODES, "newly_made"], texts, quiet))


def test_elas_needs_words(tiny: Path) -> None:
    (tiny / "passages" / "en.all.jsonl").write_text(
        '{"id": "a", "text": "A b c.", "lang": "en", "labels": [], "direction": "none",'
        ' "role": "news", "event": "a", "source": {"document": "composed"}, "split": "train"}\n'
    )
    with pytest.raises(CorpusError, match="too few words"):
        decisions(load_corpus(tiny).passages, CODES, ["text"], quiet)


@pytest.fixture
def learnt(tiny: Path) -> Model:
    return train(load_corpus(tiny), cross_validate=False)


@pytest.fixture
def labelled(article: Make) -> list[LabelledArticle]:
    def one(number: int, text: str, *labels: str) -> LabelledArticle:
        made = article(text, name=f"a_{number}")
        return LabelledArticle(made, labels, bool(labels), None, f"e{number // 2}")

    return [
        one(0, "Armenia will not attend the CSTO summit in Minsk.", "csto_snub"),
        one(1, "Yerevan skips another CSTO meeting.", "csto_snub"),
        one(2, "Russia banned apricots from Armenia at the border.", "trade_retaliation"),
        one(3, "Customs held fruit from Armenia; Russia banned more.", "trade_retaliation"),
        one(4, "A theatre in Gyumri opened a play."),
        one(5, "Armenia and the CSTO were not in the theatre's play."),
        one(6, "Snow closed the road to Moscow."),
        one(7, "The CSTO held drills in Belarus."),
    ]


@pytest.mark.usefixtures("few_draws")
def test_a_trial_puts_baselines_beside_the_model(
    learnt: Model, labelled: list[LabelledArticle], tiny: Path
) -> None:
    steps: set[str] = set()
    passages = load_corpus(tiny).passages
    found = hold_trial(
        *(learnt, labelled),
        against=("boolean", "elas"),
        passages=passages,
        progress=lambda step, _: steps.add(step),
    )
    assert steps == {
        *("scoring", "bootstrap", "boolean", "bootstrap of boolean"),
        *("elas", "bootstrap of elas"),
    }
    assert set(found.intervals) == set(trial.FIGURES)
    assert set(found.signal_intervals) == set(CODES)
    boolean, elas = found.rivals
    for rival in (boolean, elas):
        assert rival.report.model == rival.name
        assert rival.report.n == len(labelled)
        assert rival.report.ece is None
        assert rival.report.direction_accuracy is None
        assert (rival.judged.relevance >= 0).all()
        assert (rival.judged.relevance < 1).all()
        gain = rival.difference["relevance_ap"]
        assert gain is not None
        ours, its = found.report.relevance.ap, rival.report.relevance.ap
        assert ours is not None
        assert its is not None
        assert gain.value == pytest.approx(ours - its, abs=1e-6)
        assert gain.low <= gain.value <= gain.high
    assert boolean.strict is not None
    assert (boolean.strict.recall, boolean.strict.false_positive_rate) == (1.0, 0.25)
    assert elas.strict is None


@pytest.mark.usefixtures("few_draws")
@pytest.mark.parametrize("which", [slice(0, 4), slice(4, 8), slice(0, 1)])
def test_one_class_alone_leaves_figures_undefined(
    learnt: Model, labelled: list[LabelledArticle], tiny: Path, which: slice
) -> None:
    found = hold_trial(
        *(learnt, labelled[which]),
        against=("boolean", "elas"),
        passages=load_corpus(tiny).passages,
        progress=quiet,
    )
    for rival in found.rivals:
        assert rival.report.relevance.auc is None
        assert rival.difference["relevance_recall_at_5fpr"] is None
        assert rival.strict is None


def test_without_baselines_nothing_is_drawn(learnt: Model, labelled: list[LabelledArticle]) -> None:
    found = hold_trial(learnt, labelled, progress=quiet)
    assert (found.intervals, found.signal_intervals, found.rivals) == ({}, {}, ())


def test_nothing_judged_is_one_line(learnt: Model, article: Make) -> None:
    silent = LabelledArticle(article("Snow."), None, None, None, None)
    with pytest.raises(CorpusError, match="no judged articles"):
        hold_trial(learnt, [silent], progress=quiet)
