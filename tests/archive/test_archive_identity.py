"""Which article a URL, a guid or a text belongs to, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from archive import Archive, aliases, articles, entries, feeds, ids, shingles
from archive.types import Article, Entry, Feed

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SITE = "https://outlet.example"
FEED = Feed(ids.feed_id(f"{SITE}/feed"), f"{SITE}/feed", "Outlet", "en", family="house")
LATER = NOW + timedelta(hours=3)


def make_article(name: str, **changes: object) -> Article:
    url = f"{SITE}/{name}"
    made = Article(
        id=ids.article_id(url),
        url=url,
        title=f"Title {name}",
        text="Some text.",
        lang="en",
        outlet="Outlet",
        published=NOW,
        first_seen=NOW,
        content_hash=ids.content_hash(f"Title {name}", "Some text."),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def make_entry(guid: str, path: str, title: str = "Guards leave the airport") -> Entry:
    url = f"{SITE}/{path}"
    return Entry(FEED.id, guid, url, url, title, ids.digest(url, title), published=NOW)


def test_a_url_names_the_article_that_it_named_first(any_archive: Archive) -> None:
    one, two = make_article("one"), make_article("two")
    with any_archive.write() as connection:
        articles.put(connection, one)
        articles.put(connection, two)
        aliases.add(connection, {f"{SITE}/a": one.id, f"{SITE}/b": one.id}, NOW)
        aliases.add(connection, {f"{SITE}/b": two.id, one.url: two.id, two.url: one.id}, LATER)
    with any_archive.read() as connection:
        found = aliases.resolve(connection, [f"{SITE}/a", f"{SITE}/b", one.url, two.url, "x"])
        assert found == {f"{SITE}/a": one.id, f"{SITE}/b": one.id, one.url: one.id, two.url: two.id}
        assert aliases.of(connection, one.id) == (f"{SITE}/a", f"{SITE}/b")
        assert aliases.of(connection, two.id) == ()
        assert aliases.resolve(connection, []) == {}
        assert articles.get(connection, f"{SITE}/b") == articles.get(connection, one.id)


def test_thousands_of_urls_are_resolved_at_once(any_archive: Archive) -> None:
    one = make_article("one")
    urls = [f"{SITE}/{n}" for n in range(3000)]
    with any_archive.write() as connection:
        articles.put(connection, one)
        aliases.add(connection, dict.fromkeys(urls[::2], one.id), NOW)
        assert len(aliases.resolve(connection, urls)) == 1500


def test_a_known_guid_with_a_new_url_is_the_same_article(any_archive: Archive) -> None:
    held = make_article("guards-leave")
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        entries.observe(connection, FEED.id, [make_entry("7", "guards-leave")], NOW)
        articles.put(connection, held)
        changed = make_entry("7", "last-guards-have-left", "Last of them left at dawn")
        assert entries.observe(connection, FEED.id, [changed], LATER) == (0, 1)
        assert aliases.resolve(connection, [changed.url]) == {changed.url: held.id}
        again = make_entry("7", "and-again")
        entries.observe(connection, FEED.id, [again], LATER)
        assert aliases.resolve(connection, [again.url]) == {again.url: held.id}


def test_a_guid_used_again_is_another_article(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        entries.observe(connection, FEED.id, [make_entry("7", "guards-leave")], NOW)
        articles.put(connection, make_article("guards-leave"))
        slot = replace(make_entry("7", "grape-harvest", "Grapes ripen late"), published=LATER)
        entries.observe(connection, FEED.id, [slot], LATER)
        assert aliases.resolve(connection, [slot.url]) == {}


def test_no_feed_takes_the_url_of_another_site(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        entries.observe(connection, FEED.id, [make_entry("7", "guards-leave")], NOW)
        articles.put(connection, make_article("guards-leave"))
        foreign = replace(make_entry("7", "x"), url="https://other.example/1", fingerprint="y")
        entries.observe(connection, FEED.id, [foreign], LATER)
        assert aliases.resolve(connection, [foreign.url]) == {}


def test_entries_are_put_off_without_a_try_and_never_for_a_year(any_archive: Archive) -> None:
    entry = make_entry("7", "guards-leave")
    with any_archive.write() as connection:
        feeds.add(connection, [FEED], NOW)
        entries.observe(connection, FEED.id, [entry], NOW)
        entries.postponed(connection, [entry], LATER)
        assert entries.due(connection, NOW) == []
        [due] = entries.due(connection, LATER)
        assert due.attempts == 0
        entries.postponed(connection, [entry], NOW + timedelta(days=365))  # the clock was wrong
        assert [one.entry.guid for one in entries.due(connection, NOW)] == ["7"]
        entries.stored(connection, [entry])
        entries.postponed(connection, [entry], NOW)
        assert entries.due(connection, LATER) == []


def test_an_article_says_when_its_last_version_was_seen(any_archive: Archive) -> None:
    one = make_article("one")
    with any_archive.write() as connection:
        articles.add(connection, one)
        articles.add(connection, make_article("two"))
        articles.revise(connection, replace(one, version=2, text="New.", first_seen=LATER))
        keys = [one.id, make_article("two").id]
        assert articles.changed_since(connection, keys, NOW) == {one.id: LATER}
        found = articles.get(connection, one.id)
        assert found is not None
        assert (found.version, found.text, found.first_seen) == (2, "New.", NOW)


def test_sharing_finds_the_articles_with_most_shingles(any_archive: Archive) -> None:
    one, two = make_article("a"), make_article("b")
    yesterday = NOW - timedelta(days=1)
    with any_archive.write() as connection:
        articles.put(connection, one, range(10))
        articles.put(connection, two, range(5, 12))

        def share(hashes: range, since: datetime = yesterday, but: str = "") -> list[int]:
            found = shingles.sharing(connection, hashes, since, but=but, least=4, limit=9)
            return [number.shared for number in found]

        assert share(range(10)) == [10, 5]
        assert share(range(10), but=one.id) == [5]
        assert share(range(3)) == []
        assert share(range(10), NOW + timedelta(days=1)) == []
        assert shingles.counts(connection, [one.id, two.id], but=[5, 6, 99]) == {
            one.id: 8,
            two.id: 5,
        }


def test_a_version_has_its_own_shingles(any_archive: Archive) -> None:
    one = make_article("a")
    with any_archive.write() as connection:
        articles.add(connection, one, [1, 2, 3])
        articles.revise(connection, replace(one, version=2), [3, 4])
        assert shingles.counts(connection, [one.id], but=[3]) == {one.id: 1}


def test_what_very_many_articles_have_is_boilerplate(any_archive: Archive) -> None:
    extremes = (2**63 - 1, -(2**63))
    with any_archive.write() as connection:
        for n in range(6):
            articles.put(connection, make_article(str(n)), [n, *extremes, 99][: 3 + n // 2])
        hashes = [0, 1, *extremes, 99, 12345]
        assert shingles.common(connection, hashes, 5) == frozenset(extremes)
        assert shingles.common(connection, hashes, 3) == frozenset({*extremes, 99})
        assert shingles.common(connection, hashes, 6) == frozenset()
        assert shingles.common(connection, [], 0) == frozenset()


def test_shingles_beyond_the_window_are_dropped_bit_by_bit(any_archive: Archive) -> None:
    old = [make_article(f"old{n}", first_seen=NOW - timedelta(days=90)) for n in range(9)]
    new = [make_article(f"new{n}") for n in range(9)]
    with any_archive.write() as connection:
        for one in (*old, *new):
            articles.put(connection, one, range(3))
        dropped: list[int] = []
        while sum(dropped) < 27 and len(dropped) < 2_000:
            now = NOW + timedelta(minutes=10 * len(dropped))
            dropped.append(shingles.prune(connection, NOW - timedelta(days=60), now, 26))
        assert sum(dropped) == 27
        assert max(dropped) < 15, "one call works off a small part"
        assert set(shingles.counts(connection, [one.id for one in new]).values()) == {3}
        assert shingles.counts(connection, [one.id for one in old]) == {}
