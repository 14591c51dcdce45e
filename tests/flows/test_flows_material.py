"""What a model is made of: judged articles whole, one event a story; thresholds of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from newsroom_kit import new_home

from archive import Archive, articles, labels, stories, upgrade
from archive import scores as score_store
from archive.types import Article, Direction, Label, Score
from classifiers import InUse, in_use
from classifiers.lastgood import stream_path
from flows import model, stream
from flows.cycle import clock
from flows.home import Home
from flows.settings import Settings, load

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, trained: Path) -> Home:
    return new_home(tmp_path / "home", trained)


@pytest.fixture
def store(home: Home) -> Iterator[Archive]:
    with closing(Archive(load(home).database_url(home))) as archive:
        upgrade(archive)
        yield archive


def make_article(name: str, text: str = "", when: datetime = NOW, origin: str = "") -> Article:
    return Article(
        id=f"a_{name}",
        url=f"https://outlet.example/{name}",
        title=f"Title {name}",
        text=text or "Yerevan stays away.\nThe summit opened on Monday.",
        lang="en",
        outlet="Outlet",
        published=when,
        first_seen=when,
        content_hash=name,
        origin=origin,
    )


def make_label(name: str, article: str | None, hours: int = 0, *codes: str, by: str = "a") -> Label:
    at = NOW + timedelta(hours=hours)
    direction = Direction.AWAY if codes else Direction.NONE
    return Label(name, article, "First paragraph.", "en", codes, direction, by, "cli", at)


def given(store: Archive, found: list[Article], judged: list[Label]) -> None:
    with store.write() as connection:
        for one in found:
            articles.put(connection, one)
        labels.add(connection, judged)


def test_a_judged_article_is_learnt_as_a_whole_and_bounded(home: Home, store: Archive) -> None:
    long = "The summit opened on Monday. " * 500
    given(
        store,
        [make_article("one"), make_article("long", long)],
        [
            make_label("lb_1", "a_one", 0, "csto_snub"),
            make_label("lb_2", "a_long"),
            make_label("lb_3", None, 0, "csto_snub"),
        ],
    )
    found = model.material(home, load(home))
    texts = {passage.id: passage.text for passage in found.corpus.passages}
    assert texts["lb_1"].endswith("The summit opened on Monday.")
    assert texts["lb_1"].startswith("Title one. Yerevan stays away.")
    assert len(texts["lb_2"]) == model.WHOLE_TEXT
    assert texts["lb_3"] == "First paragraph."
    assert [(one.article.id, one.labels) for one in found.reviewed] == [
        ("a_one", ("csto_snub",)),
        ("a_long", ()),
    ]


def test_articles_of_one_story_and_copies_are_one_event(home: Home, store: Archive) -> None:
    first, second = make_article("one"), make_article("two")
    source, copy = make_article("three"), make_article("four", origin="a_three")
    with store.write() as connection:
        for one in (first, second, source, copy):
            articles.put(connection, one)
        stories.open_story(connection, "s_1", first, NOW)
        stories.join(connection, "s_1", second, NOW)
        labels.add(connection, [make_label(f"lb_{a.title[-3:]}", a.id) for a in (first, second)])
        labels.add(connection, [make_label("lb_3", source.id), make_label("lb_4", copy.id)])
    found = model.material(home, load(home))
    events = {one.article.id: one.event for one in found.reviewed}
    assert events == {"a_one": "s_1", "a_two": "s_1", "a_three": "a_three", "a_four": "a_three"}
    by_id = {passage.id: passage.event for passage in found.corpus.passages}
    assert (by_id["lb_3"], by_id["lb_4"]) == ("a_three", "a_three")


def test_the_newest_judgement_of_an_article_is_calibrated_on(home: Home, store: Archive) -> None:
    given(
        store,
        [make_article("one")],
        [
            make_label("lb_1", "a_one", 1, "csto_snub", by="ani"),
            make_label("lb_2", "a_one", 2, by="eva"),
        ],
    )
    (one,) = model.material(home, load(home)).reviewed
    assert one.labels == ()


def test_an_exported_label_is_reviewed_under_its_passages_event(home: Home, store: Archive) -> None:
    seeds = model.corpus(home, load(home))
    known = seeds.passages[0]
    given(store, [make_article("one")], [make_label(known.id, "a_one", 0, "csto_snub")])
    found = model.material(home, load(home))
    assert len(found.corpus.passages) == len(seeds.passages), "it is there once"
    (one,) = found.reviewed
    assert one.event == known.event


def fill(store: Archive, used: InUse, count: int, days: float) -> None:
    """Fill the archive with scored articles; every tenth has a signal, more or less surely."""
    now = clock()
    with store.write() as connection:
        for number in range(count):
            when = now - timedelta(days=days * number / count, minutes=1)
            one = make_article(f"n{number}", when=when)
            articles.put(connection, one)
            sure = 0.61 + 0.38 * number / count if number % 10 == 0 else 0.01
            signals = dict.fromkeys(used.model.codes, 0.001) | {"csto_snub": sure}
            made = Score(one.id, 1, used.model.id, "en", sure, Direction.AWAY, signals)
            score_store.save(connection, [made], now)


@pytest.fixture
def used(home: Home) -> InUse:
    found = in_use(home.models)
    assert found is not None
    return found


def configured(home: Home, text: str) -> Settings:
    home.config.write_text(text, encoding="utf-8")
    return load(home)


def test_thresholds_follow_the_stream_and_the_budget(
    home: Home, store: Archive, used: InUse
) -> None:
    fill(store, used, 400, 8)
    settings = configured(home, "[model]\nalerts_per_day = 2\n")
    found = stream.refit(home, settings, store, used)
    assert found is not None
    assert found.articles == 400
    assert found.days == pytest.approx(8, abs=0.1)
    assert 1.5 <= found.expected_alerts_per_day <= 2
    again = in_use(home.models)
    assert again is not None
    assert again.model.cutoffs == found.cutoffs > used.model.cutoffs
    assert again.floor == used.floor
    unchanged = stream.refit(home, settings, store, again)
    assert unchanged is not None
    assert unchanged.cutoffs == found.cutoffs, "fitted from the model's own, not on top"


def test_the_budget_is_that_of_the_alerts_unless_set(home: Home) -> None:
    assert configured(home, "").alerts_per_day == 6
    assert configured(home, "[alerts]\ndaily_budget = 3\n").alerts_per_day == 3
    both = "[alerts]\ndaily_budget = 3\n[model]\nalerts_per_day = 0.5\n"
    assert configured(home, both).alerts_per_day == 0.5


@pytest.mark.parametrize(
    ("count", "days", "config"),
    [
        (150, 8.0, ""),
        (400, 2.0, ""),
        (400, 8.0, "[model]\nalerts_per_day = 0\n"),
        (400, 8.0, "[alerts]\ndaily_budget = 0\n"),
    ],
)
def test_a_short_stream_or_no_budget_leaves_the_models_own(
    home: Home, store: Archive, used: InUse, count: int, days: float, config: str
) -> None:
    stream_path(home.models, used.model.id).write_text("{}")
    fill(store, used, count, days)
    assert stream.refit(home, configured(home, config), store, used) is None
    again = in_use(home.models)
    assert again is not None
    assert (again.model.cutoffs, again.note) == (used.floor, "")


def test_what_another_model_has_scored_is_scored_anew(
    home: Home, store: Archive, used: InUse
) -> None:
    other = replace(used, model=replace(used.model, id="m_other"))
    fill(store, other, 220, 8)
    found = stream.refit(home, configured(home, ""), store, used)
    assert found is not None
    assert found.articles == 220
