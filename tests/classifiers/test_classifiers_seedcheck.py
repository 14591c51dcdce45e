"""Faults and notes of a corpus that loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.types import Direction
from classifiers import Corpus, LabelledPassage, Lexicon, SeedFinding, balance, check_seeds
from classifiers.signals import Signal

SIGNAL = Signal("csto_snub", "CSTO snubbed", "Away.", "Else.", Direction.AWAY, "REJECT", 0.7)
LONG = "Armenia will not attend the summit of the bloc in Minsk next month, the ministry said"
ORIGINAL = (
    "Analysts agree that the bloc has failed its smallest member at every turn since the war, "
    "and few in Yerevan expect that to change."
)


def passage(name: str, text: str, **changes: object) -> LabelledPassage:
    fields: dict[str, object] = {
        "id": name,
        "text": text,
        "lang": "en",
        "labels": ("csto_snub",),
        "direction": Direction.AWAY,
        "role": "news",
        "event": name,
        "document": "composed",
        "split": "train",
    }
    return LabelledPassage(**(fields | changes))  # type: ignore[arg-type]


def found(*passages: LabelledPassage, **originals: str) -> list[SeedFinding]:
    corpus = Corpus((SIGNAL,), Lexicon([]), passages)
    return [one for one in check_seeds(corpus, originals) if one.kind != "few"]


def kinds(findings: list[SeedFinding]) -> list[tuple[str, bool]]:
    return [(one.kind, one.is_fault) for one in findings]


def test_a_copy_on_two_events_is_a_fault() -> None:
    (fault,) = found(passage("a", LONG), passage("b", LONG.upper() + "!"))
    assert (fault.kind, fault.is_fault, fault.passages) == ("copy", True, ("a", "b"))
    assert "two events" in fault.message


def test_a_near_copy_is_a_fault_across_events_and_a_note_within_one() -> None:
    near = LONG.replace("next month", "next week")
    assert kinds(found(passage("a", LONG), passage("b", near))) == [("near_copy", True)]
    within = found(passage("a", LONG, event="e"), passage("b", near, event="e"))
    assert kinds(within) == [("near_copy", False)]
    exact = found(passage("a", LONG, event="e"), passage("b", LONG, event="e"))
    assert kinds(exact) == [("copy", True)]


def test_near_copies_with_other_labels_are_a_conflict() -> None:
    quiet = {"labels": (), "direction": Direction.NONE}
    findings = found(passage("a", LONG, event="e"), passage("b", LONG, event="e", **quiet))
    assert ("conflict", True) in kinds(findings)
    turned = found(passage("a", LONG), passage("b", LONG, direction=Direction.TOWARD))
    assert kinds(turned) == [("conflict", True)]


def test_equal_words_in_two_languages_are_no_copy() -> None:
    assert found(passage("a", LONG), passage("b", LONG, lang="ru")) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": (), "direction": Direction.NONE}, "in one language and role"),
        ({"lang": "ru", "direction": Direction.TOWARD}, "across languages"),
        ({"lang": "ru", "labels": (), "role": "background"}, "across languages"),
    ],
)
def test_an_event_judged_in_two_ways_is_noted(changes: dict[str, object], words: str) -> None:
    findings = found(
        passage("a", LONG, event="e"),
        passage("b", "Nothing in common with it at all.", event="e", **changes),
    )
    assert kinds(findings) == [("event", False)]
    assert words in findings[0].message
    assert "event 'e'" in findings[0].message


def test_a_language_that_tells_less_of_an_event_does_not_disagree() -> None:
    recap = {"labels": (), "direction": Direction.NONE, "role": "background"}
    assert not found(
        passage("a", LONG, event="e"),
        passage("b", "It was long ago that this came to pass.", event="e", **recap),
        passage("c", "Армения не поедет на саммит.", event="e", lang="ru"),
    )


def test_a_passage_in_a_documents_words_is_a_fault() -> None:
    copied = "Observers say the bloc has failed its smallest member at every turn, sadly."
    findings = found(passage("a", copied), passage("b", LONG), paper=ORIGINAL)
    assert kinds(findings) == [("wording", True)]
    message = findings[0].message
    assert message.startswith("a: as in paper: “the bloc has failed its smallest member at every")
    assert "10 words in a row" in message


def test_half_of_a_short_passage_is_a_fault_too() -> None:
    copied = "Few in Yerevan expect that to change soon."
    assert kinds(found(passage("a", copied), paper=ORIGINAL)) == [("wording", True)]
    own = "Hardly anybody in Yerevan has faith that the bloc has failed for good and all."
    assert found(passage("a", own), paper=ORIGINAL) == []


def test_balance_counts_signals_roles_and_languages(tiny: Path) -> None:
    from classifiers import load_corpus

    corpus = load_corpus(tiny)
    rows = {(row.signal, row.role): dict(row.counts) for row in balance(corpus)}
    assert rows == {
        ("csto_snub", "news"): {"en": 12, "ru": 0, "hy": 0},
        ("trade_retaliation", "news"): {"en": 12, "ru": 0, "hy": 0},
        ("none", "news"): {"en": 12, "ru": 0, "hy": 0},
        ("none", "hard_negative"): {"en": 12, "ru": 0, "hy": 0},
        ("none", "background"): {"en": 12, "ru": 0, "hy": 0},
    }
    few = [one.message for one in check_seeds(corpus) if one.kind == "few"]
    assert "ru: 0 passages with csto_snub; write 12 more" in few
    assert "en: 24 negatives; write 76 more" in few
    assert "hy: 0 background passages; write 60 more" in few
    assert not any("en: 12 passages" in message for message in few)


def test_the_shipped_corpus_has_no_fault(corpus: Corpus) -> None:
    assert [one.message for one in check_seeds(corpus) if one.is_fault] == []


def test_faults_come_first(tiny: Path) -> None:
    from classifiers import load_corpus

    file = tiny / "passages" / "en.all.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    copy = json.loads(lines[0]) | {"id": "again", "event": "again"}
    file.write_text("\n".join([*lines, json.dumps(copy)]), encoding="utf-8")
    flags = [one.is_fault for one in check_seeds(load_corpus(tiny))]
    assert flags == sorted(flags, reverse=True)
    assert flags[0]
