"""The digest: what did not become an alert, what did, and whether pivotwatch still sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from alerts.errors import ChannelError
from alerts.message import fill, new_mail, render, stamp
from alerts.payload import AlertPayload, read_payload
from alerts.smtp import EmailChannel
from archive import Archive, articles, cycles, feeds, ids, notices, stories
from archive import alerts as alert_store
from archive import outbox as outbox_store
from archive.types import Decision, Outcome

MOST_ALERTS = 40
MOST_STORIES = 20
MOST_FEEDS = 30
_MOST_CYCLES = 2_000  # two weeks of one every ten minutes


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A story that was not told as an alert, and why."""

    title: str
    lang: str
    url: str
    outlets: tuple[str, ...]
    signal: str
    score: float
    threshold: float
    detail: str


@dataclass(frozen=True, slots=True)
class TroubledFeed:
    """One thing wrong with a feed: what ``kind`` of trouble, a line on it, and since when."""

    outlet: str
    kind: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """What happened from ``since`` to ``now``; lists are cut, ``totals`` are not."""

    since: datetime
    now: datetime
    alerts: tuple[AlertPayload, ...]
    budget: tuple[DigestStory, ...]
    held: tuple[DigestStory, ...]
    below: tuple[DigestStory, ...]
    totals: Mapping[str, int]
    troubled: tuple[TroubledFeed, ...]
    dead: int
    waiting: int
    alive: str
    coverage: str
    unheard: tuple[str, ...]

    @property
    def day(self) -> str:
        """The UTC day the digest is of, which its message id is made from."""
        return f"{self.now.astimezone(UTC):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class DigestDelivery:
    """How many people's mail was taken, and one line for each that was not."""

    sent: int
    failed: tuple[str, ...]


def build_digest(
    archive: Archive,
    since: datetime,
    now: datetime,
    coverage: str,
    names: Mapping[str, str],
    unheard: Iterable[str] = (),
) -> Digest:
    """Collect the digest of a time, which says that pivotwatch is alive even when it is empty.

    Args:
        archive: the database.
        since: where the last digest ended.
        now: where this one ends.
        coverage: one sentence on the sources' health.
        names: the signals' names by code.
        unheard: a line for each trouble of the fleet, and for each voice that is not watched.

    Raises:
        ArchiveError: the database does not answer.
    """
    with archive.read() as connection:
        untold = _untold(stories.decided_since(connection, since))
        troubled = _troubled(connection)
        revised = [a for a in alert_store.recent(connection, 500) if a.updated >= since]
        outbox = outbox_store.counts(connection)
        return Digest(
            since=since,
            now=now,
            alerts=tuple(
                p for a in revised[:MOST_ALERTS] if (p := _payload(connection, a.id, a.revision))
            ),
            budget=_lines(connection, untold[Outcome.BUDGET], names),
            held=_lines(connection, untold[Outcome.HELD], names),
            below=_lines(connection, untold[Outcome.BELOW], names),
            totals={
                "alerts": len(revised),
                "troubled": len(troubled),
                **{outcome.value: len(found) for outcome, found in untold.items()},
            },
            troubled=troubled[:MOST_FEEDS],
            dead=outbox["dead"],
            waiting=outbox["due"],
            alive=_alive(connection, since),
            coverage=coverage,
            unheard=tuple(unheard),
        )


async def send_digest(channel: EmailChannel, digest: Digest) -> DigestDelivery:
    """Mail a digest to every recipient of the email channel.

    It does not go through the outbox: the flow that calls this retries it, and a day's digest has
    one message id a person, so that a second copy is recognised as one.
    """
    sent, failed = 0, []
    subject = f"[pivotwatch] digest of {digest.now.astimezone(UTC):%-d %B %Y}"
    try:
        for one in channel.recipients:
            local_id = "digest_" + ids.digest("digest", digest.day, one.address)
            mail = new_mail(
                channel.settings, one.address, subject, local_id, digest.now, channel.links
            )
            try:
                await channel.submit(fill(mail, "digest", d=digest), one.address)
                sent += 1
            except ChannelError as error:
                failed.append(f"digest to {one.address}: {error}")
    finally:
        await channel.close()
    return DigestDelivery(sent, tuple(failed))


def digest_text(digest: Digest) -> str:
    """Return a digest as text, as the text part of its email says it."""
    return render("digest.txt.jinja", d=digest)


def _untold(decided: Iterable[Decision]) -> dict[Outcome, list[Decision]]:
    """Return the best decision of every story that no rule has told, by outcome."""
    every = list(decided)
    told = {d.story_id for d in every if d.outcome is Outcome.SENT}
    found: dict[Outcome, list[Decision]] = {
        Outcome.BUDGET: [],
        Outcome.HELD: [],
        Outcome.BELOW: [],
    }
    seen: set[str] = set()
    for outcome in found:  # the nearest to an alert first
        for one in every:
            hidden = seen if outcome is Outcome.BUDGET else seen | told
            if one.outcome is outcome and one.story_id not in hidden:
                seen.add(one.story_id)
                found[outcome].append(one)
    return found


def _lines(
    connection: Connection, decided: list[Decision], names: Mapping[str, str]
) -> tuple[DigestStory, ...]:
    lines = []
    for one in decided[:MOST_STORIES]:
        story = stories.get(connection, one.story_id)
        if story is None or not story.members:
            continue
        article = story.members[0].article
        code = one.signal or ""
        lines.append(
            DigestStory(
                title=story.title,
                lang=article.lang,
                url=article.final_url or article.url,
                outlets=story.outlets,
                signal=names.get(code, code.replace("_", " ")) or "no signal",
                score=one.score,
                threshold=one.threshold,
                detail=one.detail,
            )
        )
    return tuple(lines)


def _payload(connection: Connection, alert_id: str, number: int) -> AlertPayload | None:
    found = alert_store.revision(connection, alert_id, number)
    return None if found is None else read_payload(found.payload)


def _troubled(connection: Connection) -> tuple[TroubledFeed, ...]:
    """Return what is wrong with which feed, what is newest first."""
    outlets = {feed.id: feed.outlet for feed, _ in feeds.every(connection)}
    found = [
        TroubledFeed(outlets[one.feed_id], one.kind, one.detail, one.since)
        for one in notices.every(connection)
        if one.feed_id in outlets
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.outlet), reverse=True))


def _alive(connection: Connection, since: datetime) -> str:
    fleet = feeds.every(connection)
    heard = sum(1 for _, s in fleet if s.last_polled is not None and s.last_polled >= since)
    fresh = sum(
        _new_articles(c.report) for c in cycles.last(connection, _MOST_CYCLES) if c.started >= since
    )
    held = articles.count(connection)
    return (
        f"Alive: {fresh} new articles from {heard} of {len(fleet)} feeds since {stamp(since)}; "
        f"{held} articles held."
    )


def _new_articles(report: Mapping[str, object]) -> int:
    found = report.get("articles")
    number = found.get("new") if isinstance(found, Mapping) else None
    return number if isinstance(number, int) else 0
