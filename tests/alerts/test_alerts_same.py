"""Every story has exactly one decision a rule; the same inputs give the same decisions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from alerts_kit import CSTO, DAIRY, NOW, PERSON, make, take
from alerts_views import told
from archive_kit import new_archive
from decisions_kit import HOUR, pass_time, set_to
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import AlertsSettings
from archive import Archive, articles, stories
from archive.types import Article, Decision, Direction, Score, Traits

DEFAULTS = set_to(rules=AlertsSettings().rules, daily_budget=2)
WAR = Traits(frozenset({"arms", "france"}), frozenset({"caesar", "36"}), frozenset({"howitz"}))
KINDS = (("csto_snub", CSTO), ("trade_retaliation", DAIRY), ("arms_diversification", WAR))


@st.composite
def newsrooms(draw: st.DrawFn) -> list[tuple[Article, Score]]:
    """Some articles on some events, with whatever evidence."""
    made = []
    for number in range(draw(st.integers(1, 8))):
        signal, traits = draw(st.sampled_from(KINDS))
        made.append(
            make(
                f"p{number}",
                outlet=draw(st.sampled_from(("Ararat Wire", "Review", "Lenta"))),
                lang=draw(st.sampled_from(("en", "ru", "hy"))),
                hours=draw(st.sampled_from((-400.0, -100.0, -2.0, 9.9))),
                signal=draw(st.sampled_from((signal, "russia_reengagement"))),
                probability=draw(st.sampled_from((0.0, 0.3, 0.5, 0.74, 0.95))),
                direction=draw(st.sampled_from((Direction.AWAY, Direction.TOWARD))),
                traits=traits,
            )
        )
    return made


def decisions(archive: Archive) -> dict[tuple[str, str], Decision]:
    with archive.read() as connection:
        every = [
            d
            for story in stories.recent(connection, 100)
            for d in stories.decisions(connection, story.id)
        ]
    found = {(d.story_id, d.rule): d for d in every}
    assert len(found) == len(every)
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batch=newsrooms(), seed=st.randoms(use_true_random=False))
def test_the_same_articles_give_the_same_decisions_in_any_order(
    batch: list[tuple[Article, Score]], seed: object
) -> None:
    mixed = list(batch)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first, second = new_archive(Path(one)), new_archive(Path(other))
        take(first, *batch, settings=DEFAULTS)
        take(second, *mixed, settings=DEFAULTS)
        assert decisions(first) == decisions(second)
        assert [p.as_json() for p in told(first)] == [p.as_json() for p in told(second)]
        before = decisions(first)
        take(first, *batch, settings=DEFAULTS, now=NOW)
        assert decisions(first) == before, "looking again changes nothing"
        with first.read() as connection:
            with_story = {a.id for a, _ in batch if stories.story_of(connection, a.id)}
            assert with_story == {a.id for a, s in batch if s.evidence}
            assert articles.unscored(connection, 99) == []
        rules = {rule.name for rule in DEFAULTS.rules}
        named = {story for story, _ in before}
        assert set(before) == {(story, rule) for story in named for rule in rules}
        for alert in told(first):
            assert alert.passages, "no alert without the sentence that caused it"
            texts = {a.id: a.text for a, _ in batch}
            for quote in alert.passages:
                assert texts[quote.source.article_id][quote.start : quote.end] == quote.text
        first.close()
        second.close()


def test_a_decision_keeps_what_it_rests_on(archive: Archive) -> None:
    take(archive, make("a"), settings=DEFAULTS)
    before = decisions(archive)
    assert {len(d.config) for d in before.values()} == {12}
    assert {d.model_id for d in before.values()} == {"m_test"}
    changed = DEFAULTS.model_copy(update={"daily_budget": 3})
    take(archive, make("a"), settings=changed, now=NOW + HOUR)
    after = decisions(archive)
    assert {k: replace(d, config="", decided=NOW) for k, d in before.items()} == {
        k: replace(d, config="", decided=NOW) for k, d in after.items()
    }
    assert all(after[key].config != d.config for key, d in before.items())


def test_the_default_rules_tell_a_founding_signal_once_and_by_its_own_rule(
    archive: Archive,
) -> None:
    article, score = make("m", hours=-400)
    (piece,) = score.evidence
    rift = replace(piece, signal="public_rift", probability=0.6)
    both = (article, replace(score, evidence=(piece, rift)))
    take(
        archive,
        make("a"),
        both,
        make("t", signal="trade_retaliation", traits=DAIRY, hours=-90),
        settings=DEFAULTS.model_copy(update={"daily_budget": 0}),
        recipients=(PERSON,),
    )
    assert sorted(p.rule for p in told(archive)) == ["csto-snub", "csto-snub", "trade-retaliation"]
    assert pass_time(archive, NOW + HOUR, DEFAULTS, (PERSON,)).sent == 0
