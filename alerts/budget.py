"""The budget: whom an alert may still reach today, and a threshold from a rule's own budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor, nextafter

from sqlalchemy.engine import Connection

from alerts.channels import Recipient
from alerts.quiet import day_of, held_until, zone_of
from alerts.rule_settings import AlertsSettings, RuleSettings
from archive import decisions, outbox
from archive.types import Severity

WINDOW = timedelta(days=14)
"""How far back the stories are looked at from which a rule's threshold is taken."""
FEWEST_DAYS = 3.0
"""With less to look back on, the rule goes by the model's thresholds."""
_OVER = "over the budget of "
_LEFT = ": the digest has it"


@dataclass(frozen=True, slots=True)
class Post:
    """One recipient who is told, and when: ``held_until`` is the end of quiet hours, if any."""

    to: Recipient
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """Who is told of a revision, and who is not because the budget is spent."""

    posts: tuple[Post, ...]
    spent: tuple[Recipient, ...]


def post_round(
    connection: Connection,
    settings: AlertsSettings,
    rule: RuleSettings,
    severity: Severity,
    wanted: Sequence[Recipient],
    now: datetime,
) -> Round:
    """Say who may be told now, who after quiet hours, and who not today.

    Mail is counted on the day it goes out, in the person's zone: what quiet hours hold until
    morning belongs to the morning's budget. Critical alerts count, but are never kept back or
    held. Webhooks are machines: no budget, no quiet hours.
    """
    posts: list[Post] = []
    spent: list[Recipient] = []
    for one in wanted:
        if not one.is_person or severity is Severity.CRITICAL:
            posts.append(Post(one))
            continue
        until = held_until(now, settings, rule, one.address)
        if _has_room(connection, settings, one, until or now):
            posts.append(Post(one, until))
        else:
            spent.append(one)
    return Round(tuple(posts), tuple(spent))


def budget_of(settings: AlertsSettings, address: str) -> int:
    """Return how many alerts a day an address is mailed at most; 0: as many as there are."""
    own = settings.person(address).daily_budget
    return settings.daily_budget if own is None else own


def budgets_of(settings: AlertsSettings, addresses: Iterable[str]) -> dict[str, int]:
    """Return by address how many alerts a day it is mailed at most; 0: as many as there are."""
    return {address: budget_of(settings, address) for address in addresses}


def overrun(spent: Sequence[Recipient]) -> str:
    """Return the words, in a decision, for those whom their spent budgets kept an alert from."""
    return f"{_OVER}{', '.join(one.address for one in spent)}{_LEFT}"


def overrun_of(detail: str) -> tuple[str, ...]:
    """Return the addresses that ``overrun`` has put into a decision's detail, if it has."""
    said, ends, _ = detail.rpartition(_LEFT)
    _, begins, addresses = said.rpartition(_OVER)
    return tuple(addresses.split(", ")) if begins and ends else ()


def rule_threshold(connection: Connection, rule: RuleSettings, now: datetime) -> float | None:
    """Return the threshold that a rule's ``budget`` asks for, or None when it asks for none.

    It is taken from the scores that the rule gave to stories on the whole UTC days before today,
    two weeks of them, so that it is the same all day.
    """
    if rule.budget is None:
        return None
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    past = decisions.scores(connection, rule.name, today - WINDOW, today)
    return threshold_for(rule.budget, [score for _, score in past], _days(past, today))


def threshold_for(budget: float, scores: Sequence[float], days: float) -> float | None:
    """Return the lowest threshold that would have let ``budget`` stories a day through.

    None when there were too few days to say, or when all stories may come.
    """
    allowed = floor(budget * days)
    if days < FEWEST_DAYS or len(scores) <= allowed:
        return None
    return nextafter(sorted(scores, reverse=True)[allowed], 1.0)


def _days(past: Sequence[tuple[datetime, float]], today: datetime) -> float:
    earliest = min((when for when, _ in past), default=today)
    return (today - earliest) / timedelta(days=1)


def _has_room(
    connection: Connection, settings: AlertsSettings, one: Recipient, goes: datetime
) -> bool:
    budget = budget_of(settings, one.address)
    if budget == 0:
        return True
    begin, end = day_of(goes, zone_of(settings, one.address))
    return outbox.going_between(connection, one.channel, one.address, begin, end) < budget
