"""What a delivery came to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How many messages were taken, failed and will be tried again, and were given up.

    ``accepted`` and ``refused`` name the alert revisions behind them (one revision may be in
    both: each channel answers for itself); ``errors`` has one line for each failure.
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    accepted: frozenset[tuple[str, int]] = frozenset()
    refused: frozenset[tuple[str, int]] = frozenset()
    errors: tuple[str, ...] = ()

    @property
    def tried(self) -> int:
        """How many messages were tried."""
        return self.sent + self.failed + self.dead

    def __add__(self, other: DeliveryReport) -> DeliveryReport:
        return DeliveryReport(
            self.sent + other.sent,
            self.failed + other.failed,
            self.dead + other.dead,
            self.accepted | other.accepted,
            self.refused | other.refused,
            self.errors + other.errors,
        )
