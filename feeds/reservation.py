"""What a publisher reserves of the use of its texts: TDMRep, Content-Signal, robots directives.

Recorded with each article, and nothing more: whoever passes texts on can keep to it. The names
are those of the W3C group report "TDM Reservation Protocol" (2024) and of contentsignals.org.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement
from protego import Protego

from feeds.plain import clean_line

Wish = tuple[str, str]
"""A name and its value: ``("tdm-reservation", "1")``."""

_MOST_RULES = 50
_LONGEST = 500  # characters of the whole line
_TDM = ("tdm-reservation", "tdm-policy")
_SIGNALS = ("content-signal", "content-usage")
_DIRECTIVES = ("noai", "noimageai", "noml", "noarchive", "nocache", "nosnippet")


@dataclass(frozen=True, slots=True)
class TdmRule:
    """One rule of a tdmrep.json: for the paths like ``location``, whether mining is
    ``reserved``, and where the terms are."""

    location: str
    reserved: bool
    policy: str


def tdm_rules(body: bytes) -> tuple[TdmRule, ...]:
    """Read ``/.well-known/tdmrep.json``; what is not as the report has it is left out."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    found = [_rule(one) for one in said[:_MOST_RULES]] if isinstance(said, list) else []
    return tuple(rule for rule in found if rule is not None)


def _rule(said: object) -> TdmRule | None:
    if not isinstance(said, dict):
        return None
    location, policy = said.get("location"), said.get("tdm-policy", "")
    if not isinstance(location, str) or not location.startswith("/"):
        return None
    reserved = str(said.get("tdm-reservation")) == "1"
    policy = clean_line(policy, 300).replace(" ", "%20") if isinstance(policy, str) else ""
    return TdmRule(clean_line(location, 300).replace(" ", "%20"), reserved, policy)


def of_rules(rules: Iterable[TdmRule], url: str) -> tuple[Wish, ...]:
    """Return what the longest of ``rules`` that matches ``url`` reserves."""
    for rule in sorted(rules, key=lambda rule: len(rule.location), reverse=True):
        pattern = Protego.parse(f"User-agent: *\nDisallow: {rule.location}")
        if not pattern.can_fetch(url, "*"):
            policy = ((_TDM[1], rule.policy),) if rule.policy else ()
            return ((_TDM[0], "1" if rule.reserved else "0"), *policy)
    return ()


def of_headers(headers: Mapping[str, str], product: str) -> tuple[Wish, ...]:
    """Return what an answer's headers reserve."""
    names = (*_TDM, *_SIGNALS)
    plain = [(name, headers[name]) for name in names if name in headers]
    return _kept([*plain, ("robots", _for_us(headers.get("x-robots-tag", ""), product))])


def of_tree(tree: HtmlElement, product: str = "") -> tuple[Wish, ...]:
    """Return what a page's own ``meta`` elements reserve."""
    said: list[Wish] = []
    for meta in tree.iter("meta"):
        name = meta.get("name", "").strip().lower()
        if name in {"robots", product}:
            said.append(("robots", meta.get("content", "")))
        elif name in _TDM:
            said.append((name, meta.get("content", "")))
    return _kept(said)


def line(*sources: Iterable[Wish]) -> str:
    """Return one line of all that is reserved; of two that differ on TDM the first one counts.

    ``tdm-reservation: 1; content-signal: ai-train=no; robots: noai``; empty when nothing is.
    """
    said: dict[str, list[str]] = {}
    for source in sources:
        heard = {name for name in _TDM if name in said}
        for name, value in source:
            if name in _TDM and heard:
                continue
            words = [value] if name in _TDM else value.split(", ")
            said[name] = list(dict.fromkeys([*said.get(name, []), *words]))
    if said.get(_TDM[0], ["0"])[0] != "1":
        said = {name: values for name, values in said.items() if name not in _TDM}
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in said.items())[:_LONGEST]


def _kept(said: Iterable[Wish]) -> tuple[Wish, ...]:
    found: list[Wish] = []
    for name, raw in said:
        value = clean_line(raw[:1000], 300)
        if name == _TDM[0]:
            value = value if value in {"0", "1"} else ""
        elif name == "robots":
            words = value.lower().replace(",", " ").split()
            value = ", ".join(word for word in _DIRECTIVES if word in words)
        elif name in _SIGNALS:
            value = value.lower()
        if value:
            found.append((name, value))
    return tuple(found)


def _for_us(tag: str, product: str) -> str:
    """Return the directives of an X-Robots-Tag that are for all robots or for ``product``."""
    words: list[str] = []
    for_us = True
    for part in tag[:1000].split(","):
        robot, colon, rest = part.strip().partition(":")
        if colon and " " not in robot and robot.lower() not in {"max-snippet", "max-image-preview"}:
            for_us = robot.lower() == product.lower()
        if for_us:
            words.append(rest if colon else part)
    return ", ".join(words)
