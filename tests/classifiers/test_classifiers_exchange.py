from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from archive.types import Article, Direction
from classifiers import CorpusError, LabelledArticle, Model, read_articles, score_line


def read(*lines: str) -> list[LabelledArticle]:
    return list(read_articles(io.StringIO("\n".join(lines)), "file.jsonl"))


def test_a_bare_line_is_enough_and_language_follows_script() -> None:
    one, two, three = read(
        '{"id": 7, "text": "Հայաստան"}', "", '{"id":"b","text":"Россия"}', '{"id":"c","text":""}'
    )
    assert (one.article.id, one.article.lang) == ("7", "hy")
    assert (two.article.lang, three.article.lang) == ("ru", "en")
    assert (one.labels, one.relevant, one.direction, one.event) == (None, None, None, None)
    assert not one.is_relevant


def test_a_full_line_keeps_everything() -> None:
    (labelled,) = read(
        '{"id":"a","url":"https://e.org/","title":"T","text":"X","lang":"ru","outlet":"O",'
        '"date":"2025-03-01T10:00:00+04:00","labels":["csto_snub"],"direction":"away","event":"e"}'
    )
    assert labelled.article.published == datetime(2025, 3, 1, 6, tzinfo=UTC)
    assert labelled.direction is Direction.AWAY
    assert labelled.is_relevant


@pytest.mark.parametrize(
    ("labels", "relevant", "expected"),
    [("[]", "true", True), ('["x"]', "false", False), ('["x"]', "null", True), ("[]", "0", False)],
)
def test_given_relevance_goes_before_labels(labels: str, relevant: str, expected: bool) -> None:
    (labelled,) = read(f'{{"id":"a","text":"","labels":{labels},"relevant":{relevant}}}')
    assert labelled.is_relevant is expected


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"text":"x"}', "no id"),
        ('{"id":"a"}', "no text"),
        ('{"id":"a","text":5}', "no text"),
        ('{"id":"a","text":"x","labels":"y"}', "labels is not a list"),
        ('{"id":"a","text":"x","relevant":"yes"}', "relevant is 'yes'"),
        ('{"id":"a","text":"x","direction":"up"}', "direction is 'up'"),
        ('{"id":"a","text":"x","date":"yesterday"}', "date is 'yesterday'"),
        ('{"id":"a","text":"x","title":[]}', "title is not a text"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_bad_line_is_named(line: str, part: str) -> None:
    with pytest.raises(CorpusError) as caught:
        read('{"id":"ok","text":"x"}', line)
    (problem,) = caught.value.problems
    assert problem.startswith("file.jsonl:2: ")
    assert part in problem


def test_wrong_encoding_is_named() -> None:
    source = io.TextIOWrapper(io.BytesIO(b'{"id":"a","text":"\xff"}'), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"file\.jsonl:1: not UTF-8"):
        list(read_articles(source, "file.jsonl"))


def test_score_line_has_the_exchange_form(model: Model, article: Callable[..., Article]) -> None:
    text = "Armenia will not attend the CSTO summit in Minsk, the foreign ministry in Yerevan said."
    line = json.loads(json.dumps(score_line(model.score([article(text)])[0])))
    assert list(line) == ["id", "relevance", "direction", "signals", "evidence", "model", "lang"]
    assert list(line["signals"]) == list(model.codes)
    first = line["evidence"][0]
    assert list(first) == ["signal", "text", "start", "end", "reasons"]
    assert list(first["reasons"][0]) == ["concept", "surface", "weight"]
