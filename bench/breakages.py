"""Simulated outlets with their days, nights and holidays, and the ways in which a feed breaks.

What polling learns of their answers is computed by its own code (``feeds.fleet``), bodies are
read by the real parser, and looks at home pages are compared by ``feeds.looks``; only the outlets,
the network and the clock are invented.
"""

from __future__ import annotations

import bisect
import math
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from archive.types import Entry, FailureKind, Feed, FeedDay, FeedNotice, FeedState, HomeLook
from feeds import fleet, home_page, looks
from feeds.asking import FULL_EVERY, Answer, Failure
from feeds.errors import FeedError
from feeds.health import judge
from feeds.language import detect
from feeds.parse import parse
from feeds.settings import FeedsSettings
from feeds.silence import is_suspect, p99
from feeds.texts import BASELINE

START = datetime(2026, 1, 12, tzinfo=UTC)  # a Monday
SITE = "https://outlet.example/news"
HOUR = timedelta(hours=1)
HOME = timedelta(hours=4)  # the outlets' clock is ahead of UTC
SETTINGS = FeedsSettings()


@dataclass(frozen=True, slots=True)
class Profile:
    """What an outlet is like: entries a day on working days, the share of that on weekends and at
    night, characters an article, the shares of short ones and of those in another language, and
    how many entries its feed holds."""

    name: str
    kind: str
    a_day: float
    weekend: float
    night: float
    length: int = 2500
    short: float = 0.03
    foreign: float = 0.01
    window: int = 20


PROFILES = (
    Profile("wire", "wire", 150, 0.6, 0.15, length=1200, short=0.2, window=50),
    Profile("busy outlet", "independent", 40, 0.45, 0.08),
    Profile("outlet", "independent", 14, 0.4, 0.05, foreign=0.05),
    Profile("small outlet", "independent", 6, 0.5, 0.1, length=4000),
    Profile("authority", "official", 3, 0.15, 0.02, length=1800, short=0.1, window=10),
    Profile("think-tank", "think-tank", 0.7, 0.1, 0.02, length=9000, short=0, window=10),
)


@dataclass(frozen=True, slots=True)
class Item:
    """What an outlet publishes: its entry, and what its page is worth."""

    at: datetime
    entry: Entry
    length: int
    foreign: bool
    bad_date: bool = False


