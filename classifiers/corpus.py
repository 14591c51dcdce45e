"""The labelled seed corpus: loaded whole or, with every fault named, not at all."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archive.types import Direction

from .errors import CorpusError
from .lexicon import LANGUAGES, Lexicon
from .lexicon_file import load_lexicon
from .signals import Signal, load_signals
from .sources import read_text, toml_fault
from .words import detect_language

ROLES = ("news", "background", "hard_negative")
SPLITS = ("train", "test")


@dataclass(frozen=True, slots=True)
class LabelledPassage:
    """One to three sentences and what they carry; passages on one ``event`` share a fold.

    ``labels`` are codes of signals, none for a negative; ``document`` is the id of the source
    that the fact comes from.
    """

    id: str
    text: str
    lang: str
    labels: tuple[str, ...]
    direction: Direction
    role: str
    event: str
    document: str
    split: str


@dataclass(frozen=True)
class Corpus:
    """Signals, lexicon and labelled passages that fit together."""

    signals: tuple[Signal, ...]
    lexicon: Lexicon
    passages: tuple[LabelledPassage, ...]

    @cached_property
    def hash(self) -> str:
        """SHA-256 over signals and passages, in hexadecimal; order and comments do not count."""
        signals = [[s.code, s.name, s.definition, str(s.precision)] for s in self.signals]
        rows = sorted(
            [p.id, p.text, p.lang, *p.labels, p.direction, p.role, p.event, p.document, p.split]
            for p in self.passages
        )
        whole = json.dumps([signals, rows], ensure_ascii=False)
        return hashlib.sha256(whole.encode()).hexdigest()


def load_corpus(seeds: Path) -> Corpus:
    """Return the corpus under ``seeds``.

    Reads ``signals.toml``, ``documents.toml``, ``lexicon.toml`` and ``passages/*.jsonl``. Raises
    ``CorpusError`` with one line for each fault of each file.
    """
    problems: list[str] = []
    signals: tuple[Signal, ...] = ()
    documents: frozenset[str] = frozenset()
    lexicon: Lexicon | None = None
    try:
        signals = load_signals(seeds / "signals.toml")
    except CorpusError as error:
        problems += error.problems
    try:
        documents = _load_documents(seeds / "documents.toml")
    except CorpusError as error:
        problems += error.problems
    try:
        lexicon = load_lexicon(seeds / "lexicon.toml")
    except CorpusError as error:
        problems += error.problems
    passages = tuple(_load_passages(seeds / "passages", signals, documents, problems))
    if problems or lexicon is None:
        raise CorpusError(problems)
    return Corpus(signals, lexicon, passages)


def read_passages(path: Path, signals: tuple[Signal, ...]) -> tuple[LabelledPassage, ...]:
    """Return the labelled passages of one file; their sources are taken as they are.

    Raises ``CorpusError`` with one line for each fault.
    """
    problems: list[str] = []
    found = tuple(_file_passages(path, signals, frozenset(), problems, {}))
    if problems:
        raise CorpusError(problems)
    return found


def _load_documents(path: Path) -> frozenset[str]:
    try:
        tables = tomllib.loads(read_text(path)).get("document", [])
    except tomllib.TOMLDecodeError as error:
        raise CorpusError([toml_fault(path, error)]) from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise CorpusError([f"{path}:1: document is no list of tables; write [[document]]"])
    return frozenset(str(table.get("id")) for table in tables)


def _load_passages(
    folder: Path,
    signals: tuple[Signal, ...],
    documents: frozenset[str],
    problems: list[str],
) -> Iterator[LabelledPassage]:
    """Yield the sound passages of ``folder``; add a line to ``problems`` for each fault."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        problems.append(f"{folder}:1: no *.jsonl in it; add labelled passages")
    seen: dict[str, str] = {}
    for path in files:
        yield from _file_passages(path, signals, documents, problems, seen)


def _file_passages(
    path: Path,
    signals: tuple[Signal, ...],
    documents: frozenset[str],
    problems: list[str],
    seen: dict[str, str],
) -> Iterator[LabelledPassage]:
    """Yield the sound passages of a file; ``seen`` says where each id was met first."""
    codes = frozenset(signal.code for signal in signals)
    try:
        lines = read_text(path).split("\n")
    except CorpusError as error:
        problems += error.problems
        return
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        faults, record = _read_line(line)
        faults += _faults(record, codes, documents) if record else []
        name = str(record.get("id"))
        if record and seen.setdefault(name, where) != where:
            faults.append(f"id {name!r} is already at {seen[name]}; give it another")
        problems += [f"{where}: {fault}" for fault in faults]
        if not faults:
            yield _passage(record)


def _read_line(line: str) -> tuple[list[str], Mapping[str, object]]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return [f"not JSON ({error}); write one object on one line"], {}
    if any("\ud800" <= char <= "\udfff" for char in json.dumps(record, ensure_ascii=False)):
        return ["broken characters (lone surrogates); type the line again"], {}
    if not isinstance(record, dict) or not record:
        return ["not a JSON object; write one object on one line"], {}
    return [], record


def _faults(
    record: Mapping[str, object], codes: frozenset[str], documents: frozenset[str]
) -> list[str]:
    faults = [
        f"no text for {key!r}; add it"
        for key in ("id", "event", "lang")
        if not isinstance(record.get(key), str) or not record[key]
    ]
    faults += _text_faults(record)
    labels = record.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        faults.append("labels is not a list of texts; write [] or a list of codes")
    elif codes:
        faults += [
            f"signal {label!r} is not in signals.toml; correct it or define the signal"
            for label in labels
            if label not in codes
        ]
        if labels and record.get("role") != "news":
            faults.append(f"role {record.get('role')!r} with labels; use news or remove the labels")
    for key, allowed in (("direction", tuple(Direction)), ("role", ROLES), ("split", SPLITS)):
        if record.get(key) not in allowed:
            names = ", ".join(allowed)
            faults.append(f"{key} {record.get(key)!r} is unknown; use one of {names}")
    source = record.get("source")
    document = source.get("document") if isinstance(source, dict) else None
    if documents and not (isinstance(document, str) and document in documents):
        faults.append(f"document {document!r} is not in documents.toml; add it there")
    return faults


def _text_faults(record: Mapping[str, object]) -> list[str]:
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        return ["empty text; write the passage or remove the line"]
    lang = record.get("lang")
    if lang not in LANGUAGES:
        return [f"lang {lang!r} is unknown; use one of {', '.join(LANGUAGES)}"]
    if any("\ud800" <= char <= "\udfff" for char in text):
        return ["broken characters in text (lone surrogates); type the text again"]
    script = detect_language(text)
    if script != lang:
        return [f"lang is {lang!r} but the letters are those of {script!r}; correct one of them"]
    return []


def _passage(record: Mapping[str, object]) -> LabelledPassage:
    source, labels = record["source"], record["labels"]
    return LabelledPassage(
        id=str(record["id"]),
        text=str(record["text"]),
        lang=str(record["lang"]),
        labels=tuple(map(str, labels)) if isinstance(labels, list) else (),
        direction=Direction(str(record["direction"])),
        role=str(record["role"]),
        event=str(record["event"]),
        document=str(source["document"]) if isinstance(source, dict) else "",
        split=str(record["split"]),
    )
