"""What the demo prints: feeds, articles, evidence, stories, the alert, and its own check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.panel import Panel
from rich.text import Text

from archive import Archive, stories
from archive import feeds as feed_store
from archive.types import Decision, Story
from desk.console import out, table
from desk.demo.check import Verdict
from desk.demo.newsroom import Newsroom
from desk.demo.receivers import Received
from desk.live_commands import show_report
from flows.reports import CycleReport


def everything(
    archive: Archive, room: Newsroom, reports: Sequence[CycleReport], received: Received
) -> None:
    """Print what the two cycles did."""
    _feeds(archive)
    _articles(room)
    for report in reports:
        show_report(report)
    with archive.read() as connection:
        found = stories.recent(connection, 100)
        decided = {s.id: stories.decisions(connection, s.id) for s in found}
    _evidence(found)
    _stories(found, decided)
    _alert(received)


def verdict(result: Verdict, folder: Path, seconds: float) -> None:
    """Print the check's lines, and where everything was written."""
    rows = [
        (
            Text("✓", style="green") if line.passed else Text("✗", style="bold red"),
            line.what,
            line.detail,
        )
        for line in result.lines
    ]
    out.print(table(f"The demo's own check ({seconds:.0f} s in all)", ["", "what", "found"], rows))
    messages = folder / "messages"
    out.print(Text(f"mails (.eml, and their HTML parts) and webhook bodies: {messages}"))
    out.print(Text(f"database, model and its card, logs: {folder / 'home'}"))


def _feeds(archive: Archive) -> None:
    with archive.read() as connection:
        found = feed_store.every(connection)
    rows = [(feed.outlet, feed.lang, feed.kind, state.error or "ok") for feed, state in found]
    out.print(table("Feeds polled", ["outlet", "lang", "kind", "state"], rows))


def _articles(room: Newsroom) -> None:
    roles = Counter((a.role, a.lang_of(room)) for a in room.articles)
    languages = sorted({lang for _, lang in roles})
    rows = [
        (role.replace("_", " "), *(str(roles[role, lang] or "–") for lang in languages))
        for role in dict.fromkeys(a.role for a in room.articles)
    ]
    out.print(table("The newsroom's articles", ["role", *languages], rows))


def _evidence(found: Sequence[Story]) -> None:
    best = [
        max(
            ((e, m) for m in story.members for e in m.score.evidence),
            key=lambda pair: pair[0].probability,
            default=None,
        )
        for story in found
    ]
    rows = [
        (
            evidence.signal,
            f"{evidence.probability:.2f}",
            member.article.outlet,
            evidence.passages[0].text,
        )
        for evidence, member in (pair for pair in best if pair is not None)
    ]
    out.print(table("Evidence, the best of each story", ["signal", "p", "outlet", "passage"], rows))


def _stories(found: Sequence[Story], decided: dict[str, list[Decision]]) -> None:
    rows = [
        (
            story.title,
            str(len(story.members)),
            str(len(story.origins)),
            " ".join(story.languages),
            ", ".join(f"{d.rule}: {d.outcome}" for d in decided[story.id]),
        )
        for story in found
    ]
    columns = ["story", "articles", "origins", "languages", "decisions"]
    out.print(table("Stories", columns, rows))


def _alert(received: Received) -> None:
    if not received.mails:
        return
    mail = max(received.mails, key=lambda m: len(m.as_bytes()))
    body = mail.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    out.print(Panel(Text(text), title=Text(str(mail["Subject"])), title_align="left"))
