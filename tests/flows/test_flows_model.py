"""What the classifier learns from: the seeds and the analysts' labels."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import Archive, labels, upgrade
from archive.types import Direction, Label
from flows import model
from flows.home import Home
from flows.settings import load


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.config.write_text("", encoding="utf-8")
    return found


def test_labels_join_the_seeds_and_change_the_corpus_hash(home: Home) -> None:
    settings = load(home)
    seeds = model.corpus(home, settings)
    archive = Archive(settings.database_url(home))
    upgrade(archive)
    label = Label(
        "lb_1",
        None,
        "Երևանը չի մասնակցի ՀԱՊԿ նիստին։",
        "hy",
        ("csto_snub",),
        Direction.AWAY,
        "ani",
        "cli",
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    with archive.write() as connection:
        labels.add(connection, [label])
    archive.close()
    joined = model.corpus(home, settings)
    assert len(joined.passages) == len(seeds.passages) + 1
    assert joined.passages[-1].labels == ("csto_snub",)
    assert joined.hash != seeds.hash


def test_without_a_configuration_there_are_only_the_seeds(home: Home) -> None:
    assert model.corpus(home, None).passages


def test_every_signal_has_a_name(home: Home) -> None:
    names = model.signal_names(load(home))
    assert len(names) == 11
    assert all(names.values())
