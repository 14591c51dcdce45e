"""Which alerts stand on stories under which rule, whatever ids the stories have had."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from archive import alerts, story_aliases
from archive.types import Alert


def standing(connection: Connection, story_ids: Sequence[str]) -> dict[tuple[str, str], Alert]:
    """Return the alerts by rule and story; of several on merged stories the first opened."""
    now = {one: one for one in story_ids}
    for story_id, merged in story_aliases.of(connection, story_ids).items():
        now |= dict.fromkeys(merged, story_id)
    found: dict[tuple[str, str], Alert] = {}
    for one in alerts.on_stories(connection, list(now)):
        found.setdefault((one.rule, now[one.story_id]), one)
    return found
