"""The types of alerting: decisions, alerts, messages, and how they were delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.enums import MuteKind, OutboxState, Outcome, Reason, VerdictKind


@dataclass(frozen=True, slots=True)
class Decision:
    """What one rule decided on one story; there is exactly one for each pair.

    ``corpus`` and ``config`` are hashes of what the model has learnt from and of the rules that
    were in force: with the score and the model they say what the decision came from.
    """

    story_id: str
    rule: str
    outcome: Outcome
    signal: str | None
    score: float
    threshold: float
    model_id: str
    detail: str
    decided: datetime
    severity: str = ""
    corpus: str = ""
    config: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert on a story under a rule; ``title`` stays as it was at the first revision.

    ``state`` is ``open``, ``acked``, ``snoozed`` (until ``state_until``) or ``closed``;
    ``state_by`` and ``state_at`` say who made it so and when.
    """

    id: str
    rule: str
    story_id: str
    title: str
    revision: int
    opened: datetime
    updated: datetime
    severity: str = "notable"
    state: str = "open"
    state_until: datetime | None = None
    state_by: str = ""
    state_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertAction:
    """What somebody (or time itself) did with an alert: who, why, until when if it ends."""

    alert_id: str
    action: str
    who: str
    why: str
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mute:
    """Something that is not told until ``expires``; ``lifted`` is when somebody ended it before.

    ``value`` is a rule's name, an outlet, a signal's code or a story's id, as ``kind`` says.
    """

    id: str
    kind: MuteKind
    value: str
    author: str
    reason: str
    created: datetime
    expires: datetime
    lifted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said of an alert's revision, and by which way (``via``).

    ``signal`` is what they chose instead of a wrong one. ``set_aside`` is when it stopped to
    count: it was taken back, or contradicted at once; nothing is ever deleted.
    """

    id: str
    alert_id: str
    revision: int
    person: str
    verdict: VerdictKind
    signal: str
    via: str
    at: datetime
    set_aside: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRevision:
    """One thing said about an alert; all that is rendered comes from ``payload``."""

    alert_id: str
    revision: int
    reason: Reason
    payload: Mapping[str, object]
    created: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """An outbox row: one revision for one recipient of one channel. Its id never changes.

    ``held_until`` is when quiet hours let it go, None when none hold it. ``kind`` is ``alert``;
    ``late`` for an alert that goes alone because a catch-up mail with it was refused;
    ``catch_up`` for that mail; ``notice C`` or ``notice C ADDRESS`` for word of another channel's
    trouble.
    """

    id: str
    alert_id: str
    revision: int
    channel: str
    recipient: str
    state: OutboxState
    attempts: int
    next_at: datetime
    created: datetime
    error: str | None = None
    sent: datetime | None = None
    kind: str = "alert"
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a channel fares (``recipient`` is empty), or one address of it.

    ``tries`` failed in a row since ``failing_since``, and ``reason`` says how the last one did.
    ``strikes`` are refusals of the address for good, in a row. One that is ``disabled`` is tried
    no more until a person enables it.
    """

    channel: str
    recipient: str = ""
    tries: int = 0
    strikes: int = 0
    failing_since: datetime | None = None
    last_ok: datetime | None = None
    disabled: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One try to deliver a message and what the other side answered."""

    message_id: str
    at: datetime
    ok: bool
    code: str
    detail: str
