"""From touched stories to decisions, alert revisions and messages in the outbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy.engine import Connection

from alerts import rules, states
from alerts.budget import Post, overrun, post_round, rule_threshold
from alerts.channels import Recipient
from alerts.compose import Surroundings, compose
from alerts.mutes import muted_by, said_of
from alerts.opposition import WINDOW
from alerts.payload import AlertPayload, read_payload
from alerts.reasons import News, news
from alerts.rules import Finding, Grounds, Ruling
from alerts.settings import AlertsSettings, RuleSettings
from alerts.standing import standing
from alerts.waits import wait_for
from archive import alerts as alert_store
from archive import ids, mutes, outbox, outlines, stories, story_aliases, unsubscribed
from archive.types import (
    Alert,
    AlertRevision,
    Decision,
    Message,
    Mute,
    MuteKind,
    OutboxState,
    Outcome,
    Reason,
    Severity,
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


def recipients_for(rule: RuleSettings, recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """Return those whom a rule tells."""
    return tuple(r for r in recipients if not rule.channels or r.channel in rule.channels)


@dataclass(frozen=True)
class Judge:
    """Everything a decision depends on, inside one open transaction.

    ``corpus`` is the hash of what the model has learnt from; ``ended`` says by alert who had
    snoozed it, where that is over just now.
    """

    connection: Connection
    settings: AlertsSettings
    thresholds: Mapping[str, float]
    now: datetime
    coverage: str
    recipients: tuple[Recipient, ...]
    names: Mapping[str, str]
    model_note: str = ""
    corpus: str = ""
    ended: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def recent(self) -> list[Story]:
        """Outlines of the last 30 days' stories, read when the first alert needs them."""
        return outlines.between(self.connection, self.now - WINDOW, self.now)

    @cached_property
    def _mutes(self) -> list[Mute]:
        found = mutes.active(self.connection, self.now)
        return [
            replace(m, value=story_aliases.resolve(self.connection, m.value))
            if m.kind is MuteKind.STORY
            else m
            for m in found
        ]

    @cached_property
    def _readers(self) -> tuple[Recipient, ...]:
        """Those who may be told: who has unsubscribed is not."""
        gone = unsubscribed.all(self.connection)
        return tuple(r for r in self.recipients if not (r.is_person and r.address.lower() in gone))

    @cached_property
    def _by_rule(self) -> dict[str, tuple[Mapping[str, float], Grounds]]:
        """Each rule's thresholds by signal, and what its decisions rest on."""
        return {
            rule.name: (
                self._thresholds(rule),
                Grounds(self.corpus, rules.config_of(self.settings, rule)),
            )
            for rule in self.settings.rules
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
            for rule in self.settings.rules
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
        made = rules.decide(finding, ruling, grounds, self.now)
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
        mute = muted_by(finding, self._mutes, self._by_rule[finding.rule.name][0])
        if mute is not None and reason.reason not in _NEVER_MUTED:
            return Ruling(Outcome.MUTED, said_of(mute))
        if case.alert is not None and case.last is not None:
            kept = states.kept_back(case.alert, reason, finding, case.last.severity)
            if kept is not None:
                return Ruling(Outcome.HELD, kept)
        wait = wait_for(finding, reason, case.last, self.settings, self.now)
        return None if wait is None else Ruling(Outcome.HELD, wait)

    def _told_by(self, finding: Finding, told: Sequence[Finding]) -> str | None:
        """Return the rule whose alert already tells a story's articles to the same recipients."""
        wanted = set(recipients_for(finding.rule, self._readers))
        for one in told:
            if rules.covers(one, finding) and wanted <= set(
                recipients_for(one.rule, self._readers)
            ):
                return one.rule.name
        return None

    def _case(self, finding: Finding, known: Alert | None) -> _Case:
        if known is None:
            return _Case(finding)
        stored = alert_store.revision(self.connection, known.id, known.revision)
        return _Case(finding, known, None if stored is None else read_payload(stored.payload))

    def _tell(self, case: _Case, reason: News) -> Ruling:
        """Store a revision and its messages; nothing when the budget keeps it from everybody."""
        finding = case.finding
        wanted = recipients_for(finding.rule, self._readers)
        found = post_round(
            self.connection, self.settings, finding.rule, finding.severity, wanted, self.now
        )
        if wanted and not found.posts:
            return Ruling(Outcome.BUDGET, _SPENT)
        around = Surroundings(self.names, self.recent, self.coverage, self.now, self.model_note)
        payload = compose(finding, reason, case.last, around, severity=finding.severity.value)
        alert = self._store(case, payload)
        if case.alert is not None:
            states.wake(self.connection, case.alert, reason, self.now)
        outbox.enqueue(self.connection, [self._message(post, alert) for post in found.posts])
        return Ruling(Outcome.SENT, _told(finding, found.posts, found.spent))

    def _store(self, case: _Case, payload: AlertPayload) -> Alert:
        highest = case.finding.severity
        if case.alert is not None:
            highest = max(highest, Severity(case.alert.severity), key=lambda s: s.rank)
        alert = Alert(
            id=payload.alert_id,
            rule=payload.rule,
            story_id=case.finding.story.id,
            title=payload.story.title,
            revision=payload.revision,
            opened=self.now,
            updated=self.now,
            severity=highest.value,
        )
        revision = AlertRevision(
            alert.id, alert.revision, payload.reason, payload.as_json(), self.now
        )
        alert_store.revise(self.connection, alert, revision)
        return alert

    def _message(self, post: Post, alert: Alert) -> Message:
        return Message(
            id=ids.message_id(post.to.channel, post.to.address, alert.id, alert.revision),
            alert_id=alert.id,
            revision=alert.revision,
            channel=post.to.channel,
            recipient=post.to.address,
            state=OutboxState.DUE,
            attempts=0,
            next_at=post.held_until or self.now,
            created=self.now,
            held_until=post.held_until,
        )

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
        least = rule_threshold(self.connection, rule, self.now)
        if least is None:
            return self.thresholds
        return {code: max(least, self._usual(code)) for code in rule.signals}

    def _usual(self, code: str) -> float:
        return self.thresholds.get(code, rules.DEFAULT_THRESHOLD)


_SPENT = "every person's budget of alerts for this day is spent; the digest has it"


def _told(finding: Finding, posts: Sequence[Post], spent: Sequence[Recipient]) -> str:
    words = [rules.unmoved(finding, alerted=True).detail]
    held = sorted({p.held_until for p in posts if p.held_until is not None})
    if held:
        words.append(f"quiet hours hold it until {held[0]:%Y-%m-%d %H:%M} UTC")
    if spent:
        words.append(overrun(spent))
    return "; ".join(words)
