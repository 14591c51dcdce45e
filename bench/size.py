"""The same cycle over a small archive and over a large one.

    ./run bench size             10 k articles, and 1 M

A tenth of either is from the last 60 days and has shingles, as pruning leaves it. Articles in
rare words, some of which quote a paragraph that others quote too, end in their outlet's own line,
or are a wire's text. Each round publishes the same new articles to both archives, in turns.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path

import anyio
import costs
import numpy as np
import ours
from costs import Cost, Row
from newsroom import Made, page
from sqlalchemy.engine import Connection
from street import Papers, serve

from archive import Archive, ids, shingles
from archive.types import Article
from feeds.copies import AT_LEAST, BOILERPLATE, COMPARED, sample, trace

SIZES = (10_000, 1_000_000)
FEEDS = 40
ROUNDS = 5
NEW = 200  # articles a round
LOOKS = 300
GOAL_MS = 2.0
NOW = datetime(2026, 1, 14, 8, tzinfo=UTC)
STEP = timedelta(hours=1)  # between rounds
RECENT, DAYS = 10, 60  # one article in ten is from the last 60 days
PRUNED_IN = 1.0  # days until pruning has been everywhere
QUOTED, WIRES = 3_000, 500  # paragraphs that are quoted, texts of wires
OWN = 40  # shingles of a text that nobody else has
CHUNK = 10_000  # rows a statement


@dataclass(frozen=True, slots=True)
class Pool:
    """What many articles share."""

    quotes: list[str]
    wires: list[str]
    lines: list[str]


def size(sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """Measure cycles over both archives, and the look-up for near-duplicates in the larger one."""
    papers = Papers(FEEDS, NEW * (ROUNDS + 1), NOW, (ROUNDS + 1) * STEP, written, _light, shown=60)
    with serve(papers) as street, tempfile.TemporaryDirectory() as folder:
        street.show(NOW)
        archives = []
        for count in sizes:
            begun = time.perf_counter()
            file = Path(folder) / f"{count}.db"
            archives.append(ours.opened(file, street.urls(FEEDS), NOW))
            archives[-1].close()  # it is filled by another connection
            fill(file, count, street.urls(FEEDS))
            took, megabytes = time.perf_counter() - begun, file.stat().st_size / 1e6
            print(f"{count:,} articles filled in, {took:.0f} s, {megabytes:,.0f} MB", flush=True)
        spent: list[list[Cost]] = [[], []]
        for number in range(ROUNDS + 1):  # the first one warms up
            now = NOW + (number + 1) * STEP
            street.show(now)
            for which in (0, 1) if number % 2 else (1, 0):
                cost, own = _round(archives[which], now, street.pids)
                print(f"  {sizes[which]:9,} {cost.cpu:6.2f} CPU s, {own:5.2f} without workers, "
                      f"{cost.wall:6.2f} s wall", flush=True)  # fmt: skip
                if number:
                    spent[which].append(cost)
        fresh = written(papers.count + LOOKS)[-LOOKS:]
        looks = look_ups(archives[1], fresh, now)
    return [*_rows(spent, sizes), *_look_rows(looks, sizes[1])]


def _round(archive: Archive, now: datetime, servers: tuple[int, ...]) -> tuple[Cost, float]:
    """Run a cycle; return its cost, and the seconds of it that were this process's own."""

    async def run() -> None:
        _, taken = await ours.cycle(archive, now, everything=True)
        assert taken.new > NEW / 2, taken.new
        assert not taken.failed, taken.errors[0]

    own = time.process_time()
    cost = costs.measure(lambda: anyio.run(run), servers)
    return cost, time.process_time() - own


def look_ups(archive: Archive, made: list[Made], now: datetime) -> dict[str, list[Cost]]:
    """Look for the texts of articles that are not held; return what the queries take, and what
    all of it takes with comparing the texts that were found."""
    spent: dict[str, list[Cost]] = {"near-duplicate query": [], "look-up with texts compared": []}
    queries, whole = spent.values()
    for number, one in enumerate(made):
        text = "\n".join(one.paragraphs)
        key, url = ids.article_id(f"new {number}"), f"https://new.example/{number}"
        article = Article(key, url, one.title, text, "en", "New", one.published, now)
        hashes = sample(text)
        with archive.read() as connection:
            begun = _clocks()
            _query(connection, key, hashes, now)
            between = _clocks()
            trace(connection, article, hashes, now)
            ended = _clocks()
        queries.append(Cost(between.cpu - begun.cpu, between.wall - begun.wall))
        whole.append(Cost(ended.cpu - between.cpu, ended.wall - between.wall))
    return spent


