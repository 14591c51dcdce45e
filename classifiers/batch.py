"""A batch of articles, read at once: their words as numbers, their hits, their feature counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np

from archive.types import Article, Traits

from .core import Core
from .encoding import Encoder
from .features import BLOCKS
from .hits import Hits, find_hits
from .language import SAMPLE, language_from
from .layout import Concepts, Layout
from .lexicon import Lexicon
from .memory import remembered
from .parties import ARMENIAN, BOTH, COMBINATIONS, gates_of, is_on_armenia, joined
from .reading import TITLE_CHARACTERS
from .sheet import Sheet
from .stems import Stemmer
from .traits import NO_STEMS, is_telling
from .vectors import stack
from .wordbook import CAPITALISED, NUMBER, Facts, Wordbook
from .words import MAX_CHARACTERS, sentences_of

Numbers = Callable[[str], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Page:
    """An article's sentences: start, end, start of the first word, numbers of the words."""

    article: Article
    sentences: list[tuple[int, int, int, list[int]]]
    title_length: int


@dataclass(frozen=True)
class Batch:
    """Articles as read. ``parties`` are those of each sentence, ``words`` the numbers of all words.

    A row of gates of ``sheet`` is for the parties with its number. ``hits`` count words through the
    batch; ``starts`` tells which is the first of each sentence. ``concepts`` and ``names`` are what
    each article can be recognised by; see ``traits_of``.
    """

    pages: tuple[Page, ...]
    parties: tuple[tuple[int, ...], ...]
    sheet: Sheet
    book: Wordbook
    hits: Hits
    starts: list[int]
    words: tuple[list[int], ...]
    concepts: tuple[set[str], ...]
    names: tuple[set[str], ...]

    def language(self, at: int) -> str:
        """Return the language of article ``at``; see ``language_of``."""
        looks = self.book.looks
        sample = [looks[number] for number in self.words[at][:SAMPLE]]
        return language_from(sample, self.pages[at].article.lang)

    def traits(self, at: int) -> Traits:
        """Return what article ``at`` can be recognised by; see ``traits_of``."""
        stems = self.book.stems
        found = {stems[number] for number in set(self.words[at])} - NO_STEMS
        return Traits(frozenset(self.concepts[at]), frozenset(self.names[at]), frozenset(found))


class Reader:
    """Reads articles for a core; it remembers words, a hundred thousand at most."""

    def __init__(self, lexicon: Lexicon, stemmer: Stemmer, core: Core) -> None:
        self._lexicon, self._stemmer = lexicon, stemmer
        names = core.counter.names()
        self._concepts = Concepts.of(lexicon)
        self._layout = Layout(names, self._concepts)
        self._encoder = Encoder(self._concepts, self._layout, len(names))
        every = range(COMBINATIONS)
        self._gates = stack([core.counter.columns(gates_of(one)) for one in every], len(names))
        self._deaf = frozenset(one for one in every if not is_on_armenia(one))
        self._plain = core.tfidf.blocks == BLOCKS["w"]
        self._parties = np.array([term.parties for term in lexicon.terms], np.int64)
        self._telling = np.array([is_telling(term) for term in lexicon.terms], bool)
        self._begin()

    def _begin(self) -> None:
        self._book = Wordbook(self._lexicon, self._stemmer, self._layout.units)
        self._numbers = remembered(self._book.read)

    def read(self, articles: Sequence[Article]) -> Batch:
        """Return ``articles`` as a batch."""
        if self._book.is_full:
            self._begin()
        book, numbers = self._book, self._numbers
        pages = tuple([_page(article, numbers) for article in articles])
        own = [words for page in pages for _, _, _, words in page.sentences]
        words = np.fromiter(chain.from_iterable(own), np.int64)
        starts = np.cumsum([0, *map(len, own)])
        sentence = np.repeat(np.arange(len(own)), np.diff(starts))
        facts = book.facts()
        hits = find_hits(words, sentence, book, facts)
        parties = np.where(facts.armenian[words[starts[:-1]]] > 0, ARMENIAN, 0)
        np.bitwise_or.at(parties, hits.sentence, self._parties[hits.term])
        both = (parties & BOTH) == BOTH
        counts = self._encoder.counts(hits, facts.unit[words], sentence, both)
        sizes = [len(page.sentences) for page in pages]
        parted = iter(parties.tolist())
        parties_of = tuple([tuple(islice(parted, size)) for size in sizes])
        return Batch(
            pages,
            parties_of,
            self._sheet(pages, counts, parties_of),
            book,
            hits,
            starts.tolist(),
            tuple([list(chain.from_iterable([s[3] for s in page.sentences])) for page in pages]),
            self._telling_concepts(pages, hits),
            _names(pages, hits, words, starts, sentence, facts, book),
        )

    def _sheet(self, pages: Sequence[Page], counts: Any, parties: Sequence[Sequence[int]]) -> Sheet:
        return Sheet(
            counts,
            tuple([len(page.sentences) for page in pages]),
            tuple([page.title_length for page in pages]),
            self._gates,
            tuple([joined(own) for own in parties]),
            self._deaf,
            self._plain,
        )

    def _telling_concepts(self, pages: Sequence[Page], hits: Hits) -> tuple[set[str], ...]:
        chosen = self._telling[hits.term]
        own = _owners(pages)[hits.sentence[chosen]]
        return _sets(own, self._concepts.of_term[hits.term[chosen]], self._concepts.ids, len(pages))


def _page(article: Article, numbers: Numbers) -> Page:
    title = list(sentences_of(article.title[:TITLE_CHARACTERS], numbers))
    text = sentences_of(article.text[:MAX_CHARACTERS], numbers)
    return Page(article, [*title, *text], len(title))


def _owners(pages: Sequence[Page]) -> Any:
    """Return the number of the page that each sentence is of."""
    return np.repeat(np.arange(len(pages)), [len(page.sentences) for page in pages])


def _sets(own: Any, numbers: Any, texts: Sequence[str], count: int) -> tuple[set[str], ...]:
    """Return, for each of ``count`` articles, the ``texts`` whose ``numbers`` are its ``own``."""
    width = len(texts) + 1
    found: list[set[str]] = [set() for _ in range(count)]
    for article, number in zip(*np.divmod(np.unique(own * width + numbers), width), strict=True):
        found[article].add(texts[number])
    return tuple(found)


def _names(
    pages: Sequence[Page],
    hits: Hits,
    words: Any,
    starts: Any,
    sentence: Any,
    facts: Facts,
    book: Wordbook,
) -> tuple[set[str], ...]:
    """Return the names in the text of each page; see ``traits_of``."""
    kind = facts.name[words]
    inside = ~hits.covered(len(words))
    inside[starts[:-1]] = False
    in_text = [at >= page.title_length for page in pages for at in range(len(page.sentences))]
    chosen = ((kind == NUMBER) | ((kind == CAPITALISED) & inside)) & np.array(in_text, bool)[
        sentence
    ]
    return _sets(_owners(pages)[sentence[chosen]], words[chosen], book.names, len(pages))
