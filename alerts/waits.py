"""How long a revision waits for more: a first one for corroboration, a further one for its like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.payload import AlertPayload
from alerts.reasons import News
from alerts.rule_settings import AlertsSettings
from alerts.rules import Finding
from archive.types import Reason, Severity

WAITS = "waits until "
"""What the detail of a decision begins with that is taken anew at a time."""
_STAMP = "%Y-%m-%d %H:%M:%S UTC"
_GATHERED = frozenset({Reason.NEW_INDEPENDENT_SOURCE, Reason.SEVERITY_UP})


def wait_for(
    finding: Finding, news: News, last: AlertPayload | None, settings: AlertsSettings, now: datetime
) -> str | None:
    """Return the detail of the decision to wait, or None when the news goes out now.

    A first alert waits ``group_wait`` from when its first supporter was published, so that the
    outlets that come minutes later are in it. Further sources and higher likelihoods wait
    ``update_interval`` from the revision before. Critical alerts, corrections and denials never
    wait.
    """
    if finding.severity is Severity.CRITICAL:
        return None
    if news.reason is Reason.FIRST:
        wait = _minutes(finding.rule.group_wait, settings.group_wait)
        began, why = _began(finding), "the first alert waits for corroboration"
    elif news.reason in _GATHERED and last is not None:
        wait = _minutes(finding.rule.update_interval, settings.update_interval)
        began, why = last.created, f"updates are gathered ({news.reason})"
    else:
        return None
    until = began + wait
    return f"{WAITS}{until.astimezone(UTC):{_STAMP}}: {why}" if wait and until > now else None


def is_over(detail: str, now: datetime) -> bool:
    """Whether the time has come that a decision's detail waits for."""
    stamp = detail.removeprefix(WAITS).partition(": ")[0]
    try:
        until = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return True
    return until <= now


def _began(finding: Finding) -> datetime:
    return min(
        min(m.article.published or m.article.first_seen, m.article.first_seen)
        for m in finding.supporters
    )


def _minutes(own: float | None, usual: float) -> timedelta:
    return timedelta(minutes=usual if own is None else own)
