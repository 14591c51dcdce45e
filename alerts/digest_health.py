"""What a digest says of pivotwatch itself: that it lives, which feeds and channels do not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from alerts.digest_types import TroubledFeed
from alerts.rendering import stamp
from archive import articles, digests, endpoints, feeds, notices
from archive.types import Endpoint, FeedState


def alive(connection: Connection, since: datetime, now: datetime) -> str:
    """Return the sentence that says we live: how many articles came from how many feeds."""
    fleet = feeds.every(connection)
    heard = sum(_is_heard(state, since) for _, state in fleet)
    fresh = digests.new_articles(connection, since, now)
    held = articles.count(connection)
    return (
        f"Alive: {fresh} new article{'s' * (fresh != 1)} from {heard} of {len(fleet)} feeds "
        f"since {stamp(since)}; {held} articles held."
    )


def _is_heard(state: FeedState, since: datetime) -> bool:
    """Whether a feed was read since then; that it was asked and has failed is not enough.

    One whose trouble began since then, and that used to answer, was read before it.
    """
    if state.last_polled is None or state.last_polled < since:
        return False
    if not state.failures:
        return True
    began = state.failed_since
    return state.domain is not None and began is not None and began > since


def troubled_feeds(connection: Connection) -> tuple[TroubledFeed, ...]:
    """Return what is wrong with which feed, what is newest first."""
    outlets = {feed.id: feed.outlet for feed, _ in feeds.every(connection)}
    found = [
        TroubledFeed(outlets[one.feed_id], one.kind, one.detail, one.since)
        for one in notices.every(connection)
        if one.feed_id in outlets
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.outlet), reverse=True))


def troubled_channels(connection: Connection) -> tuple[Endpoint, ...]:
    """Return the channels and addresses that are disabled or fail, the disabled ones first."""
    found = [
        one
        for one in endpoints.every(connection)
        if one.disabled is not None or one.failing_since is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.disabled is None, one.channel, one.recipient)))
