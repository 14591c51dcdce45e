"""A simulated year of news through the real judge: how often a person is told, and what is left.

    ./run bench year             365 days, some 6 stories a day and five crises
    python -m bench.year 60 --seed 3

Prints days over the budget, the overflow, how much of it the digests counted, and the time taken.
Days are a person's own: the two readers live in Yerevan and Brussels, the second with quiet hours.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts import (
    AlertsSettings,
    Circumstances,
    Recipient,
    build_digest,
    read_payload,
    rejudge,
    weigh,
)
from archive import Archive, articles, outbox, stories, upgrade
from archive import alerts as alert_store
from archive.ids import article_id
from archive.types import (
    Article,
    Direction,
    Evidence,
    Outcome,
    Passage,
    Score,
    Severity,
    Traits,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
ROUND = timedelta(hours=2)
DAY = timedelta(days=1)
PEOPLE = {"ani@desk.example": "Asia/Yerevan", "bruno@desk.example": "Europe/Brussels"}
SETTINGS = AlertsSettings.model_validate(
    {
        "people": [
            {"address": "ani@desk.example"},
            {
                "address": "bruno@desk.example",
                "timezone": "Europe/Brussels",
                "quiet": {"from": "22:00", "to": "07:00"},
            },
        ]
    }
)
OUTLETS = tuple(f"Outlet {number}" for number in range(24))
SIGNALS = (
    "csto_snub",
    "western_drills",
    "trade_retaliation",
    "russian_presence",
    "public_rift",
    "western_alignment",
    "regional_opening",
    "russia_reengagement",
)
THRESHOLDS = dict.fromkeys(SIGNALS, 0.5)
NAMES = {code: code.replace("_", " ") for code in SIGNALS}
CRISES, CRISIS_DAYS = 5, 6  # a year


@dataclass(frozen=True, slots=True)
class Told:
    """What a simulation came to.

    ``days`` counts mails to a person on a day; ``missed`` is the overflow that no digest counted,
    ``mute_alerts`` are alerts without a verbatim sentence, ``undecided`` stories without exactly
    one decision a rule.
    """

    stories: int
    alerts: int
    days: Counter[int]
    critical: int
    overflow: int
    missed: int
    mute_alerts: int
    undecided: int

    @property
    def kept(self) -> float:
        """The share of days on which a person got six or fewer."""
        return sum(n for mails, n in self.days.items() if mails <= 6) / self.days.total()


Pair = tuple[Article, Score]


def news(days: int, seed: int) -> Iterator[Pair]:
    """Yield a time's articles: each event told by one to six outlets, some of it copied."""
    chance = random.Random(seed)
    begins = chance.sample(range(days), max(1, round(days * CRISES / 365)))
    crises = {day + n for day in begins for n in range(CRISIS_DAYS)}
    number = 0
    for day in range(days):
        for _ in range(chance.randint(12, 30) if day in crises else chance.randint(2, 10)):
            number += 1
            yield from _event(chance, number, START + day * DAY)


def _event(chance: random.Random, number: int, day: datetime) -> Iterator[Pair]:
    signal = chance.choice(SIGNALS)
    base = chance.betavariate(2, 2)
    began = day + timedelta(minutes=chance.randint(0, 1439))
    words = (f"body{number}", f"deed{number}", f"place{number}")
    traits = Traits(frozenset(words), frozenset({f"name{number}"}), frozenset({f"stem{number}"}))
    first = ""
    for one, outlet in enumerate(chance.sample(OUTLETS, chance.choice((1, 1, 1, 2, 2, 3, 4, 6)))):
        when = began + timedelta(minutes=one * chance.randint(3, 240))
        url = f"https://outlet.example/{number}/{one}"
        copied = first if first and chance.random() < 0.4 else ""
        text = f"Sentence {number} of {outlet} says what happened. More follows."
        article = Article(
            id=article_id(url),
            url=url,
            title=f"Event {number} by {outlet}",
            text=text,
            lang=chance.choice(("en", "ru", "hy")),
            outlet=outlet,
            published=when,
            first_seen=when + timedelta(minutes=chance.randint(1, 20)),
            family=outlet,
            content_hash=url,
            copy_of=copied or None,
            origin=copied or article_id(url),
        )
        first = first or article.id
        yield article, _score(chance, article, signal, base, traits)