def _query(connection: Connection, key: str, hashes: list[int], now: datetime) -> None:
    """Ask the archive what ``trace`` asks it of shingles."""
    common = shingles.common(connection, hashes, BOILERPLATE)
    found = shingles.sharing(
        connection,
        [one for one in hashes if one not in common],
        now - timedelta(DAYS),
        but=key,
        least=AT_LEAST,
        limit=COMPARED,
    )
    if found:
        shingles.counts(connection, [one.article_id for one in found], but=common)


def _clocks() -> Cost:
    return Cost(time.thread_time(), time.perf_counter())


def _rows(spent: list[list[Cost]], sizes: tuple[int, ...]) -> Iterator[Row]:
    for name in ("cpu", "wall"):
        small, large = ([getattr(one, name) for one in costs_] for costs_ in spent)
        ratios = [b / a for a, b in zip(small, large, strict=True)]
        ratio = statistics.median(ratios)
        yield Row(
            f"a cycle of {NEW} new articles, {sizes[1]:,} held",
            f"{statistics.median(large):.2f} {name} s",
            f"{statistics.median(small):.2f} {name} s with {sizes[0]:,}",
            f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            "1.15",
            ratio <= 1.15,
        )


def _look_rows(looks: dict[str, list[Cost]], held: int) -> Iterator[Row]:
    for work, found in looks.items():
        spent = {
            name: sorted(1000 * getattr(one, name) for one in found) for name in ("cpu", "wall")
        }
        at = int(0.95 * len(found))
        (median, p95), wall = (
            (statistics.median(of), of[at]) for of in (spent["cpu"], spent["wall"])
        )
        yield Row(
            f"{work}, {held:,} held",
            f"{median:.2f} cpu ms, p95 {p95:.2f}",
            f"{wall[0]:.2f} wall ms, p95 {wall[1]:.2f}",
            "-",
            "2 ms, median",
            median <= GOAL_MS,
        )


@cache
def pool() -> Pool:
    """Return what articles share, in words that are made up."""
    chance = random.Random(3)
    return Pool(
        [_sentences(chance, 60) for _ in range(QUOTED)],
        [_sentences(chance, 300) for _ in range(WIRES)],
        [_sentences(chance, 25) for _ in range(FEEDS)],
    )


def written(count: int) -> list[Made]:
    """Write articles: a tenth are a wire's text, a third quote."""
    chance, shared = random.Random(4), pool()
    made = []
    for number in range(count):
        own = [_sentences(chance, 60) for _ in range(chance.randint(4, 7))]
        kind = chance.random()
        if kind < 0.1:
            own = [chance.choice(shared.wires), own[0]]
        elif kind < 0.4:
            own.append(shared.quotes[_rank(chance, QUOTED)])
        own.append(chance.choice(shared.lines))
        made.append(Made(f"{own[0][:60]} {number}", "en", tuple(own), NOW))
    return made


def _light(article: Made, _number: int) -> bytes:
    return page(article)


def _rank(chance: random.Random, many: int) -> int:
    """Draw one of ``many``, the first ones far more often."""
    return int(many * chance.random() ** 3)


@cache
def _words() -> list[str]:
    chance = random.Random(5)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(20_000)]


def _sentences(chance: random.Random, words: int) -> str:
    drawn = [_words()[_rank(chance, 20_000)] for _ in range(words)]
    drawn[7::23] = [str(chance.randint(2, 900)) for _ in drawn[7::23]]
    parts = [" ".join(drawn[at : at + 12]).capitalize() for at in range(0, words, 12)]
    return ". ".join(parts) + "."


