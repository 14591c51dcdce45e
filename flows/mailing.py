"""Who is mailed: the configured addresses without those that have unsubscribed."""

from __future__ import annotations

import alerts
from alerts import unsubscribing
from archive import Archive
from flows.settings import Settings


def mail_settings(archive: Archive, settings: Settings) -> alerts.EmailSettings | None:
    """Return how mail goes out, to those alone who want it; None without a mail server.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.read() as connection:
        return unsubscribing.subscribed(connection, settings.email)
