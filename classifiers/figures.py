"""Cross-validated figures, and reading them back from a model file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .metrics import LanguageFigure, Ranking, Report, SignalFigure


@dataclass(frozen=True, slots=True)
class Figures:
    """Cross-validated figures on held-out pseudo-articles; no event is on both sides of a fold.

    ``report`` leaves out articles of background alone. ``hard_negative_alarms`` and
    ``recap_alarms`` are the shares of hard negatives and of background alone that score as high
    as the relevant articles at recall .95.
    """

    report: Report
    hard_negative_alarms: float | None
    recap_alarms: float | None

    def as_dict(self) -> dict[str, object]:
        """Return the figures as JSON-ready values."""
        return self.report.as_dict() | {
            "hard_negative_alarms": self.hard_negative_alarms,
            "recap_alarms": self.recap_alarms,
        }


def figures_from_dict(data: Mapping[str, Any]) -> Figures:
    """Return the figures that ``Figures.as_dict`` gave."""
    report = Report(
        n=data["n"],
        relevance=Ranking(**data["relevance"]),
        signals=tuple(SignalFigure(code, **row) for code, row in data["signals"].items()),
        macro_ap=data["macro_ap"],
        macro_f1=data["macro_f1"],
        by_lang=tuple(LanguageFigure(lang, **row) for lang, row in data["by_lang"].items()),
        direction_accuracy=data["direction_accuracy"],
        ece=data["ece"],
        model=data["model"],
    )
    return Figures(report, data["hard_negative_alarms"], data["recap_alarms"])
