"""What one record of an annotation tool says: text, choices, who chose them and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .judgement import (
    FOR_CORPUS,
    Choices,
    FaultError,
    Judgement,
    Record,
    Skipped,
    is_silent,
    judgement_of,
    quoted,
    time_of,
)

_DEEPEST = 8
"""Levels of lists and objects in a field of JSON-MIN; the tool writes two."""

_FIELDS = ("signal", "signals", "label", "labels", "choice", "choices")

Reader = Callable[[Record, Choices], Iterator[Judgement | Skipped]]


def read_pivotwatch(record: Record, choices: Choices) -> Iterator[Judgement | Skipped]:
    """Yield what a passage in the form of ``seeds/passages`` says."""
    labels = record.get("labels")
    if labels is None and "proposed" in record:
        yield Skipped("unanswered")
        return
    if not all(
        is_silent(record.get(key)) or record[key] == learnt
        for key, learnt in (("role", "news"), ("split", "train"))
    ):
        yield Skipped(FOR_CORPUS)
        return
    if not isinstance(labels, list):
        raise FaultError("labels is not a list of texts; write [] or a list of codes")
    named = choices.read(labels, record.get("direction"))
    one = judgement_of(record.get("text"), named, record)
    yield replace(one, loses_event=_has_event(record))


def _has_event(record: Record) -> bool:
    """Tell whether a passage is of another event than the label's: its article, or itself."""
    event = record.get("event")
    named = isinstance(event, str) and event.strip() != ""
    return named and event not in (record.get("article"), record.get("id"))


def read_prodigy(record: Record, choices: Choices) -> Iterator[Judgement | Skipped]:
    """Yield what an answered Prodigy task says: options chosen, or one label accepted or not."""
    answer, options = record.get("answer"), record.get("options")
    if answer is None or answer == "ignore":
        yield Skipped("unanswered" if answer is None else "ignored")
        return
    if answer not in ("accept", "reject"):
        raise FaultError(f"answer {quoted(answer)} is unknown; use accept, reject or ignore")
    notes = _prodigy_notes(record)
    if options is not None or "accept" in record:
        if answer == "reject":
            yield Skipped("rejected")
            return
        named = choices.read(_named(_listed(record, "accept"), options), notes.get("direction"))
        yield judgement_of(record.get("text"), named, notes)
    elif "label" in record:
        asked = choices.code(record["label"])
        labels = (asked,) if answer == "accept" else ()
        _, direction = choices.read((), notes.get("direction"))
        yield judgement_of(record.get("text"), (labels, direction), notes, partial=True)
    else:
        raise FaultError("neither accept nor label in the task; export a text classification")


def read_doccano(record: Record, choices: Choices) -> Iterator[Judgement | Skipped]:
    """Yield what a line of doccano's text classification says; without labels it is unanswered."""
    key = next((key for key in ("label", "labels", "cats") if record.get(key) is not None), "label")
    found = record.get(key)
    found = [found] if isinstance(found, str) else _listed(record, key)
    if any(isinstance(one, list | dict) for one in found):
        raise FaultError("label holds spans; export a project of text classification")
    if not found:
        yield Skipped("unanswered")
        return
    nested = record.get("meta")
    notes = (nested if isinstance(nested, dict) else {}) | dict(record)
    named = choices.read(found, notes.get("direction"))
    yield judgement_of(record.get("text"), named, notes | {"id": notes.get("label_id")})


def read_label_studio(record: Record, choices: Choices) -> Iterator[Judgement | Skipped]:
    """Yield what each annotation of a task says; JSON and JSON-MIN are told apart by ``data``."""
    data = record.get("data")
    if not isinstance(data, dict):
        yield from _read_minimal(record, choices)
        return
    annotations = record.get("annotations", record.get("completions"))
    if annotations is None:
        annotations = []
    if not isinstance(annotations, list) or not all(isinstance(a, dict) for a in annotations):
        raise FaultError("annotations is not a list of objects; export the project as JSON")
    if not annotations:
        yield Skipped("unanswered")
    for annotation in annotations:
        if annotation.get("was_cancelled"):
            yield Skipped("cancelled")
            continue
        own = {
            "annotator": _person(annotation.get("completed_by")) or data.get("annotator"),
            "at": annotation.get("created_at") or data.get("at"),
        }
        named = choices.read(*_chosen(annotation, data.get("direction")))
        yield judgement_of(data.get("text"), named, data | {"id": data.get("label_id")} | own)


