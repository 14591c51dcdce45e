"""Labels from and for four tools: our own JSON Lines, Prodigy, doccano and Label Studio."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

from archive.types import Label

from .dialects_read import Reader, read_doccano, read_label_studio, read_pivotwatch, read_prodigy
from .dialects_write import Writer, as_doccano, as_label_studio, as_pivotwatch, as_prodigy
from .errors import CorpusError
from .judgement import Choices, FaultError, Judgement, Record, Skipped
from .signals import Signal
from .sources import read_text

MOST_BYTES = 64_000_000
MOST_FAULTS = 20
_LOOKED_AT = 20
"""Records from which a file's dialect is told."""

_OURS = frozenset({"role", "event", "source", "split", "proposed"})
_PRODIGYS = frozenset({"answer", "accept", "options", "_task_hash", "_input_hash", "_view_id"})


class Dialect(StrEnum):
    """Whose form a file of labels has."""

    PIVOTWATCH = "pivotwatch"
    PRODIGY = "prodigy"
    DOCCANO = "doccano"
    LABEL_STUDIO = "label-studio"


@dataclass(frozen=True, slots=True)
class Judgements:
    """The judgements of a file, and how many records were left out, by reason."""

    dialect: Dialect
    judgements: tuple[Judgement, ...]
    skipped: Mapping[str, int]


_READERS: dict[Dialect, Reader] = {
    Dialect.PIVOTWATCH: read_pivotwatch,
    Dialect.PRODIGY: read_prodigy,
    Dialect.DOCCANO: read_doccano,
    Dialect.LABEL_STUDIO: read_label_studio,
}
_WRITERS: dict[Dialect, Writer] = {
    Dialect.PIVOTWATCH: as_pivotwatch,
    Dialect.PRODIGY: as_prodigy,
    Dialect.DOCCANO: as_doccano,
    Dialect.LABEL_STUDIO: as_label_studio,
}


def read_judgements(
    path: Path, signals: Sequence[Signal], dialect: Dialect | None = None
) -> Judgements:
    """Return the judgements in ``path``, whose dialect is told from its content if not given.

    Answers about single signals (Prodigy's binary tasks) of one person on one text are joined:
    what was accepted is there, what was rejected is not. Raises ``CorpusError`` with one line for
    each faulty record, twenty at most and how many more there are.
    """
    text = _bounded(path)
    is_list = text.lstrip()[:1] == "["
    problems: list[str] = []
    records = list(_tasks(path, text) if is_list else _lines(path, text, problems))
    if dialect is None:
        dialect = Dialect.LABEL_STUDIO if is_list else _tell(path, records, problems)
    read, choices = _READERS[dialect], Choices(signals)
    found: list[Judgement] = []
    skipped: Counter[str] = Counter()
    for where, record in records:
        try:
            for one in read(record, choices):
                if isinstance(one, Skipped):
                    skipped[one.why] += 1
                else:
                    found.append(one)
        except FaultError as fault:
            problems.append(f"{where}: {fault}")
    if problems:
        raise CorpusError(_shortened(path, problems))
    return Judgements(dialect, _joined(found), MappingProxyType(dict(skipped)))


def label_records(
    labels: Iterable[Label], dialect: Dialect, signals: Sequence[Signal]
) -> Iterator[dict[str, Any]]:
    """Yield ``labels`` as records of ``dialect``: lines of JSON, or Label Studio's list."""
    write = _WRITERS[dialect]
    return (write(label, signals) for label in labels)


def _bounded(path: Path) -> str:
    try:
        size = path.stat().st_size
    except OSError:
        size = 0  # reading it says what is wrong
    if size > MOST_BYTES:
        raise CorpusError([f"{path}:1: larger than {MOST_BYTES // 1_000_000} MB; split the file"])
    return read_text(path)


def _tasks(path: Path, text: str) -> Iterator[tuple[str, Record]]:
    """Yield the tasks of a Label Studio export with their place."""
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise CorpusError(
            [f"{path}:{error.lineno}: not JSON ({error.msg}); export the project again"]
        ) from None
    except (ValueError, RecursionError) as error:
        raise CorpusError([f"{path}:1: not JSON ({error}); export the project again"]) from None
    for number, task in enumerate(tasks, 1):
        if not isinstance(task, dict):
            raise CorpusError([f"{path}: task {number}: not an object; export the project again"])
        yield f"{path}: task {number}", task


def _lines(path: Path, text: str, problems: list[str]) -> Iterator[tuple[str, Record]]:
    """Yield the objects of JSON Lines with their place; add a line for each fault."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            problems.append(f"{where}: not JSON ({error}); write one object on one line")
            continue
        if isinstance(record, dict):
            yield where, record
        else:
            problems.append(f"{where}: not a JSON object; write one object on one line")


def _tell(path: Path, records: Sequence[tuple[str, Record]], problems: list[str]) -> Dialect:
    """Return the dialect that the first records show."""
    for _, record in islice(records, _LOOKED_AT):
        if isinstance(record.get("data"), dict):
            return Dialect.LABEL_STUDIO
        if _PRODIGYS & record.keys():
            return Dialect.PRODIGY
        if _OURS & record.keys():
            return Dialect.PIVOTWATCH
        if "Comments" in record or isinstance(record.get("label"), list):
            return Dialect.DOCCANO
        if "labels" in record:
            return Dialect.PIVOTWATCH if "direction" in record else Dialect.DOCCANO
    names = ", ".join(Dialect)
    if records or not problems:
        reason = "cannot tell whose format this is" if records else "no labels in it"
        problems.append(f"{path}:1: {reason}; say --format and one of {names}")
    raise CorpusError(_shortened(path, problems))


def _shortened(path: Path, problems: Sequence[str]) -> list[str]:
    """Return ``problems``, and in place of what is beyond the twentieth how many those are."""
    kept = list(problems[:MOST_FAULTS])
    if len(problems) > MOST_FAULTS:
        kept.append(f"{path}: and {len(problems) - MOST_FAULTS} more; correct these first")
    return kept


def _joined(found: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Return ``found`` with one judgement for each text and person.

    Answers about single signals are joined; of whole judgements the later counts, and goes before
    any answer about a single signal.
    """
    kept: dict[tuple[str, str], Judgement] = {}
    for one in found:
        key = one.text, one.annotator
        earlier = kept.get(key)
        if earlier is None or (earlier.partial and not one.partial):
            kept[key] = one
        elif one.partial and earlier.partial:
            labels = tuple(dict.fromkeys((*earlier.labels, *one.labels)))
            at = max((t for t in (earlier.at, one.at) if t), default=None)
            direction = one.direction or earlier.direction
            kept[key] = replace(earlier, labels=labels, at=at, direction=direction)
        elif not one.partial and not _is_later(earlier, one):
            kept[key] = one
    return tuple(kept.values())


def _is_later(one: Judgement, other: Judgement) -> bool:
    return one.at is not None and other.at is not None and one.at > other.at
