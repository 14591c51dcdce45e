"""Why a story is told again, and what speaks against it."""

from __future__ import annotations

from datetime import timedelta

from alerts_kit import DAIRY, NOW, SIMPLE, edit, make, take
from alerts_views import RULE, decided, dump, told

from archive import Archive
from archive.types import Contribution, Direction, Outcome, Passage, Reason, Severity

HOUR = timedelta(hours=1)


def test_a_copy_is_never_a_reason(archive: Archive) -> None:
    take(archive, make("a"))
    copy = make("b", outlet="Ledger", hours=1, origin="a", probability=0.97)
    assert take(archive, copy, now=NOW + HOUR).alerts_sent == 0
    assert len(told(archive)) == 1


def test_a_second_article_of_the_same_owner_is_no_reason(archive: Archive) -> None:
    take(archive, make("a", family="ararat"))
    more = make("b", outlet="Ararat Lenta", family="ararat", hours=1)
    assert take(archive, more, now=NOW + HOUR).alerts_sent == 0


def test_a_new_independent_source_is_a_reason_once(archive: Archive) -> None:
    take(archive, make("a"))
    assert take(archive, make("b", outlet="Review", hours=1), now=NOW + HOUR).alerts_sent == 1
    assert take(archive, make("c", outlet="Review", hours=2), now=NOW + HOUR).alerts_sent == 0
    last = told(archive)[-1]
    assert (last.reason, last.revision) == (Reason.NEW_INDEPENDENT_SOURCE, 2)
    assert last.news == "Review now reports it independently: 2 independent origins, 1 before."
    assert [(e.revision, e.reason) for e in last.earlier] == [(1, Reason.FIRST)]


def test_a_denial_in_the_story_is_a_reason(archive: Archive) -> None:
    take(archive, make("a"))
    denial = make(
        "b",
        outlet="Lenta",
        title="Ministry denies it",
        text="The ministry denied a break with the CSTO. Talks go on.",
        direction=Direction.TOWARD,
        hours=2,
    )
    assert take(archive, denial, now=NOW + HOUR).alerts_sent == 1
    assert take(archive, denial, now=NOW + 2 * HOUR).alerts_sent == 0
    last = told(archive)[-1]
    assert (last.reason, last.confidence) == (Reason.CONTRADICTED, "low")
    assert [s.outlet for s in last.counter.articles] == ["Lenta"]
    assert last.counter.passages[0].text == "The ministry denied a break with the CSTO"
    assert len(last.origins) == 1, "a denial does not support what it denies"


def test_a_copied_denial_is_told_once(archive: Archive) -> None:
    denial = {"direction": Direction.TOWARD, "outlet": "Lenta", "hours": 2.0}
    take(archive, make("a"))
    take(archive, make("b", **denial), now=NOW + HOUR)
    copy = make("c", origin="b", **{**denial, "outlet": "Kurier", "hours": 3.0})
    assert take(archive, copy, now=NOW + 2 * HOUR).alerts_sent == 0


def test_an_edited_quote_is_a_correction(archive: Archive) -> None:
    first = make("a")
    take(archive, first)
    changed = edit(first, "Armenia will send neither troops nor observers. A letter was sent.")
    assert take(archive, changed, now=NOW + HOUR).alerts_sent == 1
    last = told(archive)[-1]
    assert last.reason is Reason.CORRECTED
    assert [q.text for q in last.superseded] == ["Armenia will not take part in the exercise"]
    assert [q.text for q in last.passages] == ["Armenia will send neither troops nor observers"]


def test_an_edit_beside_the_quote_is_no_reason(archive: Archive) -> None:
    first = make("a")
    take(archive, first)
    changed = edit(first, first[0].text.replace(" A letter", "\n\nA long letter"))
    assert take(archive, changed, now=NOW + HOUR).alerts_sent == 0


def test_a_withdrawn_claim_is_told_although_nothing_is_left_of_it(archive: Archive) -> None:
    first = make("a")
    take(archive, first)
    changed = edit(first, "This article has been withdrawn.", probability=0)
    assert take(archive, changed, now=NOW + HOUR).alerts_sent == 1
    before = dump(archive)
    assert take(archive, changed, now=NOW + 2 * HOUR).alerts_sent == 0
    assert dump(archive) == before
    last = told(archive)[-1]
    assert (last.reason, last.passages, len(last.superseded)) == (Reason.RETRACTED, (), 1)
    assert decided(archive)[0].outcome is Outcome.SENT


