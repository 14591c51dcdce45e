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


class FailureKind(StrEnum):
    """Why a feed could not be read: no answer, an HTTP status, shut out (401, 403, 429 or a
    captcha), a web page in its place, an empty answer, a document that cannot be parsed, gone
    for good (410), an address that may not be asked. The last one is no failure of the feed's:
    it could not be asked since our own network was down."""

    NETWORK = "network"
    HTTP = "http"
    BLOCKED = "blocked"
    HTML = "html"
    EMPTY = "empty"
    BROKEN = "broken"
    GONE = "gone"
    REFUSED = "refused"
    OFFLINE = "offline"


class NoticeKind(StrEnum):
    """What is wrong with a feed, in the words of ``feeds list`` and the digest."""

    FAILING = "failing"
    BLOCKED = "blocked"
    NOT_A_FEED = "not a feed"
    NO_ITEMS = "no items"
    SILENT = "silent"
    BAD_DATES = "bad dates"
    SHORT_TEXTS = "short texts"
    OTHER_LANGUAGE = "other language"
    MOVED = "moved"
    CERTIFICATE = "certificate"
    GONE = "gone"
    POSSIBLE_GAP = "possible gap"


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
    RETRACTED = "retracted"
    REOPENED = "reopened"
    CATCH_UP = "catch_up"
    TEST = "test"


class Severity(StrEnum):
    """How much an alert matters, in rising order."""

    WATCH = "watch"
    NOTABLE = "notable"
    IMPORTANT = "important"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for ``watch`` to 3 for ``critical``."""
        return list(Severity).index(self)


class AlertState(StrEnum):
    """What people have done with an alert; ``snoozed`` has an end."""

    OPEN = "open"
    ACKED = "acked"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class MuteKind(StrEnum):
    """What a mute is on."""

    RULE = "rule"
    OUTLET = "outlet"
    SIGNAL = "signal"
    STORY = "story"


class VerdictKind(StrEnum):
    """What a reader says of an alert."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"
    WRONG_SIGNAL = "wrong_signal"


class OutboxState(StrEnum):
    """Where a message stands: ``due`` until a channel has accepted it."""

    DUE = "due"
    SENT = "sent"
    DEAD = "dead"
