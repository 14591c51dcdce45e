"""Making a feed document fit to be parsed: what is refused, what is cut, what is mended."""

from __future__ import annotations

import re
from html.entities import html5

from archive.enums import FailureKind
from feeds.errors import FeedError
from feeds.markup import refuse_attribute_bomb
from feeds.plain import paragraphs_of

_PROLOG = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^<>\[]*>\s*)*", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<((?:[\w.-]+:)?([A-Za-z][\w.-]*))")
_HTML_ROOTS = {"html", "head", "body", "div", "script", "meta", "title", "p"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# A feed behind a server's own complaints, which some print before it.
_BURIED = re.compile(r"(?:<\?xml[^<>]*\?>\s*)?<(?:rss|rdf:RDF|feed|urlset|sitemapindex)[\s>]")
_PREFACE = 10_000  # characters
_PAGE = re.compile(r"<(?:html|head|body|!doctype\s+html)\b", re.IGNORECASE)
_PERSONS = re.compile(
    r"(<(?:[\w.-]+:)?(?:author|creator|managingEditor|webMaster|publisher|contributor|owner|name"
    r"|email)\b[^<>]*>\s*)(<!\[CDATA\[)?([^<]{256})[^<]*",
    re.IGNORECASE,
)
_ITEMS = {"rss": "item", "rdf": "item", "feed": "entry", "urlset": "url", "sitemapindex": "sitemap"}
_CDATA = "<![CDATA["
_REFERENCE = re.compile(r"&(?:(#\d{1,7};|#x[0-9A-Fa-f]{1,6};)|([A-Za-z][A-Za-z0-9]{1,31};)|)")
_XML_NAMES = {"amp;", "lt;", "gt;", "quot;", "apos;"}
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2
# What pages say that stand between a visitor and a site: those of Cloudflare, DDoS-Guard,
# Incapsula, Qrator and Yandex, and captchas of any kind.
_CHALLENGE = re.compile(
    r"just a moment\.\.\.|cdn-cgi/challenge|cf-(?:chl|browser-verification)|attention required!"
    r"|ddos[- ]guard|ddos protection by|_incapsula_|incapsula incident|qrator"
    r"|checking your browser|verif(?:y|ying) (?:that )?you are (?:a )?human|are you a robot"
    r"|enable javascript and cookies to continue|\b(?:re|h|smart|show)?captcha\b"
    r"|проверка браузера|вы не робот|вы не бот",
    re.IGNORECASE,
)
_FIRST = 50_000  # characters of a page in which it would say so
_LITTLE = 2_500  # characters of text: a page with more is one that happens to use a captcha


def root_of(text: str) -> str:
    """Return the root element's name (``rss``, ``feed``, ``rdf``, ``urlset``, ``sitemapindex``)
    of what begins as a feed or a sitemap does.

    Raises:
        FeedError: it is a web page or something else, or brings a DTD of its own, through which
            a few bytes can grow to gigabytes or local files be read; one line without the URL.
    """
    start = _prolog_end(text)
    if text[start : start + 9].upper() == "<!DOCTYPE":
        raise FeedError("the feed brings its own DTD and was refused; ask the outlet to drop it")
    root = _ROOT.match(text, start)
    name = root[2].lower() if root else ""
    if name in _ITEMS:
        return name
    refuse_challenge(text)
    if name in _HTML_ROOTS:
        raise FeedError(
            "answered with a web page, not a feed; look up the outlet's present feed address",
            kind=FailureKind.HTML,
        )
    what = f"<{root[2][:30]}>" if root else "something that is not XML or JSON"
    raise FeedError(f"answered with {what}, not a feed; check the feed's address")


def refuse_challenge(text: str) -> None:
    """Let pass only what is not the captcha or waiting page of a site that shuts robots out.

    Raises:
        FeedError: it is one (``FailureKind.BLOCKED``); one line without the URL.
    """
    if is_challenge(text):
        raise FeedError(
            "answered with a captcha or a check of the browser; ask the outlet for access",
            kind=FailureKind.BLOCKED,
        )


def is_challenge(text: str) -> bool:
    """Whether the page ``text`` is a captcha or a check of the browser, and little else."""
    start = text[:_FIRST]
    return bool(_CHALLENGE.search(start)) and len(paragraphs_of(start)) < _LITTLE


def unburied(text: str) -> str:
    """Return the document without what a server prints before it, such as its own warnings."""
    start = _prolog_end(text)
    root = _ROOT.match(text, start)
    if text[start : start + 9].upper() == "<!DOCTYPE" or (root and root[2].lower() in _ITEMS):
        return text
    found = _BURIED.search(text, start, start + _PREFACE)
    return text[found.start() :] if found and not _PAGE.search(text, 0, found.start()) else text


def prepare(text: str, max_items: int) -> str:
    """Return the document without its XML declaration (it is text already), without what XML
    does not allow, and with the names of persons cut: feedparser 6.0 looks for an e-mail address
    in them in quadratic time. It ends after ``max_items`` items, or after the last whole one when
    its own end is missing.

    Raises:
        FeedError: it is built to hang the parser; one line without the URL.
    """
    refuse_attribute_bomb(text)
    clean = _FORBIDDEN.sub("", _DECLARATION.sub("", text))
    return _PERSONS.sub(_cut, _ended(clean, max_items))


def mend(text: str) -> str:
    """Return the document with bare ``&`` and HTML entities outside CDATA turned into what XML
    knows; what is well-formed stays as it is."""
    before, *sections = text.split(_CDATA)
    mended = [_REFERENCE.sub(_legal, before)]
    for section in sections:
        inside, end, after = section.partition("]]>")
        mended += [_CDATA, inside, end, _REFERENCE.sub(_legal, after)]
    return "".join(mended)


def _ended(text: str, max_items: int) -> str:
    root = _ROOT.match(text, _prolog_end(text))
    if root is None:
        return text
    name, closing = root[2].lower(), f"</{root[1]}>"
    if name == "rss":
        closing = f"</channel>{closing}"
    for number, found in enumerate(re.finditer(rf"<(?:[\w.-]+:)?{_ITEMS[name]}[\s>]", text)):
        if number == max_items:
            return text[: found.start()] + closing
    end = text.rfind(f"</{root[1]}")
    if end >= 0:
        return f"{text[:end]}</{root[1]}>"
    last = max(
        (m.end() for m in re.finditer(rf"</(?:[\w.-]+:)?{_ITEMS[name]}\s*>", text)), default=0
    )
    return text[:last] + closing if last else text


def _prolog_end(text: str) -> int:
    prolog = _PROLOG.match(text)
    return prolog.end() if prolog else 0


def _cut(found: re.Match[str]) -> str:
    opened = found[2] or ""
    closed = "]]>" if opened and "]]>" not in found[3] else ""
    return f"{found[1]}{opened}{found[3]}{closed}"


def _legal(found: re.Match[str]) -> str:
    number, name = found[1], found[2]
    if number:
        code = int(number[2:-1], 16) if number[1] == "x" else int(number[1:-1])
        return "" if code > 0x10FFFF or _FORBIDDEN.match(chr(code)) else found[0]
    if name in _XML_NAMES:
        return found[0]
    if name and name in html5:
        return html5[name].replace("&", "&amp;").replace("<", "&lt;")
    return "&amp;" + found[0][1:]
