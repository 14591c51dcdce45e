"""How the tests look into an archive: what was told, what was decided, every row there is."""

from __future__ import annotations

import sqlalchemy as sa
from alerts_kit import SIMPLE

from alerts import read_payload
from alerts.payload import AlertPayload
from archive import Archive, stories
from archive import alerts as store
from archive.tables import metadata
from archive.types import Decision

RULE = SIMPLE.rules[0]


def told(archive: Archive) -> list[AlertPayload]:
    """Everything that was told, in order."""
    with archive.read() as connection:
        found = []
        for alert in store.recent(connection, 100):
            for number in range(1, alert.revision + 1):
                revision = store.revision(connection, alert.id, number)
                assert revision is not None
                found.append(read_payload(revision.payload))
    return sorted(found, key=lambda p: (p.created, p.alert_id, p.revision))


def decided(archive: Archive, rule: str = RULE.name) -> list[Decision]:
    with archive.read() as connection:
        return [
            d
            for s in stories.recent(connection, 100)
            for d in stories.decisions(connection, s.id)
            if d.rule == rule
        ]


def dump(archive: Archive) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with archive.read() as connection:
        return {
            t.name: sorted(map(tuple, connection.execute(sa.select(t))), key=repr)
            for t in metadata.sorted_tables
        }
