"""Catalogues are read, checked and written, in TOML and OPML."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import ids
from archive.types import Feed, Selectors
from feeds.catalogue import read_catalogue, write_opml, write_toml
from feeds.errors import FeedError
from feeds.urls import canonical, host_of, registered_domain

SHIPPED = Path(__file__).parents[2] / "seeds" / "feeds.toml"


def read(tmp_path: Path, text: str | bytes, name: str = "feeds.toml") -> list[Feed]:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_catalogue(file)


def problems(tmp_path: Path, text: str | bytes, name: str = "feeds.toml") -> list[str]:
    with pytest.raises(FeedError) as caught:
        read(tmp_path, text, name)
    lines = str(caught.value).split("\n")
    assert all(line.startswith(str(tmp_path / name)) for line in lines)
    return [line.removeprefix(f"{tmp_path / name}: ") for line in lines]


def test_three_keys_are_enough(tmp_path: Path) -> None:
    text = '[[feed]]\nurl = "https://News.AM/eng/rss/"\noutlet = "NEWS.am"\nlang = "en"\n'
    assert read(tmp_path, text) == [
        Feed(
            id=ids.feed_id("https://news.am/eng/rss/"),
            url="https://News.AM/eng/rss/",
            outlet="NEWS.am",
            lang="en",
            family="news.am",
        )
    ]


def test_all_keys(tmp_path: Path) -> None:
    text = (
        '[[ feed ]]\nurl = "http://a.example/f"\noutlet = " Лента\tдня "\nlang = "ru"\n'
        'kind = "think-tank"\nfamily = "owner"\ncountry = "RU"\nreliability = "B"\n'
        'verified = true\nsource = "its home page"\n'
    )
    (feed,) = read(tmp_path, "\ufeff" + text)
    assert (feed.outlet, feed.kind, feed.family) == ("Лента дня", "think-tank", "owner")
    assert (feed.country, feed.reliability) == ("RU", "B")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    text = """
[[feed]]
url = "ftp://a.example/f"
outlet = ""
lang = "English"

[[feed]]
outlet = "B"
lang = 7
colour = "red"

[[feed]]
url = "https://c.example/f"
outlet = "C"
lang = "en"
kind = "blog"
country = "Armenia"
reliability = "G"
verified = "yes"

[[feed]]
url = "https://d.example/f"
outlet = "D"
lang = "en"

[[feed]]
url = "https://D.example:443/f#top"
outlet = "D again"
lang = "en"
"""
    assert problems(tmp_path, text) == [
        "feed 1, line 2: url = 'ftp://a.example/f': "
        "is not an http or https address; write it in full",
        "feed 1, line 2: outlet = '': is empty; write the outlet's name",
        "feed 1, line 2: lang = 'English': "
        "is not a language code; write two or three small letters: en, ru, hy …",
        "feed 2, line 7: url: is missing; add it",
        "feed 2, line 7: lang = 7: is not text; put it in quotes",
        "feed 2, line 7: colour: is not a key of a feed; the keys are url, outlet, lang, kind, "
        "family, country, reliability, form, zone, selectors, verified, source",
        "feed 3, line 12: kind = 'blog': is none of wire, independent, state, think-tank, official",
        "feed 3, line 12: country = 'Armenia': "
        "is not a country code; write two or three capital letters: AM, RU, INT …",
        "feed 3, line 12: reliability = 'G': "
        "is not a letter from A (reliable) to F (cannot be judged)",
        "feed 3, line 12: verified = 'yes': is neither true nor false",
        "feed 5, line 26: url: the same feed as feed 4, line 21; leave one out",
    ]


LISTING = """
[[feed]]
url = "https://ministry.example/news"
outlet = "Ministry"
lang = "hy"
form = "listing"
zone = "Asia/Yerevan"

[feed.selectors]
item = "ul.news > li"
link = "a.title"
title = "a.title span"
date = "time"

