"""Reading ``seeds/lexicon.toml`` and naming every fault in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from .errors import CorpusError
from .lexicon import LANGUAGES, TYPES, Concept, Lexicon, word_pattern
from .sources import line_of, read_text


def load_lexicon(path: Path) -> Lexicon:
    """Return the lexicon of ``path``; raise ``CorpusError`` with a line for each fault."""
    text = read_text(path)
    try:
        tables = tomllib.loads(text).get("concept", [])
    except tomllib.TOMLDecodeError as error:
        raise CorpusError([f"{path}:1: not TOML ({error}); correct the file"]) from None
    problems = [f"{path}:{line}: {fault}" for line, fault in _faults(text, tables)]
    if not tables:
        problems.append(f"{path}:1: no [[concept]] in it; add at least one")
    if problems:
        raise CorpusError(problems)
    return Lexicon(_concept(table) for table in tables)


def _faults(text: str, tables: list[Mapping[str, object]]) -> Iterator[tuple[int, str]]:
    ids = {table.get("id") for table in tables}
    seen: set[object] = set()
    owners: dict[str, str] = {}
    for table in tables:
        name = table.get("id")
        line = line_of(text, f'id = "{name}"')
        if not isinstance(name, str) or not name:
            yield line, 'concept without an id; add id = "…"'
            continue
        if name in seen:
            yield line, f"concept {name!r} is defined twice; keep one"
        seen.add(name)
        if table.get("type") not in TYPES:
            yield line, f"type {table.get('type')!r} is unknown; use one of {', '.join(TYPES)}"
        actor = table.get("actor", "")
        if actor and actor not in ids:
            yield line, f"actor {actor!r} of {name!r} is no concept; define it or correct it"
        yield from _alias_faults(text, line, name, table, owners)


def _alias_faults(
    text: str, line: int, name: str, table: Mapping[str, object], owners: dict[str, str]
) -> Iterator[tuple[int, str]]:
    for lang in LANGUAGES:
        aliases = table.get(lang, [])
        if not isinstance(aliases, list) or not all(isinstance(a, str) for a in aliases):
            yield line, f"{lang} of {name!r} is not a list of texts; correct it"
            continue
        for alias in aliases:
            if not alias.strip("* "):
                yield line, f"empty alias of {name!r}; remove it"
                continue
            key = " ".join(word_pattern(word) for word in alias.split())
            owner = owners.setdefault(key, name)
            if owner != name:
                at = line_of(text, f'"{alias}"')
                yield at, f"alias {alias!r} belongs to {owner!r} and {name!r}; keep one"


def _concept(table: Mapping[str, object]) -> Concept:
    def aliases(lang: str) -> tuple[str, ...]:
        value = table.get(lang, [])
        return tuple(value) if isinstance(value, list) else ()

    return Concept(
        id=str(table["id"]),
        type=str(table["type"]),
        actor=str(table.get("actor", "")),
        en=aliases("en"),
        ru=aliases("ru"),
        hy=aliases("hy"),
    )
