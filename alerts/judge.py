"""From touched stories to decisions, alert revisions and messages in the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy.engine import Connection

from alerts import rules, states
from alerts.budget import Round, overrun, rule_threshold
from alerts.circumstances import Circumstances
from alerts.compose import compose
from alerts.mutes import muted_by, said_of
from alerts.payload import AlertPayload
from alerts.reasons import News, news
from alerts.rules import Finding, Grounds, Ruling
from alerts.settings import RuleSettings
from alerts.standing import standing
from alerts.telling import SPENT, Telling, held_until, recipients_for
from alerts.waits import wait_for
from archive import stories, story_aliases
from archive.types import (
    Alert,
    Decision,
    Outcome,
    Reason,
    Story,
)

_NEVER_MUTED = frozenset({Reason.CORRECTED, Reason.RETRACTED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many revisions were told, and how many newly held back by a rule or the budget."""

    sent: int = 0
    held: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(self.sent + other.sent, self.held + other.held)


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding, the alert that stands on it, if any, and what that said last."""

    finding: Finding
    alert: Alert | None = None
    last: AlertPayload | None = None


@dataclass(frozen=True)
class Judge:
    """Everything a decision depends on, inside one open transaction.

    ``ended`` says by alert who had snoozed it, where that is over just now.
    """

    connection: Connection
    around: Circumstances
    ended: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _telling(self) -> Telling:
        return Telling(self.connection, self.around)

    @cached_property
    def _by_rule(self) -> dict[str, tuple[Mapping[str, float], Grounds]]:
        """Each rule's thresholds by signal, and what its decisions rest on."""
        return {
            rule.name: (
                self._thresholds(rule),
                Grounds(self.around.corpus, rules.config_of(self.around.settings, rule)),
            )
            for rule in self.around.settings.rules
        }

    def judge(self, touched: Sequence[Story], *, late: bool = False) -> Verdict:
        """Decide every rule on every touched story, the strongest evidence first.

        Of equal ones the rule that sees more of the story goes first, then the one that stands
        first. ``late`` says that the stories are old and only their decisions are missing: they
        are decided on without an alert.
        """
        found = [
            rules.examine(story, rule, self._by_rule[rule.name][0])
            for story in touched
            for rule in self.around.settings.rules
        ]
        found.sort(key=lambda f: (-f.score, -len(f.supporters)))
        alerts = standing(self.connection, [story.id for story in touched])
        cases = [self._case(f, alerts.get((f.rule.name, f.story.id))) for f in found]
        before = {s.id: stories.decisions(self.connection, s.id) for s in touched}
        told = [case.finding for case in cases if case.last is not None]
        total = Verdict()
        for case in cases:
            known = {d.rule: d for d in before[case.finding.story.id]}
            total += self._judge_one(case, told, known, late=late)
        return total

    def _judge_one(
        self, case: _Case, told: list[Finding], known: Mapping[str, Decision], *, late: bool
    ) -> Verdict:
        finding = case.finding
        reason = self._news(case)
        if reason is None:
            ruling, sent = rules.unmoved(finding, alerted=case.last is not None), False
        else:
            kept = self._kept_back(case, reason, told, late=late)
            ruling = kept or self._tell(case, reason)
            sent = ruling.outcome is Outcome.SENT
        if sent and case.last is None:
            told.append(finding)
        grounds = self._by_rule[finding.rule.name][1]
        made = rules.decide(finding, ruling, grounds, self.around.now)
        fresh = self._keep(made, known.get(made.rule), moved=sent)
        back = ruling.outcome in {Outcome.HELD, Outcome.BUDGET} and not ruling.elsewhere
        held = fresh and back
        return Verdict(sent=int(sent), held=int(held))

    def _news(self, case: _Case) -> News | None:
        found = news(case.finding, case.last)
        if case.alert is None:
            return self._split(case, found) if found is not None else None
        return states.reopened(case.alert, found, self.ended.get(case.alert.id))

    def _split(self, case: _Case, found: News) -> News:
        """Return the news of a first alert; one on a story that was split off says from which."""
        story_id = case.finding.story.id
        source = story_aliases.sources(self.connection, [story_id]).get(story_id)
        if source is None:
            return found
        return replace(found, sentence=f"{found.sentence} Split from story {source}.")

    def _kept_back(
        self, case: _Case, reason: News, told: Sequence[Finding], *, late: bool
    ) -> Ruling | None:
        """Return the ruling that keeps news from everybody, if one does."""
        finding = case.finding
        if case.last is None and (other := self._told_by(finding, told)) is not None:
            detail = f'the alert of rule "{other}" has all its articles'
            return Ruling(Outcome.HELD, detail, elsewhere=True)
        if case.last is None and late:
            return Ruling(
                Outcome.HELD, "the story was there before the rule: it is not told any more"
            )
        mute = muted_by(finding, self._telling.mutes, self._by_rule[finding.rule.name][0])
        if mute is not None and reason.reason not in _NEVER_MUTED:
            return Ruling(Outcome.MUTED, said_of(mute))
        if case.alert is not None and case.last is not None:
            kept = states.kept_back(case.alert, reason, finding, case.last.severity)
            if kept is not None:
                return Ruling(Outcome.HELD, kept)
        wait = wait_for(finding, reason, case.last, self.around.settings, self.around.now)
        return None if wait is None else Ruling(Outcome.HELD, wait)

    def _told_by(self, finding: Finding, told: Sequence[Finding]) -> str | None:
        """Return the rule whose alert already tells a story's articles to the same recipients."""
        wanted = set(recipients_for(finding.rule, self._telling.readers))
        for one in told:
            if rules.covers(one, finding) and wanted <= set(
                recipients_for(one.rule, self._telling.readers)
            ):
                return one.rule.name
        return None

    def _case(self, finding: Finding, known: Alert | None) -> _Case:
        if known is None:
            return _Case(finding)
        return _Case(finding, known, self._telling.last(known))

    def _tell(self, case: _Case, reason: News) -> Ruling:
        """Store a revision and its messages; nothing when the budget keeps it from everybody."""
        finding = case.finding
        found = self._telling.round_of(finding.rule, finding.severity)
        if found is None:
            return Ruling(Outcome.BUDGET, SPENT)
        payload = compose(
            finding, reason, case.last, self._telling.surroundings, severity=finding.severity.value
        )
        self._telling.tell(payload, case.alert, finding.severity, found.posts)
        if case.alert is not None:
            states.wake(self.connection, case.alert, reason, self.around.now)
        return Ruling(Outcome.SENT, _told(finding, found))

    def _keep(self, made: Decision, before: Decision | None, *, moved: bool) -> bool:
        """Store a decision; False when the same one is held already.

        What was said when the alert was told stays until something else is decided.
        """
        if before is not None:
            same_told = before.outcome is made.outcome is Outcome.SENT and not moved
            if same_told and before.detail.startswith(made.detail):
                made = replace(made, detail=before.detail)
            if replace(before, decided=made.decided) == made:
                return False
        stories.decide(self.connection, made)
        return True

    def _thresholds(self, rule: RuleSettings) -> Mapping[str, float]:
        """Return the thresholds by signal, raised to what a rule's own budget asks for."""
        least = rule_threshold(self.connection, rule, self.around.now)
        if least is None:
            return self.around.thresholds
        return {code: max(least, self._usual(code)) for code in rule.signals}

    def _usual(self, code: str) -> float:
        return self.around.thresholds.get(code, rules.DEFAULT_THRESHOLD)


def _told(finding: Finding, found: Round) -> str:
    words = [rules.unmoved(finding, alerted=True).detail, *held_until(found.posts)]
    return "; ".join([*words, overrun(found.spent)] if found.spent else words)
