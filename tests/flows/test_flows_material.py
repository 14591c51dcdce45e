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
from archive.types import Article, Direction, Label, Score, Traits
from classifiers import InUse, in_use, load_corpus
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


def events_of(home: Home) -> dict[str, str]:
    passages = model.material(home, load(home)).corpus.passages
    return {passage.id: passage.event for passage in passages}


def test_one_text_judged_by_two_people_is_one_event(home: Home, store: Archive) -> None:
    twice = [make_label("lb_1", None), make_label("lb_2", None, 1, "csto_snub", by="eva")]
    spaced = replace(twice[1], id="lb_3", text="FIRST  paragraph.\n")
    another = replace(twice[0], id="lb_4", text="Second paragraph.")
    given(store, [], [*twice, spaced, another])
    events = events_of(home)
    assert events["lb_1"] == events["lb_2"] == events["lb_3"] != events["lb_4"]


def test_a_label_with_the_text_of_a_seed_or_of_an_article_is_its_event(
    home: Home, store: Archive
) -> None:
    seed = model.corpus(home, load(home)).passages[0]
    one = make_article("one")
    given(
        store,
        [one],
        [
            replace(make_label("lb_1", None), text=seed.text.upper()),
            make_label("lb_2", "a_one"),
            replace(make_label("lb_3", None), text=f"{one.title}. {one.text}"),
        ],
    )
    events = events_of(home)
    assert events["lb_1"] == events[seed.id] == seed.event
    assert events["lb_2"] == events["lb_3"] == "a_one"


def test_a_label_on_the_article_of_an_exported_label_is_its_event(
    home: Home, store: Archive
) -> None:
    known = model.corpus(home, load(home)).passages[0]
    given(
        store, [make_article("one")], [make_label(known.id, "a_one"), make_label("lb_2", "a_one")]
    )
    assert events_of(home)["lb_2"] == known.event


def test_seeds_alone_keep_their_events(home: Home) -> None:
    assert model.corpus(home, load(home)).hash == load_corpus(model.SHIPPED_SEEDS).hash


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


SAME = Traits(frozenset({"csto", "summit", "absence"}), frozenset({"pashinyan"}))
LIKE = replace(SAME, names=frozenset({"pashinyan", "2026"}))
UNLIKE = Traits(frozenset({"trade", "wine"}), frozenset({"mishustin"}))


def put_scored(
    store: Archive, used: InUse, one: Article, traits: Traits, signal: str = "csto_snub"
) -> None:
    signals = dict.fromkeys(used.model.codes, 0.001) | {signal: 0.95}
    made = Score(one.id, 1, used.model.id, "en", 0.95, Direction.AWAY, signals, traits=traits)
    with store.write() as connection:
        articles.put(connection, one)
        score_store.save(connection, [made], clock())


def expected(home: Home, store: Archive, used: InUse) -> float:
    """Return how many stories are above the thresholds that a generous budget gives."""
    found = stream.refit(home, configured(home, "[model]\nalerts_per_day = 50\n"), store, used)
    assert found is not None
    return found.expected_alerts_per_day * found.days


def test_articles_without_a_story_count_once_an_event(
    home: Home, store: Archive, used: InUse
) -> None:
    fill(store, used, 400, 8)
    now, day = clock() - timedelta(hours=1), timedelta(days=1)
    alone = expected(home, store, used)
    put_scored(store, used, make_article("e1", when=now), SAME)
    once = expected(home, store, used)
    assert once == pytest.approx(alone + 1, abs=0.2)
    put_scored(store, used, make_article("e2", when=now - day), LIKE)
    copy = make_article("e3", when=now - 5 * day, origin="a_e1")
    put_scored(store, used, copy, UNLIKE, "trade_retaliation")
    assert expected(home, store, used) == pytest.approx(once, abs=0.2), "alike, or a copy"
    put_scored(store, used, make_article("e4", when=now - 5 * day), SAME)
    put_scored(store, used, make_article("e5", when=now), UNLIKE)
    put_scored(store, used, make_article("e6", when=now), SAME, "trade_retaliation")
    put_scored(store, used, make_article("e7", when=now), Traits())
    put_scored(store, used, make_article("e8", when=now), Traits())
    more = expected(home, store, used)
    assert more == pytest.approx(once + 5, abs=0.2), "too far, unlike, another signal, unknown"


def test_an_article_below_the_thresholds_counts_with_the_story_it_is_like(
    home: Home, store: Archive, used: InUse
) -> None:
    fill(store, used, 400, 8)
    now = clock() - timedelta(hours=1)
    told = make_article("s", when=now - timedelta(days=1))
    put_scored(store, used, told, SAME)
    with store.write() as connection:
        stories.open_story(connection, "s_1", told, now)
    once = expected(home, store, used)
    put_scored(store, used, make_article("e1", when=now), LIKE)
    put_scored(store, used, make_article("e2", when=now, origin="a_s"), UNLIKE)
    assert expected(home, store, used) == pytest.approx(once, abs=0.2)


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
