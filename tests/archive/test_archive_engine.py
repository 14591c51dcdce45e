"""Transactions, locks and schema versions of real databases."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive import Archive, ArchiveError, BusyError, engine, feeds, is_ready, only_one, upgrade
from archive.types import Feed

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_an_error_inside_a_write_leaves_nothing(any_archive: Archive) -> None:
    with pytest.raises(RuntimeError), any_archive.write() as connection:
        feeds.add(connection, [Feed("f_1", "https://a.example/", "A", "en")], NOW)
        raise RuntimeError
    with any_archive.read() as connection:
        assert feeds.every(connection) == []


def test_sqlite_runs_in_wal_mode_and_syncs_fully(archive: Archive) -> None:
    with archive.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_write_takes_the_lock_at_once(archive: Archive) -> None:
    other = sqlite3.connect(str(archive.path), timeout=0, isolation_level=None)
    with archive.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_locked_database_gives_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    short = Archive(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(short)
    holder = sqlite3.connect(str(short.path), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveError, match="locked; another process holds it"), short.write():
        pass
    holder.close()


def test_a_full_database_gives_one_clear_line_and_loses_nothing(archive: Archive) -> None:
    many = [Feed(f"f_{n}", f"https://a.example/{n}", "A" * 500, "en") for n in range(500)]
    with archive.write() as connection:
        feeds.add(connection, many[:1], NOW)
    with pytest.raises(ArchiveError, match="full; free some disk space"), archive.write() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        feeds.add(conn, many, NOW)
    archive.close()
    with archive.read() as connection:
        assert len(feeds.every(connection)) == 1


def test_upgrade_is_repeatable_and_a_newer_schema_is_refused(any_archive: Archive) -> None:
    assert is_ready(any_archive)
    upgrade(any_archive)
    with any_archive.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not is_ready(any_archive)
    with pytest.raises(ArchiveError, match="schema 9999"):
        upgrade(any_archive)


def test_a_database_that_is_up_to_date_needs_no_writer_to_be_opened(archive: Archive) -> None:
    holder = sqlite3.connect(str(archive.path), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    upgrade(archive)
    with archive.read() as connection:
        assert feeds.every(connection) == []
    assert time.monotonic() - begun < 10, "a writer is waited for 45 s"
    holder.close()


def test_two_processes_may_upgrade_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    slow, fast = Archive(url), Archive(url)
    begin = slow.write

    def late() -> AbstractContextManager[Connection]:
        upgrade(fast)  # the other one, after this one has looked
        return begin()

    monkeypatch.setattr(slow, "write", late)
    upgrade(slow)
    assert is_ready(slow)


def test_two_processes_may_upgrade_one_postgres_at_once(postgres_url: str) -> None:
    with Archive(postgres_url).engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.text("CREATE DATABASE upgraded_twice TEMPLATE template0"))
    url = sa.make_url(postgres_url).set(database="upgraded_twice")
    both = [Archive(url.render_as_string(hide_password=False)) for _ in range(2)]
    looked = threading.Barrier(2)

    def run(one: Archive) -> bool:
        begin = one.write

        def together() -> AbstractContextManager[Connection]:
            looked.wait(10)  # both have seen that there is no schema
            return begin()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(one, "write", together)
            upgrade(one)
        return is_ready(one)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, both)) == [True, True]
    for one in both:
        one.close()


def test_a_database_that_does_not_exist_is_not_ready(tmp_path: Path) -> None:
    assert not is_ready(Archive(f"sqlite:///{tmp_path / 'none.db'}"))


def _hold(url: str, ready: multiprocessing.synchronize.Event) -> None:
    with only_one(Archive(url), "watch"):
        ready.set()
        multiprocessing.Event().wait(60)


def test_only_one_process_holds_the_lock_and_its_death_frees_it(any_archive: Archive) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    url = any_archive.url.render_as_string(hide_password=False)
    holder = context.Process(target=_hold, args=(url, ready))
    holder.start()
    assert ready.wait(30)
    with pytest.raises(BusyError), only_one(any_archive, "watch"):
        pass
    with only_one(any_archive, "another"):
        pass
    holder.kill()
    holder.join()
    for _ in range(100):
        try:
            with only_one(any_archive, "watch"):
                break
        except BusyError:
            multiprocessing.Event().wait(0.1)
    else:
        pytest.fail("the lock of a dead process was never freed")


def test_a_wrong_folder_gives_one_clear_line(tmp_path: Path) -> None:
    missing = Archive(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    with pytest.raises(ArchiveError, match="pivotwatch init"), missing.read():
        pass


def test_a_postgres_that_is_not_there_gives_one_clear_line() -> None:
    nobody = Archive("postgresql://ani:sesame@127.0.0.1:9/none")
    with pytest.raises(ArchiveError, match="check") as caught, nobody.read():
        pass
    assert "sesame" not in str(caught.value)
