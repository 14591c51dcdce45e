"""The room's error: what is wrong with a feed, a page or a catalogue, in lines for people."""

from __future__ import annotations


class FeedError(Exception):
    """A feed, page or catalogue cannot be used; every line of the message is complete in itself."""
