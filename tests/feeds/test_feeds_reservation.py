"""What publishers reserve: read from where they say it, recorded as one line."""

from __future__ import annotations

import json

import pytest
from lxml.html import fromstring

from feeds.reservation import TdmRule, line, of_headers, of_rules, of_tree, tdm_rules


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, ""),
        ({"tdm-reservation": "1"}, "tdm-reservation: 1"),
        (
            {"tdm-reservation": "1", "tdm-policy": "https://a.example/terms"},
            "tdm-reservation: 1; tdm-policy: https://a.example/terms",
        ),
        ({"tdm-reservation": "0", "tdm-policy": "https://a.example/terms"}, ""),
        ({"tdm-reservation": "perhaps"}, ""),
        ({"content-signal": "search=yes, AI-train=no"}, "content-signal: search=yes, ai-train=no"),
        ({"x-robots-tag": "noindex, noai, NoArchive"}, "robots: noai, noarchive"),
        ({"x-robots-tag": "otherbot: noai, noarchive"}, ""),
        ({"x-robots-tag": "pivotwatch: noai"}, "robots: noai"),
        ({"x-robots-tag": "otherbot: noai, pivotwatch: nosnippet"}, "robots: nosnippet"),
        ({"x-robots-tag": "max-snippet: 5, noai"}, "robots: noai"),
    ],
)
def test_headers(headers: dict[str, str], said: str) -> None:
    assert line(of_headers(headers, "pivotwatch")) == said


def test_meta_elements_count_before_headers_and_headers_before_the_file() -> None:
    tree = fromstring(
        "<html><head><meta name='TDM-Reservation' content='1'><meta name='robots' "
        "content='noai'><meta name='tdm-policy' content='/page\x07 terms\n'></head></html>"
    )
    page = of_tree(tree)
    header = of_headers({"tdm-reservation": "0", "x-robots-tag": "noarchive, noai"}, "pivotwatch")
    file = (("tdm-reservation", "1"), ("tdm-policy", "/file"))
    said = "tdm-reservation: 1; robots: noai, noarchive; tdm-policy: /page terms"
    assert sorted(line(page, header, file).split("; ")) == sorted(said.split("; "))
    assert "tdm" not in line(header, file)
    assert line(file) == "tdm-reservation: 1; tdm-policy: /file"


def test_a_line_is_short_whatever_is_said() -> None:
    tree = fromstring(f"<html><head>{'<meta name=robots content=noai>' * 5000}</head></html>")
    headers = {"tdm-reservation": "1", "tdm-policy": "x" * 100_000, "content-usage": "y" * 9999}
    said = line(of_tree(tree), of_headers(headers, "pivotwatch"))
    assert said.startswith("robots: noai; tdm-reservation: 1; ")
    assert len(said) <= 500
    assert said.isprintable()


def test_the_longest_location_of_the_file_that_matches_counts() -> None:
    rules = tdm_rules(
        json.dumps(
            [
                {"location": "/*", "tdm-reservation": 1, "tdm-policy": "https://a.example/all"},
                {"location": "/open/*", "tdm-reservation": 0},
                {"location": "/*.pdf$", "tdm-reservation": "1"},
            ]
        ).encode()
    )
    assert line(of_rules(rules, "https://a.example/news/1")).endswith("https://a.example/all")
    assert line(of_rules(rules, "https://a.example/open/1")) == ""
    assert line(of_rules(rules, "https://a.example/x/paper.pdf")) == "tdm-reservation: 1"
    assert of_rules((), "https://a.example/") == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b"null",
        b"[1, null, {}, []]",
        b'[{"location": 7, "tdm-reservation": 1}]',
        b'[{"location": "elsewhere", "tdm-reservation": 1}]',
        b"[" * 100_000,
        b"\xff\xfe[",
        b'[{"location": "/\\nDisallow: /b"}]'[:20],
    ],
)
def test_a_file_that_is_none_reserves_nothing(body: bytes) -> None:
    assert tdm_rules(body) == ()


def test_a_location_with_line_breaks_is_one_location() -> None:
    said = [{"location": "/a\nDisallow: /b", "tdm-reservation": 1, "tdm-policy": ["x"]}]
    (rule,) = tdm_rules(json.dumps(said).encode())
    assert rule == TdmRule("/a%20Disallow:%20/b", reserved=True, policy="")
    assert of_rules((rule,), "https://a.example/b") == ()
