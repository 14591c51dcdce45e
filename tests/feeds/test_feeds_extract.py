from __future__ import annotations

import html
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trafilatura import load_html

from feeds.errors import FeedError
from feeds.extract import extract_content, extract_page
from feeds.language import detect
from feeds.plain import clean_line, clean_text, paragraphs_of, title_of
from feeds.prune import prune

URL = "https://news.example/politics/42"
TEXTS = {
    "en": (
        "Armenia will not send troops to the exercise in Kyrgyzstan next month, its defence "
        "ministry said on Wednesday.",
        "A letter to that effect was handed to the joint staff in Moscow in the morning; it gives "
        "no military reason for the decision.",
        "The opposition called the step a mistake and demanded a closed hearing with the minister, "
        "which the speaker has promised for Friday.",
    ),
    "ru": (
        "Армения не направит военных на учения в Киргизии в следующем месяце, сообщило в среду "
        "министерство обороны республики.",
        "Письмо об этом утром передали в объединённый штаб в Москве; никаких военных причин такого "
        "решения в нём не приводится.",
        "Оппозиция назвала этот шаг ошибкой и потребовала закрытых слушаний с участием министра, "
        "которые спикер обещал провести в пятницу.",
    ),
    "hy": (
        "Հայաստանը զինվորականներ չի ուղարկի հաջորդ ամիս Ղրղզստանի զորավարժություններին, "
        "չորեքշաբթի հայտնել է պաշտպանության նախարարությունը։",
        "Այդ մասին նամակը առավոտյան հանձնվել է Մոսկվայում գտնվող միացյալ շտաբին. որոշման ռազմական "
        "պատճառ դրանում չի նշվում։",
        "Ընդդիմությունը քայլը սխալ է անվանել և պահանջել նախարարի մասնակցությամբ փակ լսումներ, "
        "որոնք խորհրդարանի նախագահը խոստացել է ուրբաթ օրը։",
    ),
}
COOKIES = {
    "en": "We use cookies to improve this site. By continuing you accept our cookie policy.",
    "ru": "Мы используем файлы cookie. Продолжая пользоваться сайтом, вы соглашаетесь с этим.",
    "hy": "Կայքն օգտագործում է թխուկներ։ Շարունակելով՝ դուք համաձայնում եք դրան։",
}
TEASERS = {
    "en": ("Parliament votes on Friday", "Deputies will vote on Friday on leaving the alliance."),
    "ru": ("Парламент голосует", "Депутаты в пятницу проголосуют за выход страны из союза."),
    "hy": (
        "Խորհրդարանը քվեարկում է",
        "Պատգամավորները ուրբաթ կքվեարկեն դաշինքից դուրս գալու օգտին։",
    ),
}
NAV = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/p'>Politics</a></li></ul></nav>"


def teasers(lang: str, count: int = 4) -> str:
    title, text = TEASERS[lang]
    return "".join(
        f"<div class='item'><h4><a href='/n/{n}'>{title} {n}</a></h4><p>{text}</p></div>"
        for n in range(count)
    )


def semantic(lang: str) -> str:
    body = "".join(f"<p>{p}</p>" for p in TEXTS[lang])
    return (
        f"<div id='cookie-banner'><p>{COOKIES[lang]}</p><button>OK</button></div><header>{NAV}"
        f"</header><main><article><h1>Headline</h1>{body}</article><aside>{teasers(lang)}</aside>"
        "</main><footer><p>All rights reserved</p></footer>"
    )


def divs(lang: str) -> str:
    body = "<br><br>".join(TEXTS[lang])
    return (
        f"<div class='notice'>{COOKIES[lang]} <a href='#'>OK</a></div><div class='menu'>{NAV}</div>"
        f"<div class='left'><div class='title'>Headline</div><div class='text'>{body}</div></div>"
        f"<div class='right'>{teasers(lang)}</div><div class='footer'>© Outlet</div>"
    )


