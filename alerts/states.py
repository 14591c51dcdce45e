"""What people do with an alert: acknowledge, snooze, close, reopen; and what that keeps back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.errors import AlertError
from alerts.reasons import News
from alerts.rule_settings import INDEX_RULE
from alerts.rules import Finding
from archive import actions
from archive import alerts as store
from archive.types import Alert, AlertAction, AlertState, Reason, Severity

TIME = "pivotwatch"
"""Who acts when nobody does: time has come."""
LONGEST_SNOOZE = timedelta(days=90)
_THROUGH_ACK = frozenset(
    {
        Reason.SEVERITY_UP,
        Reason.CONTRADICTED,
        Reason.CORRECTED,
        Reason.RETRACTED,
        Reason.REOPENED,
    }
)
_SAME_WHEN_CLOSED = frozenset({Reason.CONTRADICTED, Reason.CORRECTED, Reason.RETRACTED})
_MOST = 500  # characters of a name or reason


def acknowledge(
    connection: Connection, alert_id: str, who: str, now: datetime, why: str = ""
) -> Alert:
    """Say that somebody has an alert in hand: a further source is not told any more.

    Raises:
        AlertError: there is no such alert, or nobody is named.
    """
    return _become(connection, alert_id, AlertState.ACKED, who, why, now)


def snooze(
    connection: Connection, alert_id: str, who: str, until: datetime, now: datetime, why: str = ""
) -> Alert:
    """Lay an alert aside: it comes back at ``until``, or before when it gets worse.

    Raises:
        AlertError: there is no such alert, nobody is named, or the time is past or too far away.
    """
    if not now < until <= now + LONGEST_SNOOZE:
        raise AlertError(
            f"snooze: {until:%Y-%m-%d %H:%M} UTC is past or more than {LONGEST_SNOOZE.days} days "
            "away; `alerts close` ends an alert"
        )
    return _become(connection, alert_id, AlertState.SNOOZED, who, why, now, until)


def close(connection: Connection, alert_id: str, who: str, now: datetime, why: str = "") -> Alert:
    """Say that an alert is done with; new evidence reopens it.

    Raises:
        AlertError: there is no such alert, or nobody is named.
    """
    return _become(connection, alert_id, AlertState.CLOSED, who, why, now)


def reopen(connection: Connection, alert_id: str, who: str, now: datetime, why: str = "") -> Alert:
    """Take back an acknowledgement, a snooze or a closing.

    Raises:
        AlertError: there is no such alert, or nobody is named.
    """
    return _become(connection, alert_id, AlertState.OPEN, who, why, now)


def check_new(connection: Connection, alert_id: str, state: AlertState, who: str) -> None:
    """Check that a person's word would change something: who acts twice is told so.

    An alert may be taken over by somebody else, but is opened only once.

    Raises:
        AlertError: the alert is open, acknowledged or closed by them already.
    """
    found = store.get(connection, alert_id)
    if found is None or found.state != state or state is AlertState.SNOOZED:
        return  # a second snooze has another end
    if state is AlertState.OPEN:
        raise AlertError(f"{alert_id}: is open already; nothing was changed")
    if found.state_by == _cut(who) and found.state_at is not None:
        since = f"{found.state_at:%Y-%m-%d %H:%M} UTC"
        words = "acknowledged" if state is AlertState.ACKED else state
        raise AlertError(
            f"{alert_id}: is {words} by {found.state_by} since {since}; nothing was changed"
        )


def close_idle(connection: Connection, now: datetime, days: float) -> int:
    """Close the alerts that have had no evidence for ``days``; return how many."""
    found = store.idle(connection, now - timedelta(days=days))
    for one in found:
        close(connection, one.id, TIME, now, f"no evidence for {days:g} days")
    return len(found)


def end_snoozes(connection: Connection, now: datetime) -> dict[str, str]:
    """Open the alerts whose snooze is over; return who had snoozed each, by alert.

    Those on the realignment index are left: its own rule brings them back.
    """
    found = [one for one in store.snoozes_over(connection, now) if one.rule != INDEX_RULE]
    for one in found:
        reopen(connection, one.id, TIME, now, "the snooze is over")
    return {one.id: one.state_by for one in found}


def wake(connection: Connection, alert: Alert, news: News, now: datetime) -> None:
    """Open a snoozed or closed alert that is told again."""
    if alert.state in {AlertState.SNOOZED, AlertState.CLOSED}:
        reopen(connection, alert.id, TIME, now, f"told again: {news.reason}")


def kept_back(alert: Alert, news: News, finding: Finding, told: str) -> str | None:
    """Return why a further revision is not told in an alert's state, or None when it is.

    An acknowledged alert still tells what changes the assessment. A snoozed one comes back early
    when its severity has risen above what was ``told``, with a new independent source, and with
    whatever is said against it.
    """
    if alert.state == AlertState.ACKED and news.reason not in _THROUGH_ACK:
        return f"acknowledged by {alert.state_by}: {news.reason} is not told any more"
    same = news.reason is Reason.SEVERITY_UP and finding.severity.rank <= Severity(told).rank
    if alert.state == AlertState.SNOOZED and same and alert.state_until is not None:
        return (
            f"snoozed by {alert.state_by} until {alert.state_until:%Y-%m-%d %H:%M} UTC: a "
            "higher likelihood at the same severity does not end that"
        )
    return None


def reopened(alert: Alert, news: News | None, ended: str | None) -> News | None:
    """Return news as an alert's state makes it: what is new on a closed alert reopens it.

    ``ended`` is who had laid the alert aside, when that time is over just now.
    """
    if alert.state == AlertState.CLOSED and news and news.reason not in _SAME_WHEN_CLOSED:
        sentence = f"Closed by {alert.state_by}, and reopened: {news.sentence}"
        return News(Reason.REOPENED, sentence, news.superseded)
    if news is None and ended is not None:
        sentence = f"The snooze by {ended} is over; nothing that would change the alert has come."
        return News(Reason.REOPENED, sentence)
    return news


def _become(
    connection: Connection,
    alert_id: str,
    state: AlertState,
    who: str,
    why: str,
    now: datetime,
    until: datetime | None = None,
) -> Alert:
    who, why = _cut(who), _cut(why)
    if not who:
        raise AlertError(f"{alert_id}: nobody is named; say who does this")
    if store.get(connection, alert_id) is None:
        raise AlertError(f"{alert_id}: no such alert; `pivotwatch alerts list` shows them")
    store.set_state(connection, alert_id, state, by=who, at=now, until=until)
    actions.log(connection, AlertAction(alert_id, _NAMES[state], who, why, now, until))
    found = store.get(connection, alert_id)
    assert found is not None
    return found


def _cut(text: str) -> str:
    return " ".join(text.split())[:_MOST]


_NAMES = {
    AlertState.ACKED: "ack",
    AlertState.SNOOZED: "snooze",
    AlertState.CLOSED: "close",
    AlertState.OPEN: "reopen",
}
