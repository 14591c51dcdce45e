from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers import CorpusError, load_corpus, load_signals, train
from classifiers.corpus import Corpus
from classifiers.crossval import folds


def add(seeds: Path, *lines: object) -> Path:
    path = seeds / "passages" / "zz.jsonl"
    rows = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def row(**changes: object) -> dict[str, object]:
    return {
        "id": "x1",
        "text": "Armenia said no.",
        "lang": "en",
        "labels": [],
        "direction": "none",
        "role": "news",
        "event": "e",
        "source": {"document": "composed"},
        "annotator": "seed",
        "split": "train",
    } | changes


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"labels": ["csto_snob"]}, "signal 'csto_snob'"),
        ({"labels": "csto_snub"}, "labels is not a list"),
        ({"source": {"document": "unknown"}}, "document 'unknown'"),
        ({"source": None}, "document None"),
        ({"source": {"document": ["x"]}}, "document ['x']"),
        ({"id": "c0"}, "id 'c0' is already at"),
        ({"text": "  "}, "empty text"),
        ({"text": 5}, "empty text"),
        ({"lang": "hy"}, "letters are those of 'en'"),
        ({"lang": "fr"}, "lang 'fr' is unknown"),
        ({"direction": "up"}, "direction 'up'"),
        ({"role": "other"}, "role 'other'"),
        ({"split": "half"}, "split 'half'"),
        ({"event": ""}, "no text for 'event'"),
        ({"labels": ["csto_snub"], "role": "background"}, "with labels"),
        ({"text": "bad \ud800"}, "lone surrogates"),
    ],
)
def test_a_bad_passage_is_one_line_with_file_and_line(
    tiny: Path, changes: dict[str, object], part: str
) -> None:
    path = add(tiny, row(id="fine"), row(**changes))
    with pytest.raises(CorpusError) as caught:
        load_corpus(tiny)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}:2: ")
    assert part in problem
    assert "\n" not in problem


def test_all_faults_of_all_files_are_told_at_once(tiny: Path) -> None:
    path = add(tiny, "{not json", "[1]", row(labels=["x"]), "", row(lang="ru", id="x2"))
    (tiny / "lexicon.toml").write_text("")
    (tiny / "passages" / "zy.jsonl").write_bytes(b"{}\n\xff\n")
    with pytest.raises(CorpusError) as caught:
        load_corpus(tiny)
    starts = sorted(problem.split(": ")[0] for problem in caught.value.problems)
    assert starts == sorted(
        [
            f"{tiny / 'lexicon.toml'}:1",
            f"{tiny / 'passages' / 'zy.jsonl'}:2",
            *(f"{path}:{number}" for number in (1, 2, 3, 5)),
        ]
    )


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        load_corpus(tmp_path)
    for name in ("signals.toml", "documents.toml", "lexicon.toml", "passages"):
        assert name in str(caught.value)


def test_hash_follows_contents_not_order(tiny: Path) -> None:
    before = load_corpus(tiny).hash
    path = tiny / "passages" / "en.all.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(reversed(lines)))
    assert load_corpus(tiny).hash == before
    path.write_text("\n".join(lines[1:]))
    assert load_corpus(tiny).hash != before


def test_a_signal_without_passages_is_not_trained(tiny: Path) -> None:
    text = (tiny / "signals.toml").read_text()
    (tiny / "signals.toml").write_text(text + text.split("\n\n")[0].replace("csto_snub", "new"))
    with pytest.raises(CorpusError, match="no passage carries 'new'"):
        train(load_corpus(tiny))


def test_bad_signals_are_named(tmp_path: Path) -> None:
    path = tmp_path / "signals.toml"
    path.write_text('[[signal]]\ncode = "a"\nname = "A"\n')
    with pytest.raises(CorpusError, match=r"signals\.toml:2: signal without a text for 'defini"):
        load_signals(path)


def test_seed_corpus_is_sound_and_large(corpus: Corpus) -> None:
    english = [passage for passage in corpus.passages if passage.lang == "en"]
    assert len(english) >= 200
    assert len(corpus.signals) == 11
    for signal in corpus.signals:
        assert any(signal.code in passage.labels for passage in english)


def test_no_event_is_on_both_sides_of_a_fold(corpus: Corpus) -> None:
    for learnt, held in folds(corpus.passages, 0):
        events = [{corpus.passages[at].event for at in side} for side in (learnt, held)]
        assert not events[0] & events[1]
