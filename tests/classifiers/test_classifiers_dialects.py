"""Labels in our own form and in those of Prodigy, doccano and Label Studio."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.types import Direction, Label
from classifiers import CorpusError, Dialect, Judgement, label_records, read_judgements
from classifiers.dialects import Judgements
from classifiers.signals import Signal

AWAY = Direction.AWAY
SIGNALS = (
    Signal("csto_snub", "CSTO snubbed", "Away.", "Else.", AWAY, "REJECT", 0.7),
    Signal("public_rift", "Open accusations", "Blame.", "Else.", AWAY, "ACCUSE", 0.7),
)
TEXT = "Armenia will stay away from the summit."
LABELS = [
    Label(
        id="lb_abcdefgh234567ab",
        article_id="a_1",
        text='Two lines,\n"quoted" – «and» \u2028 more.',
        lang="en",
        labels=("public_rift", "csto_snub"),
        direction=Direction.MIXED,
        annotator="Անի <ani@example.org>",
        source="cli",
        at=datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=UTC),
    ),
    Label(
        id="lb_abcdefgh234567ac",
        article_id=None,
        text="Снег закрыл дорогу.",
        lang="ru",
        labels=(),
        direction=Direction.NONE,
        annotator="b",
        source="cli",
        at=datetime(2024, 5, 6, tzinfo=UTC),
    ),
    Label(
        id="lb_abcdefgh234567ad",
        article_id=None,
        text="Ձյունը փակեց ճանապարհը։",
        lang="hy",
        labels=("csto_snub",),
        direction=AWAY,
        annotator="b",
        source="cli",
        at=datetime(2025, 1, 1, tzinfo=UTC),
    ),
]


def stored(folder: Path, *records: object, as_list: bool = False) -> Path:
    file = folder / "labels.json"
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    text = f"[{','.join(lines)}]" if as_list else "\n".join(lines)
    file.write_text(text, encoding="utf-8")
    return file


def read(
    folder: Path, *records: object, as_list: bool = False, dialect: Dialect | None = None
) -> Judgements:
    return read_judgements(stored(folder, *records, as_list=as_list), SIGNALS, dialect)


def faults(folder: Path, *records: object, as_list: bool = False, **more: Any) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        read(folder, *records, as_list=as_list, **more)
    return [line.removeprefix(str(folder)) for line in caught.value.problems]


def facts(one: Label | Judgement) -> tuple[object, ...]:
    article = one.article_id or "" if isinstance(one, Label) else one.article
    return (
        *(one.id, one.text, one.lang, one.labels, one.direction, one.annotator, one.at),
        article,
    )


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_dialect_keeps_everything(tmp_path: Path, dialect: Dialect, given: bool) -> None:
    records = list(label_records(LABELS, dialect, SIGNALS))
    found = read(
        tmp_path,
        *records,
        as_list=dialect is Dialect.LABEL_STUDIO,
        dialect=dialect if given else None,
    )
    assert found.dialect is dialect
    assert [facts(one) for one in found.judgements] == [facts(one) for one in LABELS]
    assert found.skipped == {}


def test_prodigy_choices_by_code_by_name_and_by_number(tmp_path: Path) -> None:
    options = [{"id": 1, "text": "CSTO snubbed"}, {"id": 2, "text": "open ACCUSATIONS"}]
    task = {"answer": "accept", "_annotator_id": "news-ani", "_timestamp": 1700000000}
    found = read(
        tmp_path,
        task | {"text": "One two.", "options": options, "accept": [2, 1]},
        task | {"text": "Three four.", "accept": ["csto_snub", "direction:toward"]},
        task | {"text": "Five six.", "accept": []},
        task | {"text": "Seven.", "accept": ["csto_snub"], "answer": "reject"},
        task | {"text": "Eight.", "accept": ["csto_snub"], "answer": "ignore"},
        {"text": "Nine.", "options": options},
    )
    assert found.dialect is Dialect.PRODIGY
    assert [(x.labels, x.direction) for x in found.judgements] == [
        (("public_rift", "csto_snub"), None),
        (("csto_snub",), Direction.TOWARD),
        ((), None),
    ]
    assert found.skipped == {"rejected": 1, "ignored": 1, "unanswered": 1}
    assert {x.annotator for x in found.judgements} == {"news-ani"}
    assert found.judgements[0].at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_prodigys_binary_answers_on_one_text_are_joined(tmp_path: Path) -> None:
    def task(text: str, label: str, answer: str, who: str = "ani", **more: object) -> object:
        return {"text": text, "label": label, "answer": answer, "_annotator_id": who} | more

    found = read(
        tmp_path,
        task(TEXT, "csto_snub", "accept", _timestamp=10),
        task(TEXT, "Open accusations", "accept", _timestamp=20),
        task(TEXT, "csto_snub", "reject", "bab"),
        task("Snow fell.", "csto_snub", "reject"),
        task("Snow fell.", "public_rift", "ignore"),
    )
    assert [(x.text, x.annotator, x.labels) for x in found.judgements] == [
        (TEXT, "ani", ("csto_snub", "public_rift")),
        (TEXT, "bab", ()),
        ("Snow fell.", "ani", ()),
    ]
    assert found.judgements[0].at == datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
    assert found.skipped == {"ignored": 1}


def test_a_prodigy_task_answered_anew_has_the_new_time(tmp_path: Path) -> None:
    (record,) = label_records(LABELS[:1], Dialect.PRODIGY, SIGNALS)
    (one,) = read(tmp_path, record | {"_timestamp": 1800000000}).judgements
    assert one.at == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def test_doccano_with_labels_under_both_names(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"id": 7, "text": TEXT, "label": ["csto_snub", "direction:away"], "Comments": []},
        {"id": 8, "text": "Nothing here.", "label": ["none"], "lang": None, "at": float("nan")},
        {"id": 9, "text": "Not read yet.", "label": [], "Comments": ["?"]},
    )
    assert found.dialect is Dialect.DOCCANO
    assert [(x.labels, x.direction, x.id) for x in found.judgements] == [
        (("csto_snub",), AWAY, ""),
        ((), None, ""),
    ]
    assert found.skipped == {"unanswered": 1}
    old = read(
        tmp_path, {"id": 7, "text": TEXT, "labels": ["CSTO snubbed"], "meta": {"lang": "en"}}
    )
    assert old.dialect is Dialect.DOCCANO
    assert old.judgements[0].labels == ("csto_snub",)


def annotation(*choices: str, direction: str = "", **more: object) -> dict[str, object]:
    fields = [("signals", list(choices)), ("direction", [direction] if direction else [])]
    result = [
        {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": found}}
        for name, found in fields
        if found
    ]
    return {"id": 1, "result": result, "was_cancelled": False} | more


def test_label_studio_tasks_with_several_people(tmp_path: Path) -> None:
    times = {"created_at": "2024-03-09T21:52:49.513742Z"}
    found = read(
        tmp_path,
        {
            "id": 1,
            "data": {"text": TEXT},
            "annotations": [
                annotation("CSTO snubbed", direction="away", completed_by=3, **times),
                annotation("public_rift", completed_by={"id": 4, "email": "ani@e.org"}),
                annotation(completed_by=5),
                annotation("csto_snub", completed_by=6, was_cancelled=True),
            ],
            "predictions": [annotation("public_rift")],
        },
        {"id": 2, "data": {"text": "Not read yet."}, "annotations": []},
        as_list=True,
    )
    assert found.dialect is Dialect.LABEL_STUDIO
    assert [(x.annotator, x.labels, x.direction) for x in found.judgements] == [
        ("3", ("csto_snub",), AWAY),
        ("ani@e.org", ("public_rift",), None),
        ("5", (), None),
    ]
    assert found.judgements[0].at == datetime(2024, 3, 9, 21, 52, 49, 513742, tzinfo=UTC)
    assert found.skipped == {"cancelled": 1, "unanswered": 1}


def test_label_studios_short_export(tmp_path: Path) -> None:
    rest = {"annotator": 2, "annotation_id": 5, "created_at": "2024-03-09T21:52:49Z"}
    found = read(
        tmp_path,
        {"text": TEXT, "id": 1, "sentiment": "CSTO snubbed", "direction": "away"} | rest,
        {"text": "Two.", "id": 2, "kind": {"choices": ["csto_snub", "public_rift"]}} | rest,
        {"text": "Three.", "id": 3, "outlet": "Ararat Wire", "lang": "en"} | rest,
        as_list=True,
    )
    assert [(x.labels, x.direction, x.annotator) for x in found.judgements] == [
        (("csto_snub",), AWAY, "2"),
        (("csto_snub", "public_rift"), None, "2"),
    ]
    assert found.skipped == {"unanswered": 1}


def test_a_proposal_without_labels_is_unanswered(tmp_path: Path) -> None:
    proposal = {"text": TEXT, "labels": None, "role": "news", "proposed": {"labels": []}}
    found = read(tmp_path, proposal, proposal | {"labels": ["csto_snub"]})
    assert (len(found.judgements), found.skipped) == (1, {"unanswered": 1})


@pytest.mark.parametrize("kept_out", [{"role": "background"}, {"split": "test"}, {"split": 5}])
def test_what_is_no_news_for_training_makes_no_label(
    tmp_path: Path, kept_out: dict[str, object]
) -> None:
    passage = {"text": TEXT, "labels": [], "role": "news", "split": "train"}
    found = read(tmp_path, passage | kept_out, passage, {"text": "Two.", "labels": [], "role": ""})
    assert [x.text for x in found.judgements] == [TEXT, "Two."]
    assert found.skipped == {"meant for a corpus": 1}


def test_an_event_of_its_own_is_not_kept(tmp_path: Path) -> None:
    (ours,) = label_records(LABELS[:1], Dialect.PIVOTWATCH, SIGNALS)
    alone = OURS | {"text": "Alone.", "id": "en-1", "event": "en-1"}
    shared = OURS | {"id": "en-2", "event": "a-document"}
    found = read(tmp_path, ours, alone, shared)
    assert [x.loses_event for x in found.judgements] == [False, False, True]


def test_of_two_judgements_of_one_person_the_later_counts(tmp_path: Path) -> None:
    row = {"text": TEXT, "role": "news", "annotator": "ani"}
    late, early = "2024-02-02T00:00:00Z", "2024-01-01T00:00:00Z"
    found = read(
        tmp_path,
        row | {"labels": ["csto_snub"], "at": late},
        row | {"labels": ["public_rift"], "at": early},
        row | {"labels": ["public_rift"], "annotator": "bab"},
    )
    assert [(x.annotator, x.labels) for x in found.judgements] == [
        ("ani", ("csto_snub",)),
        ("bab", ("public_rift",)),
    ]


OURS = {"text": TEXT, "labels": [], "role": "news"}
ACCEPTED = {"text": TEXT, "answer": "accept"}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (OURS | {"text": " "}, "empty text"),
        (OURS | {"text": 5}, "empty text"),
        (OURS | {"text": "x" * 20_001}, "text is longer"),
        (OURS | {"text": "a \ud800 b"}, "broken characters"),
        (OURS | {"text": "a \x00 b"}, "broken characters"),
        (OURS | {"labels": "csto_snub"}, "labels is not a list"),
        (OURS | {"labels": ["snub"]}, "signal 'snub' is not in signals.toml"),
        (OURS | {"labels": ["\ud800"]}, "is not in signals.toml"),
        (OURS | {"labels": [["csto_snub"]]}, "is no text"),
        (OURS | {"direction": "north"}, "direction 'north' is unknown"),
        (OURS | {"labels": ["direction:away", "direction:toward"]}, "two directions"),
        (OURS | {"lang": "ru"}, "lang is 'ru' but the letters are those of 'en'"),
        (OURS | {"lang": 5}, "lang is not a short text"),
        (OURS | {"annotator": "x" * 1000}, "annotator is not a short text"),
        (OURS | {"at": "yesterday"}, "time 'yesterday' cannot be read"),
        (OURS | {"at": 1e300}, "cannot be read"),
        (OURS | {"at": True}, "cannot be read"),
        (ACCEPTED, "neither accept nor label"),
        (ACCEPTED | {"accept": "csto_snub"}, "accept is not a list"),
        (ACCEPTED | {"label": "snub"}, "signal 'snub'"),
        (ACCEPTED | {"accept": [7], "options": [{"id": 7}, 5]}, "is no text"),
        (ACCEPTED | {"answer": ["accept"]}, "is unknown; use accept"),
        ({"text": TEXT, "label": [[0, 7, "PERSON"]]}, "label holds spans"),
        ({"text": TEXT, "label": ["snub"]}, "signal 'snub'"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, record: dict[str, object], words: str) -> None:
    file = tmp_path / "labels.json"
    file.write_text(f"\n{json.dumps(record)}\n", encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_judgements(file, SIGNALS)
    (line,) = caught.value.problems
    assert line.startswith(f"{file}:2: ")
    assert words in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ({"data": {"text": TEXT}, "annotations": {}}, "annotations is not a list"),
        ({"data": {"text": TEXT}, "annotations": [5]}, "annotations is not a list"),
        ({"data": {"text": TEXT}, "annotations": [{"result": 5}]}, "result is not a list"),
        ({"data": {}, "annotations": [annotation("csto_snub")]}, "empty text"),
        ({"data": {"text": TEXT}, "annotations": [annotation("snub")]}, "signal 'snub'"),
        (
            {"data": {"text": TEXT}, "annotations": [{"result": [{"type": "labels"}]}]},
            "no choices in the annotation",
        ),
        ({"id": 1}, "neither data nor text"),
        (5, "not an object"),
    ],
)
def test_a_faulty_task_is_named(tmp_path: Path, task: object, words: str) -> None:
    good = {"data": {"text": TEXT}, "annotations": [annotation("csto_snub")]}
    (line,) = faults(tmp_path, good, task, as_list=True)
    assert line.startswith("/labels.json: task 2: ")
    assert words in line


@pytest.mark.parametrize("depth", [700, 900])
@pytest.mark.parametrize(
    ("dialect", "field"),
    [
        (Dialect.LABEL_STUDIO, "kind"),
        (Dialect.LABEL_STUDIO, "direction"),
        (Dialect.PRODIGY, "accept"),
        (Dialect.PRODIGY, "answer"),
        (Dialect.PIVOTWATCH, "labels"),
        (Dialect.PIVOTWATCH, "direction"),
        (Dialect.PIVOTWATCH, "at"),
        (Dialect.DOCCANO, "at"),
    ],
)
def test_deep_nesting_is_a_fault(tmp_path: Path, dialect: Dialect, field: str, depth: int) -> None:
    record = {"text": TEXT, "labels": ["csto_snub"], "answer": "accept", "accept": ["csto_snub"]}
    file = tmp_path / "labels.json"
    line = json.dumps(record | {field: "DEEP"})
    line = line.replace('"DEEP"', "[" * depth + '"csto_snub"' + "]" * depth)
    file.write_text(line, encoding="utf-8")
    with pytest.raises(CorpusError) as caught:
        read_judgements(file, SIGNALS, dialect)
    (fault,) = caught.value.problems
    assert fault.startswith(f"{file}:1: ")
    assert len(fault) < len(str(file)) + 200


def test_a_deep_name_of_a_label_studio_field_is_no_direction(tmp_path: Path) -> None:
    task = {"data": {"text": TEXT}, "annotations": [annotation("csto_snub")]}
    line = json.dumps([task]).replace('"signals"', "[" * 900 + "]" * 900)
    file = tmp_path / "labels.json"
    file.write_text(line, encoding="utf-8")
    assert read_judgements(file, SIGNALS).judgements[0].labels == ("csto_snub",)


def test_all_faults_are_named_but_twenty_at_most(tmp_path: Path) -> None:
    lines = faults(tmp_path, OURS, *[OURS | {"labels": ["snub"]}] * 25)
    assert [line.partition(": ")[0] for line in lines[:20]] == [
        f"/labels.json:{number}" for number in range(2, 22)
    ]
    assert lines[20:] == ["/labels.json: and 5 more; correct these first"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no labels in it"),
        ('{"text": "x"}', "cannot tell whose format this is"),
        ("{nothing", "not JSON"),
        ("[{nothing", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('"text"', "not a JSON object"),
    ],
)
def test_a_file_that_is_none_of_these(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "labels.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=words) as caught:
        read_judgements(file, SIGNALS)
    assert len(caught.value.problems) == 1
    with pytest.raises(CorpusError, match="no such file"):
        read_judgements(tmp_path / "gone", SIGNALS)
