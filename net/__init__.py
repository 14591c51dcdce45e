"""The one door to the outside: a guarded, bounded HTTP client.

In: a URL (and, for a webhook, a body). Out: a ``Response``, whatever its status, or a ``NetError``
in one line. No request reaches an address that is not public unless ``[net] allow`` opens it, no
answer is read beyond its limits, and none takes longer than the deadline.
"""

from net.door import Door
from net.errors import BadRedirect, NetError, Refused, TimedOut, TooLarge, Unreachable
from net.resolver import Resolver
from net.settings import ANSWER_LIMITS, FEED_LIMITS, PAGE_LIMITS, ROBOTS_LIMITS, Limits, NetSettings
from net.types import Hop, Response

__all__ = [
    "ANSWER_LIMITS",
    "FEED_LIMITS",
    "PAGE_LIMITS",
    "ROBOTS_LIMITS",
    "BadRedirect",
    "Door",
    "Hop",
    "Limits",
    "NetError",
    "NetSettings",
    "Refused",
    "Resolver",
    "Response",
    "TimedOut",
    "TooLarge",
    "Unreachable",
]
