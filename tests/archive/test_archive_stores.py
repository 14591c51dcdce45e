"""The archive's stores, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from archive import (
    Archive,
    ArchiveError,
    alerts,
    articles,
    cycles,
    entries,
    feeds,
    ids,
    labels,
    outbox,
    stories,
    tables,
)
from archive import scores as score_store
from archive.engine import parse_url
from archive.types import (
    Alert,
    AlertRevision,
    Article,
    Contribution,
    Cycle,
    Decision,
    Delivery,
    Direction,
    Entry,
    Evidence,
    Feed,
    FeedState,
    Label,
    Message,
    OutboxState,
    Outcome,
    Passage,
    Reason,
    Score,
    Traits,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://outlet.example/feed"
FEED = Feed(ids.feed_id(URL), URL, "Outlet", "en", family="house")


def make_entry(guid: str = "g1", fingerprint: str = "x") -> Entry:
    url = f"https://outlet.example/{guid}"
    return Entry(FEED.id, guid, url, url + "?utm_source=x", "Title", fingerprint, published=NOW)


def make_article(name: str = "one", text: str = "Some text.", **changes: object) -> Article:
    url = f"https://outlet.example/{name}"
    made = Article(
        id=ids.article_id(url),
        url=url,
        title=f"Title {name}",
        text=text,
        lang="en",
        outlet="Outlet",
        published=NOW,
        first_seen=NOW,
        family="house",
        content_hash=ids.content_hash(f"Title {name}", text),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def make_score(article: Article, probability: float = 0.9) -> Score:
    passage = Passage("Some text.", 0, 10, (Contribution("csto", "CSTO", 1.5),))
    found = Evidence(
        article.id, article.version, "csto_snub", "m_1", probability, Direction.AWAY, (passage,)
    )
    return Score(
        article.id,
        article.version,
        "m_1",
        "en",
        0.95,
        Direction.AWAY,
        {"csto_snub": probability, "public_rift": 0.1},
        (found,),
        Traits(frozenset({"csto"}), frozenset({"38"}), frozenset({"text"})),
    )


def store_story(archive: Archive, article: Article) -> str:
    story_id = ids.story_id(article.id)
    with archive.write() as connection:
        articles.put(connection, article)
        score_store.save(connection, [make_score(article)], NOW)
        stories.open_story(connection, story_id, article, NOW)
    return story_id


def test_feeds_are_added_once_and_come_due(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        assert feeds.add(connection, [FEED], NOW) == 1
        assert feeds.add(connection, [replace(FEED, outlet="Renamed")], NOW) == 0
    later = FeedState(FEED.id, etag='W/"1"', next_poll=NOW + timedelta(minutes=10), failures=2)
    with any_archive.write() as connection:
        [(feed, state)] = feeds.due(connection, NOW)
        assert (feed.outlet, state.etag) == ("Renamed", None)
        feeds.save_state(connection, later)
    with any_archive.read() as connection:
        assert feeds.due(connection, NOW) == []
        assert feeds.due(connection, NOW + timedelta(hours=1))[0][1] == later
    with any_archive.write() as connection:
        assert feeds.remove(connection, URL)
        assert not feeds.remove(connection, URL)
        assert feeds.every(connection) == []
        assert feeds.add(connection, [FEED], NOW) == 1, "a removed feed can come back"


def test_entries_become_due_when_new_or_edited_and_only_then(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        assert entries.observe(connection, FEED.id, [make_entry(), make_entry("g2")], NOW) == (2, 0)
        assert entries.observe(connection, FEED.id, [make_entry()], NOW) == (0, 0)
        due = entries.due(connection, NOW)
        assert {d.entry.guid for d in due} == {"g1", "g2"}
        assert due[0].feed == FEED
        entries.stored(connection, [make_entry()])
        entries.failed(connection, due[1], "404", retry=None)
        assert entries.due(connection, NOW) == []
        assert entries.observe(connection, FEED.id, [make_entry(fingerprint="y")], NOW) == (0, 1)
        assert [d.entry.guid for d in entries.due(connection, NOW)] == ["g1"]


def test_an_entry_edited_while_it_was_fetched_stays_due(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        entries.observe(connection, FEED.id, [make_entry()], NOW)
        entries.observe(connection, FEED.id, [make_entry(fingerprint="edited")], NOW)
        entries.stored(connection, [make_entry()])
        assert len(entries.due(connection, NOW)) == 1


def test_a_failed_entry_is_retried_later(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        entries.observe(connection, FEED.id, [make_entry()], NOW)
        [due] = entries.due(connection, NOW)
        entries.failed(connection, due, "timeout", retry=NOW + timedelta(minutes=5))
        assert entries.due(connection, NOW) == []
        [again] = entries.due(connection, NOW + timedelta(minutes=5))
        assert again.attempts == 1


def test_an_edited_article_is_a_new_version_of_the_same_one(any_archive: Archive) -> None:
    first = make_article()
    edited = make_article(text="Other text.")
    with any_archive.write() as connection:
        assert articles.put(connection, first) == "new"
        assert articles.put(connection, first) == "same"
        articles.mark_scored(connection, first, "m_1")
        assert articles.unscored(connection, 10) == []
        assert articles.put(connection, edited) == "updated"
        [owed] = articles.unscored(connection, 10)
        assert (owed.version, owed.text) == (2, "Other text.")
        assert articles.count(connection) == 1
        found = articles.get(connection, first.url)
        assert found is not None
        assert found.id == first.id
        assert found.version == 2


def test_scores_and_stories_come_back_whole(any_archive: Archive) -> None:
    article = make_article()
    story_id = store_story(any_archive, article)
    second = make_article("two", family="other", published=NOW + timedelta(hours=2))
    with any_archive.write() as connection:
        articles.put(connection, second)
        score_store.save(connection, [make_score(second)], NOW)
        stories.join(connection, story_id, second, NOW + timedelta(hours=3))
    with any_archive.read() as connection:
        [story] = stories.between(connection, NOW - timedelta(days=3), NOW + timedelta(days=3))
        assert story.members[0].score == make_score(article)
        assert story.origins == ("house", "other")
        assert stories.story_of(connection, second.id) == story_id
        assert stories.between(connection, NOW + timedelta(hours=4), NOW + timedelta(days=3)) == []
        assert stories.get(connection, "s_none") is None
        assert score_store.evidence_count(connection) == 2


def test_there_is_one_decision_for_a_story_and_rule(any_archive: Archive) -> None:
    story_id = store_story(any_archive, make_article())
    below = Decision(story_id, "r", Outcome.BELOW, None, 0.2, 0.5, "m_1", "score 0.2", NOW)
    with any_archive.write() as connection:
        stories.decide(connection, below)
        stories.decide(connection, replace(below, outcome=Outcome.SENT, score=0.9))
        [only] = stories.decisions(connection, story_id)
        assert only.outcome is Outcome.SENT
        assert stories.decided_since(connection, NOW) == [only]


def queue_message(archive: Archive) -> Message:
    story_id = store_story(archive, make_article())
    alert = Alert(ids.alert_id("r", story_id), "r", story_id, "Title", 1, NOW, NOW)
    revision = AlertRevision(alert.id, 1, Reason.FIRST, {"title": "Ոչ"}, NOW)
    message = Message(
        ids.message_id("email", "a@b.example", alert.id, 1),
        alert.id,
        1,
        "email",
        "a@b.example",
        OutboxState.DUE,
        0,
        NOW,
        NOW,
    )
    with archive.write() as connection:
        alerts.revise(connection, alert, revision)
        outbox.enqueue(connection, [message, message])
        assert alerts.revision(connection, alert.id, 1) == revision
        assert alerts.get(connection, alert.id) == alert
    return message


def test_a_message_is_leased_to_one_sender_at_a_time(any_archive: Archive) -> None:
    message = queue_message(any_archive)
    until = NOW + timedelta(minutes=1)
    with any_archive.write() as connection:
        assert outbox.claim(connection, "one", NOW, until, 10) == [message]
        assert outbox.claim(connection, "two", NOW, until, 10) == []
        assert outbox.claim(connection, "two", until, until + timedelta(minutes=1), 10) == [message]


def test_a_message_is_retried_and_then_sent_once(any_archive: Archive) -> None:
    message = queue_message(any_archive)
    failure = Delivery(message.id, NOW, ok=False, code="451", detail="try later")
    success = Delivery(message.id, NOW, ok=True, code="250", detail="ok")
    later = NOW + timedelta(minutes=5)
    with any_archive.write() as connection:
        outbox.settle(connection, message.id, failure, OutboxState.DUE, later)
        assert outbox.claim(connection, "one", NOW, later, 10) == []
        [again] = outbox.claim(connection, "one", later, later + timedelta(minutes=1), 10)
        assert (again.attempts, again.error) == (1, "451 try later")
        outbox.settle(connection, message.id, success, OutboxState.SENT)
        assert outbox.claim(connection, "one", later, later, 10) == []
        outbox.enqueue(connection, [message])
        assert outbox.counts(connection) == {"due": 0, "sent": 1, "dead": 0}
        assert outbox.next_due(connection) is None


def test_labels_and_cycles_are_kept(any_archive: Archive) -> None:
    label = Label("l1", None, "Text", "en", ("csto_snub",), Direction.AWAY, "ani", "cli", NOW)
    cycle = Cycle("c1", NOW, None, {})
    with any_archive.write() as connection:
        labels.add(connection, [label])
        labels.add(connection, [replace(label, labels=())])
        assert labels.every(connection) == [replace(label, labels=())]
        cycles.save(connection, cycle)
        cycles.save(connection, replace(cycle, finished=NOW, report={"evidence": 3}))
        assert cycles.last(connection)[0].report == {"evidence": 3}


def test_times_without_a_zone_are_refused(any_archive: Archive) -> None:
    with pytest.raises(sa.exc.StatementError), any_archive.write() as connection:
        feeds.add(connection, [FEED], datetime(2026, 3, 1))


def test_the_migrations_give_exactly_the_declared_schema(any_archive: Archive) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with any_archive.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "oracle://x"])
def test_other_databases_are_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(ArchiveError, match=r"\[database\] url"):
        parse_url(url)
