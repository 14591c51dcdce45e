"""Which passages of a person's own documents are worth a label."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, zip_longest
from typing import Any

from archive.ids import digest
from archive.types import Article, Direction, Score

from .likeness import vectors
from .model import Model
from .words import Sentence, detect_language, split_sentences

LIKE = 0.6
"""From this cosine on, a passage teaches little beside another."""

MOST_SENTENCES = 3
_ENOUGH_WORDS = 25
_LEAST_WORDS, _MOST_WORDS = 8, 70
_RELEVANT = 0.5
_UNCERTAIN = (0.15, 0.85)
_PER_DOCUMENT = 5
_SHORTLIST = 12
"""Candidates of each kind that are compared, for each proposal wanted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A person's document: its name, its text with one paragraph a line, outlet and ISO date."""

    name: str
    text: str
    outlet: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A passage and what the model thinks of it.

    ``why`` is ``relevant`` or ``uncertain``; ``signals`` holds the probability of each signal,
    ``labels`` the codes of those at or above their threshold.
    """

    source: SourceDocument
    text: str
    lang: str
    why: str
    relevance: float
    direction: Direction
    labels: tuple[str, ...]
    signals: Mapping[str, float]

    def record(self) -> dict[str, Any]:
        """Return the passage in the form of ``seeds/passages``, not judged yet.

        ``labels`` and ``direction`` are null, which no corpus takes: a person has to decide.
        """
        slug = _NOT_SLUG.sub("-", self.source.name.lower()).strip("-")[:40]
        document = f"own-{slug or digest(self.source.name, length=10)}"
        best = sorted(self.signals.items(), key=lambda item: -item[1])[:3]
        return {
            "id": f"{self.lang}-own-{digest(self.text, length=10)}",
            "text": self.text,
            "lang": self.lang,
            "labels": None,
            "direction": None,
            "role": "news",
            "event": document,
            "source": {
                "document": document,
                "outlet": self.source.outlet,
                "date": self.source.date,
            },
            "annotator": "",
            "split": "train",
            "proposed": {
                "labels": list(self.labels),
                "direction": self.direction.value,
                "relevance": round(self.relevance, 3),
                "signals": {code: round(probability, 3) for code, probability in best},
                "why": self.why,
                "from": self.source.name,
            },
        }


@dataclass(frozen=True, slots=True)
class _Candidate:
    source: SourceDocument
    text: str
    score: Score

    @property
    def doubt(self) -> float:
        """How far from even the odds of relevance are."""
        return abs(self.score.relevance - 0.5)


def propose(
    model: Model,
    sources: Sequence[SourceDocument],
    held: Sequence[str],
    most: int = 50,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[Proposal, ...]:
    """Return up to ``most`` passages of ``sources`` to label: relevant and uncertain by turns.

    None is like another, or like one of the texts ``held``; of one document there are five, or
    twice its even share where that is more.
    """
    candidates = _scored(model, sources, progress)
    per_document = max(_PER_DOCUMENT, -(-2 * most // max(1, len(sources))))
    taken: Counter[str] = Counter()
    chosen: list[Proposal] = []
    for why, candidate in _unlike(_by_turns(candidates, _SHORTLIST * most), held):
        if len(chosen) == most:
            break
        name = candidate.source.name
        if taken[name] < per_document:
            taken[name] += 1
            chosen.append(_proposal(model, why, candidate))
    return tuple(chosen)


def passages_of(text: str) -> Iterator[str]:
    """Yield the passages of ``text``: one to three neighbouring sentences of one paragraph.

    Headings and scraps of fewer than eight words are left out, and so are lists without an end.
    """
    for paragraph in text.split("\n"):
        for group in _groups(split_sentences(paragraph)):
            if _LEAST_WORDS <= _length(group) <= _MOST_WORDS:
                yield paragraph[group[0].start : group[-1].end]


def _groups(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return ``sentences`` in groups with enough words; a short rest joins the one before."""
    groups: list[list[Sentence]] = []
    for sentence in sentences:
        last = groups[-1] if groups else []
        full = len(last) == MOST_SENTENCES or _length(last) >= _ENOUGH_WORDS
        if not last or full or _length([*last, sentence]) > _MOST_WORDS:
            groups.append([sentence])
        else:
            last.append(sentence)
    if len(groups) > 1 and _length(groups[-1]) < _LEAST_WORDS:
        joined = groups[-2] + groups[-1]
        if len(joined) <= MOST_SENTENCES and _length(joined) <= _MOST_WORDS:
            groups[-2:] = [joined]
    return groups


def _length(sentences: Sequence[Sentence]) -> int:
    return sum(len(sentence.words) for sentence in sentences)


def _scored(
    model: Model,
    sources: Sequence[SourceDocument],
    progress: Callable[[str, float], None] | None,
) -> list[_Candidate]:
    """Return the passages of ``sources``, each wording once, with their scores."""
    found: dict[str, SourceDocument] = {}
    for source in sources:
        for text in passages_of(source.text):
            found.setdefault(text, source)
    articles = [_article(text) for text in found]
    scores = model.score(articles, progress)
    return [
        _Candidate(source, text, score)
        for (text, source), score in zip(found.items(), scores, strict=True)
    ]


def _article(text: str) -> Article:
    return Article(
        id="p_" + digest(text, length=16),
        url="",
        title="",
        text=text,
        lang=detect_language(text),
        outlet="",
        published=None,
        first_seen=_EPOCH,
    )


def _by_turns(candidates: Sequence[_Candidate], most: int) -> list[tuple[str, _Candidate]]:
    """Return the most relevant and the least certain candidates by turns, each once."""
    relevant = [one for one in candidates if one.score.relevance >= _RELEVANT]
    relevant.sort(key=lambda one: -one.score.relevance)
    low, high = _UNCERTAIN
    uncertain = [one for one in candidates if low <= one.score.relevance <= high]
    uncertain.sort(key=lambda one: one.doubt)
    pairs = zip_longest(
        (("relevant", one) for one in relevant[:most]),
        (("uncertain", one) for one in uncertain[:most]),
    )
    turns: dict[str, tuple[str, _Candidate]] = {}
    for turn in chain.from_iterable(pairs):
        if turn is not None:
            turns.setdefault(turn[1].text, turn)
    return list(turns.values())


def _unlike(
    turns: Sequence[tuple[str, _Candidate]], held: Sequence[str]
) -> Iterator[tuple[str, _Candidate]]:
    """Yield those of ``turns`` that are like none before them and none of ``held``."""
    rows = vectors([*held, *(candidate.text for _, candidate in turns)])
    if rows is None:
        return
    kept = list(range(len(held)))
    for at, turn in enumerate(turns, len(held)):
        alike = rows[kept] @ rows[at].T
        if not kept or alike.max() < LIKE:
            kept.append(at)
            yield turn


def _proposal(model: Model, why: str, candidate: _Candidate) -> Proposal:
    score = candidate.score
    codes = (code for code, p in score.signals.items() if p >= model.thresholds[code])
    return Proposal(
        source=candidate.source,
        text=candidate.text,
        lang=score.lang,
        why=why,
        relevance=score.relevance,
        direction=score.direction,
        labels=tuple(sorted(codes, key=lambda code: -score.signals[code])),
        signals=score.signals,
    )
