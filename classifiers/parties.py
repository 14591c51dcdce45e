"""Who is party to a document: the sides, the West, the neighbours, others; one bit for each."""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Iterable

SIDES = ("armenia", "russia")
WEST = ("eu", "usa", "france", "nato", "uk", "germany", "greece", "eu_mission", "western")
NEIGHBOURS = ("azerbaijan", "turkey", "iran", "georgia")

_GROUPS = (SIDES[:1], SIDES[1:], WEST, NEIGHBOURS, ("#distractor",))

BOTH = 3
"""The bits of Armenia and Russia."""

ARMENIAN = 1 << len(_GROUPS)
"""The bit of a sentence that starts in Armenian letters."""

COMBINATIONS = 2 * ARMENIAN
"""How many sets of parties there are."""


def parties_of(names: Collection[str]) -> int:
    """Return the parties among ``names``: ids, sides and, with ``#`` before them, types."""
    return sum(1 << at for at, group in enumerate(_GROUPS) if any(name in names for name in group))


def joined(parts: Iterable[int]) -> int:
    """Return the parties of all ``parts`` together."""
    return functools.reduce(operator.or_, parts, 0)


def is_on_armenia(parties: int) -> bool:
    """Tell whether Armenia is a party: named, or the text is in Armenian."""
    return bool(parties & (ARMENIAN | 1))


def gates_of(parties: int) -> list[str]:
    """Return the gate features of a document with these parties."""
    armenia, russia, west, near, foreign = (parties >> at & 1 for at in range(len(_GROUPS)))
    return [
        f"g:armenia={armenia}",
        f"g:armenia={armenia},russia={russia}",
        f"g:armenia={armenia},russia={russia},west={west},near={near}",
        f"g:armenia={armenia},foreign={foreign}",
    ]
