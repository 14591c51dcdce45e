"""The digest: what did not become an alert, what did, and whether pivotwatch still sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sqlalchemy.engine import Connection

from alerts.digest_health import alive, troubled_channels, troubled_feeds
from alerts.digest_stories import Chosen, StoryLines, choose, mute_counts, overruns, untold
from alerts.digest_types import Digest, DigestDelivery, DigestStory, SignalLine, day_of
from alerts.index import Index
from alerts.mutes import as_now
from alerts.payload import read_payload
from archive import Archive, digests, mutes, stories, told
from archive import outbox as outbox_store
from archive.types import Alert, AlertRevision

__all__ = ["Digest", "DigestDelivery", "DigestStory", "build_digest"]

MOST_ALERTS = 40
MOST_FEEDS = 30
MOST_CHANNELS = 20
MOST_MUTES = 20
MOST_UNHEARD = 20


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists of stories, as a digest shows them."""

    budget: tuple[DigestStory, ...]
    held: tuple[DigestStory, ...]
    below: tuple[DigestStory, ...]
    sampled: tuple[DigestStory, ...]
    top: tuple[DigestStory, ...]


def build_digest(
    archive: Archive,
    since: datetime,
    now: datetime,
    coverage: str,
    names: Mapping[str, str],
    unheard: Iterable[str] = (),
    *,
    budgets: Mapping[str, int] | None = None,
    index: Index | None = None,
    weekly: bool = False,
    zone: tzinfo = UTC,
) -> Digest:
    """Collect the digest of a time, which says that pivotwatch is alive even when it is empty.

    Args:
        archive: the database.
        since: where the last digest ended.
        now: where this one ends.
        coverage: one sentence on the sources' health.
        names: the signals' names by code.
        unheard: a line for each trouble of the fleet, and for each voice that is not watched.
        budgets: how many alerts a day each address may be mailed; what a budget kept from others
            alone, who are not mailed any more, is left out. None: nobody is.
        index: the realignment index of the last weeks.
        weekly: whether the likeliest stories and a summary by signal are in it.
        zone: whose days the digest is named by.

    Raises:
        ArchiveError: the database does not answer.
    """
    unheard = tuple(unheard)
    with archive.read() as connection:
        decided = stories.decided_since(connection, since)
        found = untold(decided, budgets)
        lists = _lists(
            connection, choose(found, day_of(now, zone), decided if weekly else ()), names
        )
        troubled = troubled_feeds(connection)
        revised = told.newest(connection, since)
        counted = mute_counts(decided, as_now(connection, mutes.every(connection)))
        channels = troubled_channels(connection)
        outbox = outbox_store.counts(connection)
        return Digest(
            since=since,
            now=now,
            alerts=tuple(read_payload(one.payload) for _, one in _latest(revised)[:MOST_ALERTS]),
            budget=lists.budget,
            held=lists.held,
            below=lists.below,
            totals={
                "alerts": len(revised),
                "troubled": len(troubled),
                "budget": len(found.budget) + len(found.partly),
                "held": len(found.held),
                "muted": len(found.muted),
                "below": len(found.below),
                "mutes": len(counted),
                "channels": len(channels),
                "unheard": len(unheard),
            },
            troubled=troubled[:MOST_FEEDS],
            dead=outbox["dead"],
            waiting=outbox["due"],
            alive=alive(connection, since, now),
            coverage=coverage,
            unheard=unheard[:MOST_UNHEARD],
            overruns=overruns(found, budgets or {}),
            mutes=counted[:MOST_MUTES],
            sampled=lists.sampled,
            channels=channels[:MOST_CHANNELS],
            signals=_signals(connection, since, now, names) if weekly else (),
            top=lists.top,
            index=index,
            weekly=weekly,
            zone=zone,
        )


def _lists(connection: Connection, chosen: Chosen, names: Mapping[str, str]) -> _Lists:
    lines = StoryLines(connection, chosen.story_ids(), names)
    return _Lists(
        budget=lines.of(chosen.budget),
        held=lines.of(chosen.held),
        below=lines.of(chosen.below),
        sampled=lines.of(chosen.sampled),
        top=lines.of(chosen.top),
    )


def _latest(
    revised: Sequence[tuple[Alert, AlertRevision]],
) -> list[tuple[Alert, AlertRevision]]:
    return sorted(revised, key=lambda pair: pair[0].updated, reverse=True)


def _signals(
    connection: Connection, since: datetime, now: datetime, names: Mapping[str, str]
) -> tuple[SignalLine, ...]:
    return tuple(
        SignalLine(names.get(one.signal, one.signal.replace("_", " ")), one)
        for one in digests.signal_counts(connection, since, now)
    )
