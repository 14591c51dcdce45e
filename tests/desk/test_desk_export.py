"""``export``: to stdout, or to a file that is replaced as a whole; mistakes are one line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from cli_kit import Terminal

from alerts.trial import trial_payload
from archive import Archive, articles, stories
from archive import alerts as alert_store
from archive.types import Alert, AlertRevision, Article, Reason

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def desk(terminal: Terminal) -> Iterator[Terminal]:
    """A terminal on a home with two alerts, a day apart."""
    with closing(Archive(f"sqlite:///{terminal.root / 'pivotwatch.db'}")) as archive:
        for day in (0, 1):
            _raise(archive, day)
    return terminal


def _raise(archive: Archive, day: int) -> None:
    at, url = NOW + timedelta(days=day), f"https://a.example/{day}"
    article = Article(
        id=f"a_{day}", url=url, title=f"=Title {day}", text="Words.", lang="en", outlet="Wire",
        published=at, first_seen=at, version=1, family="wire", content_hash=str(day),
        copy_of=None, origin=f"a_{day}",
    )  # fmt: skip
    payload = trial_payload(at).model_copy(update={"alert_id": f"al_{day}"})
    alert = Alert(f"al_{day}", "test", f"s_{day}", article.title, 1, at, at)
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, f"s_{day}", article, at)
        revision = AlertRevision(alert.id, 1, Reason.TEST, payload.as_json(), at)
        alert_store.revise(connection, alert, revision)


def test_every_format_is_written_to_stdout(desk: Terminal) -> None:
    for name in ("atom", "stix", "misp", "csv", "jsonl", "icalendar"):
        answer = desk("export", "--format", name)
        assert answer.code == 0
        assert "This sentence stands where" in answer.out.replace("\r\n ", "")
    assert len(desk("export", "--format", "jsonl").out.splitlines()) == 2


def test_since_leaves_older_alerts_out(desk: Terminal) -> None:
    shown = desk("export", "--format", "jsonl", "--since", "2026-03-05").out
    assert [json.loads(line)["alert_id"] for line in shown.splitlines()] == ["al_1"]
    wrong = desk("export", "--format", "csv", "--since", "soon")
    assert wrong.code == 1
    assert wrong.problems == ["--since soon: not a time; write 2026-03-04 or 2026-03-04T12:00"]


def test_a_file_is_replaced_as_a_whole(desk: Terminal, tmp_path: Path) -> None:
    feed = tmp_path / "alerts.atom"
    feed.write_text("old")
    answer = desk("export", "--format", "atom", "--to", feed)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.strip() == f"{feed}: 2 alerts"
    assert len(feedparser.parse(feed.read_bytes()).entries) == 2
    assert {one.name for one in tmp_path.iterdir()} == {"alerts.atom", "home"}
    with (tmp_path / "alerts.csv").open("w", encoding="utf-8-sig", newline="") as file:
        file.write(desk("export", "--format", "csv").out.removeprefix("\ufeff"))
    with (tmp_path / "alerts.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file, strict=True))) == 2


def test_a_file_that_cannot_be_written_is_named(desk: Terminal, tmp_path: Path) -> None:
    for file in (tmp_path / "none" / "a.csv", tmp_path):
        answer = desk("export", "--format", "csv", "--to", file)
        assert answer.code == 1
        (line,) = answer.problems
        assert line.startswith(f"{file}: cannot be written")
    assert desk("export", "--format", "xlsx").code == 2
    assert desk("export").code == 2
