"""The room's error: what is wrong with a feed, a page or a catalogue, in lines for people."""

from __future__ import annotations

from archive.enums import FailureKind


class FeedError(Exception):
    """A feed, page or catalogue cannot be used; every line of the message is complete in itself.

    ``kind`` is what polling remembers of it.
    """

    def __init__(self, message: str, *, kind: FailureKind = FailureKind.BROKEN) -> None:
        super().__init__(message)
        self.kind = kind


class SitemapError(FeedError):
    """A sitemap has answered where a feed was expected."""
