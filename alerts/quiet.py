"""When a message may go: quiet hours and days as the clock on a person's wall shows them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.fields import time_of
from alerts.rule_settings import AlertsSettings, QuietSettings, RuleSettings

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SEARCHED = 72  # hours; quiet hours are shorter than a day, and clocks shift by a few


def release(now: datetime, start: time, end: time, zone: ZoneInfo) -> datetime | None:
    """Return when quiet hours that hold at ``now`` end, in UTC, or None when none hold.

    The clock on the wall decides, whatever it does: the end is the first moment at which it shows
    a time outside. Where the clock jumps over the end (in spring), that is the jump; where it
    shows an hour twice (in autumn), both count.

    Args:
        now: an aware time.
        start: the first quiet time of day.
        end: the first one that is not quiet any more; equal to ``start``: no quiet hours.
        zone: whose clock it is.
    """
    moment = now.astimezone(UTC)
    if start == end or not _is_quiet(_wall(moment, zone), start, end):
        return None
    for begin, finish in _stretches(moment, zone):
        wall = _wall(begin, zone)
        if not _is_quiet(wall, start, end):
            return begin
        ends = begin + _until(wall, end)
        if ends < finish:
            return ends
    raise AssertionError("quiet hours that never end")


def day_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the beginning and the end, in UTC, of the day that ``moment`` is in by a zone."""
    today = moment.astimezone(zone).date()
    return _midnight(today, zone), _midnight(today + _DAY, zone)


def zone_of(settings: AlertsSettings, address: str) -> ZoneInfo:
    """Return the zone whose days a person's budget is counted in."""
    return ZoneInfo(settings.person(address).timezone or settings.timezone)


def held_until(
    now: datetime, settings: AlertsSettings, rule: RuleSettings | None, address: str
) -> datetime | None:
    """Return when quiet hours let a rule's mail to a person go, or None when it may go now.

    A rule's own quiet hours come first, then the person's, then those of [alerts].
    """
    person = settings.person(address)
    own: QuietSettings | None = None if rule is None else rule.quiet
    quiet = own or person.quiet or settings.quiet
    if quiet is None:
        return None
    zone = ZoneInfo(quiet.timezone or person.timezone or settings.timezone)
    return release(now, time_of(quiet.start), time_of(quiet.end), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _stretches(begin: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Yield the time after ``begin`` in pieces, in each of which the clock runs evenly."""
    for _ in range(_SEARCHED):
        finish = begin + _HOUR
        if _offset(begin, zone) != _offset(finish, zone):
            finish = _change(begin, finish, zone)
        yield begin, finish
        begin = finish


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the second at which the clock is changed between two times."""
    offset = _offset(before, zone)
    low, high = 0, int((after - before).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(_second(before, middle), zone) == offset:
            low = middle
        else:
            high = middle
    return min(after, _second(before, high))


def _second(begin: datetime, number: int) -> datetime:
    return begin.replace(microsecond=0) + timedelta(seconds=number)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _wall(moment: datetime, zone: ZoneInfo) -> time:
    return moment.astimezone(zone).time()


def _is_quiet(wall: time, start: time, end: time) -> bool:
    if start < end:
        return start <= wall < end
    return wall >= start or wall < end


def _until(wall: time, end: time) -> timedelta:
    """Return how long an even clock takes from one time of day to the next ``end``."""
    passed = timedelta(
        hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond
    )
    wanted = timedelta(hours=end.hour, minutes=end.minute)
    return (wanted - passed) % _DAY
