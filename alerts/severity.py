"""How much a story matters: its probability times what its signal would change."""

from __future__ import annotations

from collections.abc import Mapping

from archive.types import Severity

IMPACT: Mapping[str, float] = {
    "russian_presence": 1.0,
    "csto_snub": 0.9,
    "western_drills": 0.8,
    "trade_retaliation": 0.8,
    "arms_diversification": 0.8,
    "icc_accession": 0.8,
    "western_alignment": 0.7,
    "ukraine_alignment": 0.7,
    "public_rift": 0.6,
    "russia_reengagement": 0.6,
    "regional_opening": 0.5,
}
"""What a signal would change if true: 1 for troops and bases, which decide who guarantees Armenia's
borders, down to .5 for what may happen without Moscow's loss. Our own judgement; a rule's
``severity`` overrides it."""
_OTHER = 0.6
_STEPS = ((0.9, Severity.CRITICAL), (0.6, Severity.IMPORTANT), (0.4, Severity.NOTABLE))
FEWEST_FOR_CRITICAL = 2
"""Independent origins. Critical alerts break through the budget and quiet hours; one outlet alone
never does that."""


def severity_of(
    signal: str | None, probability: float, origins: int, fixed: Severity | None = None
) -> Severity:
    """Return the level of a story whose leading ``signal`` has this probability.

    Four levels, as likelihood alarms of four steps did better than yes-or-no ones (Human Factors
    2019, doi:10.1177/0018720819852023). ``fixed`` is the rule's own, if it has one.
    """
    if fixed is not None:
        return fixed
    weight = probability * IMPACT.get(signal or "", _OTHER)
    found = next((level for least, level in _STEPS if weight >= least), Severity.WATCH)
    if found is Severity.CRITICAL and origins < FEWEST_FOR_CRITICAL:
        return Severity.IMPORTANT
    return found