def bare(lang: str) -> str:
    body = "".join(f"<p>{p}</p>" for p in TEXTS[lang])
    return f"{NAV}<div role='dialog'><p>{COOKIES[lang]}</p></div>{body}{teasers(lang)}"


def inline(lang: str) -> str:
    first, *rest = (f"<p>{p}</p>" for p in TEXTS[lang])
    also = f"<div class='read-also'><a href='/n/1'>{TEASERS[lang][0]}</a></div>"
    return (
        f"<article><h1>Headline</h1><div class='gdpr-box'><p>{COOKIES[lang]}</p></div>"
        f"{first}{also}{''.join(rest)}<section><h3>More</h3>{teasers(lang)}</section></article>"
    )


@pytest.mark.parametrize("lang", TEXTS)
@pytest.mark.parametrize("template", [semantic, divs, bare, inline])
def test_only_the_article_is_read(template: object, lang: str) -> None:
    assert callable(template)
    page = (
        f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>Headline</title>"
        f"<meta property='article:published_time' content='2025-09-01T10:00:00+04:00'></head>"
        f"<body>{template(lang)}</body></html>"
    )
    found = extract_page(page.encode(), "text/html; charset=utf-8", URL)
    assert found.text.split("\n") == list(TEXTS[lang])
    assert (found.title, found.date) == ("Headline", "2025-09-01T10:00:00+0400")
    assert detect(found.text, "xx") == lang


def test_a_windows_1251_page() -> None:
    body = "".join(f"<p>{p}</p>" for p in TEXTS["ru"])
    page = f"<html><meta charset=windows-1251><title>Т</title><article>{body}</article></html>"
    found = extract_page(page.encode("cp1251"), "text/html", URL)
    assert found.text.split("\n") == list(TEXTS["ru"])


def test_a_short_article_headed_by_a_link_to_itself_is_kept() -> None:
    post = f"<div class='post'><h2><a href='{URL}#top'>Own</a></h2><p>{TEXTS['en'][0]}</p></div>"
    page = f"<html><body>{post}{teasers('en')}</body></html>"
    found = extract_page(page.encode(), "text/html", URL)
    assert TEXTS["en"][0] in found.text
    assert TEASERS["en"][1] not in found.text


def test_an_article_inside_a_container_named_like_teasers_is_kept() -> None:
    body = "".join(f"<p>{p}</p>" for p in TEXTS["en"])
    page = f"<html><body><div class='with-related'><div>{body}</div></div></body></html>"
    assert TEXTS["en"][2] in extract_page(page.encode(), "text/html", URL).text


def test_a_feeds_own_text_is_kept_whole() -> None:
    short = [f"{n}. {text}" for n in range(4) for text in ("No.", "Yes.", *TEXTS["en"])]
    content = "".join(f"<p>{html.escape(p)}</p>" for p in short)
    page = extract_content(f"{content}<script>track()</script>", "Headline", URL)
    assert page.text.split("\n") == short
    assert page.shingles


LEAD = "".join(
    f"<p>Lead {n}: the talks on the railway go on, the ministry said on Monday, and the draft of "
    "June is being read by both sides.</p>"
    for n in range(3)
)
REPORT = [
    f"Paragraph {n} of the report says at some length what was agreed on the railway, who was in "
    f"the room and what is left open for the {n} weeks to come."
    for n in range(12)
]


@pytest.mark.parametrize(
    "template",
    [
        "<article class='lead'>{lead}</article><div class='x'>{report}</div>",
        "<div class='article-body'>{lead}</div><div class='continued'>{report}</div>",
        "<main><div class='post-content'>{lead}</div></main><div><div>{report}</div></div>",
        "<div itemprop='articleBody'>{lead}</div><section><div>{report}</div></section>",
    ],
)
def test_where_the_fast_way_finds_the_lead_alone_the_report_is_read(template: str) -> None:
    report = "".join(f"<p>{text}</p>" for text in REPORT)
    page = f"<html><body>{template.format(lead=LEAD, report=report)}</body></html>"
    found = extract_page(page.encode(), "text/html", URL)
    assert [text for text in REPORT if text not in found.text] == []


