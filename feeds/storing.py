"""Storing: puts what has been taken into the archive, a batch a transaction, and keeps count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from archive import Archive, aliases, feed_days, pauses
from archive import articles as article_store
from archive import captures as capture_store
from archive import entries as entry_store
from archive import shingles as shingle_store
from archive.types import Article, FeedDay
from feeds.copies import LONGEST_LAG, WINDOW, settle, trace
from feeds.identity import spellings
from feeds.pace import Pace
from feeds.taking import Taken
from feeds.types import Progress

SHORT = 300
"""Characters; a text of fewer is a flash, or a teaser where an article should be."""
FLASH = timedelta(days=2)
"""So long after it was first seen an article's later version can turn out to be a copy: a flash
of one line that is filled with a wire's text."""


@dataclass(frozen=True, slots=True)
class CollectReport:
    """How a round of collecting went: articles new, with a new version, new ones that copy
    another article's text (counted in ``new`` too), pages that failed, and one line for each and
    for whatever else went wrong."""

    new: int
    updated: int
    duplicate: int
    failed: int
    errors: tuple[str, ...]


class Keeper:
    """Stores what has been taken and keeps count."""

    def __init__(
        self, archive: Archive, now: datetime, pace: Pace, total: int, on_progress: Progress | None
    ) -> None:
        """Begin with nothing of ``total`` stored; ``on_progress`` is told of each batch."""
        self._archive = archive
        self._now = now
        self._pace = pace
        self._total = total
        self._on_progress = on_progress
        self._count: Counter[str] = Counter()
        self._lines: dict[str, None] = {}

    def keep(self, taken: list[Taken]) -> None:
        """Store one batch; nothing of it is counted unless all of it was stored."""
        taken = [one for one in taken if one.group]  # the rest was not begun and stays due
        ordered = sorted(taken, key=lambda one: one.appeared)
        with self._archive.write() as connection:
            done = [self._store(connection, one) for one in ordered]
            new = [one for one, word in zip(ordered, done, strict=True) if word.startswith("new")]
            feed_days.add(connection, _days(new, self._now))
            pauses.put(connection, self._pace.new_pauses())
        words = Counter(done)
        self._count.update(
            taken=len(taken),
            new=words["new"] + words["new copy"],
            duplicate=words["new copy"],
            updated=words["updated"],
            failed=words["failed"],
        )
        self._lines.update(dict.fromkeys(line for one in taken for line in _lines(one)))
        if self._on_progress is not None:
            self._on_progress(self._count["taken"], self._total)

    def prune(self) -> None:
        """Drop some of the shingles that are too old to tell a copy."""
        with self._archive.write() as connection:
            shingle_store.prune(connection, self._now - WINDOW, self._now)

    def report(self) -> CollectReport:
        """Return the figures so far."""
        names = [field.name for field in fields(CollectReport) if field.name != "errors"]
        return CollectReport(**{name: self._count[name] for name in names}, errors=(*self._lines,))

    def _store(self, connection: Connection, one: Taken) -> str:
        """Store one, and return in a word what came of it."""
        entries = [due.entry for due in one.group]
        if one.put_off is not None:
            entry_store.postponed(connection, entries, one.put_off)
            return "put off"
        if one.error:
            for due in one.group:
                entry_store.failed(connection, due, one.error, one.retry)
            return "failed"
        entry_store.stored(connection, entries)
        if one.article is None:
            held, word = one.held, "same"
        elif one.held is None:
            held, word = self._begin(connection, one.article, one)
        else:
            held, word = one.article, self._go_on(connection, one.held, one.article, one)
        if held is not None:
            names = {entry.url for entry in entries}.union(one.aliases) - {held.url}
            aliases.add(connection, dict.fromkeys(sorted(names), held.id), self._now)
        return word

    def _begin(self, connection: Connection, article: Article, one: Taken) -> tuple[Article, str]:
        """Store an article that was not held, unless its page has turned out to be of one that
        is: then that one is named again."""
        urls = (*spellings(article.url), *one.aliases)
        known = aliases.resolve(connection, urls)
        named = next((known[url] for url in urls if url in known), None)
        if named is not None:
            return article_store.current(connection, [named])[named], "same"
        kin = trace(connection, article, one.shingles, self._now)
        article = replace(article, copy_of=kin.copy_of, origin=kin.origin)
        article_store.add(connection, article, one.shingles)
        if kin.displaced:
            settle(connection, article, kin)
        if one.capture is not None:
            capture_store.add(connection, one.capture)
        is_copy = kin.copy_of is not None or bool(kin.displaced)
        return article, "new copy" if is_copy else "new"

    def _go_on(self, connection: Connection, held: Article, article: Article, one: Taken) -> str:
        """Store the next version of an article that is held."""
        known = article_store.current(connection, [held.id])
        if known[held.id].version != held.version:  # another entry of this batch was faster
            return "same"
        article_store.revise(connection, article, one.shingles)
        since = held.first_seen - LONGEST_LAG
        is_young = self._now - held.first_seen <= FLASH
        if (
            held.copy_of is None
            and is_young
            and not article_store.has_copies(connection, held.id, since)
        ):  # this text is as old as this version, whatever the date of the first
            undated = replace(article, published=None)
            settle(connection, article, trace(connection, undated, one.shingles, self._now))
        if one.capture is not None:
            capture_store.add(connection, one.capture)
        return "updated"


def _lines(one: Taken) -> tuple[str, ...]:
    return (one.error, *one.notes) if one.error else one.notes


def _days(new: Sequence[Taken], now: datetime) -> list[FeedDay]:
    """Return what the new articles add to the counters of their feeds' days."""
    counts: dict[str, Counter[str]] = {}
    for one in new:
        if one.article is None or one.lead is None:
            continue
        feed, article = one.lead.feed, one.article
        counts.setdefault(feed.id, Counter()).update(
            articles=1,
            short=len(article.text) < SHORT,
            characters=len(article.text),
            foreign_lang=_is_foreign(article.lang, feed.lang),
            bad_dates=article.date_flag == "bad",
        )
    return [FeedDay(key, now.date(), **count) for key, count in sorted(counts.items())]


def _is_foreign(lang: str, declared: str) -> bool:
    """Whether a text is in another language than its feed; Western Armenian is Armenian."""
    main = declared.partition("-")[0].lower()
    return main not in {"", "und"} and lang != ("hy" if main == "hyw" else main)
