"""The shortcuts of scoring give what the plain way gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import Corpus, Lexicon, Model
from classifiers.core import Document
from classifiers.features import SentenceFeatures
from classifiers.lexicon import word_pattern
from classifiers.reading import read_text
from classifiers.stems import Stemmer
from classifiers.words import fold, split_sentences

PLAIN_WORD = re.compile(
    r"(?:[A-Za-z]\.){2,}"
    r"|\d+(?:[.,]\d+)*(?=\W|_|$)"
    r"|[^\W_]+(?:[՛՜՞\u0301\u00ad]*['’ʼ՚‘\-‐‑]?[^\W_]+)*[՛՜՞\u0301\u00ad]*"
)


def aliases_of(lexicon: Lexicon) -> set[tuple[str, ...]]:
    return {
        tuple(map(word_pattern, alias.split()))
        for concept in lexicon.concepts
        for alias in concept.aliases
    }


def plainly_matched(aliases: set[tuple[str, ...]], words: Sequence[str]) -> list[tuple[int, int]]:
    """Return first and last word of each alias found, trying every alias at every place."""

    def fits(pattern: str, word: str) -> bool:
        form = word if pattern[0] == "=" else word.lower()
        bare = pattern.lstrip("=")
        return form.startswith(bare[:-1]) if bare.endswith("*") else form == bare

    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        ends = [
            at + len(alias)
            for alias in aliases
            if at + len(alias) <= len(words)
            and all(fits(own, word) for own, word in zip(alias, words[at:], strict=False))
        ]
        if ends:
            spans.append((at, max(ends)))
        at = max(ends, default=at + 1)
    return spans


def test_the_trie_finds_what_trying_every_alias_finds(corpus: Corpus) -> None:
    aliases = aliases_of(corpus.lexicon)
    for passage in corpus.passages[::80]:
        for read in read_text(passage.text, corpus.lexicon):
            found = [(hit.first, hit.last) for hit in read.hits if not hit.negated]
            plain = plainly_matched(aliases, read.sentence.words)
            assert sorted(set(found)) == plain or any(hit.negated for hit in read.hits)


def test_pairs_are_those_of_types_that_say_something_together(corpus: Corpus) -> None:
    entities, things = {"actor", "body", "place", "distractor"}, {"good", "asset"}
    features = SentenceFeatures(Stemmer())
    for passage in corpus.passages[::40]:
        for read in read_text(passage.text, corpus.lexicon):
            types = {hit.term.id: hit.term.type for hit in read.hits}
            plain = {
                f"p:{one}+{two}"
                for one, two in combinations(sorted(types), 2)
                if "negation" not in (pair := {types[one], types[two]})
                and (pair & entities or (pair & things and "marker" not in pair))
            }
            found = {name for name in features(read) if name[:2] == "p:" and "!" not in name}
            assert found == plain


TEXTS = st.text(alphabet="ab1.,_-'՛՞Я ԱՀ:։!?\n\u0301\u00ad", max_size=60)


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_words_and_their_places_are_those_of_one_plain_pass(text: str) -> None:
    sentences = split_sentences(text)
    matches = list(PLAIN_WORD.finditer(text))
    assert [word for s in sentences for word in s.words] == [fold(m[0]) for m in matches]
    assert [span for s in sentences for span in s.spans] == [m.span() for m in matches]


def test_the_table_holds_what_each_document_alone_would(model: Model, corpus: Corpus) -> None:
    features = SentenceFeatures(Stemmer())
    documents = [Document.of_text(p.text, corpus.lexicon, features) for p in corpus.passages[::90]]
    together = model.core.table(documents).logits[: len(documents)]
    for document, logits in zip(documents, together, strict=True):
        (alone,) = model.core.table([document]).logits[:1]
        assert abs(alone - logits).max() < 1e-5
