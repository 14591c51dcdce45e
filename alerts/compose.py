"""From a finding and a reason to the payload of a revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts import likelihood
from alerts.clean import clean
from alerts.corroboration import origins_of, source_of
from alerts.credibility import credibility
from alerts.days import last_days
from alerts.opposition import WINDOW, opponents, opposing_stories
from alerts.outlook import outlook
from alerts.payload import (
    AlertPayload,
    Counter,
    Earlier,
    OpposingStory,
    Quote,
    Signal,
    StoryPart,
    Why,
)
from alerts.quoting import trimmed
from alerts.reasons import News
from alerts.rules import Finding, Support
from archive import ids
from archive.types import Article, Direction, Evidence, Passage, Story

MAX_PASSAGES = 3
MAX_QUOTE = 1_200
MAX_COUNTER = 5
_SUBJECT_TITLE = 150
_MODEL_NOTE = 400


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an alert says beyond its own story.

    ``names`` are the signals' names by code, ``recent`` the stories of the last 30 days,
    ``coverage`` a sentence on how much of the fleet is healthy, ``model_note`` what there is to
    know of the model, if anything.
    """

    names: Mapping[str, str]
    recent: Sequence[Story]
    coverage: str
    now: datetime
    model_note: str = ""


@dataclass(frozen=True, slots=True)
class _Lead:
    signal: str
    direction: Direction
    probability: float


def compose(
    finding: Finding,
    news: News,
    last: AlertPayload | None,
    around: Surroundings,
    *,
    severity: str = "notable",
) -> AlertPayload:
    """Return the payload of the alert's next revision."""
    lead = _lead(finding, last)
    origins = origins_of(finding.supporters)
    passages = _passages(finding)
    counter = _counter(finding, lead.direction, around, passages)
    row = likelihood.band(lead.probability)
    contradicted = bool(counter.articles)
    return AlertPayload(
        alert_id=last.alert_id if last else ids.alert_id(finding.rule.name, finding.story.id),
        rule=finding.rule.name,
        revision=1 if last is None else last.revision + 1,
        reason=news.reason,
        created=around.now,
        subject=_subject(row.words, finding.story.title) if last is None else last.subject,
        signal=Signal(code=lead.signal, name=_name(lead.signal, around.names)),
        direction=lead.direction,
        probability=lead.probability,
        likelihood=row.words,
        likelihood_span=row.span,
        confidence=likelihood.confidence(len(origins), contradicted=contradicted),
        confidence_why=_confidence_why(len(origins), contradicted=contradicted),
        story=story_part(finding.story),
        news=news.sentence,
        passages=passages,
        superseded=news.superseded,
        outlets=tuple(dict.fromkeys(m.article.outlet for m in finding.supporters)),
        origins=origins,
        counter=counter,
        earlier=earlier_of(last),
        coverage=around.coverage,
        model_id=finding.model_id,
        threshold=finding.threshold,
        model_note=around.model_note and clean(around.model_note, _MODEL_NOTE),
        severity=severity,
        credibility=credibility(origins, counter.articles),
        outlook=outlook(origins, counter),
        days=last_days(finding.story, around.recent, lead.direction, around.now),
    )


def _lead(finding: Finding, last: AlertPayload | None) -> _Lead:
    if finding.supports:
        best = finding.supports[0].evidence
        return _Lead(best.signal, best.direction, best.probability)
    if last is None:
        raise ValueError("a first revision needs evidence")
    now = [m.score.signals.get(last.signal.code, 0.0) for m in finding.story.members]
    return _Lead(last.signal.code, last.direction, max(now, default=0.0))


def _subject(words: str, title: str) -> str:
    return f"[pivotwatch] {words}: {clean(title, _SUBJECT_TITLE)}"


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code.replace("_", " "))


def _confidence_why(origins: int, *, contradicted: bool) -> str:
    said = f"{origins} independent origin" + ("s" if origins != 1 else "")
    return said + (", and an opposing account in the story" if contradicted else "")


def story_part(story: Story) -> StoryPart:
    """Return what an alert says of the story it is on."""
    first = next((m for m in story.members if m.article.title == story.title), story.members[0])
    return StoryPart(
        id=story.id, title=story.title, lang=first.article.lang, languages=story.languages
    )


