"""The desk's own errors."""

from __future__ import annotations


class DeskError(Exception):
    """A command could not do what it was asked; the message is complete in itself."""
