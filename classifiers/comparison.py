"""Challenger against champion: both recipes trained on the same folds, judged on the same texts.

A recipe is a corpus with its lexicon. In each fold both are fitted to their own passages on events
outside it and score the same held-out texts: pseudo-articles of passages on which the corpora
agree or that only the challenger has, and reviewed articles on the fold's events.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archive.types import Direction

from . import crossval
from .calibration import Calibration
from .core import Core, Document, fit_core
from .corpus import Corpus, LabelledPassage
from .features import SentenceFeatures
from .metrics import Judged
from .reading import Reading
from .reviews import ReviewedArticle, Reviews
from .rows import pseudo_articles
from .stems import Stemmer
from .verdict import Comparison, Paired, conclude, is_doubtful

Progress = Callable[[str, float], None]
Probabilities = tuple[Any, Any]
"""Of relevance (texts) and of the shared signals (texts × codes)."""

_HELD_OUT_SEED = 2000
"""Held-out pseudo-articles are drawn apart from those for training and for cross-validation."""


def compare(
    champion: Corpus,
    challenger: Corpus,
    reviewed: Sequence[ReviewedArticle] = (),
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Return how the challenger's recipe does beside the champion's, and whether it is not worse.

    Signals that only one of them knows are left out. The same arguments give the same answer.
    """
    report = progress or _silent
    features = SentenceFeatures(Stemmer())
    report("comparing", 0.0)
    new = _Recipe.of(challenger, reviewed, features)
    old = _Recipe.of(champion, reviewed, features, beside=new)
    codes = tuple(code for code in new.codes if code in old.codes)
    fresh = _fresh(champion, challenger)
    sheet = _Sheet(codes)
    everything = new.passages + tuple(p for p in old.passages if p.id not in new.ids)
    for fold, (_, test) in enumerate(crossval.folds(everything, seed)):
        held = frozenset(everything[at].id for at in test)
        events = frozenset(everything[at].event for at in test)
        cores = [recipe.fitted(held, events, seed + fold) for recipe in (old, new)]
        sheet.passages(old, new, cores, _texts(new, held - fresh.changed, seed + fold))
        sheet.reviewed(old, new, cores, new.reviews.of(events))
        sheet.doubts(new, cores[1], held & fresh.all)
        report("comparing", (fold + 1) / crossval.FOLDS)
    return sheet.concluded(seed)


@dataclass(frozen=True)
class _Fresh:
    """Ids of passages that the challenger alone has, or has otherwise than the champion."""

    new: frozenset[str]
    changed: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.new | self.changed


@dataclass(frozen=True)
class _Recipe:
    """A corpus's passages to train on, every text read with its lexicon."""

    corpus: Corpus
    passages: tuple[LabelledPassage, ...]
    documents: tuple[Document, ...]
    reviews: Reviews
    read: dict[str, Document]
    features: SentenceFeatures

    @classmethod
    def of(
        cls,
        corpus: Corpus,
        reviewed: Sequence[ReviewedArticle],
        features: SentenceFeatures,
        beside: _Recipe | None = None,
    ) -> _Recipe:
        """Read ``corpus``; what a recipe ``beside`` it has read with an equal lexicon is shared."""
        shared = beside if beside and beside.corpus.lexicon.hash == corpus.lexicon.hash else None
        passages = tuple(passage for passage in corpus.passages if passage.split == "train")
        recipe = cls(
            corpus,
            passages,
            (),
            shared.reviews if shared else Reviews.read(reviewed, corpus.lexicon, features),
            shared.read if shared else {},
            features,
        )
        documents = tuple(map(recipe.document, passages))
        return cls(corpus, passages, documents, recipe.reviews, recipe.read, features)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(signal.code for signal in self.corpus.signals)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(passage.id for passage in self.passages)

    def document(self, passage: LabelledPassage) -> Document:
        """Return ``passage`` as read with this recipe's lexicon."""
        if passage.text not in self.read:
            document = Document.of_text(passage.text, self.corpus.lexicon, self.features)
            self.read[passage.text] = document
        return self.read[passage.text]

    def fitted(self, held: frozenset[str], events: frozenset[str], seed: int) -> Core:
        """Return a core fitted to the passages that are neither held out nor on such an event."""
        chosen = [
            at
            for at, passage in enumerate(self.passages)
            if passage.id not in held and passage.event not in events
        ]
        rows = crossval.training_rows(self.passages, chosen, seed)
        documents = [crossval.combine(row, self.documents) for row in rows]
        return fit_core(documents, rows, self.codes, seed)

    def score(self, core: Core, texts: Sequence[Document], codes: Sequence[str]) -> Probabilities:
        """Return the probabilities, not calibrated, of ``texts``."""
        columns = [0, *(1 + self.codes.index(code) for code in codes)]
        logits = core.table(texts).composite()[:, columns]
        relevance, signals = Calibration.plain(len(codes))(logits)
        return relevance, signals