def _passages(finding: Finding) -> tuple[Quote, ...]:
    """The best passage of each origin for the leading signal, then the next best of any."""
    if not finding.supports:
        return ()
    signal = finding.supports[0].evidence.signal
    leading = [s for s in finding.supports if s.evidence.signal == signal]
    first = [(s, p) for s in _one_an_origin(leading) for p in s.evidence.passages[:1]]
    rest = [(s, p) for s in leading for p in s.evidence.passages]
    other = [(s, p) for s in finding.supports for p in s.evidence.passages]
    quotes: dict[str, Quote] = {}
    for support, passage in (*first, *rest, *other):
        quotes.setdefault(_folded(passage.text), quote_of(support.member.article, passage))
    shown = trimmed(tuple(quotes.values())[:MAX_PASSAGES])
    kept: dict[str, Quote] = {}
    for one in shown:  # two that differed may have been trimmed to the same sentence
        kept.setdefault(_folded(one.text), one)
    return tuple(kept.values())


def _one_an_origin(supports: Sequence[Support]) -> tuple[Support, ...]:
    best: dict[str, Support] = {}
    for one in supports:
        best.setdefault(one.member.article.family or one.member.article.outlet, one)
    return tuple(best.values())


def quote_of(article: Article, passage: Passage) -> Quote:
    """Return a passage as an alert quotes it, with its reasons."""
    return Quote(
        source=source_of(article),
        text=passage.text[:MAX_QUOTE],
        start=passage.start,
        end=passage.start + len(passage.text[:MAX_QUOTE]),
        cut=len(passage.text) > MAX_QUOTE,
        reasons=tuple(
            Why(concept=r.concept, surface=r.surface, weight=r.weight) for r in passage.reasons
        ),
    )


def _counter(
    finding: Finding, direction: Direction, around: Surroundings, shown: Sequence[Quote]
) -> Counter:
    against = opponents(finding.story, direction)
    own = [
        quote_of(support.member.article, passage)
        for support in finding.supports
        for passage in support.evidence.counter
    ]
    theirs = [
        quote_of(o.member.article, passage) for o in against for passage in o.evidence.passages[:1]
    ]
    quotes: dict[str, Quote] = {}
    for quote in (*theirs, *own):
        if not any(quote.overlaps(other) for other in shown):
            quotes.setdefault(_folded(quote.text), quote)
    elsewhere = opposing_stories(around.recent, direction, but=finding.story.id)
    searched = len({m.article.id for s in (finding.story, *around.recent) for m in s.members})
    return Counter(
        passages=trimmed(tuple(quotes.values())[:MAX_PASSAGES]),
        articles=tuple(source_of(o.member.article) for o in against),
        stories=tuple(opposing_story(s, e) for s, e in elsewhere[:MAX_COUNTER]),
        searched=searched,
        summary=_summary(len(against), len(elsewhere), bool(quotes), searched),
    )


def _summary(articles: int, stories: int, quotes: bool, searched: int) -> str:
    days = WINDOW.days
    if not articles and not stories and not quotes:
        return f"None found in {searched} articles with evidence of the last {days} days."
    parts = []
    if articles:
        parts.append(f"{articles} opposing article{'s' * (articles != 1)} in this story")
    if stories:
        parts.append(
            f"{stories} other stor{'ies' if stories != 1 else 'y'} of the last {days} days "
            "pointing the other way"
        )
    if quotes and not articles:
        parts.append("opposing passages in the articles themselves")
    return "; ".join(parts)[:1].upper() + "; ".join(parts)[1:] + "."


def opposing_story(story: Story, evidence: Evidence) -> OpposingStory:
    """Return a story as an alert names it that points the other way, with that evidence."""
    article = next(m.article for m in story.members if m.article.id == evidence.article_id)
    return OpposingStory(
        story_id=story.id,
        title=story.title,
        lang=article.lang,
        outlets=story.outlets,
        signal=evidence.signal,
        probability=evidence.probability,
        url=article.final_url or article.url,
        published=article.published or article.first_seen,
    )


def earlier_of(last: AlertPayload | None) -> tuple[Earlier, ...]:
    """Return what an alert has said before, ``last`` included, oldest first."""
    if last is None:
        return ()
    newest = Earlier(
        revision=last.revision,
        reason=last.reason,
        probability=last.probability,
        news=last.news,
        at=last.created,
    )
    return (*last.earlier, newest)


def _folded(text: str) -> str:
    return " ".join(text.split())
