"""The whole way of an article, from feeds on a real server to the database."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from feeds_kit import NOW, Desk, Reply, Site, item

from archive import ArchiveError
from archive import articles as article_store
from archive import entries as entry_store
from archive.types import Article
from net import NetSettings

LATER = NOW + timedelta(hours=1)
FACTS = (
    "The defence ministry in Yerevan said on Wednesday that {n} soldiers would stay at home.",
    "A letter to that effect reached the joint staff in the morning of day {n} of the talks.",
    "Deputies of the ruling party said that decision number {n} had surprised nobody at all.",
    "The opposition asked for a closed hearing, which the speaker promised for the {n}th.",
)


def prose(n: int, facts: tuple[str, ...] = FACTS) -> str:
    return "".join(f"<p>{fact.format(n=n)} Report {n} on matter {n * 7}.</p>" for fact in facts)


def page(body: str, title: str = "A title") -> Reply:
    return Reply(
        f"<html><head><title>{title}</title></head><body><article>{body}</article></body></html>"
    )


def articles(desk: Desk) -> list[Article]:
    with desk.archive.read() as connection:
        return article_store.unscored(connection, 1000)


def test_from_feeds_to_articles_and_nothing_twice(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1?utm_source=rss", "One"), item("/a/2", "Two", date=""))
    site.pages["/json"] = Reply(
        json.dumps({"items": [{"id": "3", "url": f"{site.url}/a/3", "title": "Three"}]}),
        "application/feed+json",
    )
    for n in (1, 2, 3):
        site.pages[f"/a/{n}"] = page(prose(n * 1000, FACTS[n - 1 :] + FACTS[: n - 1]))
    site.pages["/a/1?utm_source=rss"] = site.pages["/a/1"]
    desk.subscribe("/rss", "/json")

    polled = desk.poll()
    assert (polled.polled, polled.unchanged, polled.failed) == (2, 0, 0)
    assert (polled.new_entries, polled.edited_entries, polled.errors) == (3, 0, ())
    assert desk.progress == [(1, 2), (2, 2)]
    collected = desk.collect()
    assert (collected.new, collected.updated, collected.failed, collected.errors) == (3, 0, 0, ())
    assert desk.progress[-1] == (3, 3)

    found = {a.title: a for a in articles(desk)}
    one = found["One"]
    assert one.url == f"{site.url}/a/1"
    assert one.final_url == f"{site.url}/a/1?utm_source=rss"
    assert (one.outlet, one.family, one.lang, one.date_flag) == ("Outlet /rss", "/rss", "en", "ok")
    assert one.text.startswith("The defence ministry in Yerevan said on Wednesday that 1000")
    assert one.text.count("\n") == 3
    assert found["Two"].published is None
    assert (one.first_seen, one.origin) == (NOW, one.id)

    asked = len(site.asked)
    assert desk.poll().polled == 0
    assert desk.collect().new == 0
    assert len(site.asked) == asked
    again = desk.poll(LATER)
    assert (again.polled, again.unchanged, again.new_entries) == (2, 2, 0)
    collected = desk.collect(LATER)
    assert (collected.new, collected.updated, collected.failed) == (0, 0, 0)
    assert len(articles(desk)) == 3


def test_pages_that_fail_are_tried_again_but_not_for_ever(desk: Desk, site: Site) -> None:
    site.feed(
        "/rss", *(item(f"/{p}") for p in ("404", "500", "pdf", "empty", "login", "good", "loop"))
    )
    site.pages["/500"] = Reply("oops", status=500)
    site.pages["/pdf"] = Reply(b"%PDF-1.7", "application/pdf")
    site.pages["/empty"] = Reply("")
    site.pages["/login"] = page("<p>Please log in.</p>")
    site.pages["/loop"] = Reply(status=302, headers={"Location": "/loop"})
    site.pages["/good"] = page(prose(1))
    desk.subscribe("/rss")
    desk.poll()

    first = desk.collect()
    assert (first.new, first.failed) == (1, 6)
    lines = {line.removeprefix(site.url).partition(": ")[0]: line for line in first.errors}
    assert lines["/404"].endswith("404 Not Found; given up")
    assert lines["/500"].endswith("500 Internal Server Error; tried again later")
    assert lines["/pdf"].endswith("answered with application/pdf, not a web page; given up")
    assert lines["/login"].endswith("no article text found; tried again later")

    assert desk.collect(NOW + timedelta(minutes=4)).failed == 0
    site.pages["/login"] = page(prose(2, FACTS[::-1]))
    second = desk.collect(NOW + timedelta(minutes=5))
    assert (second.new, second.failed) == (1, 3)
    third = desk.collect(NOW + timedelta(minutes=15))
    assert third.failed == 3
    endings = sorted(line.rpartition("; ")[2] for line in third.errors)
    assert endings == ["given up", "given up", "tried again later"]  # the last is the 500
    outage = desk.collect(NOW + timedelta(days=4))
    assert [line.rpartition("; ")[2] for line in outage.errors] == ["given up"]
    assert desk.collect(NOW + timedelta(days=9)).failed == 0


def test_an_edited_article_is_a_new_version(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1", "Old"), item("/a/2", "Same"))
    site.pages["/a/1"] = page(prose(1))
    site.pages["/a/2"] = page(prose(2, FACTS[::-1]))
    desk.subscribe("/rss")
    desk.poll()
    desk.collect()

    site.feed(
        "/rss", item("/a/1", "New"), item("/a/2", "Same", more="<description>x</description>")
    )
    site.pages["/a/1"] = page(prose(3))
    assert desk.poll(LATER).edited_entries == 2
    report = desk.collect(LATER)
    assert (report.new, report.updated, report.duplicate) == (0, 1, 0)
    edited = {a.version: a for a in articles(desk)}
    assert (edited[2].title, edited[1].title) == ("New", "Same")
    assert "that 3 soldiers" in edited[2].text


def test_one_url_in_two_feeds_is_one_article(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1", "One"))
    site.feed("/also", item("/a/1#comments", "One"))
    site.pages["/a/1"] = page(prose(1))
    desk.subscribe("/rss", "/also")
    desk.poll()
    assert desk.collect().new == 1
    assert site.asked.count("/a/1") == 1

    site.feed("/late", item("/a/1", "One again"))
    desk.subscribe("/late")
    assert desk.poll(LATER).new_entries == 1
    report = desk.collect(LATER)
    assert (report.new, report.updated) == (0, 0)
    assert site.asked.count("/a/1") == 1
    with desk.archive.read() as connection:
        assert entry_store.due(connection, LATER + timedelta(days=9)) == []


def test_a_failing_database_is_told_as_such_and_nothing_is_lost(desk: Desk, site: Site) -> None:
    site.feed("/rss", item("/a/1"))
    site.pages["/a/1"] = page(prose(1))
    desk.subscribe("/rss")
    desk.poll()
    with desk.archive.write() as connection:
        connection.exec_driver_sql("ALTER TABLE article RENAME TO hidden")
    with pytest.raises(ArchiveError, match="no such table"):
        desk.collect()
    with desk.archive.write() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO article")
    assert desk.collect().new == 1


def test_a_wire_copy_is_kept_and_named(desk: Desk, site: Site) -> None:
    site.feed("/wire", item("/w/1", "Wire"))
    site.pages["/w/1"] = page(prose(1))
    site.feed("/daily", item("/d/1", "Daily"), item("/d/2", "Other"))
    site.pages["/d/1"] = page(f"<p>YEREVAN, the Daily with agencies.</p>{prose(1)}")
    site.pages["/d/2"] = page(
        "<p>" + "Vineyards of the Ararat valley had a good year. " * 9 + "</p>"
    )
    desk.subscribe("/wire")
    desk.poll()
    assert desk.collect().new == 1
    desk.subscribe("/daily")
    desk.poll(LATER)
    report = desk.collect(LATER)
    assert (report.new, report.duplicate) == (2, 1)
    found = {a.title: a for a in articles(desk)}
    assert found["Daily"].copy_of == found["Daily"].origin == found["Wire"].id
    assert found["Other"].copy_of is None


def test_a_feed_with_the_whole_text_costs_no_page(desk: Desk, site: Site) -> None:
    body = prose(1) * 4
    site.pages["/json"] = Reply(
        json.dumps({"items": [{"id": "1", "url": "/a/1", "title": "Whole", "content_html": body}]}),
        "application/json",
    )
    desk.subscribe("/json")
    desk.poll()
    assert desk.collect().new == 1
    assert site.asked == ["/json"]
    (article,) = articles(desk)
    assert article.text.count("that 1 soldiers would stay at home") == 4


def test_a_hostile_page_costs_one_page(desk: Desk, site: Site) -> None:
    desk.settings = desk.settings.model_copy(update={"deadline": 1.5, "workers": 1})
    attributes = " ".join(f"a{n}='{n}'" for n in range(20_000))
    hang = " ".join(f"a{n}='>'" for n in range(150_000))  # passes the check, hangs libxml2
    site.pages["/bomb"] = Reply(f"<html><body><p {attributes}>x</p></body></html>")
    site.pages["/hang"] = Reply(f"<html><body><p {hang}>x</p></body></html>")
    site.pages["/large"] = Reply(b"<html>" + b" " * 4_000_000)
    site.pages["/good"] = page(prose(1))
    site.feed("/rss", *(item(p, p) for p in ("/bomb", "/hang", "/large", "/good")))
    desk.subscribe("/rss")
    desk.poll()
    report = desk.collect()
    assert (report.new, report.failed) == (1, 3)
    assert [a.title for a in articles(desk)] == ["/good"]
    lines = {line.removeprefix(site.url).partition(": ")[0]: line for line in report.errors}
    assert "thousands of attributes" in lines["/bomb"]
    assert "took over 1.5 s and was stopped" in lines["/hang"]


def test_a_page_that_never_ends_costs_one_page(desk: Desk, site: Site) -> None:
    desk.net = NetSettings.model_validate({"allow": ["127.0.0.0/8"], "deadline": 1.0})
    site.pages["/slow"] = Reply("<html>", delay=3.0)
    site.pages["/good"] = page(prose(1))
    site.feed("/rss", item("/slow"), item("/good"))
    desk.subscribe("/rss")
    desk.poll()
    report = desk.collect()
    assert (report.new, report.failed) == (1, 1)
    assert report.errors[0].startswith(f"{site.url}/slow: ")


@pytest.mark.parametrize(
    ("lang", "path", "text"),
    [
        ("ru", "/новости/1", "Министерство сообщило, что военные не поедут на учения в Киргизии. "),
        ("hy", "/լուրեր/1", "Նախարարությունը հայտնեց, որ զինվորները չեն մեկնի Ղրղզստան։ "),
    ],
)
def test_other_alphabets_all_the_way(
    desk: Desk, site: Site, lang: str, path: str, text: str
) -> None:
    site.feed("/rss", item(path, text.strip()))
    site.pages[quote(path)] = page(f"<p>{text * 3}</p><p>{text * 2}</p>")
    desk.subscribe("/rss", lang="en")
    desk.poll()
    assert desk.collect().errors == ()
    (article,) = articles(desk)
    assert (article.lang, article.title) == (lang, text.strip())
    assert article.text == f"{(text * 3).strip()}\n{(text * 2).strip()}"
