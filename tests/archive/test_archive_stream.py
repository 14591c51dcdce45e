"""What retraining reads: the newest label of each article, and the stream with its scores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive import Archive, articles, labels, stories
from archive import scores as score_store
from archive.types import Article, Direction, Label, Score

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def make_article(name: str, days_ago: float, *, dated: bool = True, text: str = "Text.") -> Article:
    when = NOW - timedelta(days=days_ago)
    url = f"https://outlet.example/{name}"
    return Article(
        id=f"a_{name}",
        url=url,
        title=name,
        text=text,
        lang="en",
        outlet="Outlet",
        published=when if dated else None,
        first_seen=NOW - timedelta(days=days_ago) if not dated else NOW,
        content_hash=text,
    )


def make_score(one: Article, model: str, signal: float, version: int = 1) -> Score:
    return Score(one.id, version, model, "en", 0.9, Direction.AWAY, {"csto_snub": signal})


def make_label(name: str, article_id: str | None, hours: int, *codes: str) -> Label:
    at = NOW + timedelta(hours=hours)
    direction = Direction.AWAY if codes else Direction.NONE
    return Label(name, article_id, "Text.", "en", codes, direction, "ani", "cli", at)


def test_the_newest_label_of_each_article_is_its_review(any_archive: Archive) -> None:
    given = [
        make_label("lb_1", "a_two", 1, "csto_snub"),
        make_label("lb_2", "a_two", 3),
        make_label("lb_3", "a_one", 2, "csto_snub"),
        make_label("lb_4", None, 4, "csto_snub"),
    ]
    with any_archive.write() as connection:
        for name in ("one", "two", "three"):
            articles.put(connection, make_article(name, 1))
        labels.add(connection, given)
    with any_archive.read() as connection:
        found = labels.reviewed(connection)
    assert [(one.article_id, one.id, one.labels) for one in found] == [
        ("a_one", "lb_3", ("csto_snub",)),
        ("a_two", "lb_2", ()),
    ]


def test_the_stream_is_the_last_days_with_what_the_model_gave(any_archive: Archive) -> None:
    told, alone, undated, old = (
        make_article("told", 1),
        make_article("alone", 2),
        make_article("undated", 3, dated=False),
        make_article("old", 20),
    )
    with any_archive.write() as connection:
        for one in (told, alone, undated, old):
            articles.put(connection, one)
        stories.open_story(connection, "s_1", told, NOW)
        given = [
            make_score(told, "m_used", 0.8),
            make_score(told, "m_other", 0.1),
            make_score(alone, "m_other", 0.2),
        ]
        score_store.save(connection, given, NOW)
    with any_archive.read() as connection:
        found = score_store.stream(connection, NOW - timedelta(days=14), NOW, "m_used", 10)
        few = score_store.stream(connection, NOW - timedelta(days=14), NOW, "m_used", 2)
    assert [(one.article_id, one.story_id, one.signals) for one in found] == [
        ("a_told", "s_1", {"csto_snub": 0.8}),
        ("a_alone", None, None),
        ("a_undated", None, None),
    ]
    assert found[2].when == NOW - timedelta(days=3), "an undated one counts when it was seen"
    assert few == found[:2]


def test_a_score_of_an_earlier_version_does_not_count(any_archive: Archive) -> None:
    one = make_article("edited", 1)
    with any_archive.write() as connection:
        articles.put(connection, one)
        score_store.save(connection, [make_score(one, "m_used", 0.8)], NOW)
        articles.put(connection, make_article("edited", 1, text="Other text."))
    with any_archive.read() as connection:
        (found,) = score_store.stream(connection, NOW - timedelta(days=14), NOW, "m_used", 10)
    assert found.signals is None
