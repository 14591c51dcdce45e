"""Pages from bytes to articles, beside bare trafilatura in two processes.

    ./run bench pages            2,000 pages of 50 to 300 kB

Over the same bytes, in turns: ``bare_extraction`` alone; our workers alone; and the whole way of a
new article by ``feeds.collect``, which is fetched from a loopback street, extracted, compared with
all that were stored before, and stored.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from html import escape
from multiprocessing import get_context
from pathlib import Path

import anyio
import costs
import newsroom
import ours
from costs import Cost, Row
from newsroom import Made
from street import Papers, Street, serve

from archive import Archive
from feeds import collect
from feeds.workers import Workers
from net import Door

CHUNK = 8
IN_FLIGHT = 16
ROUND = 200  # pages that each side reads before it is the other's turn
FEEDS = 20
BEGIN = datetime(2026, 1, 14, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://news.example/2025/09/01/story-{}.html"


def heavy(article: Made, number: int) -> bytes:
    """Return an article's page as sites of five kinds have it, 50 to 300 kB of it."""
    chance = random.Random(number)
    template = _TEMPLATES[number % len(_TEMPLATES)]
    size = chance.randint(50_000, 300_000)
    page = template(article, chance)
    return page.replace("<!--ballast-->", _ballast(size - len(page.encode()), chance)).encode()


def _ballast(size: int, chance: random.Random) -> str:
    """Return what makes pages large: scripts, styles, state in JSON, drawings."""
    kinds = [_script, _style, _state, _drawing]
    parts: list[str] = []
    while size > 0:
        part = chance.choice(kinds)(min(size, chance.randint(4_000, 40_000)), chance)
        parts.append(part)
        size -= len(part)
    return "".join(parts)


