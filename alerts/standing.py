"""Which alert stands on a story under a rule, whatever ids the story has had."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from archive import alerts, ids, story_aliases
from archive.types import Alert


def standing(connection: Connection, rule: str, story_id: str) -> Alert | None:
    """Return a rule's alert on a story or on one that was merged into it; the first opened."""
    merged = story_aliases.of(connection, [story_id]).get(story_id, ())
    found = [alerts.get(connection, ids.alert_id(rule, one)) for one in (story_id, *merged)]
    return min((a for a in found if a is not None), key=lambda a: (a.opened, a.id), default=None)
