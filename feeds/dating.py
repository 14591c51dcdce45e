"""When an article was published: the feed's date first, the page's as a check."""

from __future__ import annotations

from datetime import datetime, timedelta

from archive.types import Entry
from feeds.dates import parse_date

FUTURE = timedelta(days=1)
"""A date further ahead of us is none."""

DISPUTED = timedelta(days=2)
"""Two dates further apart are not one day told in two zones: htmldate knows days, not hours."""


def checked_date(
    entry: Entry, page_date: str, first_seen: datetime, now: datetime, zone: str = ""
) -> tuple[datetime | None, str]:
    """Return when the article behind ``entry`` was published, and how far that can be trusted.

    The feed's date counts before ``page_date``, the one on its page; the flag is ``disputed`` when
    they are more than two days apart. A date of more than a day after ``first_seen`` and ``now``
    is ``bad``: the page's own stands in for the feed's, and ``first_seen`` for both. ``zone`` is
    the outlet's, for a page's date that names none. Without any date it is None, with the flag of
    the feed's.
    """
    on_page, page_flag = parse_date(page_date, zone)
    latest, said = max(first_seen, now) + FUTURE, entry.published
    if said is None and on_page is None:
        return None, entry.date_flag
    if said is None:
        return (on_page, page_flag) if _is_by(on_page, latest) else (first_seen, "bad")
    if said > latest:
        return on_page if _is_by(on_page, latest) else first_seen, "bad"
    if on_page is not None and abs(on_page - said) > DISPUTED:
        return said, "disputed"
    return said, entry.date_flag


def _is_by(moment: datetime | None, latest: datetime) -> bool:
    return moment is not None and moment <= latest
