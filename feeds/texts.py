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

_LEAST = 5  # articles that a judgement rests on
_FEWEST = 3  # the same, where the feed gives so few that five take longer than a week
_LATELY = timedelta(days=7)  # articles older than that say nothing of now
_PAST = 10  # articles that make a past
_BY_CHANCE = 1e-5  # a share that chance makes no more often than this has changed
_RISE = 0.3  # of all articles: a smaller change is not called one
_CUT = 0.7  # of the characters an article had before: above that it is as long as it was
_DEVIATIONS = 4.5  # of the mean; chance goes that far once in 300,000 times
_LEAST_SPREAD = 0.4  # of the mean: the deviation of articles' lengths where too few days tell it


@dataclass(frozen=True, slots=True)
class _Sum:
    """The days of a time taken together."""

    first: date
    new: int
    articles: int
    short: int
    characters: int
    foreign: int
    bad_dates: int

    @property
    def length(self) -> float:
        return self.characters / self.articles if self.articles else 0.0


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
    found = [_yield(days, today), _language(days, today, lang), _dates(days, today)]
    return [one for one in found if one is not None]


def _yield(days: Sequence[FeedDay], today: date) -> Finding | None:
    """Return whether entries give no articles any more, or articles less text than before."""
    nothing = _without_articles(days, today)
    if nothing is not None:
        return nothing
    for late, past in _splits(days, today):
        if past.articles < _PAST:
            continue
        shrunk = _shrunk(late, past, days)
        if shrunk or _risen(late.short, late.articles, past.short, past.articles):
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


def _without_articles(days: Sequence[FeedDay], today: date) -> Finding | None:
    late: list[FeedDay] = []
    for day in reversed(days):
        if day.articles or today - day.day > _LATELY:
            break
        late.append(day)
    past = _sum(days[: len(days) - len(late)]) if len(late) < len(days) else None
    if not late or past is None or past.articles < max(_PAST, past.new / 2):
        return None  # a feed that names what others have named already gives few of its own
    named = sum(day.new for day in late)
    if named < _LEAST:
        return None
    first = next(day.day for day in reversed(late) if day.new)
    return Finding(
        NoticeKind.SHORT_TEXTS, f"{named} entries named and no article obtained of them", first
    )


def _language(days: Sequence[FeedDay], today: date, lang: str) -> Finding | None:
    for late, past in _splits(days, today):
        if _risen(late.foreign, late.articles, past.foreign, past.articles):
            detail = f"{late.foreign} of {late.articles} articles are not in {lang}"
            return Finding(NoticeKind.OTHER_LANGUAGE, detail, late.first)
    return None


def _dates(days: Sequence[FeedDay], today: date) -> Finding | None:
    for late, _ in _splits(days, today):
        if 2 * late.bad_dates >= late.articles:
            detail = f"{late.bad_dates} of {late.articles} articles have a date that cannot be"
            return Finding(NoticeKind.BAD_DATES, detail, late.first)
    return None


def _splits(days: Sequence[FeedDay], today: date) -> list[tuple[_Sum, _Sum]]:
    """Return lately and before, in the two ways that days can be told apart.

    The shortest time that has enough articles is looked at first: today's when there are some
    already, for what broke this morning; then the days up to a week.
    """
    found = []
    count = 0
    for place in range(len(days) - 1, -1, -1):
        if today - days[place].day > _LATELY:
            break
        count += days[place].articles
        if count >= _LEAST:
            found.append((_sum(days[place:]), _sum(days[:place])))
            if len(found) == 2:
                return found
    if not found and count >= _FEWEST:
        place = next(n for n, day in enumerate(days) if today - day.day <= _LATELY)
        found.append((_sum(days[place:]), _sum(days[:place])))
    return found


def _sum(days: Sequence[FeedDay]) -> _Sum:
    return _Sum(
        first=days[0].day if days else date.min,
        new=sum(d.new for d in days),
        articles=sum(d.articles for d in days),
        short=sum(d.short for d in days),
        characters=sum(d.characters for d in days),
        foreign=sum(d.foreign_lang for d in days),
        bad_dates=sum(d.bad_dates for d in days),
    )


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
