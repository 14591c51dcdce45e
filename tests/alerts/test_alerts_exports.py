"""Exports: read back strictly by other programs' own libraries, whatever the alerts say."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
import icalendar
import pytest
import stix2
from alerts_kit import NOW, make, take
from alerts_markup import payloads
from archive_kit import new_archive
from chance_kit import Chance
from lxml import etree
from pymisp import MISPEvent
from test_alerts_markup import told
from test_alerts_message import three_languages

from alerts.exports import FORMATS, Record, records
from alerts.exports.sheet import COLUMNS, defused
from alerts.payload import AlertPayload, read_payload
from archive.types import Alert

BLANK = ' \t\r\n"\ufeff\u200b\u200c\u200d\u2060\u00ad'
STARTS = "=+-@＝＋－＠"


def record(payload: AlertPayload, number: int = 0, state: str = "open") -> Record:
    at = NOW + timedelta(minutes=number)
    alert_id = f"al_{number}"
    alert = Alert(alert_id, "realignment", "s_story", "t", 1, at, at, state=state)
    return Record(alert, payload.model_copy(update={"alert_id": alert_id}))


@cache
def hard() -> tuple[Record, ...]:
    """Alerts at random, and one for each of many pieces of markup in every field."""
    chance, like = Chance(7), three_languages()
    made = [chance.alert(like) for _ in range(150)]
    made += [
        told(title=p, outlet=p, quote=p or "x", words=p, url=p, lang=p) for p in payloads()[::10]
    ]
    return tuple(record(one, n, "closed" if n % 3 else "open") for n, one in enumerate(made))


def honest() -> Record:
    return record(three_languages())


def written(name: str, of: tuple[Record, ...]) -> str:
    return FORMATS[name](of).decode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_alerts_give_the_same_bytes_and_none_are_a_file_too(name: str) -> None:
    assert FORMATS[name]((honest(),)) == FORMATS[name]((honest(),))
    FORMATS[name](()).decode("utf-8")


def test_atom_is_read_by_feedparser_without_a_word() -> None:
    for of in ((), (honest(),), hard()):
        text = FORMATS["atom"](of)
        feed = feedparser.parse(text)
        assert not feed.bozo
        assert feed.version == "atom10"
        assert len({entry.id for entry in feed.entries}) == len(of)
        assert all(entry.updated_parsed and entry.title for entry in feed.entries)
        links = [a.get("href", "") for a in etree.fromstring(text).iter() if a.get("href")]
        assert all(re.match("https?://", url) for url in links)
        tags = {etree.QName(e).localname for e in etree.fromstring(text).iter()}
        assert tags <= {
            "feed", "id", "title", "updated", "published", "author", "name", "generator", "entry",
            "link", "category", "content", "div", "p", "blockquote",
        }  # fmt: skip


def test_an_atom_entry_says_what_the_alert_says() -> None:
    one = honest()
    (entry,) = feedparser.parse(FORMATS["atom"]((one,))).entries
    assert entry.title == one.payload.subject
    assert entry.link == "https://a.example/news"
    assert {tag.term for tag in entry.tags} >= {"csto_snub", "notable"}
    for quote in one.payload.passages:
        assert quote.text in entry.content[0].value


def test_stix_is_read_by_stix2_strictly_and_refers_to_nothing_outside() -> None:
    for of in ((), (honest(),), hard()):
        bundle = stix2.parse(written("stix", of), allow_custom=False)
        held = {one.id for one in bundle.objects}
        assert len(held) == len(bundle.objects)
        reports = [one for one in bundle.objects if one.type == "report"]
        assert len(reports) == len(of)
        for one in bundle.objects:
            assert set(one.get("object_refs", [])) <= held
            assert one.get("created_by_ref", "") in {"", *held}
            if one.type == "url":
                assert one.id == stix2.URL(value=one.value).id


def test_a_stix_report_says_what_the_alert_says() -> None:
    one = honest()
    bundle = stix2.parse(written("stix", (one,)), allow_custom=False)
    (report,) = (thing for thing in bundle.objects if thing.type == "report")
    assert report.name == one.payload.subject
    assert "(0.81)" in report.description
    assert report.confidence == 85
    quoted = {thing.content for thing in bundle.objects if thing.type == "note"}
    assert quoted == {quote.text for quote in one.payload.passages}


def test_misp_events_are_read_by_pymisp_strictly() -> None:
    for of in ((), (honest(),), hard()):
        answer = json.loads(written("misp", of))
        assert len(answer["response"]) == len(of)
        for one in answer["response"]:
            event = MISPEvent(strict_validation=True)
            event.from_dict(**one["Event"])
            assert event.info
            assert len(event.attributes) == len(one["Event"]["Attribute"])
            assert not any(attribute.to_ids for attribute in event.attributes)
            assert len({attribute.uuid for attribute in event.attributes}) == len(event.attributes)


def test_a_misp_event_carries_grades_and_likelihood_as_tags() -> None:
    (one,) = json.loads(written("misp", (honest(),)))["response"]
    tags = {tag["name"] for tag in one["Event"]["Tag"]}
    assert {
        'pivotwatch:signal="csto_snub"',
        'admiralty-scale:source-reliability="f"',
        'estimative-language:likelihood-probability="very-likely"',
        'estimative-language:confidence-in-analytic-judgment="high"',
    } <= tags
    assert one["Event"]["threat_level_id"] == "3"


def rows(text: str, delimiter: str = ",", *, strict: bool = True) -> list[list[str]]:
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
    return list(csv.reader(lines, delimiter=delimiter, strict=strict))


def test_csv_has_a_row_for_each_alert_and_numbers_are_numbers() -> None:
    found = rows(written("csv", hard()))
    assert found[0] == list(COLUMNS)
    assert len(found) == 1 + len(hard())
    for row in found[1:]:
        cells = dict(zip(COLUMNS, row, strict=True))
        assert 0 <= float(cells["probability"]) <= 1
        assert int(cells["independent_origins"]) >= 0
    (row,) = rows(written("csv", (honest(),)))[1:]
    assert dict(zip(COLUMNS, row, strict=True))["probability"] == "0.81"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_separates_cells(delimiter: str) -> None:
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "=cmd|' /C x'!A0"]
    leads = [
        "",
        " ",
        "\t",
        "\r",
        "\n",
        "\ufeff",
        "\u200b",
        '"',
        'x;"',
        "x;",
        "x\n",
        "x\t",
        "x\r\n ;",
    ]
    made = [lead + formula for lead in leads for formula in formulas]
    of = tuple(
        record(told(title=one, outlet=one, quote=one, words=one), number)
        for number, one in enumerate(made)
    )
    text = written("csv", of)
    for row in rows(text, delimiter, strict=False):
        for cell in row:
            bare = cell.lstrip(BLANK)
            assert not bare or bare[0] not in STARTS, cell
    for one in made:
        assert one.lstrip(BLANK)[0] == "x" or "'" in defused(one)


def test_ordinary_words_are_not_changed_in_csv() -> None:
    for words in ("A 5-day drill, 3 + 4 = 7", "e-mail: a@b.example; 7 days", "−5 °C"):
        assert defused(words) == words


def test_json_lines_hold_the_whole_payload() -> None:
    lines = written("jsonl", hard()).splitlines()
    assert len(lines) == len(hard())
    for line, one in zip(lines, hard(), strict=True):
        told_: dict[str, Any] = json.loads(line)
        assert told_["state"] == one.alert.state
        if "\ud800" not in one.payload.subject:
            assert read_payload(told_).alert_id == one.payload.alert_id
    assert read_payload(json.loads(written("jsonl", (honest(),)))) == honest().payload


def test_a_calendar_is_read_by_icalendar() -> None:
    for of in ((), (honest(),), hard()):
        raw = FORMATS["icalendar"](of)
        assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
        assert b"\n" not in raw.replace(b"\r\n", b"")
        events = icalendar.Calendar.from_ical(raw).walk("VEVENT")
        assert len({str(event["UID"]) for event in events}) == len(of)
        assert all(not event.errors for event in events)
    (event,) = icalendar.Calendar.from_ical(FORMATS["icalendar"]((honest(),))).walk("VEVENT")
    assert str(event["SUMMARY"]) == honest().payload.subject
    assert event.decoded("DTSTART") == honest().alert.opened
    assert honest().payload.passages[0].text in str(event["DESCRIPTION"])


def test_the_newest_revision_is_exported_and_only_since_a_time(tmp_path: Path) -> None:
    archive = new_archive(tmp_path)
    take(archive, make("a"))
    take(archive, make("b", outlet="Review", hours=1), now=NOW + timedelta(hours=1))
    with archive.read() as connection:
        (one,) = records(connection, None)
        assert one.payload.revision == one.alert.revision == 2
        assert records(connection, NOW + timedelta(hours=1)) == (one,)
        assert records(connection, NOW + timedelta(hours=2)) == ()
    archive.close()
