"""The fixtures of the room; what they are made of is in feeds_kit."""

from feeds_kit import desk, site

__all__ = ["desk", "site"]
