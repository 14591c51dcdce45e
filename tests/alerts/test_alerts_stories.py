"""Grouping: which articles are about one event."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from alerts_kit import CSTO, DAIRY, NOW, make
from hypothesis import given
from hypothesis import strategies as st

from alerts.likeness import Likeness
from alerts.stories import group
from archive.ids import article_id
from archive.sketches import Sketch, sketch_of
from archive.types import Article, Direction, Evidence, Score, Traits
from classifiers import load_lexicon
from classifiers.reading import read_article
from classifiers.stems import Stemmer
from classifiers.traits import traits_of

ROOT = Path(__file__).parents[2]
DAYS = 3.0


def sketch(key: str, **more: object) -> Sketch:
    return sketch_of(*make(key, **more))  # type: ignore[arg-type]


def stories_of(*arrivals: Sketch) -> list[set[str]]:
    """The grouping of some articles, as sets of their keys."""
    keys = {article_id(f"https://{key}.example/news"): key for key in "abcdefgh"}
    found: dict[str, set[str]] = {}
    for one in group({}, arrivals, story_days=DAYS).placements:
        found.setdefault(one.story_id, set()).add(keys[one.article_id])
    return sorted(found.values(), key=sorted)


def test_one_event_in_three_languages_is_one_story() -> None:
    articles = [sketch("a"), sketch("b", lang="ru", hours=2), sketch("c", lang="hy", hours=4)]
    other = sketch("d", traits=DAIRY, signal="trade_retaliation")
    assert stories_of(*articles, other) == [{"a", "b", "c"}, {"d"}]


def test_without_a_shared_signal_there_is_no_shared_story() -> None:
    assert stories_of(sketch("a"), sketch("b", signal="trade_retaliation")) == [{"a"}, {"b"}]


def test_the_same_words_four_days_later_are_another_event() -> None:
    assert stories_of(sketch("a"), sketch("b", hours=96)) == [{"a"}, {"b"}]
    assert stories_of(sketch("a"), sketch("b", hours=70)) == [{"a", "b"}]


def test_concepts_alone_hold_for_one_day() -> None:
    bare = Traits(CSTO.concepts)
    assert stories_of(sketch("a"), sketch("b", traits=bare, hours=20)) == [{"a", "b"}]
    assert stories_of(sketch("a"), sketch("b", traits=bare, hours=30)) == [{"a"}, {"b"}]


def test_a_copy_joins_its_original_whatever_it_looks_like() -> None:
    copy = sketch("b", origin="a", hours=90, traits=DAIRY, signal="trade_retaliation")
    assert stories_of(sketch("a"), copy) == [{"a", "b"}]


def test_a_story_does_not_drift_from_day_to_day() -> None:
    chain = [sketch(k, hours=48 * i) for i, k in enumerate("abcdefgh")]
    assert len(stories_of(*chain)) > 1


def test_an_undated_article_counts_from_when_it_was_seen() -> None:
    undated = replace(sketch("b", hours=2), is_dated=False)
    assert stories_of(sketch("a"), undated) == [{"a", "b"}]


def test_an_undated_article_joins_nothing_by_concepts_alone() -> None:
    bare = replace(sketch("b", traits=Traits(CSTO.concepts), hours=2), is_dated=False)
    assert stories_of(sketch("a"), bare) == [{"a"}, {"b"}]


def test_an_arrival_joins_a_story_that_is_there() -> None:
    found = group({"s_old": [sketch("a")]}, [sketch("b", hours=3)], story_days=DAYS)
    assert [(p.story_id, p.opens) for p in found.placements] == [("s_old", False)]


@given(st.permutations(list("abcdef")))
def test_the_order_of_arrival_does_not_matter(order: list[str]) -> None:
    known = {k: sketch(k, hours=i, traits=CSTO if i % 2 else DAIRY) for i, k in enumerate("abcdef")}
    assert stories_of(*(known[k] for k in order)) == [{"a", "c", "e"}, {"b", "d", "f"}]


def test_similarity_is_symmetric_and_one_for_equals() -> None:
    sketches = [sketch("a"), sketch("b", lang="ru", hours=1), sketch("c")]
    found = Likeness(sketches, timedelta(days=DAYS)).of([0, 1, 2])
    assert found == pytest.approx(np.ones((3, 3)))


def test_the_demo_newsroom_is_grouped_as_its_authors_meant() -> None:
    """B-cubed F1 over the invented articles that carry a signal, in three languages."""
    members, gold = _demo()
    placed = group({}, members, story_days=DAYS).placements
    found = {p.article_id: p.story_id for p in placed}
    assert _b_cubed(found, gold) >= 0.93


def _demo() -> tuple[list[Sketch], dict[str, str]]:
    folder = ROOT / "desk" / "demo"
    outlets = {
        o["id"]: o for o in tomllib.loads((folder / "outlets.toml").read_text("utf-8"))["outlet"]
    }
    lexicon, stemmer = load_lexicon(ROOT / "seeds" / "lexicon.toml"), Stemmer()
    members: list[Sketch] = []
    gold: dict[str, str] = {}
    for line in (folder / "articles.jsonl").read_text("utf-8").splitlines():
        data = json.loads(line)
        if not data["signals"] or data["revises"]:
            continue
        outlet = outlets[data["outlet"]]
        when = NOW - timedelta(hours=data["hours_ago"])
        article = Article(
            id=article_id(data["id"]),
            url=data["id"],
            title=data["title"],
            text="\n\n".join(data["paragraphs"]),
            lang=outlet["lang"],
            outlet=outlet["name"],
            published=when,
            first_seen=when,
        )
        evidence = tuple(
            Evidence(article.id, 1, code, "m", 0.8, Direction(data["direction"]), ())
            for code in data["signals"]
        )
        traits = traits_of(read_article(article, lexicon), stemmer)
        score = Score(article.id, 1, "m", article.lang, 0.9, Direction.AWAY, {}, evidence, traits)
        members.append(sketch_of(article, score))
        gold[article.id] = data["story"] or data["id"]
    return members, gold


def _b_cubed(found: dict[str, str], gold: dict[str, str]) -> float:
    precision = recall = 0.0
    for one in gold:
        cluster = {k for k in gold if found[k] == found[one]}
        event = {k for k in gold if gold[k] == gold[one]}
        precision += len(cluster & event) / len(cluster)
        recall += len(cluster & event) / len(event)
    return 2 * precision * recall / (precision + recall) / len(gold)