[[feed]]
url = "https://agency.example/news.xml"
outlet = "Agency"
lang = "en"
form = "sitemap"
"""


def test_listings_and_sitemaps(tmp_path: Path) -> None:
    listing, sitemap = read(tmp_path, LISTING)
    assert (listing.form, listing.zone) == ("listing", "Asia/Yerevan")
    assert listing.selectors == Selectors("ul.news > li", "a.title", "a.title span", "time")
    assert (sitemap.form, sitemap.zone, sitemap.selectors) == ("sitemap", "", None)


def test_problems_of_forms_zones_and_selectors(tmp_path: Path) -> None:
    head = '[[feed]]\nurl = "https://a.example/{}"\noutlet = "A"\nlang = "en"\n'
    listing, table = 'form = "listing"\n', "[feed.selectors]\n"
    rests = [
        'form = "html"',
        listing,
        table + 'item = "li"',
        'form = "sitemap"\n' + table + 'item = "li"',
        listing + table + 'link = "a"',
        listing + table + 'item = ""',
        listing + table + 'item = "li["',
        listing + table + 'item = "li:madeup(2)"',
        listing + table + f'item = "{":not(" * 200}"',
        listing + table + 'item = "li"\ncolour = "red"',
        listing + table + "item = 3",
        listing + 'selectors = "li"',
        'zone = "Asia"',
        'zone = "Armenia/Yerevan"',
        'zone = "../../../etc/hostname"',
        'zone = "Asia/Yerevan\\u0000"',
        "zone = 4",
    ]
    lines = problems(tmp_path, "".join(head.format(n) + r + "\n" for n, r in enumerate(rests)))
    bare = 'is for form = "listing" only; set that, or leave it out'
    no_css = 'is not a CSS selector; write one like "li.news a"'
    no_zone = "is not a time zone; write one like Asia/Yerevan"
    assert [line.split(": ", 1)[1] for line in lines] == [
        "form = 'html': is none of feed, sitemap, listing",
        "selectors: is missing; a listing needs [feed.selectors] with item",
        f"selectors: {bare}",
        f"selectors: {bare}",
        "selectors.item: is missing; add it",
        "selectors.item = '': is empty or too long; write what each entry stands in, "
        "such as li.news",
        f"selectors.item = 'li[': {no_css}",
        f"selectors.item = 'li:madeup(2)': {no_css}",
        f"selectors.item = '{':not(' * 200}"[:97] + ": is empty or too long; write what each "
        "entry stands in, such as li.news",
        "selectors.colour: is not a selector; they are item, link, title, date",
        "selectors.item = 3: is not text; put it in quotes",
        "selectors = 'li': is not a table; write [feed.selectors] with item and, where needed, "
        "link, title, date",
        f"zone = 'Asia': {no_zone}",
        f"zone = 'Armenia/Yerevan': {no_zone}",
        f"zone = '../../../etc/hostname': {no_zone}",
        f"zone = 'Asia/Yerevan\\x00': {no_zone}",
        "zone = 4: is not text; put it in quotes",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "no [[feed]] with url, outlet and lang in it; add one"),
        ("[feed]\nurl = 1\n", "feed: write each feed as a table of its own, [[feed]]"),
        ("feed = 3\n", "feed: write each feed as a table of its own, [[feed]]"),
        ("feeds = []\n", "feeds: unknown key; feeds are written as [[feed]]"),
        ('[[feed]]\nurl = "a\n', "not TOML: Illegal character '\\n' (at line 2, column 9)"),
        (b'[[feed]]\noutlet = "\xe0"\n', "line 2: not UTF-8; save the file as UTF-8"),
        ("<rss/>", "the root element is <rss>, not <opml>; "
                   "a catalogue is OPML, or TOML with [[feed]]"),
        ("<opml><body/></opml>", "no <outline> with an xmlUrl in it; add one"),
    ],
)  # fmt: skip
def test_files_that_are_no_catalogue(tmp_path: Path, text: str | bytes, line: str) -> None:
    assert problems(tmp_path, text) == [line]


def test_unreadable_file(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read: No such file"):
        read_catalogue(tmp_path / "none.toml")
    with pytest.raises(FeedError, match="cannot be read: Is a directory"):
        read_catalogue(str(tmp_path))


OPML = """\
<?xml version="1.0" encoding="windows-1251"?>
<opml version="1.0"><head><title>Мои ленты</title></head><body>
<outline text="Кавказ">
  <outline text="Новости"><outline title="Первая лента" text="x" type="rss"
    xmlUrl="http://one.example/rss" htmlUrl="http://one.example/" language="ru-RU"/></outline>
  <outline text="Hetq" xmlurl="https://hetq.example/rss"/>
  <outline text="a note"/>
  <outline xmlUrl="https://three.example/feed?a=1&amp;b=2"/>