def _read_minimal(record: Record, choices: Choices) -> Iterator[Judgement | Skipped]:
    """Yield what a task of a JSON-MIN export says: each field is a key of the task."""
    if "text" not in record:
        raise FaultError("neither data nor text in the task; name the labelled field text")
    found: list[object] = []
    answered = False
    direction: object = None
    for key, value in record.items():
        inner = _minimal(value)
        if key.lower() == "direction":
            direction, answered = next(iter(inner), None), answered or bool(inner)
        elif key.lower() in _FIELDS or isinstance(value, dict):
            found, answered = [*found, *inner], answered or bool(inner)
        elif key != "text" and choices.knows(value):
            found, answered = [*found, value], True
    if not answered:
        yield Skipped("unanswered")
        return
    own = {
        "annotator": _person(record.get("annotator")),
        "at": record.get("created_at") or record.get("at"),
        "id": record.get("label_id"),
    }
    yield judgement_of(record["text"], choices.read(found, direction), dict(record) | own)


def _minimal(value: object, level: int = 0) -> list[object]:
    """Return the choices in a field of JSON-MIN: one as a text, several in an object."""
    if level > _DEEPEST:
        raise FaultError(
            f"a field nested more than {_DEEPEST} deep; export the project as JSON-MIN again"
        )
    if isinstance(value, dict):
        value = value.get("choices", [])
    if isinstance(value, list):
        return [one for part in value for one in (_minimal(part, level + 1) or [part])]
    return [] if value is None else [value]


def _chosen(annotation: Record, direction: object) -> tuple[list[object], object]:
    """Return the choices of a Label Studio annotation and the direction chosen in it."""
    result = annotation.get("result")
    if not isinstance(result, list) or not all(isinstance(part, dict) for part in result):
        raise FaultError("result is not a list of objects; export the project as JSON")
    chosen: list[object] = []
    is_choice = not result
    for part in result:
        value = part.get("value")
        found = value.get("choices") if isinstance(value, dict) else None
        if part.get("type") != "choices" or not isinstance(found, list):
            continue
        is_choice = True
        name = part.get("from_name")
        if isinstance(name, str) and name.lower() == "direction":
            direction = next(iter(found), direction)
        else:
            chosen += found
    if not is_choice:
        raise FaultError("no choices in the annotation; label the text with a Choices field")
    return chosen, direction


def _named(accepted: list[object], options: object) -> list[object]:
    """Return the accepted options by their text where their id is only a number."""
    texts = {
        option.get("id"): option.get("text")
        for option in (options if isinstance(options, list) else [])
        if isinstance(option, dict) and isinstance(option.get("id"), int)
    }
    return [texts.get(one, one) if isinstance(one, int) else one for one in accepted]


def _prodigy_notes(record: Record) -> dict[str, Any]:
    """Return what a task says beside its answer; a time of the tool goes before a noted one."""
    meta = record.get("meta")
    notes = dict(meta) if isinstance(meta, dict) else {}
    for key in ("_session_id", "_annotator_id"):
        if record.get(key):
            notes["annotator"] = record[key]
    stamp = record.get("_timestamp")
    if not is_silent(stamp):
        noted = None if is_silent(notes.get("at")) else time_of(notes["at"])
        if noted is None or int(noted.timestamp()) != stamp:
            notes["at"] = stamp
    return notes


def _person(value: object) -> object:
    """Return the e-mail address or number of a Label Studio user."""
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _listed(record: Record, key: str) -> list[object]:
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FaultError(f"{key} is not a list; write [] or a list of signals")
    return value
