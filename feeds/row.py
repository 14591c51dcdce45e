"""One feed of a catalogue as written, and the check that makes a ``Feed`` of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from archive import ids
from archive.types import Feed, Selectors
from feeds.errors import FeedError
from feeds.urls import canonical

Kind = Literal["wire", "independent", "state", "think-tank", "official"]
Form = Literal["feed", "sitemap", "listing"]
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)


def plain(text: str) -> str:
    """Return ``text`` on one line, without control characters or lone surrogates."""
    kept = "".join(c if unicodedata.category(c) not in {"Cc", "Cs"} else " " for c in text)
    return " ".join(kept.split())


def _web_address(url: str) -> str:
    if canonical(url) is None:
        raise ValueError("is not an http or https address; write it in full")
    return url


def _zone(name: str) -> str:
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, as "Asia"
        raise ValueError("is not a time zone; write one like Asia/Yerevan") from None
    return name


def _selector(text: str) -> str:
    try:
        if text:
            CSSSelector(text, translator="html")(etree.Element("p"))
    except (SelectorError, etree.XPathError, RecursionError, ValueError):
        raise ValueError('is not a CSS selector; write one like "li.news a"') from None
    return text


Name = Annotated[str, AfterValidator(plain)]
Selector = Annotated[Name, Field(max_length=300), AfterValidator(_selector)]


class SelectorRow(BaseModel):
    """The keys of ``[feed.selectors]``: see ``Selectors``."""

    model_config = _STRICT

    item: Annotated[Selector, Field(min_length=1)]
    link: Selector = ""
    title: Selector = ""
    date: Selector = ""


class Row(BaseModel):
    """The keys of ``[[feed]]``; ``verified`` and ``source`` are for people and stay in the file."""

    model_config = _STRICT

    url: Annotated[str, AfterValidator(_web_address)]
    outlet: Annotated[Name, Field(min_length=1)]
    lang: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    kind: Kind = "independent"
    family: Name = ""
    country: Annotated[str, Field(pattern=r"^([A-Z]{2,3})?$")] = ""
    reliability: Annotated[str, Field(pattern=r"^[A-F]$")] = "F"
    form: Form = "feed"
    zone: Annotated[str, AfterValidator(_zone)] = ""
    selectors: SelectorRow | None = Field(None, validate_default=True)
    verified: bool = False
    source: str = ""

    @field_validator("selectors")
    @classmethod
    def _for_listings(cls, value: SelectorRow | None, info: ValidationInfo) -> SelectorRow | None:
        form = info.data.get("form")
        if form == "listing" and value is None:
            raise ValueError("is missing; a listing needs [feed.selectors] with item")
        if form in {"feed", "sitemap"} and value is not None:
            raise ValueError('is for form = "listing" only; set that, or leave it out')
        return value

    def feed(self) -> Feed:
        """Return the feed; without a family of its own it is one with its outlet."""
        return Feed(
            id=ids.feed_id(canonical(self.url) or self.url),
            url=self.url,
            outlet=self.outlet,
            lang=self.lang,
            kind=self.kind,
            family=self.family or self.outlet.casefold(),
            country=self.country,
            reliability=self.reliability,
            form=self.form,
            zone=self.zone,
            selectors=Selectors(**self.selectors.model_dump()) if self.selectors else None,
        )


_REMEDIES = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not a key of a feed; the keys are " + ", ".join(Row.model_fields),
    "string_type": "is not text; put it in quotes",
    "bool_type": "is neither true nor false",
}
_REMEDIES_BY_KEY = {
    "lang": "is not a language code; write two or three small letters: en, ru, hy …",
    "country": "is not a country code; write two or three capital letters: AM, RU, INT …",
    "reliability": "is not a letter from A (reliable) to F (cannot be judged)",
    "kind": "is none of wire, independent, state, think-tank, official",
    "outlet": "is empty; write the outlet's name",
    "form": "is none of feed, sitemap, listing",
    "selectors": "is not a table; write [feed.selectors] with item and, where needed, link, title, "
    "date",
    "selectors.item": "is empty or too long; write what each entry stands in, such as li.news",
}


@dataclass(frozen=True, slots=True)
class RawFeed:
    """A feed as a file gives it: ``where`` it stands ("feed 3, line 14"), and its keys.

    ``names`` says what the file calls a key, where that is not our word for it.
    """

    where: str
    values: Mapping[str, object]
    names: Mapping[str, str] = field(default_factory=dict)


def check(file: str, raws: Iterable[RawFeed], *, twice: bool) -> list[Feed]:
    """Return the feeds of ``file``.

    A feed that comes twice is a problem, or kept once when ``twice`` is accepted.

    Raises:
        FeedError: one line for each problem of each feed.
    """
    feeds: dict[str, Feed] = {}
    first: dict[str, str] = {}
    problems: list[str] = []
    for raw in raws:
        try:
            feed = Row.model_validate(dict(raw.values)).feed()
        except ValidationError as error:
            place = f"{file}: {raw.where}" if raw.where else file
            problems += [f"{place}: {line}" for line in _lines(error, raw)]
            continue
        if feed.id not in feeds:
            feeds[feed.id], first[feed.id] = feed, raw.where
        elif not twice:
            problems.append(
                f"{file}: {raw.where}: url: the same feed as {first[feed.id]}; leave one out"
            )
    if problems:
        raise FeedError("\n".join(problems))
    return list(feeds.values())


def named_feed(**values: object) -> Feed:
    """Return the feed that a person names by its keys, checked as a catalogue's is.

    Raises:
        FeedError: one line for each wrong value.
    """
    (feed,) = check(plain(str(values.get("url"))), [RawFeed("", values)], twice=False)
    return feed


def _lines(error: ValidationError, raw: RawFeed) -> list[str]:
    lines = []
    for one in error.errors(include_url=False):
        key = ".".join(map(str, one["loc"]))
        kind = one["type"]
        value = one["input"]
        if kind in {"missing", "extra_forbidden"} or not isinstance(
            value, str | int | float | bool
        ):
            shown = ""
        else:
            shown = f" = {plain(repr(value))[:80]}"
        if kind == "value_error":
            remedy = str(one["msg"]).removeprefix("Value error, ")
        elif kind == "extra_forbidden" and len(one["loc"]) > 1:
            remedy = "is not a selector; they are " + ", ".join(SelectorRow.model_fields)
        else:
            remedy = _REMEDIES.get(kind) or _REMEDIES_BY_KEY.get(key) or str(one["msg"])
        lines.append(f"{plain(raw.names.get(key, key))[:40]}{shown}: {remedy}")
    return lines
