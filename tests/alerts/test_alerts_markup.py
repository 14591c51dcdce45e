"""Whatever an article says, a mail's HTML has our tags and links, and its text our lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

import pytest
from alerts_kit import make
from alerts_markup import payloads
from lxml import etree, html
from test_alerts_message import payload_of

from alerts.message import alert_html, plain_text
from alerts.payload import AlertPayload
from archive.types import Contribution, Passage

TAGS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "p", "span", "h1",
    "h2", "b", "br", "a", "blockquote",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "style", "role", "width", "height", "cellpadding",
    "cellspacing", "border", "align", "valign", "href", "rel", "dir",
}  # fmt: skip
HARMLESS = "A plain word"

Fields = dict[str, Callable[[str], AlertPayload]]


def told(
    title: str = HARMLESS,
    outlet: str = HARMLESS,
    quote: str = HARMLESS,
    words: str = HARMLESS,
    url: str = "https://a.example/x",
    lang: str = "en",
) -> AlertPayload:
    """An alert with one field of another's making, wherever that field is shown."""
    text = f"{quote}. More."
    why = (Contribution(words, words, 2.0), Contribution(words, words, -1.0))
    passage = Passage(quote, 0, len(quote), why)
    article, score = make("a", title=title, outlet=outlet, text=text, quote=quote, lang=lang)
    article = replace(article, url=url, final_url=url)
    evidence = tuple(replace(e, passages=(passage,), counter=(passage,)) for e in score.evidence)
    return payload_of((article, replace(score, evidence=evidence)))


FIELDS: Fields = {
    "title": lambda p: told(title=p),
    "outlet": lambda p: told(outlet=p),
    "quote": lambda p: told(quote=p),
    "words": lambda p: told(words=p),
    "url": lambda p: told(url=p),
    "lang": lambda p: told(lang=p),
}


@cache
def honest() -> tuple[list[str], set[str], int]:
    """The tags of an honest alert in their order, its text's own lines, and how many it has."""
    payload = told()
    tags = [str(e.tag) for e in html.document_fromstring(alert_html(payload)).iter()]
    lines = plain_text(payload).splitlines()
    return tags, {line for line in lines if line.isupper()}, len(lines)


def test_there_are_enough_of_them() -> None:
    assert len(payloads()) >= 500


@pytest.mark.parametrize("field", FIELDS)
def test_nothing_gets_through_in_html(field: str) -> None:
    for payload in payloads():
        shown = alert_html(FIELDS[field](payload))
        assert shown, payload
        check_html(shown, payload)


def check_html(shown: str, payload: str) -> None:
    tree = html.document_fromstring(shown)
    tags = []
    for element in tree.iter():
        assert not isinstance(element, etree._Comment | etree._ProcessingInstruction), payload
        tags.append(str(element.tag))
        assert element.tag in TAGS, payload
        assert set(element.attrib) <= ATTRIBUTES, payload
        href = element.get("href")
        if href is not None:
            parts = urlsplit(href)
            assert parts.scheme in {"http", "https"}, payload
            assert parts.hostname, payload
            assert "@" not in parts.netloc, payload
        style = element.get("style", "")
        assert not re.search(r"url\(|expression|position|@import", style), payload
    plain_tags = honest()[0]
    links_aside = [t for t in tags if t not in {"a", "span"}]
    assert links_aside == [t for t in plain_tags if t not in {"a", "span"}], payload
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown), payload


@pytest.mark.parametrize("field", FIELDS)
def test_nothing_gets_through_in_text(field: str) -> None:
    headings = honest()[1]
    for payload in payloads():
        text = plain_text(FIELDS[field](payload))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", text), (
            payload
        )
        assert text.encode("utf-8"), payload
        own = [line for line in text.splitlines() if not line.startswith("   > ")]
        found = {line for line in own if line.isupper()}
        assert found <= headings | {line for line in own if payload.strip().upper() == line}, (
            payload
        )
        for line in own:
            if "://" in line and line.startswith("   http"):
                assert urlsplit(line.strip()).scheme in {"http", "https"}, payload
        assert sum(line == "--" for line in own) == 1, payload


def test_the_check_would_see_it() -> None:
    page = alert_html(told())
    for bad in (
        "<script>x</script>",
        "<b onclick=x>x</b>",
        '<a href="javascript:x">x</a>',
        "<p>x</p>",
    ):
        with pytest.raises(AssertionError):
            check_html(page.replace(HARMLESS, bad), bad)
