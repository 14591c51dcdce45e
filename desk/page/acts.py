"""What each link shows and does: verdicts, snooze and mute. Showing never changes anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts import mutes, read_payload, states, verdicts
from alerts.errors import AlertError
from alerts.links import Pressed, Purpose
from alerts.payload import AlertPayload
from alerts.rendering import stamp
from archive import alerts as alert_store
from archive import mutes as mute_store
from archive.types import AlertState, MuteKind, VerdictKind
from desk.page.views import Choice, Field, Form, View

_WORDS = {
    VerdictKind.RELEVANT: "relevant",
    VerdictKind.NOT_RELEVANT: "not relevant",
    VerdictKind.WRONG_SIGNAL: "the wrong signal",
}
_SNOOZES = (1, 3, 7, 14, 30)
_MUTES = (1, 7, 30, 90)
UNDO = Form("Undo", "undo")
"""Takes back what was recorded; every page that says so has it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A link that was followed, with what its page needs: transaction, time, signals."""

    connection: Connection
    pressed: Pressed
    signals: Sequence[Choice]
    now: datetime

    @property
    def payload(self) -> AlertPayload:
        """What the alert said at the link's revision.

        Raises:
            AlertError: the alert is not here any more.
        """
        wanted = self.pressed.alert_id, self.pressed.revision
        found = alert_store.revision(self.connection, *wanted)
        if found is None:
            raise AlertError(f"Alert {wanted[0]} is not here any more.")
        return read_payload(found.payload)


def show(desk: Desk) -> View:
    """Return the page that asks before anything is done."""
    ask = {Purpose.VERDICT: _ask_verdict, Purpose.SNOOZE: _ask_snooze, Purpose.MUTE: _ask_mute}
    return replace(ask[desk.pressed.purpose](desk), payload=desk.payload)


def do(desk: Desk, form: Mapping[str, str]) -> View:
    """Do what the pressed button says; return the page that says what was done.

    Raises:
        AlertError: something is missing or wrong in what was filled in.
    """
    payload = desk.payload
    if form.get("do") == "undo":
        undo = {Purpose.VERDICT: _unjudge, Purpose.SNOOZE: _unsnooze, Purpose.MUTE: _unmute}
        return replace(undo[desk.pressed.purpose](desk, form), payload=payload)
    if form.get("do") != "press":
        raise AlertError("Nothing was pressed, so nothing was done.")
    act = {Purpose.VERDICT: _judge, Purpose.SNOOZE: _snooze, Purpose.MUTE: _mute}
    return replace(act[desk.pressed.purpose](desk, form), payload=payload)


def _ask_verdict(desk: Desk) -> View:
    kind = _kind(desk)
    standing = verdicts.standing_of(desk.connection, desk.pressed.alert_id, desk.pressed.person)
    said = [f"This records for {desk.pressed.person} that the alert is {_WORDS[kind]}."]
    forms = [Form(f"Yes, {_WORDS[kind]}", "press", _signal_field(desk, kind))]
    if standing is not None:
        said.append(f"So far you have said: {_WORDS[standing.verdict]}, {stamp(standing.at)}.")
        forms += [UNDO] * (standing.verdict is kind)
    return View(f"Is this alert {_WORDS[kind]}?", tuple(said), forms=tuple(forms))


def _judge(desk: Desk, form: Mapping[str, str]) -> View:
    kind, pressed = _kind(desk), desk.pressed
    signal = form.get("signal", "") if kind is VerdictKind.WRONG_SIGNAL else ""
    if signal and signal not in {c.value for c in _signal_choices(desk)}:
        raise AlertError("There is no such signal; choose one of the list.")
    found = verdicts.judge(
        desk.connection,
        pressed.alert_id,
        pressed.revision,
        pressed.person,
        kind,
        desk.now,
        signal=signal,
    )
    if found.contradicted:
        return View(
            "Set aside",
            (
                "Two different answers came within ten seconds, as when a program opens every "
                "link of a mail. Neither counts.",
                "If you pressed this yourself: wait ten seconds and press once more.",
            ),
            forms=(Form(f"Yes, {_WORDS[kind]}", "press", _signal_field(desk, kind)),),
        )
    return View(f"Recorded: {_WORDS[kind]}", ("Thank you.",), forms=(UNDO,))


def _unjudge(desk: Desk, _form: Mapping[str, str]) -> View:
    kind, pressed = _kind(desk), desk.pressed
    left = verdicts.take_back(desk.connection, pressed.alert_id, pressed.person, kind, desk.now)
    if left.verdict is None:
        said = "No verdict of yours on this alert counts now."
    else:
        said = f"What counts now is: {_WORDS[left.verdict.verdict]}, {stamp(left.verdict.at)}."
    again = Form(f"Yes, {_WORDS[kind]}", "press", _signal_field(desk, kind))
    return View("Taken back", (said,), forms=(again,))


def _ask_snooze(desk: Desk) -> View:
    found = alert_store.get(desk.connection, desk.pressed.alert_id)
    said = ["The alert comes back when the time is over, or before if it gets worse."]
    forms = [Form("Snooze", "press", (_days_field("For how long", _SNOOZES),))]
    if found is not None and found.state == AlertState.SNOOZED:
        said.append(f"It is snoozed by {found.state_by} until {stamp(found.state_until)}.")
        forms += [UNDO] * (found.state_by == desk.pressed.person)
    return View("Snooze this alert?", tuple(said), forms=tuple(forms))


def _snooze(desk: Desk, form: Mapping[str, str]) -> View:
    until = desk.now + _days(form, _SNOOZES)
    pressed = desk.pressed
    states.snooze(desk.connection, pressed.alert_id, pressed.person, until, desk.now)
    return View("Snoozed", (f"Until {stamp(until)}, for everybody.",), forms=(UNDO,))


def _unsnooze(desk: Desk, _form: Mapping[str, str]) -> View:
    found = alert_store.get(desk.connection, desk.pressed.alert_id)
    mine = found is not None and (found.state, found.state_by) == (
        AlertState.SNOOZED,
        desk.pressed.person,
    )
    if not mine:
        raise AlertError("This alert is not snoozed by you; nothing was changed.")
    states.reopen(desk.connection, desk.pressed.alert_id, desk.pressed.person, desk.now)
    return View("Taken back", ("The alert is open again.",), forms=_ask_snooze(desk).forms)


def _ask_mute(desk: Desk) -> View:
    payload = desk.payload
    kinds = (
        Choice(MuteKind.STORY, "this story"),
        Choice(MuteKind.SIGNAL, f"the signal “{payload.signal.name}”"),
        Choice(MuteKind.RULE, f"the rule “{payload.rule}”"),
    )
    fields = (
        Field("kind", "What", kinds),
        _days_field("For how long", _MUTES),
        Field("reason", "Why (everybody sees it)"),
    )
    said = "Nothing is told of it until then, to anybody; corrections still come."
    return View("Mute?", (said,), forms=(Form("Mute", "press", fields),))


def _mute(desk: Desk, form: Mapping[str, str]) -> View:
    payload = desk.payload
    values = {
        MuteKind.STORY: payload.story.id,
        MuteKind.SIGNAL: payload.signal.code,
        MuteKind.RULE: payload.rule,
    }
    kind = next((k for k in values if k == form.get("kind")), None)
    if kind is None:
        raise AlertError("Choose what to mute.")
    until = desk.now + _days(form, _MUTES)
    made = mutes.mute(
        desk.connection,
        kind,
        values[kind],
        author=desk.pressed.person,
        reason=form.get("reason", ""),
        until=until,
        now=desk.now,
    )
    undo = replace(UNDO, hidden=(Choice("mute", made.id),))
    return View("Muted", (f"The {kind} is muted until {stamp(until)}.",), forms=(undo,))


def _unmute(desk: Desk, form: Mapping[str, str]) -> View:
    holds = mute_store.active(desk.connection, desk.now)
    mine = {one.id for one in holds if one.author == desk.pressed.person}
    if form.get("mute") not in mine:
        raise AlertError("No such mute of yours holds; nothing was changed.")
    mutes.unmute(desk.connection, form["mute"], desk.now)
    return View("Taken back", ("It is no longer muted.",), forms=_ask_mute(desk).forms)


def _kind(desk: Desk) -> VerdictKind:
    kind = desk.pressed.verdict
    assert kind is not None  # no other link is signed for verdicts
    return kind


def _signal_choices(desk: Desk) -> tuple[Choice, ...]:
    return tuple(c for c in desk.signals if c.value != desk.payload.signal.code)


def _signal_field(desk: Desk, kind: VerdictKind) -> tuple[Field, ...]:
    if kind is not VerdictKind.WRONG_SIGNAL:
        return ()
    return (Field("signal", "The right signal", _signal_choices(desk)),)


def _days_field(label: str, days: Sequence[int]) -> Field:
    return Field("days", label, tuple(Choice(str(n), f"{n} day{'s' * (n != 1)}") for n in days))


def _days(form: Mapping[str, str], known: Sequence[int]) -> timedelta:
    days = next((n for n in known if str(n) == form.get("days")), None)
    if days is None:
        raise AlertError("Choose for how long.")
    return timedelta(days=days)
