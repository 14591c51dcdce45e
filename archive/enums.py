"""The words that tables and types share: directions, states, outcomes, reasons."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """Where a text says Armenia is heading, seen from Moscow."""

    AWAY = "away"
    TOWARD = "toward"
    MIXED = "mixed"
    NONE = "none"


class EntryState(StrEnum):
    """What is still owed to an entry: ``due`` entries have yet to become an article."""

    DUE = "due"
    STORED = "stored"
    FAILED = "failed"


class Outcome(StrEnum):
    """What a rule decided on a story."""

    SENT = "sent"
    HELD = "held"
    BUDGET = "budget"
    MUTED = "muted"
    BELOW = "below"


class Reason(StrEnum):
    """Why an alert has a new revision."""

    FIRST = "first"
    SEVERITY_UP = "severity_up"
    NEW_INDEPENDENT_SOURCE = "new_independent_source"
    CONTRADICTED = "contradicted"
    CORRECTED = "corrected"
    TEST = "test"


class OutboxState(StrEnum):
    """Where a message stands: ``due`` until a channel has accepted it."""

    DUE = "due"
    SENT = "sent"
    DEAD = "dead"
