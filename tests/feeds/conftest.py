"""The fixtures of the room; what they are made of is in feeds_kit and home_kit."""

from feeds_kit import desk, site
from home_kit import watch

__all__ = ["desk", "site", "watch"]
