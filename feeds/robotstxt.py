"""Reading a robots.txt: the part of it that is for us, and what that part allows (RFC 9309)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protego import Protego

from feeds.charset import decode
from feeds.plain import clean_line

_MOST = 512_000  # characters; RFC 9309 §2.5 asks for 500 KiB at least
_LONGEST_LINE = 8_000  # characters; longer than any URL that is asked
_AGENT = re.compile(r"user[- ]?agent\s*[:\s]\s*(.*)", re.IGNORECASE | re.DOTALL)
_SITE_WIDE = re.compile(r"(?:sitemaps?|site-map|host)\s*[:\s]", re.IGNORECASE)  # end no group
_RULE = re.compile(r"[^:]+:|(?:dis)?allow\s|crawl[- ]delay\s", re.IGNORECASE)
_SIGNAL = re.compile(r"content-(?:signal|usage)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)


def ours(body: bytes, product: str) -> str:
    """Return of a robots.txt the groups for ``product`` and for ``*``; the rest is left out.

    Protego keeps every rule once for each robot named before it: 109 kB of robots cost it a
    minute and 1 GB. What is left here names two robots at most. A web page has no rules, and of
    a file longer than 512,000 characters the last line, which may be half of one, counts for none.
    """
    text = decode(body)
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return ""
    if len(body) >= _MOST or len(text) >= _MOST:
        text = text[:_MOST].rpartition("\n")[0]
    return "\n".join(_kept(text, product.lower()))


def _kept(text: str, product: str) -> Iterator[str]:
    agents: list[str] = []
    for_us, ended, begun = False, True, False
    for raw in text.lstrip("\ufeff").splitlines():
        line = raw.partition("#")[0].strip()
        if agent := _AGENT.match(line):
            if ended:
                agents, ended, for_us, begun = [], False, False, True
            name = re.split(r"[/\s]", agent[1].strip().lower(), maxsplit=1)[0]
            if name in {"*", product} and name not in agents:
                agents.append(name)
                for_us = True
                yield f"User-agent: {name}"
        elif _RULE.match(line) and not _SITE_WIDE.match(line):
            ended = True
            if len(line) <= _LONGEST_LINE and (for_us or (not begun and _SIGNAL.match(line))):
                yield line


@dataclass(frozen=True, slots=True)
class RobotsText:
    """What ``ours`` has left of a robots.txt, ready to be asked. ``delay`` is its Crawl-delay in
    seconds, ``signal`` its Content-Signal or Content-Usage, as said."""

    rules: Protego
    product: str
    delay: float | None
    signal: str

    def allows(self, url: str) -> bool:
        """Whether ``url`` may be fetched: the longest rule that matches says so."""
        return bool(self.rules.can_fetch(url, self.product))


def read(text: str, product: str) -> RobotsText:
    """Read what ``ours`` has left of a robots.txt; 512,000 characters take a quarter second."""
    rules = Protego.parse(text)
    return RobotsText(rules, product, rules.crawl_delay(product), _signal(text, product.lower()))


def _signal(text: str, product: str) -> str:
    """Return the signals of our own group, or of the group for all when we have none."""
    said: dict[str, list[str]] = {}
    agents: list[str] = ["*"]
    ended = True
    for line in text.splitlines():
        if agent := _AGENT.match(line):
            agents = [agent[1]] if ended else [*agents, agent[1]]
            ended = False
            said.setdefault(agent[1], [])
            continue
        ended = True
        if found := _SIGNAL.match(line):
            for name in agents:
                said.setdefault(name, []).append(clean_line(found[1], 200).lower())
    return ", ".join(dict.fromkeys(said.get(product, said.get("*", []))))[:300]
