"""Why did I, or did I not, get this? What a rule decided on a story, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Connection

from alerts import rules
from alerts.rule_settings import INDEX_RULE
from alerts.settings import AlertsSettings
from alerts.standing import standing
from archive import actions, endpoints, outbox, stories
from archive import alerts as store
from archive.types import Alert, Decision, Message, OutboxState, Outcome

_VERDICTS = {
    Outcome.SENT: "told",
    Outcome.HELD: "held back",
    Outcome.BUDGET: "left to the digest, as the budget was spent",
    Outcome.MUTED: "muted",
    Outcome.BELOW: "not an alert",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision in clear words, with the alert behind it and who got it when."""

    decision: Decision
    lines: tuple[str, ...]


def answers(connection: Connection, story_id: str, settings: AlertsSettings) -> tuple[Answer, ...]:
    """Return what each rule decided on a story, rule by rule.

    Args:
        connection: the archive, for reading.
        story_id: the story.
        settings: what is configured now, to say where a decision was taken by other rules.
    """
    alerts = standing(connection, [story_id])
    return tuple(
        Answer(one, tuple(_lines(connection, one, alerts.get((one.rule, story_id)), settings)))
        for one in stories.decisions(connection, story_id)
    )


def _lines(
    connection: Connection, one: Decision, alert: Alert | None, settings: AlertsSettings
) -> Iterator[str]:
    yield f"rule {one.rule}: {_VERDICTS[one.outcome]}; {one.detail}"
    signal = one.signal or "no signal"
    if one.rule == INDEX_RULE:  # what it is about has no code of the codebook
        signal = signal.replace("_", " ")
    severity = f", severity {one.severity}" if one.severity else ""
    yield (
        f"{signal} {one.score:.2f} against a threshold of {one.threshold:.2f}{severity}; "
        f"decided {_stamp(one.decided)}"
    )
    yield f"model {one.model_id}{_grounds(one, settings)}"
    if alert is not None:
        yield from _told(connection, alert)


def _grounds(one: Decision, settings: AlertsSettings) -> str:
    words = f", corpus {one.corpus}" if one.corpus else ""
    if not one.config:
        return words
    words += f", configuration {one.config}"
    rule = next((r for r in settings.every_rule if r.name == one.rule), None)
    if rule is None:
        return words + " (there is no such rule any more)"
    if rules.config_of(settings, rule) != one.config:
        return words + " (the configuration has changed since)"
    return words


def _told(connection: Connection, alert: Alert) -> Iterator[str]:
    yield f"alert {alert.id}, {_state(alert)}"
    sent = outbox.messages(connection, alert.id)
    for number in range(1, alert.revision + 1):
        revision = store.revision(connection, alert.id, number)
        if revision is None:
            continue
        yield f"revision {number} ({revision.reason}), {_stamp(revision.created)}"
        found = [_message(connection, m) for m in sent if m.revision == number]
        yield from found or ["  to nobody: no channel was configured"]
    for action in actions.of_alert(connection, alert.id):
        until = f" until {_stamp(action.until)}" if action.until else ""
        why = f": {action.why}" if action.why else ""
        yield f"{action.action} by {action.who}, {_stamp(action.at)}{until}{why}"


def _state(alert: Alert) -> str:
    if alert.state_at is None:
        return alert.state
    until = f" until {_stamp(alert.state_until)}" if alert.state_until else ""
    return f"{alert.state} by {alert.state_by} since {_stamp(alert.state_at)}{until}"


def _message(connection: Connection, one: Message) -> str:
    to = f"  to {one.recipient} by {one.channel}"
    tries = f"{one.attempts} tr{'y' if one.attempts == 1 else 'ies'}"
    if one.state is OutboxState.SENT and one.sent is not None:
        return f"{to}: accepted {_stamp(one.sent)}, {tries}"
    error = f"; last error: {one.error}" if one.error else ""
    if one.state is OutboxState.DEAD:
        return f"{to}: given up after {tries}{error}"
    paused = _paused(connection, one)
    if paused is not None:
        return f"{to}: waits, as {paused}"
    if one.held_until is not None and one.held_until == one.next_at:
        return f"{to}: held by quiet hours until {_stamp(one.held_until)}"
    return f"{to}: waiting, next try {_stamp(one.next_at)}, {tries} so far{error}"


def _paused(connection: Connection, one: Message) -> str | None:
    """Say that a message's channel or address is disabled, why, and what sends again."""
    for recipient, what in (("", "channel"), (one.recipient, "address")):
        fare = endpoints.get(connection, one.channel, recipient)
        if fare.disabled is not None:
            reason = f" ({fare.reason})" if fare.reason else ""
            return (
                f"the {what} is disabled since {_stamp(fare.disabled)}{reason}; `pivotwatch alerts "
                f"replay --channel {one.channel}` enables it and sends what waits"
            )
    return None


def _stamp(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
