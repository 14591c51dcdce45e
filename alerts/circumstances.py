"""What every decision of one moment rests on besides the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alerts.channels import Recipient
from alerts.settings import AlertsSettings


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The circumstances of deciding.

    Attributes:
        settings: rules, budget and the stories' date window.
        thresholds: the model's threshold per signal, for rules without one of their own.
        now: the time at which is decided.
        coverage: one sentence on the sources' health, shown in every alert.
        recipients: all who may be told.
        names: the signals' names by code.
        model_note: what every alert has to say of the model, such as that it stands in for
            a damaged one; empty for nothing.
        corpus: the hash of what the model has learnt from, kept with each decision.
    """

    settings: AlertsSettings
    thresholds: Mapping[str, float]
    now: datetime
    coverage: str
    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]
    model_note: str = ""
    corpus: str = ""
