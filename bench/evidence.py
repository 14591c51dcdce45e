"""Does the evidence carry the score? Take it out of alerted articles and score what is left.

    ./run bench evidence

A model trained on four of five event-grouped folds scores pseudo-articles of the fifth. Prints the
share of (article, signal) pairs whose probability falls below the signal's threshold once the
passages are cut out of the text (goal: at least 80 %), with all passages and with the best alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from archive.types import Article, Evidence, Passage
from classifiers import Corpus, Model, load_corpus, train
from classifiers.crossval import folds
from classifiers.rows import pseudo_articles


def articles(corpus: Corpus, held: Sequence[int]) -> list[Article]:
    """Return pseudo-articles of the passages ``held``, a paragraph for each passage."""
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Article(
            id=f"a{number}",
            url=f"https://example.org/{number}",
            title="",
            text="\n\n".join(corpus.passages[at].text for at in row.passages),
            lang=row.lang,
            outlet="Example",
            published=None,
            first_seen=when,
        )
        for number, row in enumerate(pseudo_articles(corpus.passages, held, seed=7))
    ]


def without(article: Article, passages: Sequence[Passage]) -> Article:
    """Return ``article`` with ``passages`` cut out of its text."""
    text = article.text
    for passage in sorted(passages, key=lambda p: p.start, reverse=True):
        text = text[: passage.start] + text[passage.end :]
    return replace(article, text=text)


def fallen(model: Model, pairs: Sequence[tuple[Article, Evidence]], most: int) -> float:
    """Return the share of ``pairs`` that are below the threshold without ``most`` passages."""
    rests = model.score([without(article, e.passages[:most]) for article, e in pairs])
    below = [
        rest.signals[e.signal] < model.thresholds[e.signal]
        for rest, (_, e) in zip(rests, pairs, strict=True)
    ]
    return sum(below) / len(below)


def main() -> None:
    corpus = load_corpus(Path(__file__).parent.parent / "seeds")
    corpus = replace(corpus, passages=tuple(p for p in corpus.passages if p.split == "train"))
    learnt, held = folds(corpus.passages, 0)[0]
    model = train(replace(corpus, passages=tuple(corpus.passages[at] for at in learnt)))
    made = articles(corpus, held)
    scores = model.score(made)
    pairs = [(a, e) for a, s in zip(made, scores, strict=True) for e in s.evidence]
    quoted = sum(len(p.text) for _, e in pairs for p in e.passages)
    whole = sum(len(article.text) for article, _ in pairs)
    count = sum(len(e.passages) for _, e in pairs) / len(pairs)
    print(f"{len(made)} held-out pseudo-articles, {len(pairs)} signals above their threshold")
    print(f"{count:.2f} passages a signal, {quoted / whole:.0%} of the text")
    print(f"below the threshold without all passages   {fallen(model, pairs, 9):6.1%}")
    print(f"below the threshold without the best alone {fallen(model, pairs, 1):6.1%}")


if __name__ == "__main__":
    main()