@dataclass(frozen=True)
class _Texts:
    """Held-out pseudo-articles: their passages, and what is true of them."""

    parts: tuple[tuple[LabelledPassage, ...], ...]
    labels: tuple[frozenset[str], ...]
    kinds: tuple[str, ...]

    def documents(self, recipe: _Recipe) -> list[Document]:
        """Return the texts as ``recipe`` reads them."""
        documents: list[Document] = []
        for part in self.parts:
            read = [recipe.document(passage) for passage in part]
            sentences = tuple(one for own in read for one in own.reading.sentences)
            bags = tuple(bag for own in read for bag in own.bags)
            documents.append(Document.joined(Reading(sentences, 0), bags))
        return documents


@dataclass
class _Sheet:
    """What both recipes gave to the texts of all folds so far."""

    codes: tuple[str, ...]
    pseudo: list[Paired] = field(default_factory=list)
    articles: list[Paired] = field(default_factory=list)
    fresh: int = 0
    doubtful: list[str] = field(default_factory=list)

    def passages(self, old: _Recipe, new: _Recipe, cores: Sequence[Core], texts: _Texts) -> None:
        """Score pseudo-articles."""
        if not texts.parts:
            return
        langs = [part[0].lang for part in texts.parts]
        pair = [
            self._judged(
                langs, texts.labels, recipe.score(core, texts.documents(recipe), self.codes)
            )
            for recipe, core in zip((old, new), cores, strict=True)
        ]
        events = tuple(part[0].event for part in texts.parts)
        self.pseudo.append(Paired(pair[0], pair[1], events, texts.kinds))

    def reviewed(
        self, old: _Recipe, new: _Recipe, cores: Sequence[Core], own: Sequence[int]
    ) -> None:
        """Score the reviewed articles at the positions ``own``."""
        if not own:
            return
        articles = [new.reviews.articles[at] for at in own]
        langs = [one.article.lang for one in articles]
        labels = [frozenset(one.labels) for one in articles]
        pair = []
        for recipe, core in zip((old, new), cores, strict=True):
            documents = [recipe.reviews.documents[at] for at in own]
            pair.append(self._judged(langs, labels, recipe.score(core, documents, self.codes)))
        events = tuple(one.event for one in articles)
        self.articles.append(Paired(pair[0], pair[1], events, ("usual",) * len(own)))

    def doubts(self, new: _Recipe, core: Core, ids: frozenset[str]) -> None:
        """Note which of the fresh passages ``ids`` the challenger's own fold contradicts."""
        own = [at for at, passage in enumerate(new.passages) if passage.id in ids]
        if not own:
            return
        relevance, signals = new.score(core, [new.documents[at] for at in own], self.codes)
        self.fresh += len(own)
        for at, relevant, found in zip(own, relevance, signals, strict=True):
            passage = new.passages[at]
            known = dict(zip(self.codes, found.tolist(), strict=True))
            if is_doubtful(passage.labels, float(relevant), known):
                self.doubtful.append(passage.id)

    def _judged(
        self,
        langs: Sequence[str],
        labels: Sequence[frozenset[str]],
        probabilities: Probabilities,
    ) -> Judged:
        relevance, signals = probabilities
        return Judged(
            codes=self.codes,
            langs=tuple(langs),
            relevant=np.array([bool(own) for own in labels]),
            carries=np.array([[code in own for code in self.codes] for own in labels]),
            direction=(None,) * len(langs),
            relevance=relevance,
            signals=signals,
            calls=signals >= 0.5,
            direction_called=(Direction.NONE,) * len(langs),
        )

    def concluded(self, seed: int) -> Comparison:
        """Return the comparison."""
        return conclude(self.pseudo, self.articles, self.fresh, self.doubtful, seed)


def _fresh(champion: Corpus, challenger: Corpus) -> _Fresh:
    before = {passage.id: passage for passage in champion.passages}
    new = frozenset(p.id for p in challenger.passages if p.id not in before)
    changed = frozenset(p.id for p in challenger.passages if p.id not in new and before[p.id] != p)
    return _Fresh(new, changed)


def _texts(new: _Recipe, held: frozenset[str], seed: int) -> _Texts:
    """Return pseudo-articles made of the challenger's passages ``held``."""
    own = [at for at, passage in enumerate(new.passages) if passage.id in held]
    rows = pseudo_articles(new.passages, own, _HELD_OUT_SEED + seed)
    return _Texts(
        tuple(tuple(new.passages[at] for at in row.passages) for row in rows),
        tuple(row.labels for row in rows),
        tuple(
            "recap" if row.recap else "hard" if row.hard and not row.labels else "usual"
            for row in rows
        ),
    )


def _silent(step: str, share: float) -> None:
    """Report nothing."""
