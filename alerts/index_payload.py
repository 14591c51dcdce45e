"""From a realignment index that is news to the payload of its alert's revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts import likelihood
from alerts.compose import Surroundings, earlier_of, opposing_story, quote_of, story_part
from alerts.corroboration import origins_of
from alerts.crossing import REARM
from alerts.days import last_days
from alerts.index import WINDOW, Index, heading
from alerts.payload import AlertPayload, Counter, Credibility, Quote, Signal
from alerts.quoting import trimmed
from alerts.reasons import News
from alerts.rule_settings import INDEX_RULE, IndexSettings
from archive import ids
from archive.types import Direction, Evidence, Story, StoryMember

SHOWN = 3
"""Stories that an alert quotes: the one that tipped the index, and what else adds most."""
_MANY = Credibility(
    number=6, words="truth cannot be judged", why="an index of many stories is not one report"
)


@dataclass(frozen=True, slots=True)
class IndexCase:
    """An index that is news for ``direction``.

    ``shown`` are the stories that add most to it, the one that tipped it first; ``against`` those
    that add most to the other side. ``searched`` articles have evidence in its window.
    """

    index: Index
    direction: Direction
    shown: tuple[Story, ...]
    against: tuple[Story, ...]
    settings: IndexSettings
    searched: int

    @property
    def lead(self) -> tuple[StoryMember, Evidence]:
        """The strongest evidence of the story that tipped the index, and its article."""
        found = best(self.shown[0], self.direction)
        assert found is not None, "a story that adds to a side has evidence of it"
        return found


def best(story: Story, direction: Direction) -> tuple[StoryMember, Evidence] | None:
    """Return a story's strongest evidence of a direction, and its article; the first of equals."""
    found = [(m, e) for m in story.members for e in m.score.evidence if _says(e, direction)]
    return max(found, key=lambda pair: pair[1].probability, default=None)


def compose_index(
    case: IndexCase, news: News, last: AlertPayload | None, around: Surroundings
) -> AlertPayload:
    """Return the payload of the next revision of an alert on the index.

    Signal, probability and confidence are those of the story that tipped it, whose evidence is
    quoted first; the index and its interval stand in ``news``.
    """
    story = case.shown[0]
    lead = case.lead[1]
    row = likelihood.band(lead.probability)
    own = _supporters([story], case.direction)
    supporters = _supporters(case.shown, case.direction)
    tipped = len(origins_of(own))
    return AlertPayload(
        alert_id=last.alert_id if last else ids.alert_id(INDEX_RULE, story.id),
        rule=INDEX_RULE,
        revision=1 if last is None else last.revision + 1,
        reason=news.reason,
        created=around.now,
        subject=last.subject if last else f"[pivotwatch] {_headline(case)}",
        signal=Signal(
            code=lead.signal, name=around.names.get(lead.signal, lead.signal.replace("_", " "))
        ),
        direction=case.direction,
        probability=lead.probability,
        likelihood=row.words,
        likelihood_span=row.span,
        confidence=likelihood.confidence(tipped, contradicted=False),
        confidence_why=(
            f"{tipped} independent origin{'s' * (tipped != 1)} of the story that tipped the "
            "index; how sure the index is, its interval says"
        ),
        story=story_part(story),
        news=f"{news.sentence} {case.index.sentence} What adds most to it is quoted.",
        passages=_quotes(case.shown, case.direction),
        outlets=tuple(dict.fromkeys(m.article.outlet for m in supporters)),
        origins=origins_of(supporters),
        counter=_counter(case),
        earlier=earlier_of(last),
        coverage=around.coverage,
        model_id=lead.model_id,
        threshold=case.settings.threshold,
        model_note=around.model_note,
        severity=case.settings.severity.value,
        credibility=_MANY,
        outlook=_outlook(case),
        days=last_days(story, around.recent, case.direction, around.now),
    )


def _headline(case: IndexCase) -> str:
    value = case.index.latest.value or 0.0
    return f"realignment index {value:+.2f}, {heading(value)}"


def _says(one: Evidence, direction: Direction) -> bool:
    return one.direction in {direction, Direction.MIXED}


def _supporters(stories: Sequence[Story], direction: Direction) -> list[StoryMember]:
    found = [
        member
        for story in stories
        for member in story.members
        if any(_says(one, direction) for one in member.score.evidence)
    ]
    return sorted(found, key=lambda m: (m.article.published or m.article.first_seen, m.article.id))


def _quotes(stories: Sequence[Story], direction: Direction) -> tuple[Quote, ...]:
    found = [pair for story in stories if (pair := best(story, direction)) is not None]
    return trimmed([quote_of(m.article, p) for m, e in found for p in e.passages[:1]])


def _counter(case: IndexCase) -> Counter:
    other = Direction.TOWARD if case.direction is Direction.AWAY else Direction.AWAY
    found = [(story, pair[1]) for story in case.against if (pair := best(story, other))]
    last = case.index.latest
    for_it, against = last.away, last.toward
    if case.direction is Direction.TOWARD:
        for_it, against = against, for_it
    summary = (
        f"Evidence {other} weighs {against:.1f} against {for_it:.1f} {case.direction}; the "
        "strongest is quoted."
        if found
        else f"None found in {case.searched} articles with evidence of the last {WINDOW} days."
    )
    return Counter(
        passages=_quotes(case.against, other),
        stories=tuple(opposing_story(story, evidence) for story, evidence in found),
        searched=case.searched,
        summary=summary,
    )


def _outlook(case: IndexCase) -> tuple[str, ...]:
    other = "toward" if case.direction is Direction.AWAY else "away"
    sign = 1.0 if case.direction is Direction.AWAY else -1.0
    mark = sign * REARM * case.settings.threshold
    return (
        f"Evidence {other}, or weeks without any, would bring the index back to 0.",
        f"It is told again once it has been back below {mark:+.2f}, or has shifted anew.",
    )
