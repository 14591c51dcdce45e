"""What a rule decides on a story: one decision for every pair, and nothing but a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.settings import RuleSettings
from alerts.stories import origin_of
from archive.types import Decision, Evidence, Outcome, Story, StoryMember

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Support:
    """One piece of evidence that a rule allows, and the article it is in."""

    member: StoryMember
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule sees in a story.

    ``supports`` are the allowed pieces of evidence of original texts, best first: of several
    copies of one text only the first published with such evidence counts. ``supporters`` are all
    articles, copies too, with allowed evidence, and ``origins`` their independent origins.
    ``signal`` and ``score`` are the best evidence's, or, without any, the highest probability
    below evidence level.
    """

    story: Story
    rule: RuleSettings
    supports: tuple[Support, ...]
    supporters: tuple[StoryMember, ...]
    origins: tuple[str, ...]
    signal: str | None
    score: float
    threshold: float
    model_id: str

    @property
    def reaches(self) -> bool:
        """Whether the best evidence is at or above its threshold."""
        return bool(self.supports) and self.score >= self.threshold

    @property
    def matches(self) -> bool:
        """Whether the story is alert-worthy under the rule."""
        return self.reaches and len(self.origins) >= self.rule.min_origins


def examine(story: Story, rule: RuleSettings, thresholds: Mapping[str, float]) -> Finding:
    """Return what ``rule`` sees in ``story``, whose members must not be empty."""
    allowed = [Support(m, e) for m in story.members for e in _allowed(m, rule)]
    supporters = tuple(dict.fromkeys(s.member.article.id for s in allowed))
    members = tuple(m for m in story.members if m.article.id in supporters)
    supports = tuple(sorted(_originals(allowed), key=lambda s: _merit(s, rule, thresholds)))
    signal, score, model = _best(supports[0]) if supports else _nearest(story, rule)
    return Finding(
        story=story,
        rule=rule,
        supports=supports,
        supporters=members,
        origins=replace(story, members=members).origins,
        signal=signal,
        score=score,
        threshold=_threshold(signal, rule, thresholds),
        model_id=model,
    )


def covers(told: Finding, other: Finding) -> bool:
    """Whether an alert on ``told`` already shows every text that ``other`` would, or its copy."""
    shown = {origin_of(m.article) for m in told.supporters}
    return told.story.id == other.story.id and all(
        origin_of(m.article) in shown for m in other.supporters
    )


def decide(
    finding: Finding, *, alerted: bool, waiting: bool, now: datetime, told_by: str | None = None
) -> Decision:
    """Return the decision on what a rule has found.

    Args:
        finding: what the rule sees in the story.
        alerted: whether an alert on it stands, told now or earlier.
        waiting: whether there is something to tell that no channel may tell today (the budget).
        now: the time of the decision.
        told_by: the rule whose alert tells the same articles to the same recipients, if one does.
    """
    outcome, detail = _outcome(finding, alerted=alerted, waiting=waiting)
    if told_by is not None:
        outcome, detail = Outcome.HELD, f'the alert of rule "{told_by}" has all its articles'
    return Decision(
        story_id=finding.story.id,
        rule=finding.rule.name,
        outcome=outcome,
        signal=finding.signal,
        score=finding.score,
        threshold=finding.threshold,
        model_id=finding.model_id,
        detail=detail,
        decided=now,
    )


def _outcome(finding: Finding, *, alerted: bool, waiting: bool) -> tuple[Outcome, str]:
    origins = f"{len(finding.origins)} independent origin{'s' * (len(finding.origins) != 1)}"
    if waiting:
        return (
            Outcome.BUDGET,
            "every person's budget of alerts for this UTC day is spent; the digest has it",
        )
    if alerted and not finding.reaches:
        return Outcome.SENT, "told; the story has fallen below the threshold since"
    if alerted:
        return Outcome.SENT, origins
    if finding.reaches:
        return Outcome.HELD, f"{origins}, the rule asks for {finding.rule.min_origins}"
    if finding.supports:
        return Outcome.BELOW, "the best evidence is below the rule's threshold"
    return (
        Outcome.BELOW,
        "no article carries evidence with the rule's signals, directions and languages",
    )


def _allowed(member: StoryMember, rule: RuleSettings) -> Iterator[Evidence]:
    if rule.languages and member.article.lang not in rule.languages:
        return
    for one in member.score.evidence:
        if one.signal in rule.signals and one.direction in rule.directions:
            yield one


def _originals(allowed: list[Support]) -> list[Support]:
    first: dict[str, str] = {}
    for one in allowed:  # in order of publication
        article = one.member.article
        first.setdefault(article.origin or article.id, article.id)
    chosen = set(first.values())
    return [one for one in allowed if one.member.article.id in chosen]


def _merit(
    one: Support, rule: RuleSettings, thresholds: Mapping[str, float]
) -> tuple[bool, float, str, str]:
    probability = one.evidence.probability
    below = probability < _threshold(one.evidence.signal, rule, thresholds)
    return (below, -probability, one.member.article.id, one.evidence.signal)


def _threshold(signal: str | None, rule: RuleSettings, thresholds: Mapping[str, float]) -> float:
    if rule.threshold is not None:
        return rule.threshold
    if signal is None:
        return DEFAULT_THRESHOLD
    return thresholds.get(signal, DEFAULT_THRESHOLD)


def _best(one: Support) -> tuple[str | None, float, str]:
    return one.evidence.signal, one.evidence.probability, one.evidence.model_id


def _nearest(story: Story, rule: RuleSettings) -> tuple[str | None, float, str]:
    found: list[tuple[float, str, str]] = [
        (member.score.signals[code], code, member.score.model_id)
        for member in story.members
        for code in rule.signals
        if code in member.score.signals
    ]
    if not found:
        return None, 0.0, story.members[0].score.model_id
    probability, code, model = max(found)
    return code, probability, model
