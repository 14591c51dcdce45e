"""Ten copies of one wire text are one origin, in whatever order and language they arrive; the
first to publish is the original."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from feeds_kit import NOW as CLOCK
from feeds_kit import Desk, Reply, Site, item
from test_feeds_copies import BULLETIN, OTHER, TEXTS, sentences

from archive import Archive, articles, ids, tables
from archive.types import Article, Direction, Score, Story, StoryMember
from feeds.copies import BOILERPLATE, sample, settle, trace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def make(name: str, text: str, published: datetime | None, **changes: object) -> Article:
    url = f"https://{name}.example/1"
    made = Article(
        id=ids.article_id(url),
        url=url,
        title=name,
        text=" ".join(text.split()),
        lang="en",
        outlet=name,
        published=published,
        first_seen=NOW,
        family=name,
        date_flag="ok",
        content_hash=ids.content_hash(name, text),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def store(archive: Archive, one: Article, now: datetime = NOW) -> None:
    """Do what collecting does with one article."""
    hashes = sample(one.text)
    with archive.write() as connection:
        kin = trace(connection, one, hashes, now)
        one = replace(one, copy_of=kin.copy_of, origin=kin.origin)
        articles.add(connection, one, hashes)
        if kin.displaced:
            settle(connection, one, kin)


def held(archive: Archive) -> dict[str, Article]:
    with archive.read() as connection:
        keys = connection.scalars(sa.select(tables.article.c.id)).all()
        return {one.title: one for one in articles.current(connection, keys).values()}


def origins(found: list[Article]) -> tuple[str, ...]:
    """Return what a story of these articles counts as its independent origins."""
    ordered = sorted(found, key=lambda one: (one.published or one.first_seen, one.id))
    members = [
        StoryMember(one, Score(one.id, 1, "m", one.lang, 0.9, Direction.AWAY, {}))
        for one in ordered
    ]
    return Story("s", "Title", tuple(members), NOW, NOW).origins


def wire_and_copies(lang: str) -> list[Article]:
    """Return a wire's text, and what ten papers of ten owners have made of it."""
    text, other = " ".join(TEXTS[lang].split()), " ".join(OTHER[lang].split())
    parts = sentences(text)
    kept = " ".join(parts[: len(parts) // 2 + 1])
    made = {
        "same": text,
        "capitals": text.upper(),
        "dateline": f"EREVAN, 24/11 (Wire) — {text}",
        "credit": f"{text} Read more in our channel.",
        "half": kept,
        "without-lead": " ".join(parts[1:]),
        "turned": " ".join([*parts[3:], *parts[:3]]),
        "with-more": f"{text} {other}",
        "introduced": f"{sentences(other)[0]} {text}",
        "spaced": " — ".join(parts),
    }
    assert len(made) == 10
    wire = make(f"wire-{lang}", text, NOW, lang=lang, family="wire")
    papers = [
        make(f"{name}-{lang}", body, NOW + (n + 1) * MINUTE, lang=lang)
        for n, (name, body) in enumerate(made.items())
    ]
    return [wire, *papers]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lang", ["en", "ru", "hy"])
def test_ten_copies_are_one_origin_in_whatever_order(
    lang: str, seed: int, archive: Archive
) -> None:
    arriving = wire_and_copies(lang)
    random.Random(seed).shuffle(arriving)
    for one in arriving:
        store(archive, one)
    found = held(archive)
    wire = found[f"wire-{lang}"]
    assert {one.origin for one in found.values()} == {wire.id}
    assert wire.copy_of is None
    assert all(one.copy_of not in {None, one.id} for one in found.values() if one.id != wire.id)
    assert origins(list(found.values())) == ("wire",)


def test_one_wire_in_three_languages_is_one_origin(archive: Archive) -> None:
    arriving = [one for lang in TEXTS for one in wire_and_copies(lang)]
    random.Random(7).shuffle(arriving)
    own = make("own", BULLETIN, NOW + timedelta(hours=1))
    for one in (*arriving, own):
        store(archive, one)
    found = held(archive)
    assert len({one.origin for one in found.values()}) == 4
    assert origins(list(found.values())) == ("wire", "own")


def test_who_copied_whom_is_kept(archive: Archive) -> None:
    paper = make("paper", TEXTS["en"], NOW + 30 * MINUTE)
    store(archive, paper)
    store(archive, make("site", TEXTS["en"], NOW + 40 * MINUTE))
    store(archive, make("wire", TEXTS["en"], NOW))
    found = held(archive)
    assert found["site"].copy_of == paper.id
    assert found["paper"].copy_of == found["wire"].id
    assert found["wire"].copy_of is None
    store(archive, make("late", TEXTS["en"], NOW + 20 * MINUTE))
    late = held(archive)["late"]
    assert (late.copy_of, late.origin) == (found["wire"].id, found["wire"].id)


@pytest.mark.parametrize(
    "changes",
    [{"date_flag": "naive"}, {"date_flag": "disputed"}, {"date_flag": "bad"}, {"published": None}],
)
def test_a_date_that_cannot_be_trusted_makes_no_original(
    changes: dict[str, object], archive: Archive
) -> None:
    first = make("first", TEXTS["en"], NOW)
    store(archive, first)
    early = make("doubtful", TEXTS["en"], NOW - timedelta(hours=3))
    store(archive, replace(early, **changes))  # type: ignore[arg-type]
    assert held(archive)["doubtful"].origin == first.id


def test_a_review_of_the_day_does_not_make_its_subjects_one(archive: Archive) -> None:
    store(archive, make("guards", TEXTS["en"], NOW))
    store(archive, make("museum", OTHER["en"], NOW + MINUTE))
    store(archive, make("review", f"{TEXTS['en']} {OTHER['en']}", NOW + timedelta(hours=5)))
    found = held(archive)
    assert found["guards"].origin != found["museum"].origin
    assert found["review"].origin in {found["guards"].id, found["museum"].id}


def test_a_tail_that_very_many_articles_have_is_no_ones_text(archive: Archive) -> None:
    tail = " ".join(sentences(TEXTS["en"]))
    rows = [make(f"n{n}", f"Matter {n} is told here at some length. {tail}", NOW) for n in range(3)]
    store(archive, rows[0])
    store(archive, rows[1])
    assert held(archive)["n1"].copy_of == rows[0].id
    many = [make(f"m{n}", f"Note {n}", NOW) for n in range(BOILERPLATE)]
    hashes = sample(tail)
    with archive.write() as connection:
        for one in many:
            articles.add(connection, one, hashes)
    store(archive, rows[2])
    assert held(archive)["n2"].copy_of is None


def test_a_bulletin_that_differs_in_its_date_alone_is_not_a_copy(archive: Archive) -> None:
    text = re_dated = TEXTS["en"]
    text = f"As of 23 November nothing has changed on the border. {text}"
    re_dated = f"As of 24 November nothing has changed on the border. {re_dated}"
    store(archive, make("monday", text, NOW - timedelta(days=1), outlet="Ministry"))
    store(archive, make("tuesday", re_dated, NOW, outlet="Ministry"))
    paper = make("paper", re_dated, NOW + MINUTE)
    store(archive, paper)
    found = held(archive)
    assert found["tuesday"].copy_of is None
    assert found["paper"].copy_of == found["tuesday"].id, "of two that fit, the one with its number"


def test_the_issue_that_a_paper_copied_is_found_among_many(archive: Archive) -> None:
    for day in range(1, 15):
        numbers = {"usd": 380 + day, "eur": 440 + 2 * day, "rub": 4.9, "a": day, "b": 2 * day}
        numbers |= {"deals": 10 + day, "sum": 20 + day, "gold": 50_000 + 7 * day}
        text = BULLETIN.format(day=f"{day:02}.11.2026", **numbers)
        when = NOW - timedelta(days=20 - day)
        store(archive, make(f"bank{day}", text, when, outlet="Bank"))
        store(archive, make(f"paper{day}", f"Paper. {text}", when + MINUTE))
    found = held(archive)
    for day in range(1, 15):
        assert found[f"bank{day}"].copy_of is None
        assert found[f"paper{day}"].copy_of == found[f"bank{day}"].id


def test_a_flash_that_is_filled_with_a_wires_text_becomes_its_copy(desk: Desk, site: Site) -> None:
    def page(text: str) -> Reply:
        body = "".join(f"<p>{one}</p>" for one in sentences(text))
        return Reply(f"<html><body><article>{body}</article></body></html>")

    def date(minute: int) -> str:
        return f"Mon, 01 Sep 2025 11:{minute:02}:00 +0000"

    flash = (
        "Yerevan will not send a delegation to the next meeting of ministers, it said on Monday."
    )
    site.feed("/paper", item("/p/1", "Flash", date(0)))
    site.pages["/p/1"] = page(f"{flash} More is to follow in these columns.")
    site.feed("/wire", item("/w/1", "Wire", date(10)))
    site.pages["/w/1"] = page(TEXTS["en"])
    desk.subscribe("/paper", "/wire")
    desk.poll()
    assert desk.collect().duplicate == 0
    site.feed("/paper", item("/p/1", "Now in full", date(0)))
    site.pages["/p/1"] = page(TEXTS["en"])
    later = CLOCK + timedelta(minutes=30)
    desk.poll(later, everything=True)
    assert desk.collect(later).updated == 1
    found = held(desk.archive)
    assert found["Now in full"].origin == found["Wire"].id == found["Wire"].origin
