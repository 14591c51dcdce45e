"""The model in use: loaded from the home, or trained from the seeds when there is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import classifiers
from archive import Archive, articles, is_ready, labels, stories
from archive.ids import digest
from archive.types import Article, Label
from flows.home import SHIPPED_SEEDS, Home
from flows.settings import Settings

if TYPE_CHECKING:
    from classifiers import Corpus, InUse, LabelledPassage, Model, ReviewedArticle

Progress = Callable[[str, float], None]

WHOLE_TEXT = 3_000
"""Characters of a judged article that are learnt: news says its news in them."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a model is made of: the corpus, and the articles that analysts have judged whole."""

    corpus: Corpus
    reviewed: tuple[ReviewedArticle, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A label, its article if it is on one that is there, and that article's story."""

    label: Label
    article: Article | None
    story: str | None

    @property
    def event(self) -> str:
        """What its passage is about: articles of one story, and copies, are one event."""
        if self.article is None:
            return self.label.article_id or _wording(self.label.text)
        return self.story or self.article.origin or self.article.id

    @property
    def text(self) -> str:
        """What is learnt: the article as it is now, or the words that were judged."""
        if self.article is None:
            return self.label.text
        return f"{self.article.title}. {self.article.text}"[:WHOLE_TEXT]

    @property
    def same(self) -> tuple[str, ...]:
        """Names of its event: two labels, or a label and a seed, that share one are one event."""
        origin = self.article.origin if self.article else ""
        names = (self.event, self.label.article_id or "", origin, _wording(self.text))
        return tuple(name for name in names if name)


class _Events:
    """Names of events, of which some turn out to mean the same; the earliest stands for all."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._leader: dict[str, str] = {}

    def join(self, *names: str) -> None:
        """Make ``names`` one event."""
        for name in names:
            self._at.setdefault(name, len(self._at))
        leaders = {self.of(name) for name in names}
        first = min(leaders, key=self._at.__getitem__)
        self._leader |= dict.fromkeys(leaders - {first}, first)

    def of(self, name: str) -> str:
        """Return the name that stands for the event ``name``."""
        while name in self._leader:
            name = self._leader[name]
        return name


def seeds_folder(settings: Settings | None = None) -> Path:
    """Return the folder of the labelled corpus: the configured one, or the one shipped."""
    if settings is not None and settings.model.seeds is not None:
        return settings.model.seeds
    return SHIPPED_SEEDS


def corpus(home: Home, settings: Settings | None) -> Corpus:
    """Return the seeds together with the labels that analysts have given.

    Raises:
        CorpusError: the seeds have mistakes.
        ArchiveError: the database does not answer.
    """
    return material(home, settings).corpus


def material(home: Home, settings: Settings | None) -> Material:
    """Return the seeds with the labels that analysts have given, and the judged articles.

    Raises:
        CorpusError: the seeds have mistakes.
        ArchiveError: the database does not answer.
    """
    seeds = classifiers.load_corpus(seeds_folder(settings))
    found, newest = _labelled(home, settings)
    known = {passage.id: passage for passage in seeds.passages}  # labels may be exported there
    fresh = [_passage(one) for one in found if one.label.id not in known]
    events = _Events()
    for passage in seeds.passages:
        events.join(passage.event, _wording(passage.text))
    for one in found:
        exported = known.get(one.label.id)
        events.join(*((exported.event,) if exported else ()), *one.same)
    passages = tuple(replace(p, event=events.of(p.event)) for p in (*seeds.passages, *fresh))
    event = {passage.id: passage.event for passage in passages}
    reviewed = tuple(
        classifiers.ReviewedArticle(
            one.article, one.label.labels, one.label.direction, event[one.label.id]
        )
        for one in found
        if one.article is not None and one.label.id in newest
    )
    return Material(replace(seeds, passages=passages), reviewed)


def _wording(text: str) -> str:
    """Return a name for ``text`` that depends on neither case nor spacing."""
    return f"w_{digest(' '.join(text.casefold().split()))}"


def _labelled(home: Home, settings: Settings | None) -> tuple[list[_Judged], set[str]]:
    """Return all labels, and the ids of those that are the newest on their article."""
    if settings is None:
        return [], set()
    with closing(Archive(settings.database_url(home))) as archive:
        if not is_ready(archive):
            return [], set()
        with archive.read() as connection:
            found = labels.every(connection)
            newest = {label.id for label in labels.reviewed(connection)}
            ids = {label.article_id for label in found if label.article_id}
            there = articles.current(connection, sorted(ids))
            story = {one: stories.story_of(connection, one) for one in there}
    judged = [
        _Judged(label, there.get(label.article_id or ""), story.get(label.article_id or ""))
        for label in found
    ]
    return judged, newest


def _passage(one: _Judged) -> LabelledPassage:
    return classifiers.LabelledPassage(
        id=one.label.id,
        text=one.text,
        lang=one.label.lang,
        labels=one.label.labels,
        direction=one.label.direction,
        role="news",
        event=one.event,
        document="analyst",
        split="train",
    )


def train_new(home: Home, settings: Settings | None, progress: Progress | None = None) -> Model:
    """Train on seeds and labels, save the model and make it the current one.

    Raises:
        CorpusError: the corpus has mistakes; nothing was trained.
    """
    found = material(home, settings)
    model = classifiers.train(found.corpus, progress=progress, reviewed=found.reviewed)
    classifiers.save_model(model, home.models, corpus=found.corpus)
    classifiers.set_current(model, home.models)
    return model


def in_use(home: Home, settings: Settings | None, progress: Progress | None = None) -> InUse:
    """Return the model to score with; train one first where there is none.

    Where the current one is missing or damaged, the last good one stands in, and ``fault`` says
    so. Thresholds fitted to the stream are applied.

    Raises:
        CorpusError: there is no model and the corpus has mistakes.
        ModelError: no model file can be loaded.
    """
    found = classifiers.in_use(home.models)
    if found is not None:
        return found
    model = train_new(home, settings, progress)
    return classifiers.InUse(model, model.cutoffs)


def ensure(home: Home, settings: Settings | None, progress: Progress | None = None) -> Model:
    """Return the model of ``in_use``; it raises what that raises."""
    return in_use(home, settings, progress).model


def signal_names(settings: Settings | None) -> dict[str, str]:
    """Return the signals' names by code.

    Raises:
        CorpusError: the file that defines them has mistakes.
    """
    return {
        s.code: s.name for s in classifiers.load_signals(seeds_folder(settings) / "signals.toml")
    }
