"""What readers say of an alert: recorded, taken back as easily, and learnt from as labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.errors import AlertError
from alerts.payload import AlertPayload, read_payload
from alerts.rule_settings import side_of
from archive import alerts as alert_store
from archive import articles, ids, labels, verdicts
from archive.types import Direction, Label, Verdict, VerdictKind

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
    The one that counts is also a label on the article that the alert quotes first.

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
    _relabel(connection, alert_id, person)
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
        _relabel(connection, alert_id, person)
    return Standing(standing_of(connection, alert_id, person))


def standing_of(connection: Connection, alert_id: str, person: str) -> Verdict | None:
    """Return a person's verdict on an alert that counts, if there is one."""
    return _last(verdicts.of_person(connection, alert_id, person))


def _last(history: list[Verdict]) -> Verdict | None:
    return next((v for v in reversed(history) if v.set_aside is None), None)


def _relabel(connection: Connection, alert_id: str, person: str) -> None:
    """Make a person's label from an alert say what their verdict says that counts, if any."""
    label_id = "lb_" + ids.digest(alert_id, person, length=16)
    labels.remove(connection, [label_id])
    standing = standing_of(connection, alert_id, person)
    payload = None if standing is None else _quoting(connection, standing)
    if standing is None or payload is None:
        return
    quote = payload.passages[0]
    found = articles.current(connection, [quote.source.article_id])
    codes, direction = _meaning(standing, payload)
    made = Label(
        id=label_id,
        article_id=next(iter(found), None),
        text=quote.text,
        lang=quote.source.lang,
        labels=codes,
        direction=direction,
        annotator=person,
        source=f"alert {alert_id}",
        at=standing.at,
    )
    labels.add(connection, [made])


def _quoting(connection: Connection, verdict: Verdict) -> AlertPayload | None:
    """Return the last revision, up to the one judged, that quotes an article."""
    for number in range(verdict.revision, 0, -1):
        found = alert_store.revision(connection, verdict.alert_id, number)
        payload = None if found is None else read_payload(found.payload)
        if payload is not None and payload.passages:
            return payload
    return None


def _meaning(verdict: Verdict, payload: AlertPayload) -> tuple[tuple[str, ...], Direction]:
    """Return the signals and the direction that a verdict says the article has."""
    if verdict.verdict is VerdictKind.RELEVANT:
        return (payload.signal.code,), payload.direction
    if verdict.verdict is VerdictKind.NOT_RELEVANT:
        return (), Direction.NONE
    side = side_of(verdict.signal)
    mixed = side is Direction.AWAY and payload.direction is Direction.MIXED
    return (verdict.signal,), Direction.MIXED if mixed else side
