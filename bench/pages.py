"""Pages from bytes to articles in two workers, beside bare trafilatura in two processes.

    ./run bench pages            2,000 pages of 50 to 300 kB

Prints the seconds of both over the same bytes, in turns, and their ratio.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from html import escape
from multiprocessing import get_context

import anyio
import newsroom
from newsroom import Made

from feeds.workers import Workers

CHUNK = 8
IN_FLIGHT = 16
ROUND = 200  # pages that each side reads before it is the other's turn
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


def pages(count: int) -> float:
    """Return the seconds of our workers over those of bare trafilatura, both two processes."""
    made = newsroom.articles(count)
    jobs = [(heavy(one, n), URL.format(n)) for n, one in enumerate(made)]
    sizes = [len(body) for body, _ in jobs]
    print(f"{count} pages, {statistics.mean(sizes) / 1000:.0f} kB on average")
    seconds, read = {"bare": 0.0, "ours": 0.0}, {"bare": 0, "ours": 0}

    async def run(pool: ProcessPoolExecutor) -> None:
        async with Workers(2, 60) as workers:
            await _ours(workers, jobs[:IN_FLIGHT])  # both sides have started and imported
            list(pool.map(bare, [jobs[:CHUNK], jobs[:CHUNK]]))
            for start in range(0, count, ROUND):
                part = jobs[start : start + ROUND]
                begun = time.perf_counter()
                chunks = [part[at : at + CHUNK] for at in range(0, len(part), CHUNK)]
                read["bare"] += sum(pool.map(bare, chunks))
                between = time.perf_counter()
                read["ours"] += await _ours(workers, part)
                seconds["bare"] += between - begun
                seconds["ours"] += time.perf_counter() - between

    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        anyio.run(run, pool)
    for name, spent in seconds.items():
        print(f"{name:5} {spent:7.1f} s, {read[name]} with a text")
    return seconds["ours"] / seconds["bare"]


if __name__ == "__main__":
    print(f"ratio {pages(*map(int, sys.argv[1:] or ['2000'])):.2f}")
