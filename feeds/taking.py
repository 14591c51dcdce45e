"""Taking: makes an article of the entries that name it, or says why there is none; it stores
nothing but the raw page."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from anyio import CapacityLimiter, to_thread

from archive import ArchiveError, ids
from archive.types import Article, Capture, DueEntry
from feeds.captures import CaptureError, Captures
from feeds.dating import checked_date
from feeds.identity import alias_of, is_edit
from feeds.language import detect
from feeds.pace import PausedError
from feeds.page import Fetched, PageAwayError, PageError, PageGoneError, PageReader
from feeds.schedule import page_retry

_log = logging.getLogger(__name__)
LONGEST_AWAY = timedelta(days=3)  # a page that cannot be reached is tried that long


@dataclass(frozen=True, slots=True)
class Work:
    """Entries with one article behind them, what is ``held`` of it already, and until when it is
    ``put_off`` because it has changed too often of late."""

    group: tuple[DueEntry, ...]
    held: Article | None = None
    put_off: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What the entries of one article have come to.

    ``article`` is new, or the next version of the one that is held; None when there is nothing
    new to store. ``lead`` is the entry it was made of, ``aliases`` are other URLs of its page,
    ``capture`` says where the page itself is. ``error`` is the line for a failure and ``retry``
    when to try again, None to give up; with ``put_off`` no try is counted. ``notes`` are lines
    on what went wrong beside.
    """

    group: tuple[DueEntry, ...]
    held: Article | None = None
    article: Article | None = None
    lead: DueEntry | None = None
    shingles: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    capture: Capture | None = None
    error: str = ""
    retry: datetime | None = None
    put_off: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def appeared(self) -> datetime:
        """When the text appeared, as far as is known: copies are stored after their original."""
        first = self.group[0]
        published = self.article.published if self.article else None
        return published or first.entry.published or first.first_seen


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes entries at ``now``; after ``until`` of the monotonic clock it begins no further page.
    ``one`` lets one thread at a time detect a language or write a file."""

    reader: PageReader
    captures: Captures | None
    now: datetime
    attempts: int
    until: float
    one: CapacityLimiter

    async def take(self, work: Work) -> Taken:
        """Turn the entries of one article into it.

        Only the feed that an article came from can say that it was edited; entries of other
        feeds name it again.
        """
        group, held = work.group, work.held
        own = [due for due in group if held is None or due.feed.id == held.feed_id]
        if not own:
            return Taken(group, held)
        if work.put_off is not None:
            return Taken(group, held, put_off=work.put_off)
        if time.monotonic() >= self.until:
            return Taken(())
        lead = max(own, key=lambda due: due.entry.content is not None)  # the first that has it
        try:
            fetched = await self.reader.read(lead.entry)
            return await self._made(work, lead, fetched)
        except PausedError as error:
            return Taken(group, held, put_off=error.pause.until)
        except PageError as error:
            return self._failed(work, lead, error)
        except ArchiveError:
            raise
        except Exception as error:  # one page, however odd, must not stop the others
            _log.exception("page %s could not be read", lead.entry.raw_url)
            line = f"{lead.entry.raw_url}: {type(error).__name__} while it was read"
            return self._failed(work, lead, PageError(line))

    async def _made(self, work: Work, lead: DueEntry, fetched: Fetched) -> Taken:
        held, page = work.held, fetched.page
        taken = Taken(work.group, held, lead=lead, aliases=_aliases(lead.entry.url, fetched))
        if held is not None:
            title = lead.entry.title or page.title
            if not is_edit(held.title, held.text, title, page.text):
                return taken
        lang = await to_thread.run_sync(
            detect, f"{page.title}\n{page.text}", lead.feed.lang, limiter=self.one
        )
        article = _article(lead, fetched, lang, self.now)
        if held is not None:  # the article is the same, and seen now in its new version
            article = replace(
                article, id=held.id, url=held.url, first_seen=self.now, version=held.version + 1
            )
        taken = replace(taken, article=article, shingles=page.shingles)
        if self.captures is None:
            return taken
        content = None if fetched.response is not None else lead.entry.content
        spool = partial(self.captures.spool, article, article.version, self.now)
        try:
            capture = await to_thread.run_sync(spool, fetched.response, content)
            return replace(taken, capture=capture)
        except CaptureError as error:  # the article is worth more than its page
            return replace(taken, notes=(str(error),))

    def _failed(self, work: Work, lead: DueEntry, error: PageError) -> Taken:
        retry = self._retry(lead, error)
        ending = "given up" if retry is None else "tried again later"
        return Taken(work.group, work.held, error=f"{error}; {ending}", retry=retry)

    def _retry(self, due: DueEntry, error: PageError) -> datetime | None:
        """Return when a page is tried again: an outage of hours must not cost an article."""
        is_last = due.attempts + 1 >= self.attempts
        if isinstance(error, PageAwayError):
            is_long = self.now - due.first_seen > LONGEST_AWAY and is_last
            return None if is_long else page_retry(self.now, due.attempts)
        if isinstance(error, PageGoneError) or is_last:
            return None
        return page_retry(self.now, due.attempts)


def _aliases(url: str, fetched: Fetched) -> tuple[str, ...]:
    said = (alias_of(url, one) for one in (fetched.url, fetched.page.canonical))
    return tuple(dict.fromkeys(one for one in said if one is not None))


def _article(due: DueEntry, fetched: Fetched, lang: str, now: datetime) -> Article:
    entry, feed, page = due.entry, due.feed, fetched.page
    published, flag = checked_date(entry, page.date, due.first_seen, now, feed.zone)
    title = entry.title or page.title
    return Article(
        id=ids.article_id(entry.url),
        url=entry.url,
        title=title,
        text=page.text,
        lang=lang,
        outlet=feed.outlet,
        published=published,
        first_seen=due.first_seen,
        final_url=fetched.url,
        author=entry.author or page.author,
        feed_id=feed.id,
        family=feed.family,
        kind=feed.kind,
        reliability=feed.reliability,
        date_flag=flag,
        content_hash=ids.content_hash(title, page.text),
        reservation=fetched.reservation,
    )
