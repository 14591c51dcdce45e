"""Names that articles mention often and that no concept of the lexicon covers."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive.types import Article

from .lexicon import LANGUAGES, Lexicon
from .reading import ReadSentence, read_text
from .stems import Stemmer
from .words import script

MOST_EXAMPLES = 3
_QUOTE = 160
"""Characters of a quote."""

_LONGEST_NAME = 5
_LEAST_STEM = 4
_SHOUTED = 0.6
"""Share of capitalised words from which a sentence is a headline, not prose."""

_CALENDAR = frozenset(
    word.lower() for word in (*calendar.month_name, *calendar.day_name, *calendar.day_abbr) if word
)
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """Where a name stands: as written, a stretch of its sentence, the article and its outlet."""

    surface: str
    quote: str
    article_id: str
    outlet: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A name without a concept: its usual form, its language and in how many articles it is."""

    name: str
    lang: str
    articles: int
    examples: tuple[Example, ...]


@dataclass(slots=True)
class _Found:
    """What was seen of one name: forms, and the first example of each article."""

    surfaces: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Example] = field(default_factory=dict)

    def take(self, other: _Found) -> None:
        self.surfaces.update(other.surfaces)
        self.examples = other.examples | self.examples


def find_gaps(
    articles: Sequence[Article],
    lexicon: Lexicon,
    top: int = 30,
    least: int = 3,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[Gap, ...]:
    """Return up to ``top`` names that stand in ``least`` or more of ``articles``, frequent first.

    A name is a run of capitalised words inside a sentence, or an abbreviation; its case endings
    are folded. What is written small more often than not is none.
    """
    stemmer = Stemmer()
    names: dict[_Key, _Found] = defaultdict(_Found)
    small: Counter[str] = Counter()
    great: Counter[str] = Counter()
    for number, article in enumerate(articles, 1):
        for read in read_text(article.text, lexicon):
            words = read.sentence.words
            small.update(_stem(word, stemmer) for word in words if word[0].islower())
            great.update(_stem(word, stemmer) for word in words[1:] if word[0].isupper())
            for first, last in _names(read, stemmer):
                _note(names, article, read, range(first, last), stemmer)
        if progress:
            progress("looking for names", number / len(articles))
    names = {key: one for key, one in names.items() if any(great[w] >= small[w] for w in key)}
    gaps = (_gap(key, found) for key, found in _merged(names).items())
    frequent = [gap for gap in gaps if gap.articles >= least]
    frequent.sort(key=lambda gap: (-gap.articles, gap.lang, gap.name))
    return tuple(frequent[:top])


def _names(read: ReadSentence, stemmer: Stemmer) -> Iterator[tuple[int, int]]:
    """Yield where the uncovered names of a sentence stand, as positions of words."""
    words = read.sentence.words
    if sum(word[0].isupper() for word in words) > _SHOUTED * len(words):
        return
    covered = {at for hit in read.hits for at in range(hit.first, hit.last)}
    run: list[int] = []
    for at in range(len(words) + 1):
        inside = at < len(words) and at not in covered and _is_name(words[at], at, stemmer)
        if run and not (inside and _adjoins(read, at) and len(run) < _LONGEST_NAME):
            yield run[0], run[-1] + 1
            run = []
        if inside:
            run.append(at)


def _is_name(word: str, at: int, stemmer: Stemmer) -> bool:
    """Tell whether ``word`` is capitalised for what it is, not for where it stands."""
    if not word[0].isalpha() or script(word) not in LANGUAGES or word.lower() in _CALENDAR:
        return False
    if len(word) >= 2 and word.isupper():
        return True
    return at > 0 and bool(stemmer.name(word))


def _adjoins(read: ReadSentence, at: int) -> bool:
    """Tell whether only space lies between the word ``at`` and the one before, no possessive."""
    spans = read.sentence.spans
    words = read.sentence.words
    if len(spans) != len(words) or words[at - 1].endswith("'s"):
        return False
    return read.sentence.text[spans[at - 1][1] : spans[at][0]].isspace()


def _stem(word: str, stemmer: Stemmer) -> str:
    """Return what the forms of ``word`` share: its stem, in English the word without ``'s``.

    Russian is stemmed until nothing more goes: of a name in -ян the cases lose unequal parts.
    """
    if script(word) == "en":
        return word.lower().removesuffix("'s")
    stem = stemmer.stem(word) or word.lower()
    while script(word) == "ru" and _LEAST_STEM <= len(shorter := stemmer.stem(stem)) < len(stem):
        stem = shorter
    return stem


def _note(
    names: dict[_Key, _Found], article: Article, read: ReadSentence, at: range, stemmer: Stemmer
) -> None:
    words = read.sentence.words
    found = names[tuple(_stem(words[place], stemmer) for place in at)]
    surface = " ".join(words[place] for place in at).removesuffix("'s")
    found.surfaces[surface] += 1
    if article.id not in found.examples:
        quote = _quote(read, at)
        found.examples[article.id] = Example(surface, quote, article.id, article.outlet)


def _quote(read: ReadSentence, at: range) -> str:
    """Return the sentence, or the stretch of it around the words ``at``."""
    sentence = read.sentence
    whole = sentence.text[sentence.start : sentence.end]
    spans = sentence.spans
    if len(whole) <= _QUOTE or len(spans) != len(sentence.words):
        return " ".join(whole[:_QUOTE].split())
    middle = (spans[at[0]][0] + spans[at[-1]][1]) // 2 - sentence.start
    first = max(0, min(middle - _QUOTE // 2, len(whole) - _QUOTE))
    last = first + _QUOTE
    if first and (gap := whole.find(" ", first, middle)) >= 0:
        first = gap + 1
    if last < len(whole) and (gap := whole.rfind(" ", middle, last)) >= 0:
        last = gap
    quote = " ".join(whole[first:last].split())
    return f"{'… ' if first else ''}{quote}{' …' if last < len(whole) else ''}"


def _merged(names: dict[_Key, _Found]) -> dict[_Key, _Found]:
    """Return ``names`` with each single word joined to the commonest longer name it ends."""
    longer: dict[str, _Key] = {}
    for key, found in names.items():
        known = longer.get(key[-1])
        if len(key) > 1 and (known is None or len(found.examples) > len(names[known].examples)):
            longer[key[-1]] = key
    merged = dict(names)
    for key, found in names.items():
        if len(key) == 1 and key[0] in longer:
            merged[longer[key[0]]].take(found)
            del merged[key]
    return merged


def _gap(key: _Key, found: _Found) -> Gap:
    examples: Iterable[Example] = found.examples.values()
    whole = Counter({s: n for s, n in found.surfaces.items() if len(s.split()) == len(key)})
    name = min(whole, key=lambda surface: (-whole[surface], len(surface), surface))
    return Gap(name, script(name), len(found.examples), tuple(examples)[:MOST_EXAMPLES])
