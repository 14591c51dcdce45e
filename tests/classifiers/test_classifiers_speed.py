"""The shortcuts of scoring give what the plain way gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.types import Article
from classifiers import Corpus, Lexicon, Model
from classifiers.core import Document
from classifiers.features import SentenceFeatures
from classifiers.language import language_of
from classifiers.lexicon import word_pattern
from classifiers.reading import Reading, read_article, read_text
from classifiers.rests import Rests
from classifiers.stems import Stemmer
from classifiers.traits import traits_of
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
    for passage in corpus.passages[::240]:
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


def mixed(corpus: Corpus, article: Callable[..., Article]) -> list[Article]:
    """Return articles of passages of all languages, a marked one and an empty one among them."""
    texts = [passage.text for passage in corpus.passages[::37]]
    whole = [" ".join(texts[at : at + 6]) for at in range(0, len(texts), 6)]
    odd = ["", "…", "U.S.-Armenia_ОДКБ։ Չմասնակցեց ՀԱՊԿ-ին՞ " + "armenia" * 60, "No talks. " * 90]
    return [article(text, title=text[:60]) for text in [*whole, *odd]]


def test_a_batch_holds_what_sentence_by_sentence_is_read(
    model: Model, corpus: Corpus, article: Callable[..., Article]
) -> None:
    articles = mixed(corpus, article)
    batch = model._reader.read(articles)
    features = SentenceFeatures(Stemmer())
    plain = [Document.of(read_article(one, corpus.lexicon), features) for one in articles]
    sheet = model.core.sheet(plain)
    assert batch.sheet.sizes == sheet.sizes
    assert batch.sheet.counts.indptr.tolist() == sheet.counts.indptr.tolist()
    assert batch.sheet.counts.indices.tolist() == sheet.counts.indices.tolist()
    ours, theirs = model.core.table_of(batch.sheet), model.core.table(plain)
    assert (ours.logits == theirs.logits).all()
    for at, document in enumerate(plain):
        assert batch.traits(at) == traits_of(document.reading, model.stemmer)
        assert batch.language(at) == language_of(document.reading, "en")


def test_a_rest_scores_as_if_it_were_all_there_is(
    model: Model, corpus: Corpus, article: Callable[..., Article]
) -> None:
    articles = mixed(corpus, article)[:12]
    batch = model._reader.read(articles)
    taken = [frozenset(range(1 + at % 3, 3 + at % 4)) for at in range(len(articles))]
    table = Rests(model.core, batch, model.core.table_of(batch.sheet))(list(enumerate(taken)))
    features = SentenceFeatures(Stemmer())
    for at, one in enumerate(articles):
        reading = read_article(one, corpus.lexicon)
        kept = [read for place, read in enumerate(reading.sentences) if place not in taken[at]]
        title_length = sum(place not in taken[at] for place in range(reading.title_length))
        alone = model.core.table([Document.of(Reading(tuple(kept), title_length), features)])
        assert abs(alone.composite()[0] - table.composite()[at]).max() < 1e-9