def fill(file: Path, count: int, urls: list[str]) -> None:
    """Fill an archive with ``count`` articles of the feeds at ``urls``, straight by SQL."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000"):
            database.execute(f"PRAGMA {pragma}")
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute("BEGIN")
        keys = _fill_articles(database, count, urls)
        recent = round(count / RECENT * (1 + PRUNED_IN / DAYS))
        _fill_shingles(database, keys[-recent:], count - recent)
        database.execute("COMMIT")
        for _, statement in indexes:
            database.execute(statement)
        database.execute("PRAGMA journal_mode=WAL")


def _fill_articles(database: sqlite3.Connection, count: int, urls: list[str]) -> list[str]:
    """Fill in articles, their versions and entries, the oldest first; return the ids."""
    outlets = [(ids.feed_id(url), f"Outlet {n}") for n, url in enumerate(urls)]
    filler = ["\n".join(pool().quotes[n : n + 3]) for n in range(0, QUOTED, 3)]
    keys = [_key(number) for number in range(count)]
    wires, origins = frozenset(pool().wires), dict[str, str]()
    for start in range(0, count, CHUNK):
        articles, versions, entries = [], [], []
        for number in range(start, min(start + CHUNK, count)):
            seen = (NOW - _age(number, count)).isoformat(" ", "microseconds")[:26]
            feed, outlet = outlets[number % len(outlets)]
            url = f"https://outlet{number % len(outlets)}.example/news/{number}"
            key, title = keys[number], f"Report {number} of {outlet}"
            borrowed = _borrowed(number)
            text = f"{borrowed}\n{filler[number % len(filler)]}"
            is_wire = borrowed in wires and number >= count - count // RECENT
            origin = origins.setdefault(borrowed, key) if is_wire else key
            articles.append((key, url, url, feed, outlet, seen, seen, origin))
            versions.append((key, title, text, key, seen))
            entries.append((feed, f"guid {number}", url, url, title, key, seen, seen))
        for statement, rows in ((_ARTICLE, articles), (_VERSION, versions), (_ENTRY, entries)):
            database.executemany(statement, rows)
    return keys


def _age(number: int, count: int) -> timedelta:
    recent, left = count // RECENT, count - number
    return timedelta(DAYS * left / recent if left <= recent else DAYS + 700 * left / count)


def _key(number: int) -> str:
    """Return an id like those of articles: its first two characters are spread evenly."""
    spread = number * 619 % 1024
    return f"a_{_BASE32[spread // 32]}{_BASE32[spread % 32]}{number:018x}"


_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_ARTICLE = (
    "INSERT INTO article (id, url, final_url, feed_id, outlet, family, kind, reliability, lang, "
    "published, date_flag, first_seen, origin, version) "
    "VALUES (?, ?, ?, ?, ?, '', 'independent', 'F', 'en', ?, 'ok', ?, ?, 1)"
)
_VERSION = (
    "INSERT INTO article_version (article_id, version, title, author, text, content_hash, seen, "
    "scored_by) VALUES (?, 1, ?, '', ?, ?, ?, 'm')"
)
_ENTRY = (
    "INSERT INTO entry (feed_id, guid, url, raw_url, title, author, fingerprint, published, "
    "published_raw, date_flag, state, attempts, first_seen) "
    "VALUES (?, ?, ?, ?, ?, '', ?, ?, '', 'ok', 'stored', 0, ?)"
)


def _borrowed(number: int) -> str:
    """Return what an article has from others: a wire's text, a quote, or nothing."""
    shared, drawn = pool(), number * 2_654_435_761 % 2**32
    if drawn % 10 == 0:
        return shared.wires[drawn // 10 % WIRES]
    rare = (drawn >> 8) % 1000 / 1000
    return shared.quotes[int(QUOTED * rare**3)] if drawn % 10 < 4 else ""


def _fill_shingles(database: sqlite3.Connection, keys: list[str], first: int) -> None:
    """Fill in the shingles of the articles from number ``first`` on: those of their own, of what
    they have from others, and of their outlet's line."""
    sampled = cache(sample)
    drawn: list[list[int]] = []
    for number in range(first, first + len(keys)):
        line = pool().lines[number % FEEDS]
        drawn.append([*sampled(line), *sampled(_borrowed(number))])
    whose = [n for n, hashes in enumerate(drawn) for _ in hashes]
    own = np.random.default_rng(8).integers(-(2**60), 2**60, (len(keys), OWN)) * 8
    hashes = np.concatenate([own.ravel(), np.fromiter(chain(*drawn), dtype=np.int64)])
    owner = np.concatenate([np.repeat(np.arange(len(keys)), OWN), np.array(whose)])
    order = np.argsort(hashes, kind="stable")
    for part in np.array_split(order, max(1, len(order) // 100_000)):
        rows = zip(hashes[part].tolist(), (keys[n] for n in owner[part]), strict=True)
        database.executemany("INSERT OR IGNORE INTO shingle (hash, article_id) VALUES (?, ?)", rows)


if __name__ == "__main__":
    print(costs.table(size(tuple(map(int, sys.argv[1:])) or SIZES)))