</outline>
<outline text="Again" xmlUrl="http://one.example/rss#x"/>
</body></opml>
"""


def test_opml_with_folders(tmp_path: Path) -> None:
    feeds = read(tmp_path, OPML.encode("cp1251"), "mine.opml")
    assert [(f.url, f.outlet, f.lang) for f in feeds] == [
        ("http://one.example/rss", "Первая лента", "ru"),
        ("https://hetq.example/rss", "Hetq", "und"),
        ("https://three.example/feed?a=1&b=2", "three.example", "und"),
    ]


def test_opml_carries_what_it_has_no_word_for(tmp_path: Path) -> None:
    feeds = read(tmp_path, LISTING)
    document = write_opml(feeds)
    assert read(tmp_path, document, "out.opml") == feeds
    assert 'pw:selector-item="ul.news &gt; li"' in document
    assert read(tmp_path, write_toml(feeds)) == feeds
    broken = document.replace('pw:zone="Asia/Yerevan"', 'pw:zone="Moon"')
    assert problems(tmp_path, broken, "out.opml") == [
        "feed 1, line 7: zone = 'Moon': is not a time zone; write one like Asia/Yerevan"
    ]


def test_opml_problems_use_its_own_words(tmp_path: Path) -> None:
    text = (
        '<opml version="2.0">\n<body>\n<outline text="A" xmlUrl="feed://a.example/"/>\n'
        '<outline text="B" xmlUrl="https://b.example/" language="Klingon"/>\n</body></opml>'
    )
    assert problems(tmp_path, text, "x.opml") == [
        "feed 1, line 3: xmlUrl = 'feed://a.example/': "
        "is not an http or https address; write it in full",
        "feed 2, line 4: language = 'klingon': "
        "is not a language code; write two or three small letters: en, ru, hy …",
    ]


LAUGHS = (
    '<!DOCTYPE opml [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><opml><body><outline text='&i;' xmlUrl='http://a.example/'/></body></opml>"
)


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE opml SYSTEM 'http://127.0.0.1:1/x.dtd'><opml/>",
        "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
        "<opml><body><outline text='&x;' xmlUrl='http://a.example/'/></body></opml>",
        LAUGHS,
        "<opml><body>",
        "<opml>" + "<outline>" * 5000 + "</outline>" * 5000 + "</opml>",
        "<",
    ],
)
def test_hostile_opml_is_one_line(tmp_path: Path, text: str) -> None:
    assert len(problems(tmp_path, text, "x.opml")) == 1


feeds = st.lists(
    st.builds(
        lambda n, outlet, lang, kind, country, letter, zone, form: Feed(
            id=ids.feed_id(canonical(f"https://{n}.example/rss?id={n}") or ""),
            url=f"https://{n}.example/rss?id={n}",
            outlet=outlet,
            lang=lang,
            kind=kind,
            family=outlet.casefold(),
            country=country,
            reliability=letter,
            zone=zone,
            form=form if isinstance(form, str) else "listing",
            selectors=form if isinstance(form, Selectors) else None,
        ),
        st.integers(0, 10**6),
        st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30),
        st.sampled_from(["en", "ru", "hy", "und", "hyw"]),
        st.sampled_from(["wire", "independent", "state", "think-tank", "official"]),
        st.sampled_from(["", "AM", "INT"]),
        st.sampled_from("ABCDEF"),
        st.sampled_from(["", "Asia/Yerevan", "Europe/Moscow", "UTC"]),
        st.sampled_from(["feed", "sitemap", Selectors("li"), Selectors('a[href*="/x"]', "a", "b")])
        | st.builds(Selectors, st.just("div.x > p:first-child"), date=st.sampled_from(["", "i"])),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda feed: feed.id,
)


@given(feeds)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, some: list[Feed]
) -> None:
    folder = tmp_path_factory.mktemp("catalogue")
    assert read(folder, write_toml(some)) == some
    assert read(folder, write_opml(some), "out.opml") == some


@given(st.text())
def test_any_name_can_be_written(name: str) -> None:
    feed = Feed(id="f", url="https://a.example/", outlet=name, lang="en")
    tomllib.loads(write_toml([feed]))
    write_opml([feed])


@pytest.fixture(scope="module")
def shipped() -> list[Feed]:
    return read_catalogue(SHIPPED)


def outlet_of(feed: Feed) -> str:
    """The outlet without the edition that stands in brackets."""
    return feed.outlet.partition(" (")[0]


def test_the_shipped_catalogue_is_wide_and_claims_nothing(shipped: list[Feed]) -> None:
    assert len({outlet_of(feed) for feed in shipped}) >= 55
    assert len({feed.outlet for feed in shipped}) == len(shipped), "each feed has its own name"
    rows = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["feed"]
    keys = ("lang", "kind", "family", "country", "reliability", "source")
    assert all(row.get(key) for row in rows for key in keys)
    assert all(row["verified"] is False and row["reliability"] == "F" for row in rows)


def test_the_shipped_catalogue_hears_all_sides(shipped: list[Feed]) -> None:
    by_lang = Counter(feed.lang for feed in shipped)
    assert all(by_lang[lang] >= least for lang, least in (("en", 20), ("ru", 10), ("hy", 6)))
    assert by_lang["az"] >= 2
    by_kind = Counter(feed.kind for feed in shipped)
    assert set(by_kind) == {"wire", "independent", "state", "think-tank", "official"}
    officials = {feed.country for feed in shipped if feed.kind == "official"}
    assert officials >= {"AM", "RU", "AZ", "EU", "US", "INT"}


def test_equal_owners_of_the_shipped_catalogue_are_one_family(shipped: list[Feed]) -> None:
    families: dict[str, set[str]] = defaultdict(set)
    for feed in shipped:
        families[outlet_of(feed)].add(feed.family)
        assert feed.family == feed.family.casefold()
    assert all(len(one) == 1 for one in families.values())
    by_domain: dict[str, set[str]] = defaultdict(set)
    for feed in shipped:
        by_domain[registered_domain(host_of(feed.url))].add(feed.family)
    assert {domain for domain, found in by_domain.items() if len(found) > 1} == set()
    owned = {feed.outlet: feed.family for feed in shipped}
    rfe = {name for name, family in owned.items() if family == "rfe/rl"}
    assert len(rfe) >= 4
    assert len({f.url for f in shipped if f.family == "tass"}) == 2


def test_listings_of_the_shipped_catalogue_have_a_zone_and_selectors(shipped: list[Feed]) -> None:
    listings = [feed for feed in shipped if feed.form == "listing"]
    assert len(listings) >= 10
    assert all(feed.selectors is not None and feed.zone for feed in listings)


def test_the_shipped_catalogue_travels_unchanged(tmp_path: Path, shipped: list[Feed]) -> None:
    assert read(tmp_path, write_opml(shipped), "out.opml") == shipped
    assert read(tmp_path, write_toml(shipped)) == shipped