class Country:
    """The holidays that all outlets keep, and what eighteen neighbours of a feed bring."""

    def __init__(self, seed: int, days: int) -> None:
        dice = random.Random(seed)
        first = START.date()
        self.single = {first + timedelta(days=dice.randrange(days)) for _ in range(days // 21)}
        long = first + timedelta(days=dice.randrange(days))
        self.long = {long + timedelta(days=n) for n in range(5)}
        self._came = [0] * (days * 24)
        for number in range(3 * len(PROFILES)):
            for one in published(PROFILES[number % 6], f"n{number}", days, dice, self):
                self._came[min((one.at - START) // HOUR, len(self._came) - 1)] += 1
        week: dict[tuple[bool, int], list[int]] = {}
        for hour, came in enumerate(self._came):
            week.setdefault(_kind_of_hour(hour), []).append(came)
        self._usual = {key: sum(found) / len(found) for key, found in week.items()}

    def share(self, day: date) -> float:
        """Return how much of the usual an outlet publishes on a day."""
        return 0.2 if day in self.single else 0.5 if day in self.long else 1.0

    def quiet(self, now: datetime) -> float:
        """Return the neighbours' share of the usual today, as ``feeds.together.quiet`` does."""
        end = (now - START) // HOUR
        for begin in (end - now.hour, end - now.hour - 24):
            usual = sum(self._usual[_kind_of_hour(hour)] for hour in range(begin, end))
            if usual >= 30:
                break
        came = sum(self._came[max(begin, 0) : end])
        return min(1.0, (came + 10) / (usual + 10))


def _kind_of_hour(hour: int) -> tuple[bool, int]:
    at = START + hour * HOUR
    return at.weekday() >= 5, at.hour


def published(
    profile: Profile, feed_id: str, days: int, dice: random.Random, country: Country
) -> list[Item]:
    """Return what an outlet publishes in ``days`` days: a Poisson stream whose rate follows the
    hour, the weekend, its country's holidays, busy and quiet days of its own, and bursts."""
    items: list[Item] = []
    mood, burst_until = 1.0, START
    for hour in range(days * 24):
        at = START + timedelta(hours=hour)
        local = at + HOME
        if local.hour == 0:
            mood = math.exp(0.7 * math.log(mood) + dice.gauss(0, 0.2))
        if dice.random() < 2 / (7 * 24):
            burst_until = at + timedelta(hours=3)
        rate = profile.a_day / 24 * _hour(profile, local.hour) * mood
        rate *= profile.weekend if local.weekday() >= 5 else 1.0
        rate *= country.share(local.date())
        rate *= 3.0 if at < burst_until else 1.0
        for _ in range(_poisson(rate, dice)):
            items.append(_item(profile, feed_id, at + timedelta(hours=dice.random()), dice))
    return sorted(items, key=lambda one: one.at)


def _hour(profile: Profile, hour: int) -> float:
    day = 0.5 - 0.5 * math.cos(2 * math.pi * (hour - 2) / 24)  # most at 14, least at 2
    if profile.kind in {"official", "think-tank"}:
        day = 2.2 if 9 <= hour < 19 else 0.0
    return profile.night + (1 - profile.night) * day * 2


def _poisson(rate: float, dice: random.Random) -> int:
    count, gone = 0, dice.expovariate(1)
    while gone < rate:
        count, gone = count + 1, gone + dice.expovariate(1)
    return count


def _item(profile: Profile, feed_id: str, at: datetime, dice: random.Random) -> Item:
    guid = f"{feed_id}-{at.timestamp():.3f}"
    length = round(profile.length * math.exp(dice.gauss(-0.1, 0.45)))
    if dice.random() < profile.short:
        length = dice.randrange(90, 290)
    said = at.replace(second=dice.randrange(60), microsecond=0)
    url = url_of(guid)
    entry = Entry(feed_id, guid, url, url, "", guid, published=said, date_flag="ok")
    return Item(at, entry, length, dice.random() < profile.foreign, dice.random() < 0.002)


def url_of(name: str) -> str:
    """Return the address of the article of that name."""
    return f"{SITE}/{zlib.crc32(name.encode()):010d}-{name}"


class Page(Protocol):
    """An outlet's home page."""

    def links(self, now: datetime) -> tuple[str, ...]:
        """Return the addresses on the page at ``now``."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a server has answered: the items it names, and whether anything in it has changed."""

    items: tuple[Item, ...] = ()
    changed: bool = True
    domain: str = ""
    certificate: timedelta = timedelta(days=60)
    moved_to: str | None = None


Reply = Document | Failure
Breakage = Callable[["Simulated"], Reply]
"""What the broken server answers in place of ``Simulated.whole``, at ``Simulated.now``."""


@dataclass
class Simulated:
    """One feed as polling knows it, and the outlet behind it."""

    feed: Feed
    profile: Profile
    country: Country
    stream: list[Item]
    dice: random.Random
    state: FeedState
    days: dict[date, FeedDay] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    gaps: list[float] = field(default_factory=list)
    told: dict[str, FeedNotice] = field(default_factory=dict)
    page: Page | None = None
    look: HomeLook | None = None
    looked: int = 0
    named: dict[str, None] = field(default_factory=dict)
    last: tuple[str, ...] = ()
    broken: datetime | None = None
    at_break: Document = field(default_factory=Document)
    articles: bool = True
    now: datetime = START
    whole: Document = field(default_factory=Document)

    def copy(self, seed: int) -> Simulated:
        """Return the same feed, to go on by itself."""
        return replace(
            self,
            days=dict(self.days),
            seen=set(self.seen),
            gaps=list(self.gaps),
            told=dict(self.told),
            named=dict(self.named),
            dice=random.Random(seed),
        )

    def healthy(self, now: datetime) -> Document:
        """Return what the outlet's server has at ``now``."""
        end = bisect.bisect_right(self.stream, now, key=lambda one: one.at)
        return Document(tuple(self.stream[max(0, end - self.profile.window) : end][::-1]))

    def poll(self, now: datetime, breakage: Breakage | None = None) -> set[str]:
        """Ask the feed at ``now``; return the kinds of notices that are new."""
        self.now, self.whole = now, self.healthy(now)
        document: Reply = self.whole
        if breakage is not None:
            document = breakage(self)
        elif self.dice.random() < 0.004:
            document = Failure(FailureKind.NETWORK, "no answer within 45 s")
        outcome = self._settle(document, now)
        self.state = outcome.state
        before = set(self.told)
        for notice in (*outcome.notices, *outcome.once):
            self.told[notice.kind] = notice
        for kind in outcome.ended:
            self.told.pop(kind, None)
        self._look_at_home(now)
        self._judge(now)
        return set(self.told) - before

    def p99(self) -> timedelta:
        """The gap that 99 of 100 of its gaps so far do not exceed."""
        return timedelta(minutes=p99(self.gaps))

    def has_lost(self, now: datetime) -> bool:
        """Whether something published since the break has left the feed and was never seen."""
        assert self.broken is not None
        standing = {one.entry.guid for one in self.healthy(now).items}
        since = (one for one in self.stream if self.broken < one.at <= now)
        return any(one.entry.guid not in self.seen | standing for one in since)

    def _settle(self, reply: Reply, now: datetime) -> fleet.Outcome:
        before = self.state
        if isinstance(reply, Failure):
            return self._counted(Answer(self.feed, before, before, failure=reply), 0, [], now)
        names = tuple(one.entry.guid for one in reply.items)
        changed = reply.changed and names != self.last
        learnt = replace(
            before,
            last_polled=now,
            failures=0,
            error=None,
            failure=None,
            failed_since=None,
            full_at=now if changed else before.full_at or now,
            moved_to=reply.moved_to,
            moved_since=before.moved_since or now if reply.moved_to else None,
            domain=reply.domain or "outlet.example",
            certificate_ends=now + reply.certificate,
            items=len(reply.items) if changed or before.items is None else before.items,
        )
        entries = tuple(one.entry for one in reply.items) if changed else ()
        new = [one for one in reply.items if changed and one.entry.guid not in self.seen]
        if changed:
            self.last = names
        self.seen.update(one.entry.guid for one in new)
        self.named |= dict.fromkeys(one.entry.url for one in new)
        answer = Answer(self.feed, before, learnt, changed, entries)
        return self._counted(answer, len(new), new, now)

    def _counted(
        self, answer: Answer, new: int, items: Sequence[Item], now: datetime
    ) -> fleet.Outcome:
        if new and answer.before.last_changed is not None:
            self.gaps.append((now - answer.before.last_changed) / timedelta(minutes=1))
        outcome = fleet.settle(answer, new, 0, now, SETTINGS)
        made = [one for one in items if self.articles]
        gained = FeedDay(
            self.feed.id,
            now.date(),
            articles=len(made),
            short=sum(one.length < 300 for one in made),
            characters=sum(one.length for one in made),
            foreign_lang=sum(one.foreign for one in made),
            bad_dates=sum(one.bad_date for one in made),
        )
        for day in (outcome.day, gained):
            if day is not None:
                self.days[day.day] = _sum(self.days.get(day.day), day)
        return outcome

    def _look_at_home(self, now: datetime) -> None:
        """Look at the outlet's home page when that is due, as ``feeds.home`` does."""
        if self.state.failures:
            return
        if not is_suspect(self.state, list(self.days.values()), now):
            self.look = None
            return
        if not looks.is_due(self.look, now, now):
            return
        self.looked += 1
        links = self.page.links(now) if self.page is not None else ()
        shape = home_page.shape_of([*self.named][-40:])
        articles = [url for url in links if shape is not None and shape.fits(url)]
        self.look = looks.seen(self.look, self.feed.id, articles, self.named, now)

    def _judge(self, now: datetime) -> None:
        first = (now - BASELINE).date()
        for day in [d for d in self.days if d < first]:
            del self.days[day]
        days, quiet = list(self.days.values()), self.country.quiet(now)
        judged = judge(self.feed, self.state, days, now, quiet, self.look)
        found = {notice.kind: notice for notice in judged}
        kept = {
            kind: notice
            for kind, notice in self.told.items()
            if (kind == "possible gap" and now - notice.since < timedelta(days=2))
            or (kind == "moved" and self.state.moved_to)
        }
        self.told = {k: self.told.get(k, n) for k, n in found.items()} | kept


def _sum(one: FeedDay | None, other: FeedDay) -> FeedDay:
    if one is None:
        return other
    names = ("polls", "failures", "new", "articles", "short", "characters")
    more = ("foreign_lang", "bad_dates")
    both = {name: getattr(one, name) + getattr(other, name) for name in (*names, *more)}
    return replace(one, **both)


def simulated(profile: Profile, seed: int, days: int, country: Country) -> Simulated:
    """Return an outlet that publishes for ``days`` days and whose feed has not been read yet; its
    home page is of no use until it gets one."""
    dice = random.Random(seed)
    feed = Feed(f"f{seed}", "https://outlet.example/rss", profile.name, "ru", profile.kind)
    stream = published(profile, feed.id, days, dice, country)
    return Simulated(feed, profile, country, stream, dice, FeedState(feed.id))


# How feeds break. Bodies are read by the real parser, so that what they come to is not assumed.


def _body(body: str | bytes, content_type: str = "application/rss+xml") -> Breakage:
    data = body.encode() if isinstance(body, str) else body

    def reply(sim: Simulated) -> Reply:
        try:
            parsed = parse(data, content_type, sim.feed.url, sim.feed, now=sim.now)
        except FeedError as error:
            return Failure(error.kind, str(error))
        assert not parsed.entries
        return Document(())

    return reply


def _failure(kind: FailureKind, line: str, status: int = 0, retry_after: str = "") -> Breakage:
    return lambda _: Failure(kind, line, status, retry_after)


def _frozen(sim: Simulated) -> Reply:
    return replace(sim.at_break, changed=False)


def _stamped(sim: Simulated) -> Reply:
    return sim.at_break  # the build date changes, the items do not


def _validators(sim: Simulated) -> Reply:
    """Nothing new but at the daily poll without validators."""
    full = sim.state.full_at is None or sim.now - sim.state.full_at >= FULL_EVERY
    return sim.whole if full else replace(sim.at_break, changed=False)


def _window(size: int) -> Breakage:
    return lambda sim: replace(sim.whole, items=sim.whole.items[:size])


def _drip(sim: Simulated) -> Reply:
    old = {one.entry.guid for one in sim.at_break.items}
    kept = [i for i in sim.whole.items if i.entry.guid in old or hash(i.entry.guid) % 20 == 0]
    return replace(sim.whole, items=tuple(kept))


def _mapped(change: Callable[[Item], Item]) -> Breakage:
    """Return the breakage that changes what is published after it."""

    def reply(sim: Simulated) -> Reply:
        assert sim.broken is not None
        items = [change(one) if one.at > sim.broken else one for one in sim.whole.items]
        return replace(sim.whole, items=tuple(items))

    return reply


def _dated(when: Callable[[datetime], datetime | None], flag: str = "ok") -> Breakage:
    def change(one: Item) -> Item:
        entry = replace(one.entry, published=when(one.at), date_flag=flag)
        return replace(one, entry=entry, bad_date=flag == "bad")

    return _mapped(change)


def _republished(sim: Simulated) -> Reply:
    """Old items under new ids as often as new ones used to come."""
    assert sim.broken is not None
    pool = [one for one in sim.stream if one.at <= sim.broken]
    items = []
    for one in sim.whole.items:
        if one.at <= sim.broken:
            items.append(one)
            continue
        old = pool[hash(one.entry.guid) % len(pool)]
        items.append(replace(old, entry=replace(old.entry, guid=one.entry.guid)))
    return replace(sim.whole, items=tuple(items))


def _churned(sim: Simulated) -> Reply:
    """The same items with new ids at every poll; their pages are known."""
    sim.articles = False
    items = tuple(
        replace(one, entry=replace(one.entry, guid=f"{one.entry.guid} {sim.now.timestamp()}"))
        for one in sim.at_break.items
    )
    return replace(sim.at_break, items=items)


def _without_pages(sim: Simulated) -> Reply:
    sim.articles = False
    return sim.whole


def _elsewhere(sim: Simulated) -> Reply:
    return replace(sim.whole, domain="parked.example")


def _moved(sim: Simulated) -> Reply:
    return replace(sim.whole, domain="new.example", moved_to="https://new.example/rss")


def _expiring(sim: Simulated) -> Reply:
    assert sim.broken is not None
    return replace(sim.whole, certificate=timedelta(days=14) - (sim.now - sim.broken))


def _foreign(text: str) -> Breakage:
    is_foreign = detect(text, "ru") != "ru"
    return _mapped(lambda one: replace(one, foreign=is_foreign))


_RUSSIAN = "Правительство обсудило поставки зерна, и министр рассказал о новых правилах на границе"
_ENGLISH = "The government discussed grain supplies and the minister spoke of new border rules"
_CLOCK = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body>"
_PAGE = "<html><head><title>Home</title></head><body><h1>News</h1><p>Welcome</p></body></html>"
_HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>Outlet</title>'
_UNLINKED = "<item><title>A title</title><description>Words</description></item>"
_NET = FailureKind.NETWORK
_HTTP = FailureKind.HTTP
_DATE_1970 = datetime(1970, 1, 1, tzinfo=UTC)

BREAKAGES: dict[str, Breakage] = {
    "404 Not Found": _failure(_HTTP, "404 Not Found", 404),
    "500 Internal Server Error": _failure(_HTTP, "500 Internal Server Error", 500),
    "403 Forbidden": _failure(FailureKind.BLOCKED, "403 Forbidden", 403),
    "429 for ever": _failure(FailureKind.BLOCKED, "429 Too Many Requests", 429, "3600"),
    "410 Gone": _failure(FailureKind.GONE, "410 Gone", 410),
    "DNS gone": _failure(_NET, "the name outlet.example does not exist"),
    "TLS certificate expired": _failure(_NET, "the certificate has expired"),
    "connection times out": _failure(_NET, "no answer within 45 s"),
    "resolves to a private address": _failure(FailureKind.REFUSED, "10.0.0.1 is not public"),
    "body too large": _failure(FailureKind.BROKEN, "over 10 MB"),
    "home page in place of the feed": _body(_PAGE, "text/html"),
    "captcha with status 200": _body(_CLOCK, "text/html"),
    "JSON error with status 200": _body('{"error": "not found"}', "application/json"),
    "eleven bytes": _body(b"hello world"),
    "empty body": _body(b""),
    "truncated XML": _body(f"{_HEAD}<item><title>A"),
    "empty channel": _body(f"{_HEAD}</channel></rss>"),
    "items without links": _body(f"{_HEAD}{_UNLINKED * 5}</channel></rss>"),
    "frozen, same bytes": _frozen,
    "frozen, new build date": _stamped,
    "304 for ever but once a day": _validators,
    "one item only": _window(1),
    "slow drip": _drip,
    "old items published again": _republished,
    "same items, new ids each time": _churned,
    "dates in 1970": _dated(lambda _: None, "bad"),
    "dates in the year 2099": _dated(lambda at: at.replace(year=2099), "bad"),
    "dates four hours ahead": _dated(lambda at: at + HOME),
    "one date for all": _dated(lambda _: _DATE_1970.replace(year=2025)),
    "another language": _foreign(_ENGLISH),
    "mojibake": _foreign(_RUSSIAN.encode().decode("cp1252", "replace")),
    "texts cut to a teaser": _mapped(lambda one: replace(one, length=min(one.length, 350))),
    "paywall text": _mapped(lambda one: replace(one, length=240)),
    "cookie wall": _mapped(lambda one: replace(one, length=420)),
    "robots.txt closes the pages": _without_pages,
    "pages answer 403": _without_pages,
    "redirect to another domain": _elsewhere,
    "moved for good to another domain": _moved,
    "certificate ends in two weeks": _expiring,
    "another section": lambda sim: sim.whole,
}
"""The last one is beyond judging by counts: what is read is good, only not what was meant."""

MENDED = ("304 for ever but once a day", "one item only")
"""Breakages that polling may outlive: where nothing was lost there is nothing to notice."""
