"""What each piece of the classifier is worth: retrained without it, event-grouped cross-validation.

    ./run bench ablation

Prints a table: relevance AP and recall at 5 % false positives, macro-AP over signals, and the share
of hard negatives called at recall .95, on the held-out pseudo-articles of five folds, with no event
on both sides. Takes minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from threadpoolctl import threadpool_limits

from classifiers import Corpus, Figures, core, crossval, load_corpus
from classifiers.core import Document, Table
from classifiers.features import SentenceFeatures
from classifiers.rows import passage_rows
from classifiers.stems import Stemmer

Documents = list[Document]


@dataclass(frozen=True)
class Variant:
    """A name, kinds of features to leave out, and things to put in other things' place."""

    name: str
    kinds: str = ""
    instead: tuple[tuple[object, str, object], ...] = ()


def plain_mean(table: Table, at: int) -> Any:
    """Return the mean over the windows of document ``at``, all alike."""
    return table.of_windows(at).mean(axis=0)


def whole_only(table: Table) -> Any:
    """Return the logits of the whole texts."""
    return table.logits[: len(table.windows)].copy()


def passages_only(passages: Sequence[Any], chosen: Sequence[int], _seed: int) -> list[Any]:
    """Return the chosen passages, and nothing made of them, as the rows to train on."""
    return passage_rows(passages, chosen)


VARIANTS = (
    Variant("everything"),
    Variant("without words (stems, neighbours)", "wb"),
    Variant("without concepts", "cn"),
    Variant("without pairs", "p"),
    Variant("without Armenia-and-Russia triples", "t"),
    Variant("without order and deeds", "oa"),
    Variant("without gates", "g"),
    Variant("words only", "cnptoag"),
    Variant(
        "without pseudo-articles in training", "", ((crossval, "training_rows", passages_only),)
    ),
    Variant("without windows", "", ((Table, "composite", whole_only),)),
    Variant("without recap, place and best windows", "", ((Table, "blend", plain_mean),)),
)


def figures(corpus: Corpus, documents: Documents, variant: Variant) -> Figures:
    """Return the cross-validated figures of ``variant``."""
    left = [
        replace(
            document,
            bags=tuple([n for n in bag if n[0] not in variant.kinds] for bag in document.bags),
            gates=[n for n in document.gates if n[0] not in variant.kinds],
        )
        for document in documents
    ]
    with ExitStack() as stack:
        for owner, name, other in variant.instead:
            stack.enter_context(patch.object(owner, name, other))
        if "g" in variant.kinds:
            stack.enter_context(patch.object(core, "gate_features", _no_gates))
        outcome = crossval.cross_validate(corpus.passages, left, corpus.signals, 0, _silent)
    return outcome.figures


def _no_gates(_document: object) -> list[str]:
    return []


def _silent(step: str, share: float) -> None:
    """Report nothing."""


def lines(corpus: Corpus, report: Callable[[Figures], str]) -> Iterator[str]:
    """Yield a line of the table for each variant."""
    features = SentenceFeatures(Stemmer())
    documents = [
        Document.of_text(passage.text, corpus.lexicon, features) for passage in corpus.passages
    ]
    for variant in VARIANTS:
        yield f"| {variant.name} | {report(figures(corpus, documents, variant))} |"


def row(found: Figures) -> str:
    """Return the figures of a line."""
    judged = found.report
    values = (judged.relevance.ap, judged.relevance.recall_at_5fpr, judged.macro_ap)
    cells = [f"{value:.3f}".lstrip("0") for value in values if value is not None]
    return " | ".join([*cells, f"{found.hard_negative_alarms or 0:.0%}"])


def main() -> None:
    corpus = load_corpus(Path(__file__).parent.parent / "seeds")
    corpus = replace(corpus, passages=tuple(p for p in corpus.passages if p.split == "train"))
    print("| | relevance AP | recall at 5 % FPR | macro-AP | hard negatives called |")
    print("|---|---|---|---|---|")
    with threadpool_limits(1):
        for line in lines(corpus, row):
            print(line, flush=True)


if __name__ == "__main__":
    main()
