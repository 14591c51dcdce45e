"""Scoring, with windows, evidence and reasons, beside a bare scikit-learn classifier.

    ./run bench score            757 articles of about 400 words

Both are trained on the same passages and score the same articles on one core in the same run, in
turn; the best of several rounds counts. Most of these articles are dense with signals; an article
without evidence, as most of a real stream are, is timed apart. Prints articles a second, the ratio
of the times (goal: at most 4), peak memory and the size of the model file.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import newsroom
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from archive.types import Article
from classifiers import Corpus, load_corpus, save_model, train

ROUNDS = 5
WORDS = 400


def articles(count: int) -> list[Article]:
    """Return ``count`` articles of at least ``WORDS`` words, made of whole made-up ones."""
    parts: dict[str, list[str]] = {}
    made: list[Article] = []
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for one in newsroom.articles(count * 4):
        own = parts.setdefault(one.lang, [])
        own += one.paragraphs
        text = "\n\n".join(own)
        if len(text.split()) >= WORDS and len(made) < count:
            name = f"a{len(made)}"
            url = f"https://example.org/{name}"
            made.append(Article(name, url, one.title, text, one.lang, "Example", None, when))
            own.clear()
    return made


def bare(corpus: Corpus) -> Callable[[list[str]], object]:
    """Return the scoring function of word TF-IDF (1-2-grams) and one logistic regression."""
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    pipeline.fit([p.text for p in corpus.passages], [bool(p.labels) for p in corpus.passages])
    return pipeline.predict_proba  # type: ignore[no-any-return]


def seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds that ``work`` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def megabytes() -> float:
    """Return the most memory that this process has used so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count: int = 757) -> None:
    corpus = load_corpus(Path(__file__).parent.parent / "seeds")
    with threadpool_limits(1):
        start = time.process_time()
        model = train(corpus, cross_validate=False)
        fit = time.process_time() - start
        predict = bare(corpus)
        made = articles(count)
        texts = [f"{one.title}\n{one.text}" for one in made]
        before = megabytes()
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(lambda: model.score(made)))
            theirs.append(seconds(lambda: predict(texts)))
        scores = zip(made, model.score(made), strict=True)
        quiet = [one for one, score in scores if not score.evidence]
        silent = [seconds(lambda: model.score(quiet)) for _ in range(ROUNDS)]
        plain = [seconds(lambda: predict([one.text for one in quiet])) for _ in range(ROUNDS)]
    words = sum(len(text.split()) for text in texts) / len(made)
    with tempfile.TemporaryDirectory() as folder:
        size = save_model(model, Path(folder)).stat().st_size
    print(f"{len(made)} articles, {words:.0f} words on average, {len(quiet)} without evidence")
    for name, spent, number in (
        ("pivotwatch, all", min(ours), len(made)),
        ("bare TF-IDF + LR", min(theirs), len(made)),
        ("pivotwatch, without evidence", min(silent), len(quiet)),
    ):
        each = spent / number
        print(f"{name:30} {1 / each:7.0f} articles a second, {1000 * each:5.2f} ms each")
    print(f"ratio, all                     {min(ours) / min(theirs):7.2f}")
    print(f"ratio, without evidence        {min(silent) / min(plain):7.2f}")
    print(f"fit {fit:.1f} s without cross-validation; model file {size / 1000:.0f} kB")
    print(f"memory {before:.0f} MB before, {megabytes():.0f} MB after scoring")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
