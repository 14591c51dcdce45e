"""What readers say of an alert: recorded whole, and taken back as easily."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.errors import AlertError
from archive import alerts as alert_store
from archive import ids, verdicts
from archive.types import Verdict, VerdictKind

CONTRADICTION = timedelta(seconds=10)
"""Two answers that differ within this time were pressed by a program, or by mistake."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of a person's verdicts on an alert: the last that was not set aside, if any.

    ``contradicted`` says that the verdict just given was set aside, with the one before it.
    """

    verdict: Verdict | None
    contradicted: bool = False


def judge(
    connection: Connection,
    alert_id: str,
    revision: int,
    person: str,
    kind: VerdictKind,
    now: datetime,
    *,
    signal: str = "",
    via: str = "link",
) -> Standing:
    """Record a verdict; the last one counts, and the same one twice is one.

    A verdict that differs from another one of the last ten seconds is set aside together with it.

    Args:
        connection: a writing transaction.
        alert_id: the alert.
        revision: what the person had read of it.
        person: who says it.
        kind: what is said.
        now: the time.
        signal: the right signal's code, when the alert's is the wrong one.
        via: the way it came by.

    Raises:
        AlertError: there is no such alert, or a wrong signal comes without the right one.
    """
    if (kind is VerdictKind.WRONG_SIGNAL) != bool(signal):
        raise AlertError("verdict: choose the right signal when the alert's is the wrong one")
    if alert_store.revision(connection, alert_id, revision) is None:
        raise AlertError(f"{alert_id}: no such alert is here any more; nothing was recorded")
    said = revision, kind, signal
    when = now.isoformat()
    new = Verdict(
        id="vd_" + ids.digest(alert_id, person, str(revision), kind, signal, when, length=20),
        alert_id=alert_id,
        revision=revision,
        person=person,
        verdict=kind,
        signal=signal,
        via=via,
        at=now,
    )
    history = verdicts.of_person(connection, alert_id, person)
    against = [
        v.id for v in history if now - v.at <= CONTRADICTION and (v.verdict, v.signal) != said[1:]
    ]
    standing = _last(history)
    if standing is not None and not against:
        same = (standing.revision, standing.verdict, standing.signal) == said
        if same:
            return Standing(standing)
    verdicts.add(connection, new)
    if against:
        verdicts.set_aside(connection, [*against, new.id], now)
    return Standing(standing_of(connection, alert_id, person), bool(against))


def take_back(
    connection: Connection, alert_id: str, person: str, kind: VerdictKind, now: datetime
) -> Standing:
    """Set a person's verdict on an alert aside, if it is of ``kind``; the one before counts again.

    What was said stays in the history.
    """
    found = standing_of(connection, alert_id, person)
    if found is not None and found.verdict is kind:
        verdicts.set_aside(connection, [found.id], now)
    return Standing(standing_of(connection, alert_id, person))


def standing_of(connection: Connection, alert_id: str, person: str) -> Verdict | None:
    """Return a person's verdict on an alert that counts, if there is one."""
    return _last(verdicts.of_person(connection, alert_id, person))


def _last(history: list[Verdict]) -> Verdict | None:
    return next((v for v in reversed(history) if v.set_aside is None), None)
