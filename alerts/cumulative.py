"""The cumulative rule: many small signs make an alert when the realignment index says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from sqlalchemy.engine import Connection

from alerts import rules, states
from alerts.budget import Round, overrun
from alerts.circumstances import Circumstances
from alerts.crossing import Crossing, Told, crossing, strongest
from alerts.index import Index, index_of, read_weights
from alerts.index_payload import SHOWN, IndexCase, best, compose_index
from alerts.judge import Verdict
from alerts.payload import read_payload
from alerts.reasons import News
from alerts.rule_settings import INDEX_RULE, IndexSettings
from alerts.standing import standing
from alerts.telling import SPENT, Telling, held_until
from alerts.weights import Weight
from archive import Archive, rule_history, stories
from archive import alerts as alert_store
from archive.types import (
    Alert,
    Decision,
    Direction,
    MuteKind,
    Outcome,
    Reason,
    Story,
)

DAYS = 90
"""Days of the index that the rule looks at, as many as ``pivotwatch index`` shows."""
_SIGNALS = {Direction.AWAY: "index_away", Direction.TOWARD: "index_toward"}
_OTHER = {Direction.AWAY: Direction.TOWARD, Direction.TOWARD: Direction.AWAY}
_WHOLE = (MuteKind.RULE, INDEX_RULE)


def judge_index(archive: Archive, around: Circumstances, *, fresh: bool = True) -> Verdict:
    """Tell the realignment index when it is news, and again when an alert's snooze is over.

    The alert, its decision and its messages are stored in one transaction; the index is worked
    out before it. It is keyed to the story that tipped the index. Repeating it adds nothing.
    Without anything ``fresh`` since the last call only snoozes are looked at.

    Raises:
        ArchiveError: the database did not take it; nothing was stored.
    """
    settings, now = around.settings, around.now
    if not settings.index.directions:
        return Verdict()
    with archive.read() as connection:
        over = [
            one
            for one in rule_history.snoozed(connection, INDEX_RULE)
            if one.state_until is not None and one.state_until <= now
        ]
        if not (fresh or over):
            return Verdict()
        found = read_weights(connection, now, DAYS)
        told = _told(connection)
    today = now.astimezone(UTC).date()
    index = index_of(found, today - timedelta(days=DAYS - 1), today)
    because = crossing(index, told, settings.index)
    if because is None and not over:
        return Verdict()
    with archive.write() as connection:
        teller = _Teller(Telling(connection, around), index, found)
        total = Verdict()
        for one in over:
            total += teller.bring_back(one)
        return total if because is None else total + teller.tell(because)


def _told(connection: Connection) -> Told | None:
    """Return when the index was decided on last; an alert outlives the decision of its story."""
    decided = rule_history.last_decision(connection, INDEX_RULE)
    alert = rule_history.last_alert(connection, INDEX_RULE)
    if alert is not None and (decided is None or alert.updated > decided.decided):
        last = alert_store.revision(connection, alert.id, alert.revision)
        if last is not None:
            direction = read_payload(last.payload).direction
            return Told(alert.updated.astimezone(UTC).date(), direction)
    if decided is None:
        return None
    side = Direction.AWAY if decided.signal == _SIGNALS[Direction.AWAY] else Direction.TOWARD
    return Told(decided.decided.astimezone(UTC).date(), side)


@dataclass(frozen=True)
class _Teller:
    """What the rule works with, inside one open transaction."""

    telling: Telling
    index: Index
    found: Sequence[Weight]

    @property
    def connection(self) -> Connection:
        """The open transaction."""
        return self.telling.connection

    @property
    def now(self) -> datetime:
        """The time at which is decided."""
        return self.telling.around.now

    @property
    def settings(self) -> IndexSettings:
        """The rule's own settings."""
        return self.telling.around.settings.index

    def tell(self, because: Crossing) -> Verdict:
        """Tell a crossing, or store what keeps it back."""
        case = self._case(because.direction, self._ranked(because))
        if case is None:
            return Verdict()
        alert = standing(self.connection, [case.shown[0].id]).get((INDEX_RULE, case.shown[0].id))
        reason = Reason.FIRST if alert is None else Reason.REOPENED
        return self._decide(case, News(reason, because.sentence), alert)

    def bring_back(self, alert: Alert) -> Verdict:
        """Open an alert whose snooze is over, and tell it with the index as it is now."""
        opened = states.reopen(
            self.connection, alert.id, states.TIME, self.now, "the snooze is over"
        )
        story = stories.get(self.connection, alert.story_id)
        last = self.telling.last(alert)
        if story is None or last is None:
            return Verdict()
        today = self.index.latest.day
        every = strongest(self.found, last.direction, self.index.days[0].day, today)
        case = self._case(last.direction, tuple(dict.fromkeys((story.id, *every))))
        if case is None or case.shown[0].id != story.id:
            return Verdict()
        news = News(Reason.REOPENED, f"The snooze by {alert.state_by} is over.")
        return self._decide(case, news, opened)

    def _ranked(self, because: Crossing) -> tuple[str, ...]:
        today = self.index.latest.day
        tipped = strongest(self.found, because.direction, because.since, today)[:1]
        every = strongest(self.found, because.direction, self.index.days[0].day, today)
        return tuple(dict.fromkeys((*tipped, *every)))

    def _case(self, direction: Direction, ranked: Sequence[str]) -> IndexCase | None:
        against = strongest(
            self.found, _OTHER[direction], self.index.days[0].day, self.index.latest.day
        )
        shown = self._loaded(ranked, direction)
        if not shown:
            return None
        others = self._loaded(against, _OTHER[direction])
        return IndexCase(self.index, direction, shown, others, self.settings)

    def _loaded(self, wanted: Sequence[str], direction: Direction) -> tuple[Story, ...]:
        """Return the first stories that are not muted and have evidence of a direction."""
        chosen = [one for one in wanted if one not in self._muted_stories][:SHOWN]
        by_id = {one.id: one for one in stories.several(self.connection, chosen)}
        found = (by_id[one] for one in chosen if one in by_id)
        return tuple(one for one in found if best(one, direction) is not None)

    def _decide(self, case: IndexCase, news: News, alert: Alert | None) -> Verdict:
        mute = next((m for m in self.telling.mutes if (m.kind, m.value) == _WHOLE), None)
        if mute is not None:
            until = f"{mute.expires:%Y-%m-%d %H:%M} UTC"
            said = f"{mute.kind} {mute.value} is muted by {mute.author} until {until}"
            self._keep(case, Outcome.MUTED, f"{said}: {mute.reason}")
            return Verdict(held=1)
        found = self.telling.round_of(self.settings.as_rule(), self.settings.severity)
        if found is None:
            self._keep(case, Outcome.BUDGET, SPENT)
            return Verdict(held=1)
        self._send(case, news, alert, found)
        return Verdict(sent=1)

    def _send(self, case: IndexCase, news: News, alert: Alert | None, found: Round) -> None:
        last = None if alert is None else self.telling.last(alert)
        payload = compose_index(case, news, last, self.telling.surroundings)
        self.telling.tell(payload, alert, self.settings.severity, found.posts)
        if alert is not None:
            states.wake(self.connection, alert, news, self.now)
        words = [f"{news.sentence} {self.index.sentence}".rstrip("."), *held_until(found.posts)]
        if found.spent:
            words.append(overrun(found.spent))
        self._keep(case, Outcome.SENT, "; ".join(words))

    def _keep(self, case: IndexCase, outcome: Outcome, detail: str) -> None:
        stories.decide(
            self.connection,
            Decision(
                story_id=case.shown[0].id,
                rule=INDEX_RULE,
                outcome=outcome,
                signal=_SIGNALS[case.direction],
                score=abs(self.index.latest.value or 0.0),
                threshold=self.settings.threshold,
                model_id=case.lead[1].model_id,
                detail=detail,
                decided=self.now,
                severity=self.settings.severity.value,
                corpus=self.telling.around.corpus,
                config=rules.config_of(self.telling.around.settings, self.settings.as_rule()),
            ),
        )

    @cached_property
    def _muted_stories(self) -> frozenset[str]:
        return frozenset(m.value for m in self.telling.mutes if m.kind is MuteKind.STORY)
