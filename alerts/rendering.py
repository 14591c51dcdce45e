"""Templates of this room and how they write times, links, languages and foreign text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

from alerts.clean import clean, readable
from alerts.credibility import RELIABILITY
from alerts.days import finding
from alerts.payload import DayCount
from alerts.sparkline import sparkline
from archive.types import Direction

MAX_URL = 2_000
_DIRECTIONS = {
    Direction.AWAY: "away from Russia",
    Direction.TOWARD: "toward Russia",
    Direction.MIXED: "mixed",
    Direction.NONE: "none",
}
_REASONS = {
    "first": "new alert",
    "severity_up": "more likely than before",
    "new_independent_source": "new independent source",
    "contradicted": "contradicted",
    "corrected": "corrected by its outlet",
    "retracted": "withdrawn by its outlet",
    "reopened": "reopened",
    "catch_up": "catching up",
}
_LANGUAGES = {"en": "English", "ru": "Russian", "hy": "Armenian"}


def render(template: str, **content: object) -> str:
    """Return a template of this room with its content, everything in HTML escaped."""
    return _environment().get_template(template).render(content)


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html.jinja"], default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "line": clean,
        "readable": readable,
        "quoted": quoted,
        "stamp": stamp,
        "link": link,
        "host": host,
        "heading": heading,
        "because": because,
        "language": language,
        "plain": lambda concept: clean(concept, 60).replace("_", " "),
        "letter": letter,
        "graded": lambda code: RELIABILITY[letter(code)],
        "best": lambda letters: min(map(letter, letters), default="F"),
        "capital": lambda text: text[:1].upper() + text[1:],
        "spark": sparkline,
        "finding": finding,
        "heights": heights,
    }
    return made


def stamp(when: datetime | None) -> str:
    """Return a time as a reader wants it, in UTC."""
    return "undated" if when is None else f"{when.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def link(url: str, limit: int = MAX_URL) -> str:
    """Return a URL that may be linked: http or https with a host; otherwise an empty string."""
    if len(url) > limit or not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and named else ""


def host(url: str) -> str:
    """Return the host a URL leads to, as a link's visible text."""
    return (urlsplit(url).hostname or "") if link(url) else ""


def quoted(text: str, limit: int = 1_200) -> str:
    """Return foreign words for a text part: every line marked, so that none looks like ours."""
    lines = [line.strip() for line in readable(text)[:limit].splitlines()]
    return "\n".join(f"   > {line}" for line in lines if line)


def heading(direction: Direction) -> str:
    """Return a direction in words."""
    return _DIRECTIONS[direction]


def language(code: str) -> str:
    """Return a language's name, or its code where we have no name for it."""
    return _LANGUAGES.get(code, clean(code, 12))


def because(reason: str) -> str:
    """Return an enumerated reason in words."""
    return _REASONS.get(reason, reason.replace("_", " "))


def letter(reliability: str) -> str:
    """Return an outlet's Admiralty letter; anything else is F, not judged."""
    return reliability if reliability in RELIABILITY else "F"


def heights(days: Sequence[DayCount], full: int) -> tuple[tuple[int, int], ...]:
    """Return two bars a day, in pixels: the other stories' texts, and this story's below them."""
    most = max((one.every for one in days), default=0) or 1
    bars = ((one.every - one.story, one.story) for one in days)
    return tuple((_height(other, most, full), _height(own, most, full)) for other, own in bars)


def _height(count: int, most: int, full: int) -> int:
    return 0 if count <= 0 else max(2, round(count / most * full))