def _script(size: int, chance: random.Random) -> str:
    calls = (f'track("{chance.random():.9f}",{{a:{n},b:"x"}});' for n in range(size // 38))
    return f"<script>{''.join(calls)}</script>"


def _style(size: int, chance: random.Random) -> str:
    rules = (f".c{n}{{margin:{chance.randint(0, 40)}px;color:#abc}}" for n in range(size // 32))
    return f"<style>{''.join(rules)}</style>"


def _state(size: int, chance: random.Random) -> str:
    rows = ",".join(f'{{"id":{chance.randint(1, 10**9)},"k":"v{n}"}}' for n in range(size // 28))
    return f'<script type="application/json">[{rows}]</script>'


def _drawing(size: int, chance: random.Random) -> str:
    lines = " ".join(
        f"L{chance.randint(0, 999)} {chance.randint(0, 999)}" for _ in range(size // 9)
    )
    return f'<svg viewBox="0 0 9 9"><path d="M0 0 {lines}"/></svg>'


def _head(article: Made, more: str = "") -> str:
    when = article.published.isoformat()
    return (
        f'<!doctype html><html lang="{article.lang}"><head><meta charset="utf-8">'
        f"<title>{escape(article.title)} — Outlet</title>"
        f'<meta property="og:title" content="{escape(article.title)}">'
        f'<meta property="article:published_time" content="{when}">{more}<!--ballast--></head>'
    )


def _menu(chance: random.Random, entries: int) -> str:
    rows = "".join(
        f'<li class="menu-item menu-item-{n}"><a href="/section/{n}" data-n="{chance.random()}">'
        f"Section {n}</a></li>"
        for n in range(entries)
    )
    return f'<nav class="menu"><ul>{rows}</ul></nav>'


def _cards(article: Made, chance: random.Random, count: int, name: str) -> str:
    words = article.paragraphs[0].split()
    rows = "".join(
        f'<div class="{name}-item"><a href="/news/{n}"><img src="/i/{n}.jpg" alt=""><h4>'
        f"{escape(' '.join(chance.sample(words, min(6, len(words)))))}</h4></a>"
        f"<span class='date'>{n % 24:02}:{n % 60:02}</span></div>"
        for n in range(count)
    )
    return f'<div class="{name}">{rows}</div>'


def _body(article: Made, chance: random.Random) -> str:
    """Return the text: the passages twice over, as long as a real article is."""
    texts = [*article.paragraphs] * 2
    chance.shuffle(texts)
    return "".join(
        f'<p class="text">{escape(t)} <a href="/tag/{n}">tag</a></p>' for n, t in enumerate(texts)
    )


def _semantic(article: Made, chance: random.Random) -> str:
    title = escape(article.title)
    return (
        f"{_head(article)}<body><header>{_menu(chance, 60)}</header><main><article><h1>{title}</h1>"
        f"{_body(article, chance)}</article><aside>{_cards(article, chance, 40, 'related')}</aside>"
        f"</main><footer>{_menu(chance, 30)}</footer></body></html>"
    )


def _nested(article: Made, chance: random.Random) -> str:
    title = escape(article.title)
    inner = (
        f'<div class="story-title">{title}</div><div class="story">{_body(article, chance)}</div>'
    )
    for depth in range(12):
        inner = f'<div class="wrap w{depth}">{inner}</div>'
    return (
        f"{_head(article)}<body><div id='top'>{_menu(chance, 120)}</div>{inner}"
        f"{_cards(article, chance, 80, 'news-list')}<div class='footer'>© Outlet</div>"
        "</body></html>"
    )


def _linked_data(article: Made, chance: random.Random) -> str:
    said = (
        '<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle",'
        f'"headline":"{article.title.translate({34: None, 92: None})}","author":{{"@type":"Person",'
        f'"name":"A. Writer"}},"datePublished":"{article.published.isoformat()}"}}</script>'
    )
    return (
        f"{_head(article, said)}<body>{_menu(chance, 80)}<div class='post'><h1>"
        f"{escape(article.title)}</h1><div class='entry-content'>{_body(article, chance)}</div>"
        f"</div>{_cards(article, chance, 30, 'widget')}</body></html>"
    )


def _table_age(article: Made, chance: random.Random) -> str:
    lines = "<br><br>".join(escape(t) for t in (*article.paragraphs, *article.paragraphs[::-1]))
    side = "".join(f"<tr><td><a href='/n/{n}'>Item {n}</a></td></tr>" for n in range(90))
    return (
        f"{_head(article)}<body><table><tr><td valign='top'><table>{side}</table></td><td>"
        f"<h1>{escape(article.title)}</h1><div class='text'>{lines}</div></td></tr></table>"
        f"{_menu(chance, 40)}</body></html>"
    )


def _blocks(article: Made, chance: random.Random) -> str:
    comments = "".join(
        f"<li class='comment'><p>{escape(chance.choice(article.paragraphs)[:90])}</p></li>"
        for _ in range(25)
    )
    return (
        f"{_head(article)}<body class='single'>{_menu(chance, 50)}<div class='cookie-bar'><p>We "
        f"use cookies.</p></div><section class='article-body'><h1>{escape(article.title)}</h1>"
        f"{_body(article, chance)}</section><ol class='comments'>{comments}</ol>"
        f"{_cards(article, chance, 60, 'recommend')}</body></html>"
    )


_TEMPLATES: tuple[Callable[[Made, random.Random], str], ...] = (
    *(_semantic, _nested, _linked_data, _table_age, _blocks),
)


def bare(jobs: Sequence[tuple[bytes, str]]) -> int:
    """Read pages with nothing but trafilatura; return how many gave a text."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    found = [bare_extraction(body, url=url, fast=True, with_metadata=True) for body, url in jobs]
    return sum(isinstance(one, Document) and bool(one.text) for one in found)


async def _ours(workers: Workers, jobs: Sequence[tuple[bytes, str]]) -> int:
    limit, count = anyio.CapacityLimiter(IN_FLIGHT), 0

    async def read(body: bytes, url: str) -> None:
        nonlocal count
        async with limit:
            page = await workers.extract_page(body, "text/html; charset=utf-8", url)
        count += bool(page.text)

    async with anyio.create_task_group() as group:
        for body, url in jobs:
            group.start_soon(partial(read, body, url))
    return count


def pages(count: int = 2000) -> list[Row]:
    """Read ``count`` new pages in all three ways, by turns."""
    papers = Papers(FEEDS, count, BEGIN, DAY, newsroom.articles, heavy, shown=count, ready=True)
    bodies = papers.pages()
    jobs = [(body, URL.format(n)) for n, body in enumerate(bodies)]
    print(
        f"{count} pages, {statistics.mean(map(len, bodies)) / 1000:.0f} kB on average", flush=True
    )
    with (
        serve(papers, 1) as street,
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool,
    ):
        street.show(BEGIN)
        archive = ours.opened(Path(folder) / "pages.db", street.urls(FEEDS), BEGIN)
        rounds = Rounds(jobs, papers.articles(), pool, street, archive)
        anyio.run(rounds.run)
    for name, spent in rounds.spent.items():
        print(f"{name:8} {spent.cpu:7.1f} CPU s {spent.wall:7.1f} s, {rounds.read[name]} read")
    bare = rounds.spent["bare"]
    return [
        _row(work, rounds.spent[name], bare, unit, count)
        for work, name in (("whole way", "collect"), ("extraction only", "extract"))
        for unit in ("wall", "cpu")
    ]


def _row(work: str, mine: Cost, bare: Cost, unit: str, count: int) -> Row:
    one, other = getattr(mine, unit), getattr(bare, unit)
    return Row(
        f"{count} new articles, {work}",
        f"{one:.1f} {unit} s",
        f"{other:.1f} {unit} s of bare trafilatura",
        f"{one / other:.2f}",
        "1.25",
        one / other <= 1.25,
    )


@dataclass(slots=True)
class Rounds:
    """Rounds of pages that each side reads in turn."""

    jobs: list[tuple[bytes, str]]
    made: list[Made]
    pool: ProcessPoolExecutor
    street: Street
    archive: Archive
    spent: dict[str, Cost] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        async with Workers(2, 60) as workers:
            await _ours(workers, self.jobs[:IN_FLIGHT])  # all sides have started and imported
            list(self.pool.map(bare, [self.jobs[:CHUNK], self.jobs[:CHUNK]]))
            await ours.ask(self.archive, BEGIN)
            for start in range(0, len(self.jobs), ROUND):
                part = self.jobs[start : start + ROUND]
                last = self.made[start + len(part) - 1].published
                now = last.replace(microsecond=0) + timedelta(seconds=1)
                self.street.show(now)
                await ours.ask(self.archive, now)  # what the feeds name is due from now on
                await self._timed("bare", partial(self._bare, part))
                await self._timed("extract", partial(_ours, workers, part))
                await self._timed("collect", partial(self._collect, now))

    async def _timed(self, name: str, work: Callable[[], Awaitable[int]]) -> None:
        cpu, wall = costs.cpu(self.street.pids), time.perf_counter()
        self.read[name] += await work()
        before = self.spent.get(name, Cost(0, 0))
        self.spent[name] = Cost(
            before.cpu + costs.cpu(self.street.pids) - cpu,
            before.wall + time.perf_counter() - wall,
        )

    async def _bare(self, part: Sequence[tuple[bytes, str]]) -> int:
        chunks = [part[at : at + CHUNK] for at in range(0, len(part), CHUNK)]
        return sum(self.pool.map(bare, chunks))

    async def _collect(self, now: datetime) -> int:
        async with Door(ours.NET) as door:
            report = await collect(self.archive, door, ours.SETTINGS, now)
        assert not report.failed, report.errors[0]
        return report.new


if __name__ == "__main__":
    print(costs.table(pages(*map(int, sys.argv[1:]))))
