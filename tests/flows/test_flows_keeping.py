"""What becomes of captures once their versions are scored, on both databases."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from newsroom_kit import World

from archive import Archive, alerts, articles, ids, scores, stories
from archive import captures as capture_store
from archive.types import (
    Alert,
    AlertRevision,
    Article,
    Capture,
    Direction,
    Evidence,
    Passage,
    Reason,
    Score,
)
from classifiers import current_model
from feeds import Captures, canonical
from feeds.warc import described
from flows import cycle, keeping
from flows.settings import CapturesSettings
from net import Response

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """An archive with its captures, and what has happened to them step by step."""

    archive: Archive
    captures: Captures

    def collect(self, name: str, text: str = "Some text.", taken: datetime = NOW) -> Article:
        """Store an article, or its next version, with its capture."""
        url = f"https://outlet.example/{name}"
        one = Article(
            *(ids.article_id(url), url, f"Title {name}", text, "en", "Outlet", taken, taken),
            content_hash=ids.content_hash(name, text),
        )
        body = f"<p>{text}</p>".encode()
        with self.archive.write() as connection:
            articles.put(connection, one)
            stored = articles.current(connection, [one.id])[one.id]
            answer = Response(url, 200, {"content-type": "text/html"}, body)
            capture = self.captures.spool(stored, stored.version, taken, answer, None)
            capture_store.add(connection, capture)
        return stored

    def score(self, *chosen: Article, evidence: bool) -> None:
        for one in chosen:
            piece = Evidence(
                *(one.id, one.version, "csto_snub", "m_1", 0.9, Direction.AWAY),
                (Passage(one.text, 0, len(one.text)),),
            )
            score = Score(
                *(one.id, one.version, "m_1", "en", 0.9, Direction.AWAY, {"csto_snub": 0.9}),
                evidence=(piece,) if evidence else (),
            )
            with self.archive.write() as connection:
                scores.save(connection, [score], NOW)
                articles.mark_scored(connection, one, "m_1")

    def alert(self, one: Article, updated: datetime) -> None:
        """Raise an alert on the story of an article."""
        story = ids.story_id(one.id)
        raised = Alert(ids.alert_id("r", story), "r", story, one.title, 1, updated, updated)
        with self.archive.write() as connection:
            stories.open_story(connection, story, one, updated)
            alerts.revise(
                connection, raised, AlertRevision(raised.id, 1, Reason.FIRST, {}, updated)
            )

    def settle(
        self, now: datetime = NOW, *, megabytes: int = 2000, days: float | None = None
    ) -> tuple[str, ...]:
        settings = CapturesSettings(most_megabytes=megabytes, days=days)
        return keeping.settle(self.archive, self.captures, settings, now)

    def row(self, one: Article) -> Capture | None:
        with self.archive.read() as connection:
            return capture_store.get(connection, one.id, one.version)

    def files(self) -> int:
        return sum(file.is_file() for file in self.captures.folder.rglob("*"))


async def run_stages(world: World, archive: Archive) -> None:
    """Do one cycle without Prefect."""
    model = current_model(world.home.models)
    assert model is not None
    shop = cycle.open_workshop(world.home, world.settings, archive, lambda *_: None)
    await cycle.poll(shop, everything=True)
    await cycle.collect(shop)
    cycle.weigh(shop, model)
    assert cycle.settle(shop) == ()


def test_of_a_cycle_the_pages_of_evidence_are_left(world: World, trained: Path) -> None:
    """Each version with evidence has its page on the disk, byte for byte; nothing else is there."""
    with world.archive() as archive:
        asyncio.run(run_stages(world, archive))
        with archive.read() as connection:
            listed = capture_store.recent(connection, 1000)
            versions = [
                (one, version)
                for one in {item.capture.article_id for item in listed}
                for version in capture_store.versions(connection, one)
            ]
            assert scores.evidence_count(connection) == sum(v.evidence for _, v in versions)
            assert capture_store.waiting_paths(connection) == set()
    assert all((v.evidence > 0) == (v.capture is not None) for _, v in versions)
    shelved = keeping.captures_of(world.home, world.settings)
    kinds = set()
    for item in listed:
        page = described(shelved.read(item.capture))
        kinds.add(page.status)
        assert canonical(page.url) == item.url
        assert page.size > 500
    assert kinds <= {"200 OK", ""}, "pages, and what feeds carried"
    files = [file for file in world.home.captures.rglob("*") if file.is_file()]
    assert len(files) == len(listed) > 4


@pytest.fixture
def shelf(any_archive: Archive, tmp_path: Path) -> Shelf:
    return Shelf(any_archive, Captures(tmp_path / "captures", 100_000_000))


def test_evidence_is_kept_the_rest_is_deleted_the_unscored_waits(shelf: Shelf) -> None:
    told, dull, fresh = (shelf.collect(name) for name in ("told", "dull", "fresh"))
    shelf.score(told, evidence=True)
    shelf.score(dull, evidence=False)
    assert shelf.settle() == ()
    kept, waiting = shelf.row(told), shelf.row(fresh)
    assert kept is not None
    assert waiting is not None
    assert (kept.state, kept.path) == ("kept", f"kept/2026-03/{told.id}-1.warc.gz")
    assert described(shelf.captures.read(kept)).url == told.url
    assert waiting.state == "waiting"
    assert shelf.row(dull) is None
    assert shelf.files() == 2
    assert shelf.settle() == ()
    assert shelf.files() == 2


def test_each_version_is_settled_by_its_own_evidence(shelf: Shelf) -> None:
    first = shelf.collect("story", "First words.")
    shelf.score(first, evidence=True)
    second = shelf.collect("story", "Second words.")
    third = shelf.collect("story", "Third words.")
    shelf.score(third, evidence=False)
    assert [one.version for one in (first, second, third)] == [1, 2, 3]
    shelf.settle()
    assert shelf.row(first) is not None
    assert (shelf.row(second), shelf.row(third)) == (None, None)
    with shelf.archive.read() as connection:
        found = capture_store.versions(connection, first.id)
    assert [(v.version, v.text, v.evidence, v.capture is not None) for v in found] == [
        (3, "Third words.", 0, False),
        (2, "Second words.", 0, False),
        (1, "First words.", 1, True),
    ]


def test_more_than_one_batch_is_settled(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 2)
    chosen = [shelf.collect(f"n{number}") for number in range(5)]
    shelf.score(*chosen[:3], evidence=True)
    shelf.score(*chosen[3:], evidence=False)
    assert shelf.settle() == ()
    with shelf.archive.read() as connection:
        assert capture_store.held(connection).count == shelf.files() == 3


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["keep", "drop", "remove"])
def test_a_crash_anywhere_is_mended_by_the_next_call(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    told, dull = shelf.collect("told"), shelf.collect("dull")
    shelf.score(told, evidence=True)
    shelf.score(dull, evidence=False)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        if moment == "remove":
            patch.setattr(Captures, "remove", die)
        else:
            patch.setattr(capture_store, moment, die)
        shelf.settle()
    assert shelf.settle() == ()
    kept = shelf.row(told)
    assert kept is not None
    assert shelf.captures.read(kept)
    assert shelf.row(dull) is None
    shelf.settle(datetime.now(UTC) + DAY)
    assert shelf.files() == 1


def test_a_row_whose_file_is_gone_is_told_of_only_when_it_was_evidence(shelf: Shelf) -> None:
    told, dull = shelf.collect("told"), shelf.collect("dull")
    shelf.score(told, evidence=True)
    shelf.score(dull, evidence=False)
    for file in (shelf.captures.folder / "waiting").iterdir():
        file.unlink()
    place = shelf.captures.folder / "waiting" / f"{told.id}-1.warc"
    assert shelf.settle() == (f"{place}: missing; what this article was read from is lost",)
    assert (shelf.row(told), shelf.row(dull)) == (None, None)
    assert shelf.settle() == ()


def test_a_file_whose_row_was_rolled_back_is_swept(shelf: Shelf) -> None:
    known = shelf.collect("known")
    lost = replace(known, id="a_lost")
    shelf.captures.spool(lost, 1, NOW, None, "<p>never stored</p>")
    shelf.settle(datetime.now(UTC))
    assert shelf.files() == 2, "it may be in the middle of its transaction"
    shelf.settle(datetime.now(UTC) + DAY)
    assert shelf.files() == 1
    assert shelf.row(known) is not None


def grow(shelf: Shelf, count: int, size: int) -> list[Article]:
    """Keep captures that say they are larger than they are, a day between two."""
    chosen = [shelf.collect(f"n{n}", taken=NOW - (count - n) * DAY) for n in range(count)]
    shelf.score(*chosen, evidence=True)
    shelf.settle()
    with shelf.archive.write() as connection:
        rows = [shelf.row(one) for one in chosen]
        capture_store.keep(connection, [replace(row, size=size) for row in rows if row])
    return chosen


def test_the_oldest_make_room_but_not_what_an_alert_rests_on(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    chosen = grow(shelf, 5, 400_000)
    shelf.alert(chosen[0], NOW - 29 * DAY)
    shelf.alert(chosen[1], NOW - 31 * DAY)
    with caplog.at_level(logging.INFO):
        assert shelf.settle(megabytes=1) == ()
    assert "3 oldest captures are deleted to make room" in caplog.text
    assert [shelf.row(one) is not None for one in chosen] == [True, False, False, False, True]
    assert shelf.files() == 2


def test_too_much_that_may_not_go_is_one_line(shelf: Shelf) -> None:
    for one in (chosen := grow(shelf, 3, 400_000)):
        shelf.alert(one, NOW)
    assert shelf.settle(megabytes=1) == (
        f"{shelf.captures.folder}: larger than [captures] most_megabytes = 1, but alerts of the "
        "last 30 days rest on all of it; allow more",
    )
    assert all(shelf.row(one) is not None for one in chosen)


def test_age_prunes_only_when_it_is_asked_for(shelf: Shelf) -> None:
    chosen = grow(shelf, 5, 1000)
    assert shelf.settle(NOW + 3650 * DAY) == ()
    assert shelf.files() == 5
    assert shelf.settle(days=3.5) == ()
    assert [shelf.row(one) is not None for one in chosen] == [False, False, True, True, True]
    assert shelf.files() == 3


def test_a_clock_that_jumps_a_year_deletes_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FEW", 2)
    grow(shelf, 5, 1000)
    (line,) = shelf.settle(NOW + 365 * DAY, days=90)
    assert line == (
        f"{shelf.captures.folder}: 5 of 5 captures are older than [captures] days, and nothing is "
        "deleted in case the clock is wrong; if it is right, run "
        "`pivotwatch archive prune --days 90`"
    )
    assert shelf.settle(NOW - 365 * DAY, days=90) == ()
    assert shelf.files() == 5
    assert keeping.prune(shelf.archive, shelf.captures, NOW + 365 * DAY) == 5
    assert shelf.files() == 0


def test_a_disk_without_room_is_one_line_and_everything_waits(shelf: Shelf) -> None:
    told, dull = shelf.collect("told"), shelf.collect("dull")
    shelf.score(told, evidence=True)
    shelf.score(dull, evidence=False)
    (shelf.captures.folder / "kept").write_text("a file stands in the way")
    (line,) = shelf.settle()
    assert line.startswith(f"{shelf.captures.folder}: pages of articles cannot be kept there: ")
    waiting = shelf.row(told)
    assert waiting is not None
    assert waiting.state == "waiting"
    (shelf.captures.folder / "kept").unlink()
    assert shelf.settle() == ()
    kept = shelf.row(told)
    assert kept is not None
    assert kept.state == "kept"
    assert shelf.files() == 1


def test_a_database_that_does_not_answer_is_a_line(tmp_path: Path) -> None:
    archive = Archive(f"sqlite:///{tmp_path / 'none' / 'pivotwatch.db'}")
    captures = Captures(tmp_path / "captures", 1000)
    (line,) = keeping.settle(archive, captures, CapturesSettings(), NOW)
    assert "unable to open database file; check that the folder exists" in line
