"""What feeds show together: troubles of the fleet that are no feed's fault, and quiet days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from archive.enums import FailureKind
from archive.types import Feed, FeedDay, FeedState
from feeds import schedule, silence

_LEAST = 5  # feeds that make a fleet
_MISSED = 15.0  # entries of the whole fleet that cannot all be missing by chance
_SHORTEST = timedelta(hours=1)
_AWAY = {FailureKind.NETWORK, FailureKind.OFFLINE}
_LATELY = timedelta(hours=2)
_NOT_ASKED = timedelta(hours=3)
_TELLING = 30.0  # entries that feeds of a country should have had before they tell of a day
_SMOOTH = 10.0  # entries as usual, added so that a few say little


def fleet(states: Iterable[FeedState], now: datetime) -> tuple[str, ...]:
    """Return a line for each trouble of the fleet as a whole, which is then no feed's fault.

    ``states`` are of all feeds. A trouble is that most feeds asked lately could not be reached,
    else that none has had anything new for much longer than all of them together usually take.
    """
    asked = [state for state in states if _tried(state) is not None]
    if len(asked) < _LEAST:
        return ()
    latest = max(_tried_at(state) for state in asked)
    late = now - latest
    if late > _NOT_ASKED:
        run = "is `pivotwatch up`, cron or a worker running?"
        return (f"no feed has been asked for {span(late)}: {run}",)
    line = _out_of_reach(asked, latest) or _fleet_silent(asked, latest)
    return (line,) if line else ()


def _tried(state: FeedState) -> datetime | None:
    """Return about when a feed was asked last, though our own network may have been down."""
    if state.failure == FailureKind.OFFLINE and state.next_poll is not None:
        return schedule.asked_in_outage(state.next_poll)
    return state.last_polled


def _tried_at(state: FeedState) -> datetime:
    tried = _tried(state)
    assert tried is not None
    return tried


def _out_of_reach(asked: Sequence[FeedState], latest: datetime) -> str:
    lately = [state for state in asked if latest - _tried_at(state) <= _LATELY]
    ours = [state for state in lately if state.failure == FailureKind.OFFLINE]
    if ours:  # who was not asked since it began says nothing
        began = min(state.failed_since or latest for state in ours)
        lately = [s for s in lately if s.failure == FailureKind.OFFLINE or _tried_at(s) >= began]
    away = [state for state in lately if state.failure in _AWAY]
    if (len(lately) < _LEAST and not ours) or 2 * len(away) <= len(lately):
        return ""
    since = min(state.failed_since or latest for state in ours or away)
    return (
        f"{len(away)} of {len(lately)} feeds could not be reached, since {stamp(since)}: "
        "look at this machine's own network"
    )


def _fleet_silent(asked: Sequence[FeedState], latest: datetime) -> str:
    arrivals = [state.last_changed for state in asked if state.last_changed is not None]
    if not arrivals or latest - max(arrivals) < _SHORTEST:
        return ""
    since = max(arrivals)
    missed = sum(silence.expected(state.rhythm, since, latest) for state in asked)
    if missed < _MISSED:
        return ""
    return (
        f"nothing new in any feed since {stamp(since)}, where {missed:.0f} entries are usual: "
        "look at this machine's own network and clock"
    )


def quiet(
    watched: Iterable[tuple[Feed, FeedState]], days: Mapping[str, Sequence[FeedDay]], now: datetime
) -> dict[str, float]:
    """Return, by country, the share of the usual entries that its feeds have brought today.

    Holidays silence the outlets of a country together; one that is silent by itself is broken.
    Until enough should have come today, yesterday counts too; 1.0 is the most.
    """
    came: defaultdict[tuple[str, int], float] = defaultdict(float)
    usual: defaultdict[tuple[str, int], float] = defaultdict(float)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for feed, state in watched:
        if state.failures or state.last_polled is None or not any(state.rhythm):
            continue
        own = days.get(feed.id, ())
        rhythm = silence.pattern(state, own, now).rhythm
        for back in (0, 1):
            first = midnight - timedelta(days=back)
            key = (feed.country, back)
            usual[key] += silence.expected(rhythm, first, state.last_polled)
            came[key] += sum(day.new for day in own[-2:] if day.day >= first.date())
    found: dict[str, float] = {}
    for country in {key[0] for key in usual}:
        key = (country, 0 if usual[country, 0] >= _TELLING else 1)
        found[country] = min(1.0, (came[key] + _SMOOTH) / (usual[key] + _SMOOTH))
    return found


def asked_at(state: FeedState) -> datetime:
    """Return when a feed that was asked was asked last."""
    assert state.last_polled is not None
    return state.last_polled


def stamp(at: datetime) -> str:
    """Return a time as notices say it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span(length: timedelta) -> str:
    """Return how long a time is as notices say it."""
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h"
