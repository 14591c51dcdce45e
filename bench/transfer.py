"""What English passages alone teach about Russian and Armenian text.

    ./run bench transfer

Trains on the English passages of four folds of events and scores the pseudo-articles of the fifth,
in each language; no event is on both sides. Prints the AUC of relevance in each language, beside
that of a model trained on all three (goal: at least .98 in Russian and Armenian from English).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from classifiers import Corpus, load_corpus
from classifiers.core import Document, fit_core
from classifiers.corpus import LabelledPassage
from classifiers.crossval import combine, folds, training_rows
from classifiers.features import SentenceFeatures
from classifiers.lexicon import LANGUAGES
from classifiers.metrics import auc
from classifiers.rows import Row, pseudo_articles
from classifiers.stems import Stemmer

HELD_OUT_SEED = 1000


def documents_of(corpus: Corpus, passages: Sequence[LabelledPassage]) -> list[Document]:
    """Return the passages as documents."""
    features = SentenceFeatures(Stemmer())
    return [Document.of_text(passage.text, corpus.lexicon, features) for passage in passages]


def relevance(corpus: Corpus, learnt: Sequence[str]) -> tuple[list[Row], Any]:
    """Return held-out rows with the relevance logits of models trained on languages ``learnt``."""
    passages = [passage for passage in corpus.passages if passage.split == "train"]
    documents = documents_of(corpus, passages)
    codes = [signal.code for signal in corpus.signals]
    held: list[Row] = []
    logits: list[Any] = []
    for fold, (train, test) in enumerate(folds(passages, 0)):
        chosen = [at for at in train if passages[at].lang in learnt]
        rows = training_rows(passages, chosen, fold)
        core = fit_core([combine(row, documents) for row in rows], rows, codes, 0)
        out = [
            row for row in pseudo_articles(passages, test, HELD_OUT_SEED + fold) if not row.recap
        ]
        logits.append(core.table([combine(row, documents) for row in out]).composite()[:, 0])
        held += out
    return held, np.concatenate(logits)


def main() -> None:
    corpus = load_corpus(Path(__file__).parent.parent / "seeds")
    print("| trained on | " + " | ".join(LANGUAGES) + " |")
    print("|---" * (len(LANGUAGES) + 1) + "|")
    with threadpool_limits(1):
        for learnt in (LANGUAGES, ("en",)):
            rows, logits = relevance(corpus, learnt)
            truth = np.array([bool(row.labels) for row in rows])
            langs = np.array([row.lang for row in rows])
            cells = [
                f"{auc(truth[langs == lang], logits[langs == lang]):.3f}" for lang in LANGUAGES
            ]
            print(f"| {', '.join(learnt)} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
