"""The look at the database finds what is wrong with it, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive import Archive, ArchiveError
from archive.soundness import hasty, look


def test_a_good_database_of_either_kind_is_sound(any_archive: Archive) -> None:
    found = look(any_archive, seconds=5, patience=1)
    assert (found.ready, found.whole, found.faults, found.locked) == (True, True, (), False)
    assert (found.size is None) == (any_archive.path is None)


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with closing(Archive(f"sqlite:///{path}")) as archive:
        assert not look(archive, seconds=1, patience=1).ready
    assert not path.exists()


def test_one_without_tables_is_not_ready(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with closing(Archive(f"sqlite:///{path}")) as archive:
        assert not look(archive, seconds=1, patience=1).ready


def test_a_damaged_page_is_found(archive: Archive) -> None:
    assert archive.path is not None
    with archive.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    archive.close()
    with archive.path.open("r+b") as file:
        file.seek(4096 * 30)
        file.write(b"\xff" * 4096 * 8)
    found = look(archive, seconds=5, patience=1)
    assert found.whole is False
    assert found.faults


def test_a_check_that_takes_too_long_is_given_up(archive: Archive) -> None:
    with archive.write() as connection:
        connection.exec_driver_sql("CREATE TABLE large (value TEXT)")
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
            "INSERT INTO large SELECT hex(randomblob(64)) FROM n"
        )
    found = look(archive, seconds=0, patience=1)
    assert found.whole is None
    assert found.size is not None
    assert found.size > 5_000_000


@pytest.fixture
def writing(archive: Archive) -> Iterator[None]:
    """Another process's transaction that does not end."""
    assert archive.path is not None
    with closing(Archive(f"sqlite:///{archive.path}")) as other, other.write():
        yield


def test_a_writer_that_does_not_end_is_noticed(archive: Archive, writing: None) -> None:
    found = look(archive, seconds=5, patience=0.1)
    assert found.locked
    assert found.whole


def test_a_server_that_is_away_is_not_waited_for_long() -> None:
    with closing(hasty("postgresql://watch:sesame@127.0.0.1:1/pivot")) as archive:
        assert archive.url.query["connect_timeout"] == "5"
        with pytest.raises(ArchiveError) as caught:
            look(archive, seconds=1, patience=1)
    assert "sesame" not in str(caught.value)
