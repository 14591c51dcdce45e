"""A person's own documents, read from a folder within bounds: text, Markdown, HTML, exchange."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import classifiers
from desk.console import Bars
from desk.errors import DeskError
from feeds import FeedError
from feeds.charset import decode
from feeds.plain import clean_text
from feeds.workers import Workers

if TYPE_CHECKING:
    from classifiers import SourceDocument

MOST_FILES = 5_000
MOST_BYTES = 5_000_000
MOST_MARKDOWN = 1_000_000
"""Bytes of a Markdown file; the worst of this size takes half a minute."""

MOST_IN_ALL = 200_000_000
"""Bytes of all files of a folder, beyond which the others are left."""

DEADLINE = 20.0
"""Seconds for one HTML page."""

_WEB = {".html", ".htm"}
_MARKDOWN = {".md", ".markdown"}
_KINDS = {".txt", ".jsonl"} | _WEB | _MARKDOWN
_NOWHERE = "http://localhost/"
_WRAPPED = 50
"""Characters of a line from which it may go on in the next."""

_ENDS = ".!?…։:;»”\"'"


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents that could be read, and one line for each file that could not."""

    found: tuple[SourceDocument, ...]
    faults: tuple[str, ...]


def read_documents(folder: Path, shown: Bars) -> Documents:
    """Return the documents under ``folder``.

    Raises:
        DeskError: it is no folder, or holds no documents, or too many.
    """
    if not folder.is_dir():
        raise DeskError(f"{folder}: no such folder; name one with .txt, .md, .html or .jsonl files")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _KINDS)
    paths = [path for path in paths if path.is_file()]
    if not paths:
        raise DeskError(f"{folder}: no .txt, .md, .html or .jsonl files in it; add some")
    if len(paths) > MOST_FILES:
        raise DeskError(f"{folder}: {len(paths):,} files; name a folder of {MOST_FILES:,} at most")
    return asyncio.run(_read(folder, paths, shown))


async def _read(folder: Path, paths: list[Path], shown: Bars) -> Documents:
    found: list[SourceDocument] = []
    faults: list[str] = []
    total = 0
    async with Workers(1, DEADLINE) as workers:
        for number, path in enumerate(paths, 1):
            try:
                body = _bytes(path)
                total += len(body)
                if total > MOST_IN_ALL:
                    faults.append(
                        f"{path}: over {MOST_IN_ALL // 1_000_000} MB in all before its end; it and "
                        "the files after it are not read, so split the folder"
                    )
                    break
                for document in await _documents(path, body, workers):
                    name = path.relative_to(folder).as_posix()
                    name = f"{name}:{document.name}" if document.name else name
                    found.append(replace(document, name=_whole(name)))
            except (classifiers.CorpusError, DeskError) as error:
                faults.append(str(error))
            shown.counted("reading documents", number, len(paths))
    return Documents(tuple(found), tuple(faults))


async def _documents(path: Path, body: bytes, workers: Workers) -> list[SourceDocument]:
    """Return the documents in ``path``; only those of an exchange file have a name yet."""
    kind = path.suffix.lower()
    if kind == ".jsonl":
        return list(_exchanged(path, body))
    if kind in _WEB:
        try:
            page = await workers.extract_page(body, "", _NOWHERE)
        except FeedError as error:
            raise DeskError(f"{path}: {error}; save the article as .txt") from None
        text = f"{page.title}\n{page.text}" if page.text else ""
    else:
        text = decode(body)
        if "\x00" in text:
            raise DeskError(f"{path}: not a text file; save it as UTF-8 text")
        text = _marked(text) if kind in _MARKDOWN else _unwrapped(text)
    text = clean_text(text)
    if not text:
        raise DeskError(f"{path}: no text in it; save the article as .txt")
    return [classifiers.SourceDocument("", text)]


def _bytes(path: Path) -> bytes:
    most = MOST_MARKDOWN if path.suffix.lower() in _MARKDOWN else MOST_BYTES
    try:
        with path.open("rb") as file:
            is_larger = os.fstat(file.fileno()).st_size > most
            body = b"" if is_larger else file.read(most)
    except OSError as error:
        raise DeskError(f"{path}: {error.strerror}; name a readable file") from None
    if is_larger:
        raise DeskError(f"{path}: larger than {most // 1_000_000} MB; split it")
    return body


def _exchanged(path: Path, body: bytes) -> Iterator[SourceDocument]:
    try:
        lines = io.StringIO(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise DeskError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None
    for labelled in classifiers.read_articles(lines, str(path)):
        article = labelled.article
        text = clean_text(f"{article.title}\n{article.text}")
        day = f"{article.published:%Y-%m-%d}" if article.published else ""
        yield classifiers.SourceDocument(article.id, text, _whole(article.outlet), day)


def _marked(text: str) -> str:
    """Return the words of Markdown, one block a line."""
    from rich.markdown import Markdown  # not needed by any other command

    lines = []
    for token in Markdown(text).parsed:
        if token.type == "inline":
            parts = (child.content or " " for child in token.children or () if _is_read(child.type))
            lines.append("".join(parts))
    return "\n".join(lines)


def _is_read(kind: str) -> bool:
    return kind in {"text", "code_inline", "softbreak", "hardbreak"}


def _unwrapped(text: str) -> str:
    """Return ``text`` with the lines joined that were broken in mid-sentence."""
    parts: list[str] = []
    before = ""
    for line in map(str.strip, text.splitlines()):
        goes_on = line and len(before) >= _WRAPPED and before[-1] not in _ENDS
        parts += [" " if goes_on else "\n", line]
        before = line
    return "".join(parts[1:])


def _whole(text: str) -> str:
    """Return ``text`` with lone surrogates replaced, so that it can be written."""
    return text.encode("utf-8", "replace").decode()
