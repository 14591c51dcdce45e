"""The types of collecting: feeds, what is known of them, and what they have named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Selectors:
    """How entries stand on a listing page, as CSS selectors: one ``item`` for each entry, and
    within it its ``link`` (itself a link when empty), ``title`` (the link's text when empty)
    and ``date`` (none when empty; its ``datetime`` attribute counts before its text)."""

    item: str
    link: str = ""
    title: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source that is polled. ``family`` is the owner or wire; equal families are one origin.

    ``form`` is ``feed`` (RSS, RDF, Atom or JSON Feed), ``sitemap`` (a news sitemap or an index
    of them) or ``listing`` (a web page, read by ``selectors``). ``zone`` is the outlet's IANA
    time zone, by which dates without one are read.
    """

    id: str
    url: str
    outlet: str
    lang: str
    kind: str = "independent"
    family: str = ""
    country: str = ""
    reliability: str = "F"
    form: str = "feed"
    zone: str = ""
    selectors: Selectors | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """What polling knows about a feed. ``etag`` and ``last_modified`` are echoed byte for byte.
    ``last_changed`` is when it last named new entries.

    ``failure`` is the kind of the present trouble (a ``FailureKind``), ``error`` its line for
    people, ``failed_since`` when it began; all three are None while the feed answers. A trouble of
    our own network (``FailureKind.OFFLINE``) has no line and no ``failures``, and leaves
    ``last_polled`` as it was.
    ``full_at`` is the last poll without validators. ``moved_to`` and ``moved_since`` are the
    target of permanent redirects and since when it has been the same one. ``domain`` is the
    registered domain that answered last, ``newest`` the date of the newest entry ever named,
    ``items`` how many entries the last document had, ``empty_polls`` how many documents in a row
    had none. ``rhythm`` holds the entries an hour to expect, for eight buckets of three hours
    (UTC) on working days, then eight on weekends. ``gaps`` are the last minutes that passed
    between two arrivals of new entries, oldest first. ``certificate_ends`` is when the TLS
    certificate expires, if it should have been renewed when the feed was last read.
    """

    feed_id: str
    etag: str | None = None
    last_modified: str | None = None
    next_poll: datetime | None = None
    last_polled: datetime | None = None
    last_changed: datetime | None = None
    failures: int = 0
    error: str | None = None
    body_hash: str | None = None
    failure: str | None = None
    failed_since: datetime | None = None
    full_at: datetime | None = None
    moved_to: str | None = None
    moved_since: datetime | None = None
    domain: str | None = None
    newest: datetime | None = None
    items: int | None = None
    empty_polls: int = 0
    rhythm: tuple[float, ...] = ()
    gaps: tuple[int, ...] = ()
    certificate_ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedNotice:
    """Something wrong with a feed: its ``kind``, a line for people, and since when."""

    feed_id: str
    kind: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class HomeLook:
    """What the home page of an outlet has shown since its feed was suspected of silence.

    ``tried`` is the last look, or a later time when the page rests until then; ``last`` is the last
    look that could be used; ``looks`` counts those.
    ``first`` is the time of the first of them, or of the first try before there is one.
    ``baseline`` holds the hashes of the article links that it showed, of which the archive
    ``lacked`` so many. ``fresh`` are the URLs of those that have come since and that the archive
    does not know, with the time of the look that showed them first; ``standing`` of them have been
    known for long enough to count. The last look showed so many more that the archive did know by
    then (``named``).
    """

    feed_id: str
    first: datetime
    tried: datetime
    last: datetime | None = None
    looks: int = 0
    baseline: tuple[str, ...] = ()
    lacked: int = 0
    fresh: tuple[tuple[str, datetime], ...] = ()
    standing: int = 0
    named: int = 0


@dataclass(frozen=True, slots=True)
class FeedDay:
    """What one feed has given on one day (UTC): polls and failed ones; entries new and edited;
    articles, how many were short, their characters in all, how many were in another language
    than the feed's, and how many had a date that cannot be right."""

    feed_id: str
    day: date
    polls: int = 0
    failures: int = 0
    new: int = 0
    edited: int = 0
    articles: int = 0
    short: int = 0
    characters: int = 0
    foreign_lang: int = 0
    bad_dates: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """What one origin (scheme, host and port) wishes of robots, RFC 9309.

    ``robots`` is its robots.txt as text, ``robots_state`` is ``rules``, ``none`` (there is no
    such file: all is allowed) or ``closed`` (it could not be asked: nothing is allowed);
    it holds until ``robots_until``.
    """

    origin: str
    robots: str
    robots_state: str
    robots_fetched: datetime
    robots_until: datetime
    robots_failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """A registered domain that asked to be left alone until then, and the line that says why."""

    domain: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Capture:
    """Where the raw response behind one article version is kept: ``path`` within the home's
    ``captures`` folder, its SHA-256 and size in bytes. ``state`` is ``waiting`` until the version
    is scored, then ``kept`` when it became evidence."""

    article_id: str
    version: int
    path: str
    sha256: str
    size: int
    state: str
    taken: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says about an article, before the page is fetched.

    ``guid`` identifies it within its feed, ``url`` is canonical and ``raw_url`` as given.
    ``content`` is the article's HTML when the feed carries all of it. ``date_flag`` is one of
    ``ok``, ``naive``, ``unknown_zone``, ``bad``, ``missing``. ``fingerprint`` changes when the
    outlet edits the entry.
    """

    feed_id: str
    guid: str
    url: str
    raw_url: str
    title: str
    fingerprint: str
    published: datetime | None = None
    published_raw: str = ""
    date_flag: str = "missing"
    author: str = ""
    content: str | None = None


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An entry that has yet to become an article, and how often that was tried."""

    entry: Entry
    feed: Feed
    attempts: int
    first_seen: datetime