def test_a_higher_severity_is_a_reason_and_the_same_is_not(archive: Archive) -> None:
    take(archive, make("a", probability=0.6, family="x"))
    same = make("b", probability=0.66, family="x", hours=1)
    assert take(archive, same, now=NOW + HOUR).alerts_sent == 0
    higher = make("c", probability=0.8, family="x", hours=2)
    assert take(archive, higher, now=NOW + 2 * HOUR).alerts_sent == 1
    last = told(archive)[-1]
    assert (last.reason, last.severity) == (Reason.SEVERITY_UP, "important")
    assert last.news == (
        "The severity has risen from notable to important: very likely (0.80), 1 independent "
        "origin."
    )


def test_where_the_rule_fixes_the_severity_a_higher_likelihood_is_a_reason(
    archive: Archive,
) -> None:
    rule = RULE.model_copy(update={"severity": Severity.WATCH})
    settings = SIMPLE.model_copy(update={"rules": (rule,)})
    take(archive, make("a", probability=0.6, family="x"), settings=settings)
    same = make("b", probability=0.79, family="x", hours=1)
    assert take(archive, same, now=NOW + HOUR, settings=settings).alerts_sent == 0
    higher = make("c", probability=0.8, family="x", hours=2)
    assert take(archive, higher, now=NOW + 2 * HOUR, settings=settings).alerts_sent == 1
    last = told(archive)[-1]
    assert (last.reason, last.severity) == (Reason.SEVERITY_UP, "watch")
    assert last.news == "The likelihood has risen from likely (0.60) to very likely (0.80)."


def test_several_reasons_at_once_are_one_revision(archive: Archive) -> None:
    first = make("a", probability=0.6)
    take(archive, first)
    report = take(
        archive,
        edit(first, "Armenia will send observers after all. A letter was sent."),
        make("b", outlet="Review", probability=0.9),
        make("c", outlet="Lenta", direction=Direction.TOWARD),
        now=NOW + HOUR,
    )
    assert report.alerts_sent == 1
    assert told(archive)[-1].reason is Reason.CORRECTED


# --- counter-evidence ---


def test_other_stories_that_point_the_other_way_are_shown(archive: Archive) -> None:
    tie = make(
        "t",
        outlet="Kurier",
        title="Railway concession extended",
        signal="russia_reengagement",
        direction=Direction.TOWARD,
        traits=DAIRY,
    )
    take(archive, tie)
    against = Passage("A letter was sent to Moscow.", 44, 72, (Contribution("x", "y", -1.0),))
    take(archive, make("a", counter=(against,)), now=NOW + HOUR)
    counter = told(archive)[-1].counter
    assert [(s.title, s.outlets) for s in counter.stories] == [
        ("Railway concession extended", ("Kurier",))
    ]
    assert [q.text for q in counter.passages] == ["A letter was sent to Moscow."]
    assert counter.summary.startswith("1 other story of the last 30 days")
    back = next(p for p in told(archive) if p.rule == "reengagement")
    assert back.direction is Direction.TOWARD


def test_quotes_stand_word_for_word_in_their_articles(archive: Archive) -> None:
    text = "Հայաստանը չի մասնակցի զորավարժություններին։ " + "Շատ երկար նախադասություն " * 200
    take(archive, make("a", text=text, lang="hy", quote=text.strip()))
    (quote,) = told(archive)[0].passages
    assert quote.cut
    assert quote.text in text
    assert len(quote.text) <= 1_200


def test_what_is_quoted_as_evidence_is_not_quoted_against_it(archive: Archive) -> None:
    article, _ = make("a")
    inside = Passage(article.text[8:30], 8, 30)
    after = Passage(article.text[44:], 44, len(article.text))
    take(archive, make("a", counter=(inside, after)))
    (alert,) = told(archive)
    assert [q.text for q in alert.counter.passages] == [after.text]
    for quote in (*alert.passages, *alert.counter.passages):
        assert article.text[quote.start : quote.end] == quote.text
