"""Files of articles in the exchange format, opened and read for a command."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import classifiers
from desk.errors import DeskError

if TYPE_CHECKING:
    from classifiers import LabelledArticle


@contextmanager
def source(name: str) -> Iterator[TextIO]:
    """Open the file ``name`` for reading; ``-`` is stdin.

    Raises:
        DeskError: it cannot be opened.
    """
    if name == "-":
        yield sys.stdin
        return
    try:
        opened = Path(name).open(encoding="utf-8-sig")  # noqa: SIM115  (closed below)
    except OSError as error:
        raise DeskError(f"{name}: {error.strerror}; name a file of JSON Lines, or -") from None
    with opened:
        yield opened


def read_labelled(file: Path) -> list[LabelledArticle]:
    """Return the articles of ``file``, at least one.

    Raises:
        CorpusError: a line cannot be used.
        DeskError: the file cannot be opened, or holds nothing.
    """
    with source(str(file)) as opened:
        articles = list(classifiers.read_articles(opened, str(file)))
    if not articles:
        raise DeskError(f"{file}: no articles in it; write one JSON object a line")
    return articles
