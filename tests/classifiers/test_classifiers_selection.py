"""Which articles are offered for review: near, above, below; diverse; measurable; repeatable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from classifiers.selection import RELEVANCE, Candidate, Choice, Why, choose

DAY = date(2026, 3, 1)
THRESHOLDS = {"csto_snub": 0.5, "trade_retaliation": 0.6}
LANGS = ("en", "ru", "hy")


def candidate(name: str, csto: float = 0.01, trade: float = 0.01, **changes: object) -> Candidate:
    fields: dict[str, object] = {
        "id": name,
        "group": "g" + name,
        "lang": "en",
        "relevance": max(csto, trade),
        "signals": {"csto_snub": csto, "trade_retaliation": trade},
        "traits": frozenset({name}),
    }
    return Candidate(**(fields | changes))  # type: ignore[arg-type]


def stream(size: int = 300) -> list[Candidate]:
    """Return candidates as a stream has them: most irrelevant, some certain, few in between."""
    random = np.random.default_rng(7)
    logits = np.where(random.random(size) < 0.8, random.normal(-4, 1, size), 0)
    logits = np.where(logits == 0, random.normal(1, 2, size), logits)
    found: list[Candidate] = []
    for at, p in enumerate((1 / (1 + np.exp(-logits))).round(6).tolist()):
        csto, trade = (p, 0.001) if at % 2 else (0.001, p)
        traits = frozenset(map(str, random.integers(0, 40, 6)))
        found.append(candidate(f"a{at:03}", csto, trade, lang=LANGS[at % 3], traits=traits))
    return found


def whys(found: Sequence[Choice]) -> Counter[Why]:
    return Counter(one.why for one in found)


def test_the_shares_are_kept() -> None:
    found = choose(stream(), THRESHOLDS, 20, DAY)
    assert whys(found) == {Why.NEAR: 12, Why.ABOVE: 4, Why.BELOW: 4}
    by_id = {one.id: one for one in stream()}
    for one in found:
        best = max(by_id[one.id].signals[c] / THRESHOLDS[c] for c in THRESHOLDS)
        assert one.why is Why.NEAR or (best >= 1) is (one.why is Why.ABOVE)
    assert {by_id[one.id].lang for one in found} == set(LANGS)
    assert {one.signal for one in found} >= set(THRESHOLDS)


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, {Why.NEAR: 1}),
        (2, {Why.NEAR: 1, Why.BELOW: 1}),
        (5, {Why.NEAR: 3, Why.ABOVE: 1, Why.BELOW: 1}),
        (300, {Why.NEAR: 180, Why.ABOVE: 0, Why.BELOW: 0}),
    ],
)
def test_any_number_can_be_asked_for(n: int, expected: dict[Why, int]) -> None:
    found = choose(stream(), THRESHOLDS, n, DAY)
    assert len(found) == len({one.id for one in found}) == n
    counts = whys(found)
    assert all(counts[why] >= least for why, least in expected.items())


def test_what_one_share_lacks_the_others_fill() -> None:
    quiet = [candidate(f"q{at}") for at in range(50)]
    assert whys(choose(quiet, THRESHOLDS, 10, DAY)) == {Why.NEAR: 6, Why.BELOW: 4}
    loud = [candidate(f"l{at}", csto=0.9) for at in range(50)]
    assert whys(choose(loud, THRESHOLDS, 10, DAY)) == {Why.NEAR: 6, Why.ABOVE: 4}
    assert len(choose(loud[:3], THRESHOLDS, 10, DAY)) == 3
    assert choose([], THRESHOLDS, 10, DAY) == []
    assert choose(loud, THRESHOLDS, 0, DAY) == []


def test_a_group_is_offered_once_by_its_first() -> None:
    told = [candidate(f"s{at}", csto=0.5 + at / 100, group="story") for at in range(9)]
    found = choose([*told, *stream()], THRESHOLDS, 60, DAY)
    assert [one.id for one in found if one.id.startswith("s")] == ["s0"]


def test_the_nearest_are_picked_whichever_threshold_they_are_near() -> None:
    near = [
        candidate("c", csto=0.48),
        candidate("t", trade=0.62),
        candidate("r", relevance=0.5),
    ]
    found = choose([*(candidate(f"far{at}") for at in range(40)), *near], THRESHOLDS, 5, DAY)
    picked = {one.id: one.signal for one in found if one.why is Why.NEAR}
    assert picked == {"c": "csto_snub", "t": "trade_retaliation", "r": RELEVANCE}
    assert all(one.chance == 1 for one in found if one.why is Why.NEAR)


def test_picked_ones_are_unlike_each_other() -> None:
    same = frozenset({"csto", "summit", "minsk", "refuse"})
    alike = [candidate(f"a{at}", csto=0.5, traits=same) for at in range(9)]
    other = [
        candidate("dairy", trade=0.57, traits=frozenset({"dairy", "ban"}), lang="ru"),
        candidate("rail", csto=0.47, traits=frozenset({"rail", "concession"}), lang="hy"),
    ]
    found = choose([*alike, *other], THRESHOLDS, 5, DAY)
    assert {one.id for one in found if one.why is Why.NEAR} >= {"dairy", "rail"}


def test_the_same_day_gives_the_same_choice_in_whatever_order() -> None:
    candidates = stream()
    first = choose(candidates, THRESHOLDS, 20, DAY)
    assert choose(candidates[::-1], THRESHOLDS, 20, DAY) == first
    other = choose(candidates, THRESHOLDS, 20, DAY + timedelta(days=1))
    drawn = {one.id for one in first if one.why is Why.BELOW}
    assert {one.id for one in other if one.why is Why.BELOW} != drawn


def test_the_chance_is_how_often_an_article_is_drawn() -> None:
    candidates, days = stream(60), 500
    drawn: Counter[str] = Counter()
    chances: dict[str, float] = {}
    picked: set[str] = set()
    for at in range(days):
        for one in choose(candidates, THRESHOLDS, 10, DAY + timedelta(days=at)):
            if one.why is Why.NEAR:
                picked.add(one.id)
                continue
            drawn[one.id] += 1
            assert chances.setdefault(one.id, one.chance) == one.chance
    assert len(picked) == 6
    assert set(chances) | picked == {one.id for one in candidates}, "nothing is out of reach"
    assert sum(chances.values()) == pytest.approx(4, abs=1e-4)
    for name, chance in chances.items():
        error = 4 * (chance * (1 - chance) / days) ** 0.5
        assert drawn[name] / days == pytest.approx(chance, abs=error + 1e-9)


def test_the_likelier_miss_is_the_likelier_drawn() -> None:
    # the nearest are picked; of the rest, p02 has a fifth of the relevance that p10 has
    quiet = [candidate(f"x{at}", csto=0.3) for at in range(6)]
    quiet += [candidate(f"p{at:02}", relevance=at / 100, csto=0.001) for at in range(2, 11)]
    chances: dict[str, float] = {}
    for at in range(60):
        for one in choose(quiet, THRESHOLDS, 10, DAY + timedelta(days=at)):
            if one.why is Why.BELOW:
                chances[one.id] = one.chance
    assert chances["p10"] == pytest.approx(5 * chances["p02"], rel=1e-4)


def test_one_signal_can_decide_alone() -> None:
    candidates = stream()
    found = choose(candidates, THRESHOLDS, 20, DAY, only="trade_retaliation")
    assert {one.signal for one in found} == {"trade_retaliation"}
    by_id = {one.id: one for one in candidates}
    for one in found:
        is_above = by_id[one.id].signals["trade_retaliation"] >= 0.6
        assert one.why is Why.NEAR or is_above is (one.why is Why.ABOVE)


def test_odd_scores_do_no_harm() -> None:
    odd = [
        candidate("none", signals={}, traits=frozenset()),
        candidate("zero", 0.0, 0.0, relevance=0.0, traits=frozenset()),
        candidate("one", 1.0, 1.0, relevance=1.0),
        candidate("unknown", signals={"retired": 0.9}),
    ]
    assert len(choose(odd, THRESHOLDS, 9, DAY)) == 4
    assert {one.why for one in choose(odd, {}, 9, DAY)} <= {Why.NEAR, Why.BELOW}