def _score(
    chance: random.Random, article: Article, signal: str, base: float, traits: Traits
) -> Score:
    probability = min(0.99, max(0.01, base + chance.gauss(0, 0.08)))
    direction = Direction.TOWARD if signal == "russia_reengagement" else Direction.AWAY
    words = article.text.partition(".")[0]
    evidence = Evidence(
        article.id,
        1,
        signal,
        "m_year",
        probability,
        direction,
        (Passage(words, 0, len(words)),),
    )
    found = (evidence,) if probability >= 0.35 else ()
    return Score(
        article.id, 1, "m_year", article.lang, 0.9, direction, {signal: probability}, found, traits
    )


def simulate(folder: Path, days: int, seed: int, step: timedelta = ROUND) -> Told:
    """Run ``days`` of news through weighing, rejudging and the daily digest, a ``step`` apart."""
    archive = Archive(f"sqlite:///{folder}/year.db")
    upgrade(archive)
    recipients = [Recipient("email", one) for one in PEOPLE]
    coming = sorted(news(days, seed), key=lambda pair: pair[0].first_seen)
    at, now, overflow, missed = 0, START, 0, 0
    while now < START + days * DAY + DAY:
        now += step
        batch: list[Pair] = []
        while at < len(coming) and coming[at][0].first_seen <= now:
            batch.append(coming[at])
            at += 1
        _cycle(archive, batch, recipients, now)
        if (now - START) % DAY == timedelta(0):
            kept, said = _digest(archive, now)
            overflow += kept
            missed += kept - said
    found = _figures(archive, overflow, missed)
    archive.close()
    return found


def _cycle(
    archive: Archive, batch: Sequence[Pair], recipients: Sequence[Recipient], now: datetime
) -> None:
    with archive.write() as connection:
        for article, _ in batch:
            articles.put(connection, article)
    around = Circumstances(SETTINGS, THRESHOLDS, now, "all healthy", tuple(recipients), NAMES)
    if batch:
        weigh(archive, batch, around)
    rejudge(archive, around)


def _digest(archive: Archive, now: datetime) -> tuple[int, int]:
    """Return how many stories the budget kept back on a day, and how many the digest counts."""
    with archive.read() as connection:
        kept = {
            d.story_id
            for d in stories.decided_since(connection, now - DAY)
            if d.outcome is Outcome.BUDGET
        }
    said = build_digest(archive, now - DAY, now, "all healthy", NAMES).totals["budget"]
    return len(kept), min(said, len(kept))


def _figures(archive: Archive, overflow: int, missed: int) -> Told:
    days: dict[tuple[str, str], int] = defaultdict(int)
    critical = mute = undecided = count = 0
    rules = {rule.name for rule in SETTINGS.rules}
    with archive.read() as connection:
        told = alert_store.recent(connection, 1_000_000)
        for alert in told:
            critical += alert.severity == Severity.CRITICAL
            for number in range(1, alert.revision + 1):
                revision = alert_store.revision(connection, alert.id, number)
                mute += revision is None or not read_payload(revision.payload).passages
            for message in outbox.messages(connection, alert.id):
                goes = message.held_until or message.created
                zone = ZoneInfo(PEOPLE[message.recipient])
                days[message.recipient, f"{goes.astimezone(zone):%Y-%m-%d}"] += 1
        for story in stories.recent(connection, 1_000_000):
            count += 1
            undecided += {d.rule for d in stories.decisions(connection, story.id)} != rules
    return Told(
        count, len(told), Counter(days.values()), critical, overflow, missed, mute, undecided
    )


def main() -> None:
    """Print the figures of a simulated time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("days", nargs="?", type=int, default=365)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = simulate(Path(folder), given.days, given.seed)
    print(
        f"{given.days} days, {found.stories} stories, {found.alerts} alerts "
        f"({found.critical} critical), {time.perf_counter() - began:.0f} s"
    )
    print(f"days with six mails or fewer: {found.kept:.1%}; the most on one day: {max(found.days)}")
    print(f"kept back by the budget: {found.overflow} stories, in no digest: {found.missed}")
    print(f"alerts without a verbatim sentence: {found.mute_alerts}")
    print(f"stories without one decision a rule: {found.undecided}")


if __name__ == "__main__":
    main()
