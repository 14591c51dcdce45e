"""The home pages of simulated outlets: what they link to, as far as a machine can read them.

Three outlets in ten have a page that is of no use (forbidden, made by a script, of another shape).
One article in ten never appears on it; one more for every twenty is on it and in no feed; about
twice a day a link to something old comes up, for some hours. Articles are on it up to twenty
minutes before the feed names them.
"""

from __future__ import annotations

import bisect
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from breakages import SITE, Item, url_of

HELD = 40  # articles on the page
HIDDEN = 10  # one article in so many is not on it
BESIDES = 20  # one article in so many has a neighbour that no feed names
AHEAD = 20  # minutes that an article may be on the page before the feed names it
OLD_A_DAY = 2.0
OLD_HOURS = 8.0
MENU = ("https://outlet.example/", "https://outlet.example/about", f"{SITE}/", f"{SITE}/rss-feeds")


@dataclass(frozen=True, slots=True)
class HomePage:
    """What one outlet's page shows and when: the times and addresses of its articles, the oldest
    first, and since and until when links to something old stand on it."""

    times: tuple[datetime, ...]
    urls: tuple[str, ...]
    old: tuple[tuple[datetime, datetime, str], ...]

    def links(self, now: datetime) -> tuple[str, ...]:
        """Return the addresses on the page at ``now``."""
        end = bisect.bisect_right(self.times, now)
        old = (url for since, until, url in self.old if since <= now < until)
        return (*MENU, *self.urls[max(0, end - HELD) : end], *old)


def home_page(published: Sequence[Item], number: int, seed: int) -> HomePage | None:
    """Return the page of the outlet with that ``number``, which has ``published`` so much; None
    when it is of no use."""
    if (3 * number + 1) % 10 < 3:
        return None
    dice = random.Random(seed)
    shown: list[tuple[datetime, str]] = []
    for one in published:
        name = one.entry.guid
        mark = zlib.crc32(f"page {name}".encode())
        early = one.at - timedelta(minutes=dice.uniform(0, AHEAD))
        if mark % HIDDEN:
            shown.append((early, url_of(name)))
        if mark % BESIDES == 1:
            shown.append((early, url_of(f"{name}-besides")))
    shown.sort()
    old: list[tuple[datetime, datetime, str]] = []
    at, end = (shown[0][0], shown[-1][0]) if shown else (datetime.max, datetime.min)
    while at < end:
        at += timedelta(days=dice.expovariate(OLD_A_DAY))
        until = at + timedelta(hours=dice.expovariate(1 / OLD_HOURS))
        old.append((at, until, url_of(f"old-{at.timestamp():.0f}")))
    return HomePage(tuple(t for t, _ in shown), tuple(url for _, url in shown), tuple(old))
