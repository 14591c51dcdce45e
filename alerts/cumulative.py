"""The cumulative rule: many small signs make an alert when the realignment index says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from sqlalchemy.engine import Connection

from alerts import rules, states
from alerts.budget import Round, overrun
from alerts.circumstances import Circumstances
from alerts.crossing import Crossing, History, Told, crossing, strongest
from alerts.index import (
    Index,
    articles_in_window,
    first_of_window,
    index_of,
    read_leanings,
    weights_of,
)
from alerts.index_payload import SHOWN, IndexCase, best, compose_index
from alerts.judge import Verdict
from alerts.mutes import said_of
from alerts.reasons import News
from alerts.rule_settings import INDEX_RULE, IndexSettings
from alerts.standing import standing
from alerts.telling import SPENT, Telling, held_until
from alerts.weights import Weight
from archive import Archive, rule_history, stories, story_aliases
from archive.types import (
    Alert,
    Decision,
    Direction,
    Mute,
    MuteKind,
    Outcome,
    Reason,
    Story,
)

DAYS = 90
"""Days of the index that the rule looks at, as many as ``pivotwatch index`` shows."""
_SIGNALS = {Direction.AWAY: "realignment_index_away", Direction.TOWARD: "realignment_index_toward"}
_CROSSING, _SHIFT = "crossing", "shift"
_OTHER = {Direction.AWAY: Direction.TOWARD, Direction.TOWARD: Direction.AWAY}
_WHOLE = (MuteKind.RULE, INDEX_RULE)


def judge_index(archive: Archive, around: Circumstances) -> Verdict:
    """Tell the realignment index when it is news, and again when an alert's snooze is over.

    The alert, its decision, its messages and that all was looked at are stored in one
    transaction; the index is worked out before it. It is keyed to the story that tipped the
    index. Repeating it adds nothing: without new evidence since the last look, or a new UTC day,
    only snoozes are looked at.

    Raises:
        ArchiveError: the database did not take it; nothing was stored.
    """
    settings, now = around.settings.index, around.now
    if not settings.directions:
        return Verdict()
    with archive.read() as connection:
        if rule_history.has_looked(connection, INDEX_RULE, now) and not _over(connection, now):
            return Verdict()
        read = read_leanings(connection, now, DAYS)
    today = now.astimezone(UTC).date()
    found = weights_of(read, now, DAYS)
    index = index_of(found, today - timedelta(days=DAYS - 1), today)
    with archive.write() as connection:
        telling = Telling(connection, around)
        teller = _Teller(telling, index, found, articles_in_window(read, today))
        total, back = Verdict(), set()
        for one in _over(connection, now):
            total += teller.bring_back(one)
            back.add(one.story_id)
        because = crossing(index, history_of(connection), settings)
        if because is not None:
            total += teller.tell(because, back)
        rule_history.note_look(connection, INDEX_RULE, now)
    return total


def _over(connection: Connection, now: datetime) -> list[Alert]:
    """Return the alerts on the index whose snooze is over."""
    found = rule_history.snoozed(connection, INDEX_RULE)
    return [one for one in found if one.state_until is not None and one.state_until <= now]


def history_of(connection: Connection) -> History:
    """Return what was decided on last for either side, for ``crossing``."""
    known = rule_history.told(connection, INDEX_RULE)
    days = {what: at.astimezone(UTC).date() for what, at in known.items()}
    away, toward = (
        Told(days.get(f"{_CROSSING} {side}"), days.get(f"{_SHIFT} {side}"))
        for side in (Direction.AWAY, Direction.TOWARD)
    )
    return History(away, toward)


@dataclass(frozen=True)
class _Teller:
    """What the rule works with, inside one open transaction."""

    telling: Telling
    index: Index
    found: Sequence[Weight]
    searched: int

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

    def tell(self, because: Crossing, back: Collection[str]) -> Verdict:
        """Tell a crossing, or store what keeps it back; stories in ``back`` were just told."""
        ranked = self._ranked(because)
        if not ranked:
            return Verdict()
        self._note(because)
        case = self._case(because.direction, ranked)
        if case is None:
            return self._untold(because.direction, ranked[0], because.sentence)
        key = case.shown[0].id
        if key in back:
            return Verdict()
        alert = standing(self.connection, [key]).get((INDEX_RULE, key))
        reason = Reason.FIRST if alert is None else Reason.REOPENED
        return self._decide(case, News(reason, because.sentence), alert)

    def bring_back(self, alert: Alert) -> Verdict:
        """Open an alert whose snooze is over, and tell it with the index as it is now."""
        opened = states.reopen(
            self.connection, alert.id, states.TIME, self.now, "the snooze is over"
        )
        key = story_aliases.resolve(self.connection, alert.story_id)
        last = self.telling.last(alert)
        if last is None:
            return Verdict()
        said = f"The snooze by {alert.state_by} is over."
        every = strongest(self.found, last.direction, self._first, self.index.latest.day)
        case = self._case(last.direction, tuple(dict.fromkeys((key, *every))))
        if case is None or case.shown[0].id != key:
            return self._untold(last.direction, key, said)
        return self._decide(case, News(Reason.REOPENED, said), opened)

    @property
    def _first(self) -> date:
        return first_of_window(self.index.latest.day)

    def _note(self, because: Crossing) -> None:
        """Note what is decided on, whatever becomes of it: what is kept back is not told late."""
        if because.shift is None:
            what, at = _CROSSING, self.now
        else:
            what, at = _SHIFT, datetime.combine(because.shift, time(), UTC)
        rule_history.note_told(self.connection, INDEX_RULE, f"{what} {because.direction}", at)

    def _ranked(self, because: Crossing) -> tuple[str, ...]:
        today = self.index.latest.day
        tipped = strongest(self.found, because.direction, because.since, today)[:1]
        every = strongest(self.found, because.direction, self._first, today)
        return tuple(dict.fromkeys((*tipped, *every)))

    def _case(self, direction: Direction, ranked: Sequence[str]) -> IndexCase | None:
        other = _OTHER[direction]
        shown = self._loaded(ranked, direction)
        if not shown:
            return None
        against = strongest(self.found, other, self._first, self.index.latest.day)
        others = self._loaded(against, other)
        return IndexCase(self.index, direction, shown, others, self.settings, self.searched)

    def _loaded(self, wanted: Sequence[str], direction: Direction) -> tuple[Story, ...]:
        """Return the first stories that are not muted and have evidence of a direction."""
        chosen = [one for one in wanted if one not in self._muted_stories][:SHOWN]
        by_id = {one.id: one for one in stories.several(self.connection, chosen)}
        found = (by_id[one] for one in chosen if one in by_id)
        return tuple(one for one in found if best(one, direction) is not None)

    def _decide(self, case: IndexCase, news: News, alert: Alert | None) -> Verdict:
        lead = case.shown[0].id, case.lead[1].model_id
        mute = next((m for m in self.telling.mutes if (m.kind, m.value) == _WHOLE), None)
        if mute is not None:
            detail = f"{said_of(mute)}; {self._said(news.sentence)}"
            self._keep(case.direction, *lead, Outcome.MUTED, detail)
            return Verdict(held=1)
        found = self.telling.round_of(self.settings.as_rule(), self.settings.severity)
        if found is None:
            detail = f"{SPENT}; {self._said(news.sentence)}"
            self._keep(case.direction, *lead, Outcome.BUDGET, detail)
            return Verdict(held=1)
        self._send(case, news, alert, found)
        return Verdict(sent=1)

    def _untold(self, direction: Direction, story_id: str, sentence: str) -> Verdict:
        """Store why nothing is told on a story: it is muted, or it has lost its evidence."""
        story = stories.get(self.connection, story_id)
        if story is None or not story.members:
            return Verdict()
        model = story.members[0].score.model_id
        mute = self._muted_stories.get(story_id)
        if mute is not None:
            detail = f"{said_of(mute)}; {self._said(sentence)}"
            self._keep(direction, story_id, model, Outcome.MUTED, detail)
            return Verdict(held=1)
        detail = f"the story has no evidence {direction} any more; {self._said(sentence)}"
        self._keep(direction, story_id, model, Outcome.BELOW, detail)
        return Verdict()

    def _said(self, sentence: str) -> str:
        return f"{sentence} {self.index.sentence}".rstrip(".")

    def _send(self, case: IndexCase, news: News, alert: Alert | None, found: Round) -> None:
        last = None if alert is None else self.telling.last(alert)
        payload = compose_index(case, news, last, self.telling.surroundings)
        self.telling.tell(payload, alert, self.settings.severity, found.posts)
        if alert is not None:
            states.wake(self.connection, alert, news, self.now)
        words = [self._said(news.sentence), *held_until(found.posts)]
        if found.spent:
            words.append(overrun(found.spent))
        lead = case.shown[0].id, case.lead[1].model_id
        self._keep(case.direction, *lead, Outcome.SENT, "; ".join(words))

    def _keep(
        self, direction: Direction, story_id: str, model_id: str, outcome: Outcome, detail: str
    ) -> None:
        stories.decide(
            self.connection,
            Decision(
                story_id=story_id,
                rule=INDEX_RULE,
                outcome=outcome,
                signal=_SIGNALS[direction],
                score=abs(self.index.latest.value or 0.0),
                threshold=self.settings.threshold,
                model_id=model_id,
                detail=detail,
                decided=self.now,
                severity=self.settings.severity.value,
                corpus=self.telling.around.corpus,
                config=rules.config_of(self.telling.around.settings, self.settings.as_rule()),
            ),
        )

    @cached_property
    def _muted_stories(self) -> dict[str, Mute]:
        return {m.value: m for m in self.telling.mutes if m.kind is MuteKind.STORY}
