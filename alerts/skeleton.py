"""Names across alphabets: what is left of a name in Latin, Cyrillic or Armenian letters alike."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import groupby

SHORTEST = 3
"""Sounds from which a skeleton says enough; a shorter name counts as it is written."""

_LONGEST = 8
_SOUNDS = str.maketrans(
    "bcdfgjklmnpqrstvwxzбвгґджзклмнпрстфцчшщբգդզթժլծկձղճմնշչպջռսվտրցփքֆ",
    "pktfksklmnpkrstffkspfkktssklmnprstfsssspktstslsksksmnsspsrsftrspkf",
)
_PAIRS = (
    ("sch", "s"),
    ("sh", "s"),
    ("ch", "s"),
    ("zh", "s"),
    ("kh", ""),
    ("ts", "s"),
    ("tz", "s"),
    ("dz", "s"),
    ("ph", "f"),
    ("ck", "k"),
    ("ce", "s"),
    ("ci", "s"),
    ("тс", "s"),
    ("дз", "s"),
    ("дж", "s"),
)


@lru_cache(maxsize=50_000)
def skeleton(name: str) -> str:
    """Return the consonants of a lower-case name as rough sounds, or the name if few are left.

    Voiced and unvoiced consonants, sibilants, and doubled letters are one; vowels and h fall
    away. So Zelensky, Зеленский and Զելենսկի agree. A number is itself, and a year of our time
    says nothing: it gives an empty skeleton.
    """
    if any(c.isdigit() for c in name):
        return "" if is_year(name) else name
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    for pair, sound in _PAIRS:
        plain = plain.replace(pair, sound)
    sounds = "".join(c for c in plain if ord(c) in _SOUNDS).translate(_SOUNDS)
    bare = "".join(one for one, _ in groupby(sounds))[:_LONGEST]
    return bare if len(bare) >= SHORTEST else name


def is_year(number: str) -> bool:
    """Whether a number may be a year that any article of these decades names."""
    return len(number) == 4 and number.isdigit() and 1990 <= int(number) <= 2049
