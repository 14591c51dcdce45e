"""Reading the HTML part of an email as strictly as a test needs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}
TAGS = {
    "html", "head", "meta", "title", "body", "div", "table", "tr", "td", "p", "span", "h1", "h2",
    "b", "br", "a", "blockquote", "style", "img",
}  # fmt: skip


class Page(HTMLParser):
    """What is in an HTML part: tags, links, languages of quotes, visible text and colours."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.quotes: dict[str, str] = {}
        self.text: list[str] = []
        self.colours: set[tuple[str, str]] = set()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert not self.open, "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        self.text.append(data)
        if self.open[-1][0] == "blockquote":
            self.quotes[self.open[-1][1]["lang"] or ""] = data
        if self._hidden() or not data.replace("\xa0", "").strip():
            return
        colour = self._nearest(r"(?:^|;)color:(#\w{6})")
        ground = self._nearest(r"background:(#\w{6})")
        if colour and ground:
            self.colours.add((colour, ground))

    def _hidden(self) -> bool:
        return any("display:none" in (a.get("style") or "") for _, a in self.open)

    def _nearest(self, pattern: str) -> str | None:
        for _, attributes in reversed(self.open):
            found = re.search(pattern, attributes.get("style") or "")
            if found:
                return found[1]
        return None


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: str) -> float:
        levels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
