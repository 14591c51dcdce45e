"""Mutes: what is not told for a time, on whose word and why; and whether one keeps a story back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from alerts.errors import AlertError
from alerts.rules import Finding, examine
from archive import ids, mutes, story_aliases
from archive.types import Mute, MuteKind, StoryMember

LONGEST = timedelta(days=366)
_MOST = 500  # characters of a reason or value


def mute(
    connection: Connection,
    kind: MuteKind,
    value: str,
    *,
    author: str,
    reason: str,
    until: datetime,
    now: datetime,
) -> Mute:
    """Mute a rule, an outlet, a signal or a story until a time; return the mute.

    A mute on the same thing takes the place of the earlier one.

    Raises:
        AlertError: the value, author or reason is empty, or the time is past or over a year away.
    """
    said = {"value": value, "author": author, "reason": reason}
    said = {name: " ".join(text.split())[:_MOST] for name, text in said.items()}
    missing = [name for name, text in said.items() if not text]
    if missing:
        raise AlertError(f"mute: {' and '.join(missing)} missing; a mute says what, who and why")
    if not now < until <= now + LONGEST:
        raise AlertError(
            f"mute: {until:%Y-%m-%d %H:%M} UTC is past or more than a year away; "
            "a mute needs an end within a year"
        )
    made = Mute(
        id="mu_" + ids.digest(kind, said["value"], length=12),
        kind=kind,
        value=said["value"],
        author=said["author"],
        reason=said["reason"],
        created=now,
        expires=until,
    )
    mutes.add(connection, made)
    return made


def unmute(connection: Connection, mute_id: str, now: datetime) -> None:
    """End a mute before its time.

    Raises:
        AlertError: no such mute holds.
    """
    if not mutes.lift(connection, mute_id, now):
        raise AlertError(f"{mute_id}: no such mute holds; `pivotwatch alerts mutes` shows them")


def as_now(connection: Connection, given: Iterable[Mute]) -> list[Mute]:
    """Return mutes, those of a story under the id it has now: it may have been merged."""
    return [
        replace(m, value=story_aliases.resolve(connection, m.value))
        if m.kind is MuteKind.STORY
        else m
        for m in given
    ]


def muted_by(
    finding: Finding, active: Sequence[Mute], thresholds: Mapping[str, float]
) -> Mute | None:
    """Return the mute that keeps a finding from being told, if one does.

    A rule or story is muted as a whole. Muted outlets and signals are left out: the finding is
    muted when it would not match without them, so that others who report it are still heard.
    """
    for one in active:
        whole = {MuteKind.RULE: finding.rule.name, MuteKind.STORY: finding.story.id}
        if one.value == whole.get(one.kind):
            return one
    outlets = {m.value: m for m in active if m.kind is MuteKind.OUTLET}
    signals = {m.value: m for m in active if m.kind is MuteKind.SIGNAL}
    members = tuple(m for m in finding.story.members if m.article.outlet not in outlets)
    left = tuple(code for code in finding.rule.signals if code not in signals)
    if not outlets.keys() & set(finding.story.outlets) and len(left) == len(finding.rule.signals):
        return None
    if members and left and _matches(finding, members, left, thresholds):
        return None
    best = finding.supports[0] if finding.supports else None
    if best is None:
        return None
    heard = (s.member.article.outlet for s in finding.supports)
    by_outlet = next((outlets[outlet] for outlet in heard if outlet in outlets), None)
    return signals.get(best.evidence.signal) or by_outlet


def said_of(one: Mute) -> str:
    """Return the words, in a decision, for the mute that kept a story back."""
    return f"{_named(one)}{one.author} until {one.expires:%Y-%m-%d %H:%M} UTC: {one.reason}"


def ruled_by(one: Mute, detail: str) -> bool:
    """Whether a decision's detail was made by a mute, or by an earlier one on the same."""
    return detail.startswith(_named(one))


def _named(one: Mute) -> str:
    return f"{one.kind} {one.value} is muted by "


def _matches(
    finding: Finding,
    members: tuple[StoryMember, ...],
    signals: tuple[str, ...],
    thresholds: Mapping[str, float],
) -> bool:
    rule = finding.rule.model_copy(update={"signals": signals})
    return examine(replace(finding.story, members=members), rule, thresholds).matches
