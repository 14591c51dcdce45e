"""The trilingual concept lexicon and its one compiled matcher.

A concept is an actor, body, good, action and so on with its aliases in English, Russian and
Armenian. Matching walks a trie over words: longest alias first, left to right, no overlap.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from .memory import remembered
from .parties import parties_of
from .words import fold

LANGUAGES = ("en", "ru", "hy")
TYPES = (
    "actor",
    "person",
    "body",
    "place",
    "good",
    "asset",
    "action",
    "speech",
    "negation",
    "distractor",
    "marker",
)


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept. ``actor`` is the side it belongs to; a person counts as that actor."""

    id: str
    type: str
    actor: str
    en: tuple[str, ...]
    ru: tuple[str, ...]
    hy: tuple[str, ...]

    @property
    def aliases(self) -> Iterator[str]:
        """All aliases, as written."""
        for lang in LANGUAGES:
            yield from getattr(self, lang)


@dataclass(frozen=True, slots=True)
class Term:
    """What a match stands for: a concept after persons are rolled up to their actor.

    ``parties`` are those that it names, as bits.
    """

    id: str
    type: str
    side: str
    parties: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look up what naming it means for the parties of a text."""
        object.__setattr__(self, "parties", parties_of((self.id, self.side, f"#{self.type}")))


class Hit(NamedTuple):
    """A match: the term and the words ``first`` to ``last`` (exclusive) of a sentence.

    ``negated`` is true for an Armenian word with the negative prefix ``չ`` (չմասնակցեց).
    """

    term: Term
    first: int
    last: int
    negated: bool = False


@dataclass(slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a word fits: patterns of alias words, and the aliases that may start with it.

    ``terms`` are those of the word alone; ``onward`` the patterns that may come next.
    """

    patterns: tuple[int, ...]
    starts: tuple[_Node, ...]
    terms: tuple[Term, ...]
    onward: frozenset[int]
    negated: bool


NOTHING = Known((), (), (), frozenset(), negated=False)


class Lexicon:
    """Concepts compiled to a matcher; equal contents give an equal ``hash``.

    A person stands for their actor. An actor whose id joins those of two others
    (``armenia_russia``, for words like "Armenian-Russian") stands for both.
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = tuple(concepts)
        types = {concept.id: concept.type for concept in self.concepts}
        self._patterns: dict[str, int] = {}
        terms_of = [_terms(concept, types) for concept in self.concepts]
        self.terms = tuple(
            sorted({t for own in terms_of for t in own}, key=attrgetter("id", "side"))
        )
        self.most_words = 1
        self._root = _Node()
        for concept, terms in zip(self.concepts, terms_of, strict=True):
            for alias in concept.aliases:
                self._add(alias, terms)
        self._longest = max(map(len, self._patterns), default=0)
        self.known = remembered(self._read_word)

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 of the contents, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the concepts as canonical JSON; ``from_json`` reads it back."""
        rows = [[c.id, c.type, c.actor, c.en, c.ru, c.hy] for c in self.concepts]
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Lexicon:
        """Return the lexicon that ``to_json`` wrote."""
        return cls(
            Concept(id_, type_, actor, tuple(en), tuple(ru), tuple(hy))
            for id_, type_, actor, en, ru, hy in json.loads(text)
        )

    def match(self, words: Sequence[str]) -> tuple[Hit, ...]:
        """Return the hits in ``words`` (folded, case kept), longest first, left to right."""
        known = [*map(self.known, words), NOTHING]
        hits: list[Hit] = []
        past = 0
        for at, word in enumerate(known):
            if not word.starts or at < past:
                continue
            terms, end = word.terms, at + 1
            if (following := known[end].patterns) and not word.onward.isdisjoint(following):
                terms, end = longest_from(known, at)
            for term in terms:
                hits.append(Hit(term, at, end, word.negated))
                past = end
        return tuple(hits)

    def _add(self, alias: str, terms: tuple[Term, ...]) -> None:
        node = self._root
        weight = 0
        self.most_words = max(self.most_words, len(alias.split()))
        for word in alias.split():
            pattern = word_pattern(word)
            weight += 2 * len(pattern) - pattern.endswith("*")
            number = self._patterns.setdefault(pattern, len(self._patterns))
            node = node.children.setdefault(number, _Node())
        node.terms, node.weight = terms, weight

    def _read_word(self, word: str) -> Known:
        patterns = self._match_word(word)
        negated = not patterns and word[:1] in ("չ", "Չ")
        if negated:
            patterns = self._match_word(word[1:])
        children = self._root.children
        starts = tuple(children[p] for p in patterns if p in children)
        onward = frozenset(pattern for node in starts for pattern in node.children)
        return Known(patterns, starts, _heaviest(starts), onward, negated)

    def _match_word(self, word: str) -> tuple[int, ...]:
        """Return the patterns that ``word`` fits: as written, lower-cased, by prefix."""
        found: list[int] = []
        for mark, form in (("=", word), ("", word.lower())):
            if (exact := self._patterns.get(mark + form)) is not None:
                found.append(exact)
            for end in range(1, min(len(form), self._longest) + 1):
                prefix = self._patterns.get(f"{mark}{form[:end]}*")
                if prefix is not None:
                    found.append(prefix)
        return tuple(found)


def longest_from(known: Sequence[Known], start: int) -> tuple[tuple[Term, ...], int]:
    """Return the terms of the longest alias from ``start`` on and where it ends.

    The last of ``known`` fits nothing.
    """
    best = (known[start].terms, start + 1)
    nodes: Sequence[_Node] = known[start].starts
    for at in range(start + 1, len(known)):
        following = known[at].patterns
        nodes = [n.children[p] for n in nodes for p in following if p in n.children]
        if not nodes:
            break
        if terms := _heaviest(nodes):
            best = (terms, at + 1)
    return best


def _heaviest(nodes: Iterable[_Node]) -> tuple[Term, ...]:
    """Return the terms of the alias with most letters among those that end at ``nodes``."""
    ends = [node for node in nodes if node.terms]
    return max(ends, key=lambda node: node.weight).terms if ends else ()


def word_pattern(word: str) -> str:
    """Return the matching form of one alias word: folded, ``=`` first when case counts.

    Case counts for words of two or more letters that are all capitals (``US``, ``ՀԱՊԿ*``).
    """
    folded = fold(word)
    letters = [char for char in folded if char.isalpha()]
    if len(letters) >= 2 and all(char.isupper() for char in letters):
        return "=" + folded
    return folded.lower()


def _terms(concept: Concept, types: dict[str, str]) -> tuple[Term, ...]:
    """Return what a match of ``concept`` stands for: its actor for a person, both for a pair."""
    if concept.type == "person" and concept.actor:
        return (_term(concept.actor, types),)
    if concept.type == "actor":
        first, _, second = concept.id.partition("_")
        if types.get(first) == types.get(second) == "actor":
            return (_term(first, types), _term(second, types))
        return (_term(concept.id, types),)
    return (Term(concept.id, concept.type, concept.actor),)


def _term(actor: str, types: dict[str, str]) -> Term:
    return Term(actor, types.get(actor, "actor"), actor)
