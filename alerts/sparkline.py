"""The last days in one line of text, for a reader without pictures."""

from __future__ import annotations

from collections.abc import Sequence

_NONE = "·"
_BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(counts: Sequence[int]) -> str:
    """Return one sign for each count: a dot for none, else a block as high as its share."""
    most = max(counts, default=0)
    return "".join(_sign(count, most) for count in counts)


def _sign(count: int, most: int) -> str:
    if count <= 0:
        return _NONE
    return _BLOCKS[round(count / most * (len(_BLOCKS) - 1))]
