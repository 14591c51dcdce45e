"""What is decided because time has passed: waits and snoozes that end, alerts that fall silent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.engine import Connection

from alerts import states
from alerts.circumstances import Circumstances
from alerts.judge import Judge, Verdict
from alerts.opposition import WINDOW
from alerts.waits import WAITS, is_over
from archive import Archive, decisions, stories
from archive import alerts as alert_store

MOST = 500
"""Stories without a decision that are caught up with at once; the rest wait for the next cycle."""


def rejudge(archive: Archive, around: Circumstances) -> Verdict:
    """Decide again where nothing new has come but time has passed, in one transaction.

    Alerts without evidence for ``close_days`` are closed. Snoozes that are over bring their alert
    back. Stories whose first alert or update waited until now are judged with all that has come
    meanwhile. Stories of the last 30 days that lack a rule's decision, as the rule is newer than
    they are, get one without an alert. Repeating it adds nothing.

    Raises:
        ArchiveError: the database did not take it; nothing was stored.
    """
    settings, now = around.settings, around.now
    with archive.write() as connection:
        states.close_idle(connection, now, settings.close_days)
        ended = states.end_snoozes(connection, now)
        judge = Judge(connection, around, ended)
        verdict = judge.judge(stories.several(connection, _due(connection, ended, now)))
        rules = [rule.name for rule in settings.rules]
        missing = decisions.undecided(connection, rules, now - WINDOW, MOST)
        return verdict + judge.judge(stories.several(connection, missing), late=True)


def _due(connection: Connection, ended: Mapping[str, str], now: datetime) -> list[str]:
    """Return the stories whose wait is over, or whose alert comes back from a snooze."""
    waited = {story for story, said in decisions.waiting(connection, WAITS) if is_over(said, now)}
    back = {a.story_id for key in ended if (a := alert_store.get(connection, key)) is not None}
    return sorted(waited | back)
