"""One article of the archive as ``archive show`` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.text import Text

from alerts.clean import clean, readable
from archive.captures import Version
from archive.types import Article, Capture
from desk.console import out, table

if TYPE_CHECKING:
    from feeds.warc import Description

LONGEST = 1500
"""Characters of an article's text that are shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An article with its versions, newest first, and the ``chosen`` one of them.

    ``state`` says in words whether the capture is there as it was written, ``page`` what it
    holds. ``source`` is the article whose text this one carries, ``origin`` the one that the text
    came from first; both are None when it is no copy.
    """

    article: Article
    versions: tuple[Version, ...]
    chosen: Version
    state: str
    page: Description | None
    source: Article | None
    origin: Article | None


def print_shown(shown: Shown) -> None:
    """Print it for people."""
    facts = "\n".join(f"{name + ':':12}{clean(value, 1000)}" for name, value in _facts(shown))
    title = Text(clean(shown.chosen.title))
    text = readable(shown.chosen.text)
    beginning = text[:LONGEST] + (" …" if len(text) > LONGEST else "")
    out.print(Panel(Text(f"{facts}\n\n{beginning}"), title=title, title_align="left"))
    rows = [
        (
            one.version,
            f"{one.seen:%Y-%m-%d %H:%M}",
            one.evidence,
            one.capture.state if one.capture else "–",
            clean(one.title),
        )
        for one in shown.versions
    ]
    out.print(table("Versions", ["version", "seen (UTC)", "evidence", "raw page", "title"], rows))


def as_data(shown: Shown) -> dict[str, Any]:
    """Return it for a program to read."""
    article, chosen, page = shown.article, shown.chosen, shown.page
    return {
        "article": article.id,
        "url": article.url,
        "outlet": article.outlet,
        "published": article.published.isoformat() if article.published else None,
        "date_flag": article.date_flag,
        "first_seen": article.first_seen.isoformat(),
        "copy_of": article.copy_of,
        "origin": article.origin,
        "version": chosen.version,
        "title": chosen.title,
        "text": chosen.text,
        "reservation": chosen.reservation,
        "state": shown.state,
        "answered": page.url if page else None,
        "status": page.status if page else None,
        "content_type": page.content_type if page else None,
        "body_size": page.size if page else None,
        "versions": [
            {
                "version": one.version,
                "seen": one.seen.isoformat(),
                "evidence": one.evidence,
                "capture": capture_data(one.capture) if one.capture else None,
            }
            for one in shown.versions
        ],
    }


def capture_data(one: Capture) -> dict[str, Any]:
    """Return a capture for a program to read."""
    return {
        "state": one.state,
        "fetched": one.taken.isoformat(),
        "path": one.path,
        "size": one.size,
        "sha256": one.sha256,
    }


def _facts(shown: Shown) -> list[tuple[str, str]]:
    article, chosen, page = shown.article, shown.chosen, shown.page
    published = f"{article.published:%Y-%m-%d %H:%M} UTC" if article.published else "unknown"
    facts = [
        ("article", article.id),
        ("URL", article.url),
        ("outlet", article.outlet),
        ("published", f"{published} (date flag: {article.date_flag})"),
        ("first seen", f"{article.first_seen:%Y-%m-%d %H:%M} UTC"),
    ]
    if shown.source is not None:
        facts.append(("copy of", _named(shown.source)))
    if shown.origin is not None and shown.origin.id != article.copy_of:
        facts.append(("first from", _named(shown.origin)))
    facts += [
        ("reserved", chosen.reservation or "nothing recorded"),
        ("version", f"{chosen.version} of {shown.versions[0].version}"),
    ]
    if chosen.capture is None:
        facts.append(("SHA-256", shown.state))
    else:
        facts += [
            ("SHA-256", f"{chosen.capture.sha256} ({shown.state})"),
            ("file", f"{chosen.capture.path}, {chosen.capture.size} bytes"),
            ("fetched", f"{chosen.capture.taken:%Y-%m-%d %H:%M:%S} UTC"),
        ]
    if page is not None:
        facts += [
            ("answered", f"{page.url}: {page.status}" if page.status else "in the feed"),
            ("body", f"{page.content_type}, {page.size} bytes"),
        ]
    return facts


def _named(one: Article) -> str:
    return f"{one.outlet}, {one.url} ({one.id})"
