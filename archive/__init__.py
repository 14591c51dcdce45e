"""The archive: the domain's types, and the only code that touches the database.

In: feeds, entries, articles, scores, stories, decisions, alerts, deliveries, labels.
Out: the same, and whatever work is still owed (due entries, unscored articles, due messages).
Every function of a store takes an open connection from ``Archive.read()`` or ``Archive.write()``,
so that the caller decides what belongs to one transaction.
"""

from archive.engine import Archive, ArchiveError
from archive.lock import BusyError, only_one
from archive.migrate import is_ready, upgrade

__all__ = ["Archive", "ArchiveError", "BusyError", "is_ready", "only_one", "upgrade"]