@pytest.mark.parametrize("aside", ["<div class='comments'>{}</div>", "<aside>{}</aside>"])
def test_what_readers_say_beside_a_short_article_is_not_read(aside: str) -> None:
    said = aside.format("".join(f"<p>{text}</p>" for text in REPORT))
    page = f"<html><body><article>{LEAD}</article>{said}</body></html>"
    found = extract_page(page.encode(), "text/html", URL)
    assert "Lead 2" in found.text
    assert "Paragraph" not in found.text


def test_what_a_page_says_of_itself_comes_with_it() -> None:
    body = "".join(f"<p>{text}</p>" for text in TEXTS["en"])
    head = (
        "<link rel='canonical' href='https://news.example/politics/42-final'>"
        "<meta name='author' content='Anna Writer'><meta name='tdm-reservation' content='1'>"
    )
    page = f"<html><head><title>T</title>{head}</head><body><article>{body}</article></body></html>"
    found = extract_page(page.encode(), "text/html", URL)
    assert found.canonical == "https://news.example/politics/42-final"
    assert found.author == "Anna Writer"
    assert found.wishes == (("tdm-reservation", "1"),)


@pytest.mark.parametrize(
    "markup",
    [
        "".join(f"<h2><a href='/{n}'>t</a></h2>" for n in range(15_000)),
        "<div class='teaser'>" * 200 + "<p>x</p>" * 15_000,
        "<div class='teaser'>" * 200 + "<p>x <a>y</a></p>" * 15_000,
        "".join(f"<li class='related cookie'><p>{n}</p></li>" for n in range(15_000)),
        "<li>" * 200 + "<a href='/'>x</a>" * 15_000,
    ],
)
def test_pruning_takes_time_in_proportion_to_the_page(markup: str) -> None:
    tree = load_html(f"<html><body>{markup}</body></html>")
    assert tree is not None
    begun = time.monotonic()
    prune(tree, URL)
    assert time.monotonic() - begun < 10


def test_a_page_without_an_article_has_no_text() -> None:
    for page in (b"", b"plain", b"<html></html>", b"\xff\xfe\x00", b"<html><body><p></p>"):
        assert len(extract_page(page, "text/html", URL).text) < 80


def test_a_tag_with_thousands_of_attributes_is_refused() -> None:
    bomb = "<div " + " ".join(f"a{n}='{n}'" for n in range(50_000)) + ">"
    with pytest.raises(FeedError, match="thousands of attributes"):
        extract_page(f"<html><body>{bomb}".encode(), "text/html", URL)
    script = "<script>" + "x=1;" * 20_000 + "</script>"
    image = f"<img src='data:image/png;base64,{'A' * 50_000}'>"
    page = f"<html><body>{script}{image}<article><p>{TEXTS['en'][0]}</p></article>"
    assert TEXTS["en"][0] in extract_page(page.encode(), "text/html", URL).text


def test_plain_text() -> None:
    assert clean_line(" a\u00ad\x00b\n c\u00a0d ") == "a b c d"
    assert clean_text("one\r\n\r\n two\x07 \ud800\u2028three") == "one\ntwo\nthree"
    assert title_of("<b>A</b> &amp;lt; B<!-- x") == "A < B"
    assert paragraphs_of("<p>a<script>x</script></p>b<br/>c &amp; d<ul><li>e") == "a\nb\nc & d\ne"


@settings(max_examples=300)
@given(st.text())
def test_plain_text_can_be_stored(text: str) -> None:
    for plain in (clean_line(text), clean_text(text), title_of(text), paragraphs_of(text)):
        plain.encode()
        assert all(c == "\n" or c >= " " for c in plain)
    assert clean_text(clean_text(text)) == clean_text(text)
