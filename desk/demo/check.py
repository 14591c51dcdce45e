"""The demo's own check: which stories should have alerted, and that exactly these did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alerts.settings import INDEX_RULE
from archive import Archive, alerts, outbox, stories
from archive.types import Alert
from desk.demo.newsroom import DemoArticle, Newsroom
from desk.demo.receivers import Received
from flows.reports import CycleReport

EXPECTED_ROLES = {"signal", "counter", "denial"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked."""

    what: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was checked."""

    lines: tuple[Line, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is as it should be."""
        return all(line.passed for line in self.lines)


def judge(
    archive: Archive, room: Newsroom, reports: Sequence[CycleReport], received: Received
) -> Verdict:
    """Compare what happened with what the newsroom's articles say should happen."""
    alerted = _alerted(archive, room)
    lines = [
        *_stories(room, alerted),
        _no_false_alarm(alerted),
        *_cycles(room, reports),
        _verbatim(room, received),
        _delivered(archive, received),
    ]
    return Verdict(tuple(lines))


@dataclass(frozen=True, slots=True)
class _Raised:
    """An alert, and the newsroom's name for the story that it is on."""

    alert: Alert
    name: str | None


def _alerted(archive: Archive, room: Newsroom) -> list[_Raised]:
    by_url = {room.url(a): a for a in room.articles}
    found = []
    with archive.read() as connection:
        for alert in alerts.recent(connection, 1000):
            if alert.rule == INDEX_RULE:  # it tells all stories together, and none of them again
                continue
            story = stories.get(connection, alert.story_id)
            urls = [m.article.url for m in story.members] if story is not None else []
            found.append(_Raised(alert, _name([by_url[url] for url in urls if url in by_url])))
    return found


def _name(members: Sequence[DemoArticle]) -> str | None:
    names = Counter(m.story for m in members)
    return names.most_common(1)[0][0] if names else None


def expected(room: Newsroom) -> dict[str, str]:
    """Return which stories should alert, and in which direction the rule that tells them looks.

    A denial is no story of its own where it belongs to another; one that stands alone says that
    ties to Russia stay, so it must come as re-engagement and never as a withdrawal.
    """
    found: dict[str, str] = {}
    for article in room.articles:
        if article.story is not None and article.role in EXPECTED_ROLES:
            found.setdefault(article.story, "toward" if article.direction == "toward" else "away")
    return found


def _stories(room: Newsroom, alerted: Sequence[_Raised]) -> Iterator[Line]:
    for name, direction in expected(room).items():
        rules = [raised.alert.rule for raised in alerted if raised.name == name]
        looks = ["toward" if rule == "reengagement" else "away" for rule in rules]
        detail = f"alerts under: {', '.join(rules) or 'none'}"
        yield Line(f"story {name} alerts once, {direction}", looks == [direction], detail)


def _no_false_alarm(alerted: Sequence[_Raised]) -> Line:
    false = [raised.alert.title for raised in alerted if raised.name is None]
    detail = "; ".join(false) or "hard negatives, recaps and routine news stayed silent"
    return Line("no other story alerts", not false, detail)


def _cycles(room: Newsroom, reports: Sequence[CycleReport]) -> Iterator[Line]:
    first, second = reports
    expected = sum(a.cycle == 1 for a in room.articles)
    copies = sum(a.copy_of is not None for a in room.articles)
    yield Line(
        "the first cycle takes everything in",
        first.articles.new == expected and first.articles.duplicate == copies,
        f"{first.articles.new} of {expected} articles, "
        f"{first.articles.duplicate} of {copies} wire copies recognised",
    )
    yield Line(
        "the broken feed and the missing page are named and stop nothing",
        first.feeds.failed == 1 and first.articles.failed == 1,
        f"{first.feeds.failed} feed, {first.articles.failed} page",
    )
    yield Line(
        "the second cycle finds one late update and one edited article, nothing else",
        (second.articles.new, second.articles.updated) == (1, 1) and second.stories.new == 0,
        f"{second.articles.new} new, {second.articles.updated} edited, "
        f"{second.stories.new} new stories",
    )


def _verbatim(room: Newsroom, received: Received) -> Line:
    """Every quoted sentence must stand in the article that it is said to come from."""
    pages: dict[str, str] = {}
    for article in room.articles:
        text = _folded(" ".join(article.paragraphs))
        pages[room.url(article)] = pages.get(room.url(article), "") + text
    quotes = [q for call in received.hooks for q in call["body"]["data"]["passages"]]
    missing = [
        q["text"]
        for q in quotes
        if _folded(q["text"]) not in pages.get(q["source"]["url"].partition("?")[0], "")
    ]
    detail = "; ".join(missing) or f"{len(quotes)} quotations, all found"
    return Line("each quoted sentence stands in its article", not missing and bool(quotes), detail)


def _folded(text: str) -> str:
    return "".join(text.split())


def _delivered(archive: Archive, received: Received) -> Line:
    with archive.read() as connection:
        counts = outbox.counts(connection)
    arrived = len(received.mails) + len(received.hooks)
    passed = counts["sent"] == arrived > 0 and counts["due"] == counts["dead"] == 0
    detail = f"{len(received.mails)} mails and {len(received.hooks)} webhook calls"
    return Line("each message arrived once", passed, detail)
