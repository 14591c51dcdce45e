"""What a feed's last articles are worth beside its earlier ones: length, language, dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from archive.enums import NoticeKind
from archive.types import FeedDay

BASELINE = timedelta(days=28)
"""How far back a feed's own past is looked at."""

_LEAST = 3  # articles that a judgement rests on
_NAMED = 5  # entries that should have given some
_LATELY = timedelta(days=7)  # articles older than that say nothing of now
_PAST = 10  # articles that make a past
_BY_CHANCE = 1e-5  # a share that chance makes no more often than this has changed
_RISE = 0.3  # of all articles: a smaller change is not called one
_CUT = 0.7  # of the characters an article had before: above that it is as long as it was
_DEVIATIONS = 3.7  # of the mean; chance goes that far once in 10,000 times
_LEAST_SPREAD = 0.4  # of the mean: the deviation of articles' lengths where too few days tell it


@dataclass(frozen=True, slots=True)
class _Sum:
    """The days of a time taken together, from ``first`` on."""

    first: date
    new: int = 0
    articles: int = 0
    short: int = 0
    characters: int = 0
    foreign: int = 0
    bad_dates: int = 0

    @property
    def length(self) -> float:
        return self.characters / self.articles if self.articles else 0.0

    def with_day(self, day: FeedDay) -> _Sum:
        return _Sum(
            min(self.first, day.day),
            self.new + day.new,
            self.articles + day.articles,
            self.short + day.short,
            self.characters + day.characters,
            self.foreign + day.foreign_lang,
            self.bad_dates + day.bad_dates,
        )

    def without(self, late: _Sum) -> _Sum:
        return _Sum(
            self.first,
            self.new - late.new,
            self.articles - late.articles,
            self.short - late.short,
            self.characters - late.characters,
            self.foreign - late.foreign,
            self.bad_dates - late.bad_dates,
        )


_Split = tuple[_Sum, _Sum]  # lately and before


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a feed's articles: its kind, a line for people, the day it began."""

    kind: NoticeKind
    detail: str
    since: date


def findings(days: Sequence[FeedDay], today: date, lang: str) -> list[Finding]:
    """Compare a feed's last articles with its own past.

    Args:
        days: the feed's days, oldest first.
        today: the day it is, in UTC.
        lang: the language that the feed is known to be in.
    """
    days = [day for day in days if today - BASELINE <= day.day <= today]
    if not days:
        return []
    splits = _splits(days, today)
    told = [split for split in splits if split[0].articles >= _LEAST]
    found = [
        _without_articles(splits) or _yield(told, days),
        _language(told, lang),
        _dates(told),
    ]
    return [one for one in found if one is not None]


def _yield(splits: Sequence[_Split], days: Sequence[FeedDay]) -> Finding | None:
    """Return whether articles have less text than before."""
    for late, past in splits:
        if past.articles < _PAST:
            continue
        risen = _risen(late.short, late.articles, past.short, past.articles)
        if risen or _shrunk(late, past, days):
            detail = (
                f"{late.articles} articles with {late.length:.0f} characters each, "
                f"{late.short} of them short; before {past.length:.0f} characters"
            )
            return Finding(NoticeKind.SHORT_TEXTS, detail, late.first)
    return None


def _shrunk(late: _Sum, past: _Sum, days: Sequence[FeedDay]) -> bool:
    """Whether articles are shorter than before by more than their own spread explains.

    The spread is told by how far the means of single days lie from the mean of all.
    """
    if late.length >= _CUT * past.length:
        return False
    before = [day for day in days if day.articles and day.day < late.first]
    means = [(day.articles, day.characters / day.articles) for day in before]
    spread = _LEAST_SPREAD * past.length
    if len(means) > 2:
        squares = sum(count * (mean - past.length) ** 2 for count, mean in means)
        spread = max(spread, math.sqrt(squares / (len(means) - 1)))
    return past.length - late.length > _DEVIATIONS * spread / math.sqrt(late.articles)


def _without_articles(splits: Sequence[_Split]) -> Finding | None:
    """Return whether entries are named and far fewer articles than before come of them."""
    for late, past in splits:
        missing, before = late.new - late.articles, past.new - past.articles
        if late.new < _NAMED or 2 * missing < late.new:
            continue
        if past.articles < max(_PAST, past.new / 2):
            continue  # a feed that names what others have named already gives few of its own
        if _risen(missing, late.new, max(before, 0), past.new):
            detail = f"{late.new} entries named, and {late.articles} articles obtained of them"
            return Finding(NoticeKind.SHORT_TEXTS, detail, late.first)
    return None


def _language(splits: Sequence[_Split], lang: str) -> Finding | None:
    for late, past in splits:
        if _risen(late.foreign, late.articles, past.foreign, past.articles):
            detail = f"{late.foreign} of {late.articles} articles are not in {lang}"
            return Finding(NoticeKind.OTHER_LANGUAGE, detail, late.first)
    return None


def _dates(splits: Sequence[_Split]) -> Finding | None:
    for late, _ in splits:
        if 2 * late.bad_dates >= late.articles:
            detail = f"{late.bad_dates} of {late.articles} articles have a date that cannot be"
            return Finding(NoticeKind.BAD_DATES, detail, late.first)
    return None


def _splits(days: Sequence[FeedDay], today: date) -> list[_Split]:
    """Return lately and before, for each way of drawing the line within the last week.

    The shortest time comes first: what broke this morning shows in today's figures soonest.
    """
    whole = _Sum(
        days[0].day,
        sum([day.new for day in days]),
        sum([day.articles for day in days]),
        sum([day.short for day in days]),
        sum([day.characters for day in days]),
        sum([day.foreign_lang for day in days]),
        sum([day.bad_dates for day in days]),
    )
    late, found = _Sum(today), []
    for day in reversed(days):
        if today - day.day > _LATELY:
            break
        late = late.with_day(day)
        found.append((late, whole.without(late)))
    return found


def _risen(late: int, late_of: int, past: int, past_of: int) -> bool:
    """Whether a share is higher than chance and its past explain (exact binomial tail)."""
    before = (past + 0.5) / (past_of + 10)  # a little above zero: the past has not seen all
    if late_of == 0 or late / late_of < before + _RISE:
        return False
    tail = sum(_binomial(n, late_of, before) for n in range(late, late_of + 1))
    return tail < _BY_CHANCE


def _binomial(hits: int, of: int, share: float) -> float:
    ways = math.lgamma(of + 1) - math.lgamma(hits + 1) - math.lgamma(of - hits + 1)
    return math.exp(ways + hits * math.log(share) + (of - hits) * math.log1p(-share))
