from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers import Corpus, CorpusError, Lexicon, load_lexicon
from classifiers.reading import read_text

TRIPLES = Path(__file__).with_name("triples.jsonl")


@pytest.fixture
def lexicon(tiny: Path) -> Lexicon:
    return load_lexicon(tiny / "lexicon.toml")


def ids(lexicon: Lexicon, text: str) -> list[str]:
    return [hit.term.id for read in read_text(text, lexicon) for hit in read.hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pashinyan met the Kremlin.", ["armenia", "russia"]),
        ("Пашиняна ждут в Москве.", ["armenia", "russia"]),
        ("ԵՐԵՎԱՆԸ և ՀԱՊԿ-ն", ["armenia", "csto"]),
        ("Երեւանի ու Ռուսաստանի", ["armenia", "russia"]),
        ("the Collective Security Treaty Organisation", ["csto"]),
        ("a collective security treaty", ["treaty", "treaty"]),
        ("ask us about US aid and U.S. aid", ["usa", "usa"]),
        ("армяно-российских", ["armenia", "russia"]),
    ],
)
def test_longest_alias_wins_from_left_to_right(
    lexicon: Lexicon, text: str, expected: list[str]
) -> None:
    assert ids(lexicon, text) == expected


def test_bodies_count_for_the_side_they_belong_to(lexicon: Lexicon) -> None:
    (read,) = read_text("CSTO", lexicon)
    assert read.hits[0].term.side == "russia"


@pytest.mark.parametrize(
    "text",
    ["Yerevan will not attend.", "Ереван не участвует.", "Երևանը չի մասնակցի", "Երևանը չմասնակցեց"],
)
def test_a_denied_action_is_known_as_denied(lexicon: Lexicon, text: str) -> None:
    (read,) = read_text(text, lexicon)
    assert [read.hits[at].term.id for at in read.negated] == ["attend"]


def test_equal_contents_give_an_equal_hash(lexicon: Lexicon) -> None:
    assert Lexicon.from_json(lexicon.to_json()).hash == lexicon.hash
    assert Lexicon(lexicon.concepts[1:]).hash != lexicon.hash


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text(
        '[[concept]]\nid = "a"\ntype = "actor"\nen = ["one"]\n'
        '[[concept]]\nid = "b"\ntype = "wrong"\nen = ["two", "One"]\n'
        '[[concept]]\nid = "c"\ntype = "person"\nactor = "x"\nen = "three"\n'
        '[[concept]]\nid = "a"\ntype = "good"\n'
    )
    with pytest.raises(CorpusError) as caught:
        load_lexicon(path)
    text = str(caught.value)
    assert all(line.startswith(f"{path}:") for line in caught.value.problems)
    for part in ("'wrong'", "'One'", "'x'", "not a list", "defined twice"):
        assert part in text
    assert f"{path}:6: type 'wrong'" in text


def test_broken_toml_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text("[[concept\n")
    with pytest.raises(CorpusError, match="not TOML"):
        load_lexicon(path)


def test_seed_lexicon_reads_three_languages_alike(corpus: Corpus) -> None:
    triples = [json.loads(line) for line in TRIPLES.read_text().splitlines()]
    assert len(triples) >= 150
    assert len(corpus.lexicon.concepts) >= 150
    for lang in ("ru", "hy"):
        shares = []
        for triple in triples:
            one, other = (set(ids(corpus.lexicon, triple[key])) for key in ("en", lang))
            shares.append(len(one & other) / len(one | other) if one | other else 1.0)
        assert sum(shares) / len(shares) >= 0.95
