"""What origins wish of robots, stored and read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archive import Archive, sites
from archive.types import Site

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SITE = Site(
    "https://outlet.example", "User-agent: *\nDisallow: /а", "rules", NOW, NOW + timedelta(days=1)
)


def test_the_last_answer_of_an_origin_stands(any_archive: Archive) -> None:
    later = replace(SITE, robots="", robots_state="closed", robots_failing_since=NOW)
    other = replace(SITE, origin="https://outlet.example:8443")
    for one in (SITE, other, later):
        with any_archive.write() as connection:
            sites.put(connection, one)
    with any_archive.read() as connection:
        assert sites.get(connection, SITE.origin) == later
        assert sites.get(connection, other.origin) == other
        assert sites.get(connection, "http://outlet.example") is None
