from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.types import Article
from classifiers import Corpus, Model, load_corpus, train

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="session")
def seeds() -> Path:
    return SEEDS


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return load_corpus(SEEDS)


@pytest.fixture(scope="session")
def model(corpus: Corpus) -> Model:
    return train(corpus, cross_validate=False)


@pytest.fixture(scope="session")
def article() -> Callable[..., Article]:
    def make(text: str, title: str = "", lang: str = "en", name: str = "a_1") -> Article:
        return Article(
            id=name,
            url="https://example.org/" + name,
            title=title,
            text=text,
            lang=lang,
            outlet="Example",
            published=None,
            first_seen=datetime(2026, 1, 1, tzinfo=UTC),
        )

    return make


SIGNALS = """
[[signal]]
code = "csto_snub"
name = "CSTO snubbed"
definition = "Armenia stays away."
does_not_count = "Drills elsewhere."
direction = "away"
event_type = "REJECT"
precision = 0.7

[[signal]]
code = "trade_retaliation"
name = "Economic pressure"
definition = "Russia bans goods."
does_not_count = "Snow."
direction = "away"
event_type = "SANCTION"
precision = 0.7
"""
LEXICON = """
[[concept]]
id = "armenia"
type = "actor"
en = ["armenia*", "yerevan"]
ru = ["армен*", "армян*", "ереван*"]
hy = ["հայաստան*", "երևան*", "ՀՀ"]

[[concept]]
id = "russia"
type = "actor"
en = ["russia*", "moscow", "kremlin"]
ru = ["росси*", "москв*"]
hy = ["ռուս*", "մոսկվա*", "ՌԴ"]

[[concept]]
id = "armenia_russia"
type = "actor"
en = ["armenian-russian"]
ru = ["армяно-российск*"]
hy = ["հայ-ռուս*"]

[[concept]]
id = "usa"
type = "actor"
en = ["US", "united states"]
ru = ["США"]
hy = ["ԱՄՆ*"]

[[concept]]
id = "pm"
type = "person"
actor = "armenia"
en = ["pashinyan", "pashinian"]
ru = ["пашинян*"]
hy = ["փաշինյան*"]

[[concept]]
id = "csto"
type = "body"
actor = "russia"
en = ["CSTO", "collective security treaty organi*"]
ru = ["ОДКБ"]
hy = ["ՀԱՊԿ*"]

[[concept]]
id = "treaty"
type = "action"
en = ["treaty", "collective security"]
ru = ["договор*"]
hy = ["պայմանագիր*"]

[[concept]]
id = "attend"
type = "action"
en = ["attend*", "take part"]
ru = ["участв*"]
hy = ["մասնակց*"]

[[concept]]
id = "ban"
type = "action"
en = ["ban", "bans", "banned"]
ru = ["запрет*"]
hy = ["արգել*"]

[[concept]]
id = "fruit"
type = "good"
en = ["fruit*", "apricot*"]
ru = ["фрукт*"]
hy = ["միրգ*"]

[[concept]]
id = "negation"
type = "negation"
en = ["not", "no", "never"]
ru = ["не"]
hy = ["չի", "ոչ"]
"""
DOCUMENTS = """
[[document]]
id = "composed"
title = "Composed"
outlet = "pivotwatch"
date = 2024-06-30
founding = false
"""


def passage(name: str, text: str, **changes: object) -> dict[str, object]:
    return {
        "id": name,
        "text": text,
        "lang": "en",
        "labels": [],
        "direction": "none",
        "role": "news",
        "event": name,
        "source": {"document": "composed", "outlet": "pivotwatch", "date": "2024-06-30"},
        "annotator": "seed",
        "split": "train",
    } | changes


def tiny_passages() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number in range(12):
        rows += [
            passage(
                f"c{number}",
                f"Armenia will not attend the CSTO summit number {number}, Yerevan said.",
                labels=["csto_snub"],
                direction="away",
            ),
            passage(
                f"t{number}",
                f"Russia banned fruit from Armenia after inspection {number} at the border.",
                labels=["trade_retaliation"],
                direction=("away", "toward", "mixed")[number % 3],
            ),
            passage(f"n{number}", f"A theatre in Gyumri opened play {number} on Sunday."),
            passage(f"h{number}", f"Snow closed road {number} to Moscow.", role="hard_negative"),
            passage(f"b{number}", f"Armenia joined in {1990 + number}.", role="background"),
        ]
    return rows


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    (folder / "passages").mkdir(parents=True)
    (folder / "signals.toml").write_text(SIGNALS)
    (folder / "lexicon.toml").write_text(LEXICON)
    (folder / "documents.toml").write_text(DOCUMENTS)
    lines = [json.dumps(row, ensure_ascii=False) for row in tiny_passages()]
    (folder / "passages" / "en.all.jsonl").write_text("\n".join(lines) + "\n")
    return folder
