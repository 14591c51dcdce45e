"""What is offered for review, and how judgements are kept, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from archive import Archive, articles, ids, labels, reviews, scores, stories
from archive.types import Article, Direction, Label, Score, Traits

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MONTH = NOW - timedelta(days=30)


def make_article(name: str, **changes: object) -> Article:
    url = f"https://outlet.example/{name}"
    made = Article(
        id=ids.article_id(url),
        url=url,
        title=f"Title {name}",
        text=f"Text {name}.",
        lang="en",
        outlet="Outlet",
        published=NOW,
        first_seen=NOW,
        content_hash=name,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def make_score(article: Article, model: str = "m_1", relevance: float = 0.5) -> Score:
    signals = {"csto_snub": relevance, "public_rift": 0.1}
    traits = Traits(frozenset({"csto", "ban"}), frozenset({"38"}), frozenset({"text"}))
    return Score(
        article.id,
        article.version,
        model,
        article.lang,
        relevance,
        Direction.AWAY,
        signals,
        (),
        traits,
    )


def make_label(article: Article, by: str = "ann", *codes: str) -> Label:
    return Label(
        id="lb_" + ids.digest(article.id, by, length=16),
        article_id=article.id,
        text=article.title,
        lang=article.lang,
        labels=codes,
        direction=Direction.AWAY if codes else Direction.NONE,
        annotator=by,
        source="review",
        at=NOW,
    )


def store(archive: Archive, *found: Article) -> None:
    with archive.write() as connection:
        for one in found:
            articles.put(connection, one)
        scores.save(connection, [make_score(one) for one in found], NOW)


def offered(archive: Archive, by: str | None = None, limit: int = 100) -> list[str]:
    with archive.read() as connection:
        return [x.article_id for x in reviews.unjudged(connection, MONTH, limit, by=by)]


def test_scored_articles_of_the_time_are_offered_newest_first(any_archive: Archive) -> None:
    old = make_article("old", published=MONTH - timedelta(seconds=1))
    undated = make_article("undated", published=None, first_seen=NOW - timedelta(days=2))
    new, edge = make_article("new", lang="hy"), make_article("edge", published=MONTH)
    store(any_archive, old, undated, new, edge)
    with any_archive.write() as connection:
        articles.put(connection, make_article("unscored"))
    assert offered(any_archive) == [new.id, undated.id, edge.id]
    with any_archive.read() as connection:
        armenian = reviews.unjudged(connection, MONTH, 9, lang="hy")
    assert [x.article_id for x in armenian] == [new.id]
    assert offered(any_archive, limit=2) == [new.id, undated.id]
    with any_archive.read() as connection:
        first = reviews.unjudged(connection, MONTH, 1)[0]
    assert (first.lang, first.when, first.group) == ("hy", NOW, new.id)
    assert first.score == replace(
        make_score(new), traits=Traits(frozenset({"csto", "ban"}), frozenset({"38"}))
    )


def test_the_last_score_of_the_current_version_counts(any_archive: Archive) -> None:
    one = make_article("one")
    store(any_archive, one)
    with any_archive.write() as connection:
        later = make_score(one, "m_0", 0.7)
        scores.save(connection, [later], NOW + timedelta(hours=1))
    with any_archive.read() as connection:
        (found,) = reviews.unjudged(connection, MONTH, 9)
    assert (found.score.model_id, found.score.relevance) == ("m_0", 0.7)
    with any_archive.write() as connection:
        articles.put(connection, replace(one, text="Edited.", content_hash="edited"))
    assert offered(any_archive) == [], "the edited version has no score yet"


def test_a_story_and_a_copy_are_one_group_and_judged_together(any_archive: Archive) -> None:
    first, second, alone = make_article("first"), make_article("second"), make_article("alone")
    copy = make_article("copy", copy_of=first.id, origin=first.id)
    copied = make_article("copied", copy_of=alone.id, origin=alone.id)
    store(any_archive, first, second, alone, copy, copied)
    story = ids.story_id(first.id)
    with any_archive.write() as connection:
        stories.open_story(connection, story, first, NOW)
        stories.join(connection, story, second, NOW)
    with any_archive.read() as connection:
        groups = {x.article_id: x.group for x in reviews.unjudged(connection, MONTH, 9)}
    assert {groups[x.id] for x in (first, second, copy)} == {story}
    assert {groups[x.id] for x in (alone, copied)} == {alone.id}
    with any_archive.write() as connection:
        reviews.judge(connection, make_label(copy))
    assert set(offered(any_archive)) == {alone.id, copied.id}


def test_what_others_judged_comes_back_when_asked_for(any_archive: Archive) -> None:
    mine, theirs = make_article("mine"), make_article("theirs")
    store(any_archive, mine, theirs)
    with any_archive.write() as connection:
        reviews.judge(connection, make_label(mine, "ann"))
        reviews.judge(connection, make_label(theirs, "bob"))
    assert offered(any_archive) == []
    assert offered(any_archive, "ann") == [theirs.id]


def test_judging_again_replaces_and_can_be_taken_back(any_archive: Archive) -> None:
    one = make_article("one")
    store(any_archive, one)
    before = replace(make_label(one, "ann"), id="lb_by_hand", source="cli")
    other = make_label(one, "bob", "public_rift")
    passage = replace(make_label(one, "ann"), id="lb_passage", article_id=None)
    with any_archive.write() as connection:
        labels.add(connection, [before, other, passage])
    again = replace(make_label(one, "ann", "csto_snub"), at=NOW + timedelta(hours=1))
    with any_archive.write() as connection:
        replaced = reviews.judge(connection, again)
    assert replaced == [before]
    with any_archive.read() as connection:
        assert set(labels.every(connection)) == {again, other, passage}
        assert reviews.progress(connection) == reviews.Progress(articles=1, labels=3)
    with any_archive.write() as connection:
        reviews.take_back(connection, again, replaced)
    with any_archive.read() as connection:
        assert set(labels.every(connection)) == {before, other, passage}


def test_a_judgement_that_cannot_be_stored_leaves_the_earlier_one(any_archive: Archive) -> None:
    one = make_article("one")
    store(any_archive, one)
    before = make_label(one)
    with any_archive.write() as connection:
        reviews.judge(connection, before)
    with pytest.raises(RuntimeError), any_archive.write() as connection:
        reviews.judge(connection, make_label(one, "ann", "csto_snub"))
        raise RuntimeError
    with any_archive.read() as connection:
        assert labels.every(connection) == [before]


def test_nothing_judged_is_no_progress(any_archive: Archive) -> None:
    with any_archive.read() as connection:
        assert reviews.progress(connection) == reviews.Progress(0, 0)
