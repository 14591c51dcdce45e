"""Passages of a person's own documents that are proposed for labelling."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers import (
    Corpus,
    CorpusError,
    Model,
    SourceDocument,
    load_signals,
    propose,
    read_passages,
)
from classifiers.likeness import near_pairs
from classifiers.proposals import passages_of

NEWS = (
    "Armenia will not take part in the CSTO exercise in Kyrgyzstan this autumn, the defence "
    "ministry in Yerevan said on Monday.\n"
    "The bakery on the corner of the square now sells eleven kinds of bread and two of cake.\n"
    "Russia's food safety agency banned apricots from Armenia after the prime minister had gone "
    "to Brussels, the agency said."
)


def test_passages_are_one_to_three_sentences_of_a_paragraph() -> None:
    text = (
        "A heading\n"
        "One two three four five six. Seven eight nine ten eleven twelve. Thirteen it is. And "
        "here begins another one of nine words. Short end.\n"
        "Far too short."
    )
    assert list(passages_of(text)) == [
        "One two three four five six. Seven eight nine ten eleven twelve. Thirteen it is.",
        "And here begins another one of nine words. Short end.",
    ]
    assert list(passages_of("")) == []
    assert list(passages_of("word " * 450)) == []


def test_what_is_relevant_or_uncertain_is_proposed(model: Model) -> None:
    proposals = propose(model, [SourceDocument("my news.txt", NEWS)], [])
    texts = [proposal.text for proposal in proposals]
    assert NEWS.split("\n")[0] in texts
    for one in proposals:
        least = 0.5 if one.why == "relevant" else 0.15
        assert least <= one.relevance <= (1 if one.why == "relevant" else 0.85)
    first = next(p for p in proposals if p.text == NEWS.split("\n")[0])
    assert first.why == "relevant"
    assert "csto_snub" in first.labels
    assert first.relevance > 0.5


def test_copies_and_what_the_corpus_holds_are_left_out(model: Model, corpus: Corpus) -> None:
    held = [passage.text for passage in corpus.passages if passage.lang == "en"]
    known = next(p.text for p in corpus.passages if p.lang == "en" and "csto_snub" in p.labels)
    sources = [
        SourceDocument("a.txt", f"{NEWS}\n{known}"),
        SourceDocument("b.txt", NEWS.replace("on Monday", "on Tuesday")),
    ]
    found = [proposal.text for proposal in propose(model, sources, held)]
    assert known not in found
    assert len([text for text in found if "CSTO exercise" in text]) == 1
    assert not list(near_pairs(found, 0.6))


def test_the_number_and_the_share_of_a_document_are_bounded(model: Model, corpus: Corpus) -> None:
    told = [p.text for p in corpus.passages if p.lang == "en" and p.labels]
    sources = [SourceDocument("long.txt", "\n".join(told[:60]))]
    sources += [SourceDocument(f"{at}.txt", told[60 + at]) for at in range(12)]
    found = propose(model, sources, [], most=8)
    assert len(found) == 8
    assert sum(proposal.source.name == "long.txt" for proposal in found) <= 5


def test_a_record_is_a_passage_that_no_corpus_takes_before_it_is_judged(
    model: Model, seeds: Path, tmp_path: Path
) -> None:
    (proposal, *_) = propose(model, [SourceDocument("Моё.txt", NEWS, "Outlet", "2024-05-01")], [])
    record = proposal.record()
    assert record["proposed"]["relevance"] == pytest.approx(proposal.relevance, abs=0.001)
    assert record["source"]["outlet"] == "Outlet"
    assert record["event"].startswith("own-")
    file = tmp_path / "mine.jsonl"
    signals = load_signals(seeds / "signals.toml")
    file.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(CorpusError, match="labels is not a list"):
        read_passages(file, signals)
    judged = record | {"labels": ["csto_snub"], "direction": "away"}
    file.write_text(json.dumps(judged), encoding="utf-8")
    (passage,) = read_passages(file, signals)
    assert passage.text == proposal.text


def test_no_text_gives_no_proposal(model: Model) -> None:
    assert propose(model, [], []) == ()
    assert propose(model, [SourceDocument("x", "\ud800 !!! \n ...")], ["…"]) == ()
