"""What this room reports to people: one base exception and its two kinds."""

from __future__ import annotations

from collections.abc import Iterable


class ClassifierError(Exception):
    """Base of every error this room raises for a person to read."""


class CorpusError(ClassifierError):
    """Labels, lexicon or an article file that cannot be used.

    ``problems`` holds one complete line for each fault: ``file:line: what; remedy``.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ModelError(ClassifierError):
    """A model file that is missing, damaged, or not one that this code may open."""
