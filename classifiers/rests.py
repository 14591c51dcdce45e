"""What documents score without some of their sentences; only what changes is worked out anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .batch import Batch
from .core import Core, Table
from .parties import joined
from .reading import windows_of
from .sheet import Group, Window

Rest = tuple[int, frozenset[int]]
"""A document and the positions of the sentences that are taken away."""


@dataclass(frozen=True)
class Rests:
    """Scores what is left of the documents of ``batch``, whose ``table`` is that of the whole."""

    core: Core
    batch: Batch
    table: Table

    @cached_property
    def _rows(self) -> list[dict[Window, int]]:
        """The row of each window of each document."""
        return [
            dict(zip(own, range(first, first + len(own)), strict=True))
            for own, first in zip(self.table.windows, self.table.first, strict=True)
        ]

    def __call__(self, rests: Sequence[Rest]) -> Table:
        """Return the table of ``rests``; windows stand for positions in the whole documents.

        A window that was one before says what it said, if the parties are the same.
        """
        groups: list[Group] = []
        windows: list[tuple[Window, ...]] = []
        places: list[int] = []
        sheet, past = self.batch.sheet, len(self.table.logits)
        for at, taken in rests:
            kept = [position for position in range(sheet.sizes[at]) if position not in taken]
            parties = self.batch.parties[at]
            groups.append((at, kept, joined([parties[position] for position in kept])))
            windows.append(windows_of(kept, sheet.titles[at]))
        for (at, _, gate), own in zip(tuple(groups), windows, strict=True):
            rows = self._rows[at] if gate == sheet.gate_of[at] else {}
            for window in own:
                if (row := rows.get(window)) is None:
                    row = past + len(groups)
                    groups.append((at, window, gate))
                places.append(row)
        logits = np.vstack([self.table.logits, self.core.logits(sheet.sums(groups))])
        chosen = [*range(past, past + len(rests)), *places]
        return Table.of(logits[chosen], windows)
