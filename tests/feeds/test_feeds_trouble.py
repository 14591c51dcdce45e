"""A full disk, a locked database, a clock that jumps: one clear line, nothing lost, and it goes on
by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from feeds_kit import NOW, Desk, Reply, Site, item

from archive import ArchiveError, tables
from archive import articles as article_store
from archive import entries as entry_store
from archive.types import Article

HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline() if sys.argv[2] == "told" else time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""
BODY = (
    "The ministry in Yerevan said on Monday that nobody would travel to exercise number {n}.",
    "A letter to that effect reached the joint staff in the morning of day {n} of the talks.",
    "Deputies of the ruling party said that decision {n} had surprised nobody at all there.",
)


def page(n: int, times: int = 1) -> Reply:
    body = "".join(f"<p>{one.format(n=n)} Matter {n} of {n * 7}.</p>" for one in BODY * times)
    return Reply(f"<html><body><article>{body}</article></body></html>")


def serve(site: Site, numbers: range, times: int = 1) -> None:
    site.feed("/rss", *(item(f"/a/{n}", f"Title {n}") for n in numbers))
    for n in numbers:
        site.pages[f"/a/{n}"] = page(n, times)


def held(desk: Desk) -> dict[str, Article]:
    with desk.archive.read() as connection:
        keys = connection.scalars(sa.select(tables.article.c.id)).all()
        found = article_store.current(connection, keys).values()
    return {one.title: one for one in found}


def due(desk: Desk, now: datetime) -> int:
    with desk.archive.read() as connection:
        return len(entry_store.due(connection, now))


@contextmanager
def connections_with(desk: Desk, pragma: str) -> Iterator[None]:
    """Open all connections anew with a setting of SQLite's, for the block."""

    def prepare(connection: object, _record: object) -> None:
        connection.cursor().execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    desk.archive.engine.dispose()
    sa.event.listen(desk.archive.engine, "connect", prepare)
    yield
    sa.event.remove(desk.archive.engine, "connect", prepare)
    desk.archive.engine.dispose()


def pages_of(desk: Desk) -> int:
    with desk.archive.read() as connection:
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar() or 0)


@contextmanager
def locked(desk: Desk, how_long: str) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the database, until told or for some seconds."""
    command = [sys.executable, "-c", HOLD, str(desk.archive.path), how_long]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder
        holder.stdin.close()
        assert holder.wait(20) == 0


def assert_one_line(error: pytest.ExceptionInfo[ArchiveError], remedy: str) -> None:
    line = str(error.value)
    assert "\n" not in line
    assert remedy in line
    assert "pivotwatch.db" in line


def test_a_full_disk_loses_nothing_and_goes_on(desk: Desk, site: Site) -> None:
    serve(site, range(60), times=20)
    desk.subscribe("/rss")
    desk.poll()
    with connections_with(desk, f"max_page_count={pages_of(desk) + 40}"):
        with pytest.raises(ArchiveError) as error:
            desk.collect()
        assert_one_line(error, "free some disk space; nothing was lost, the next run goes on")
        before = len(held(desk))
        assert before + due(desk, NOW) == 60
    assert before < 60
    report = desk.collect()
    assert (report.new, report.failed) == (60 - before, 0)
    assert len(held(desk)) == 60


def test_a_disk_that_is_full_at_the_poll_asks_again_at_once(desk: Desk, site: Site) -> None:
    serve(site, range(300))
    desk.subscribe("/rss")
    with connections_with(desk, f"max_page_count={pages_of(desk)}"):
        with pytest.raises(ArchiveError) as error:
            desk.poll()
        assert_one_line(error, "free some disk space")
        assert due(desk, NOW) == 0
    assert desk.poll(NOW).new_entries == 300


def test_a_locked_database_loses_nothing_and_goes_on(desk: Desk, site: Site) -> None:
    serve(site, range(3))
    desk.subscribe("/rss")
    with connections_with(desk, "busy_timeout=100"):
        with locked(desk, "told"):
            with pytest.raises(ArchiveError) as error:
                desk.poll()
            assert_one_line(error, "another process holds it; the next run tries again")
        assert desk.poll().new_entries == 3
        with locked(desk, "told"):
            with pytest.raises(ArchiveError) as error:
                desk.collect()
            assert_one_line(error, "another process holds it; the next run tries again")
            assert due(desk, NOW) == 3
    assert desk.collect().new == 3


def test_a_database_that_is_held_for_a_moment_is_waited_for(desk: Desk, site: Site) -> None:
    serve(site, range(3))
    desk.subscribe("/rss")
    with locked(desk, "1.5"):
        assert desk.poll().new_entries == 3
    with locked(desk, "1.5"):
        assert desk.collect().new == 3


@pytest.mark.parametrize(
    "jump",
    [timedelta(hours=1), timedelta(hours=-1), timedelta(days=365), timedelta(days=-365)],
    ids=["an hour on", "an hour back", "a year on", "a year back"],
)
def test_a_clock_that_jumps_and_comes_back_loses_nothing(
    desk: Desk, site: Site, jump: timedelta
) -> None:
    desk.subscribe("/rss", "/busy")
    serve(site, range(3))
    site.feed("/busy", item("/b/1", "Busy"))
    site.pages["/b/1"] = page(100)
    desk.poll()
    assert desk.collect().new == 4

    serve(site, range(1, 6))
    site.pages["/a/4"] = Reply("out of order", status=500)
    site.pages["/a/2"] = page(2, times=2)
    site.feed("/rss", *(item(f"/a/{n}", f"Title {n}, changed") for n in range(1, 6)))
    site.pages["/busy"] = Reply("out of order", status=500)
    wrong = NOW + jump
    desk.poll(wrong, everything=True)
    desk.collect(wrong)

    now = NOW + timedelta(hours=2)
    site.pages["/a/4"] = page(4)
    site.feed("/rss", *(item(f"/a/{n}", f"Title {n}, changed") for n in range(1, 8)))
    site.feed("/busy", item("/b/1", "Busy"), item("/b/2", "Busier"))
    for n in (6, 7):
        site.pages[f"/a/{n}"] = page(n)
    site.pages["/b/2"] = page(200)
    assert desk.poll(now).polled == 2, "no feed is silenced"
    desk.collect(now)
    found = held(desk)
    titles = {f"Title {n}, changed" for n in range(1, 8)}
    assert set(found) == {"Title 0", "Busy", "Busier", *titles}
    assert {one.version for one in found.values()} <= {1, 2}
    assert due(desk, now + timedelta(days=400)) == 0
    first = found["Title 1, changed"]
    assert (first.first_seen, first.date_flag) == (NOW, "ok")

    desk.poll(now + timedelta(hours=1))
    report = desk.collect(now + timedelta(hours=1))
    assert (report.new, report.updated, report.failed) == (0, 0, 0)


@pytest.mark.parametrize("jump", [timedelta(days=365), timedelta(days=-365)])
def test_a_site_that_was_closed_while_the_clock_was_wrong_is_asked_again(
    desk: Desk, site: Site, jump: timedelta
) -> None:
    desk.subscribe("/rss")
    serve(site, range(2))
    site.pages["/robots.txt"] = Reply("out of order", status=503)
    desk.poll(NOW + jump)
    assert desk.collect(NOW + jump).new == 0
    site.pages["/robots.txt"] = Reply(status=404)
    later = NOW + timedelta(hours=2)
    desk.poll(later)
    assert desk.collect(later).new == 2
