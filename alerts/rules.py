"""What a rule decides on a story: one decision for every pair, and nothing but a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.rule_settings import AlertsSettings, RuleSettings
from alerts.severity import severity_of
from alerts.stories import origin_of
from archive.ids import digest
from archive.types import Decision, Evidence, Outcome, Severity, Story, StoryMember

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
    below evidence level. ``severity`` is the rule's own or follows from score and signal.
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
    severity: Severity = Severity.NOTABLE

    @property
    def reaches(self) -> bool:
        """Whether the best evidence is at or above its threshold."""
        return bool(self.supports) and self.score >= self.threshold

    @property
    def matches(self) -> bool:
        """Whether the story is alert-worthy under the rule."""
        return self.reaches and len(self.origins) >= self.rule.min_origins


@dataclass(frozen=True, slots=True)
class Ruling:
    """What comes of a finding, and the words that say why.

    ``elsewhere`` says that another rule's alert tells it: nothing is kept from anybody.
    """

    outcome: Outcome
    detail: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Grounds:
    """Hashes of what a decision rests on: what the model has learnt from, and the rule in force."""

    corpus: str = ""
    config: str = ""


def examine(story: Story, rule: RuleSettings, thresholds: Mapping[str, float]) -> Finding:
    """Return what ``rule`` sees in ``story``, whose members must not be empty."""
    allowed = [Support(m, e) for m in story.members for e in _allowed(m, rule)]
    supporters = tuple(dict.fromkeys(s.member.article.id for s in allowed))
    members = tuple(m for m in story.members if m.article.id in supporters)
    supports = tuple(sorted(_originals(allowed), key=lambda s: _merit(s, rule, thresholds)))
    signal, score, model = _best(supports[0]) if supports else _nearest(story, rule)
    origins = replace(story, members=members).origins
    return Finding(
        story=story,
        rule=rule,
        supports=supports,
        supporters=members,
        origins=origins,
        signal=signal,
        score=score,
        threshold=_threshold(signal, rule, thresholds),
        model_id=model,
        severity=severity_of(signal, score, len(origins), rule.severity),
    )


def covers(told: Finding, other: Finding) -> bool:
    """Whether an alert on ``told`` already shows every text that ``other`` would, or its copy."""
    shown = {origin_of(m.article) for m in told.supporters}
    return told.story.id == other.story.id and all(
        origin_of(m.article) in shown for m in other.supporters
    )


def config_of(settings: AlertsSettings, rule: RuleSettings) -> str:
    """Return the hash of everything in the configuration that a rule's decisions depend on."""
    shared = settings.model_dump_json(
        include={
            "daily_budget",
            "timezone",
            "quiet",
            "people",
            "group_wait",
            "update_interval",
            "story_days",
        }
    )
    return digest(shared, rule.model_dump_json(), length=12)


def decide(finding: Finding, ruling: Ruling, grounds: Grounds, now: datetime) -> Decision:
    """Return the decision that a ruling on a finding is stored as."""
    return Decision(
        story_id=finding.story.id,
        rule=finding.rule.name,
        outcome=ruling.outcome,
        signal=finding.signal,
        score=finding.score,
        threshold=finding.threshold,
        model_id=finding.model_id,
        detail=ruling.detail,
        decided=now,
        severity=finding.severity.value,
        corpus=grounds.corpus,
        config=grounds.config,
    )


def unmoved(finding: Finding, *, alerted: bool) -> Ruling:
    """Return the ruling on a finding with nothing to tell: an alert stands, or none is due."""
    if alerted and not finding.reaches:
        return Ruling(Outcome.SENT, "told; the story has fallen below the threshold since")
    if alerted:
        return Ruling(Outcome.SENT, counted(finding))
    if finding.reaches:
        asked = finding.rule.min_origins
        return Ruling(Outcome.HELD, f"{counted(finding)}, the rule asks for {asked}")
    if finding.supports:
        return Ruling(
            Outcome.BELOW, f"the best evidence is below the rule's threshold: {_gap(finding)}"
        )
    return Ruling(Outcome.BELOW, _missing(finding))


def counted(finding: Finding) -> str:
    """Return how many independent origins carry a finding, in words."""
    number = len(finding.origins)
    return f"{number} independent origin{'s' * (number != 1)}"


def _gap(finding: Finding) -> str:
    return f"{finding.signal} {finding.score:.2f}, {finding.threshold:.2f} needed"


def _missing(finding: Finding) -> str:
    """Say which condition of the rule no article of the story meets."""
    rule, members = finding.rule, finding.story.members
    pieces = [(m, e) for m in members for e in m.score.evidence if e.signal in rule.signals]
    if not pieces:
        near = f"; nearest: {_gap(finding)}" if finding.signal else ""
        return f"no article carries evidence of the rule's signals{near}"
    said = {str(e.direction) for _, e in pieces}
    if not said & set(rule.directions):
        return f"the evidence says {_list(said)}, the rule asks for {_list(rule.directions)}"
    spoken = {m.article.lang for m, _ in pieces}
    if rule.languages and not spoken & set(rule.languages):
        return f"the evidence is in {_list(spoken)}, the rule asks for {_list(rule.languages)}"
    heard = {m.article.outlet for m, _ in pieces}
    if rule.outlets and not heard & set(rule.outlets):
        return f"the evidence is of {_list(heard)}, the rule asks for {_list(rule.outlets)}"
    return "no single piece of evidence meets all the rule's conditions at once"


def _list(names: Iterable[str]) -> str:
    return " or ".join(sorted(map(str, names)))


def _allowed(member: StoryMember, rule: RuleSettings) -> Iterator[Evidence]:
    if rule.languages and member.article.lang not in rule.languages:
        return
    if rule.outlets and member.article.outlet not in rule.outlets:
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
