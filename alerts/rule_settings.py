"""What a person may configure about decisions: rules, severity, waits, the budget, quiet hours."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from alerts.fields import Address, Clock, Slug, StrictModel, Zone, one_of, read_secret
from archive.types import Direction, Severity

AWAY_SIGNALS = (
    "csto_snub",
    "western_drills",
    "arms_diversification",
    "trade_retaliation",
    "icc_accession",
    "western_alignment",
    "russian_presence",
    "public_rift",
    "ukraine_alignment",
    "regional_opening",
)
COUNTER_SIGNAL = "russia_reengagement"
INDEX_RULE = "realignment-index"
"""The name of the rule on the realignment index; no other rule may have it."""
MOST_WAIT = 1440.0
"""Minutes; a wait longer than a day would be a digest."""


def side_of(signal: str) -> Direction:
    """Return which side evidence of a signal points to: toward Russia for the counter-signal."""
    return Direction.TOWARD if signal == COUNTER_SIGNAL else Direction.AWAY


class QuietSettings(StrictModel):
    """Hours in which mail is held, from one time of day to another, over midnight if need be.

    ``timezone`` is whose clock it is; none: the person's, else that of [alerts]. Equal times mean
    no quiet hours.
    """

    start: Clock = Field(alias="from")
    end: Clock = Field(alias="to")
    timezone: Zone | None = None


class PersonSettings(StrictModel):
    """What is different for one address: its zone, its quiet hours, its budget."""

    address: Address
    timezone: Zone | None = None
    quiet: QuietSettings | None = None
    daily_budget: int | None = Field(default=None, ge=0)


class RuleSettings(StrictModel):
    """Which stories become alerts, and how they are told.

    A story matches when an article in one of ``languages`` and of one of ``outlets`` carries one
    of ``signals`` with one of ``directions`` at or above ``threshold`` (the model's own per signal
    when not given) and at least ``min_origins`` independent origins report it. ``budget`` is in
    place of a threshold: the stories a day that the rule may let through, from which a threshold
    is taken. ``channels`` are "email" and webhook names. An empty list means all. Without
    ``severity`` it follows from probability and signal; ``group_wait`` and ``update_interval``
    are minutes, those of [alerts] when not given.
    """

    name: Slug
    signals: tuple[str, ...] = Field(min_length=1)
    threshold: float | None = Field(default=None, gt=0, lt=1)
    budget: float | None = Field(default=None, gt=0, le=1000)
    directions: tuple[Direction, ...] = (Direction.AWAY, Direction.MIXED)
    min_origins: int = Field(default=1, ge=1, le=20)
    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    severity: Severity | None = None
    group_wait: float | None = Field(default=None, ge=0, le=MOST_WAIT)
    update_interval: float | None = Field(default=None, ge=0, le=MOST_WAIT)
    quiet: QuietSettings | None = None
    channels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.threshold is not None and self.budget is not None:
            raise ValueError(
                f"rule {self.name}: threshold and budget are both given; keep one, as a budget "
                "is what a threshold is taken from"
            )
        return self


DEFAULT_RULES = (
    RuleSettings(name="csto-snub", signals=("csto_snub",)),
    RuleSettings(name="western-drills", signals=("western_drills",)),
    RuleSettings(name="trade-retaliation", signals=("trade_retaliation",)),
    RuleSettings(name="realignment", signals=AWAY_SIGNALS),
    RuleSettings(
        name="reengagement",
        signals=(COUNTER_SIGNAL,),
        directions=(Direction.TOWARD, Direction.MIXED),
    ),
)
"""The founding three have rules of their own; "realignment" tells what they do not."""


class IndexSettings(StrictModel):
    """When the realignment index itself is an alert.

    ``directions`` are the sides that are told, none: neither is. ``threshold`` is how far to one
    side the index must be, from 0 to 1. ``severity``, ``quiet`` and ``channels`` are as in a rule.
    """

    directions: tuple[Literal["away", "toward"], ...] = ("away", "toward")
    threshold: float = Field(default=0.5, gt=0, lt=1)
    severity: Severity = Severity.IMPORTANT
    quiet: QuietSettings | None = None
    channels: tuple[str, ...] = ()

    def as_rule(self) -> RuleSettings:
        """Return the settings as those of a rule, which budget, quiet hours and receivers ask."""
        return RuleSettings(
            name=INDEX_RULE,
            signals=(*AWAY_SIGNALS, COUNTER_SIGNAL),
            threshold=self.threshold,
            directions=tuple(Direction(one) for one in self.directions),
            severity=self.severity,
            quiet=self.quiet,
            channels=self.channels,
        )


class AlertsSettings(StrictModel):
    """The rules, and how much a person is told and when.

    ``index`` is the rule on the realignment index.
    ``daily_budget`` is the most alert mails a person gets in a day of ``timezone`` (0: no limit);
    what goes over it is listed in the digest, and critical alerts are never kept back. Webhooks
    are machines and get every alert at once. ``group_wait`` is how many minutes after its
    publication a story's first alert waits for corroboration, ``update_interval`` how many
    minutes a further revision waits for more of its kind. ``story_days`` is how far apart in days
    two articles on one event may be published. ``base_url`` is where the page with an alert's
    buttons can be reached; ``link_keys`` sign its links, the first of them new ones.
    """

    rules: tuple[RuleSettings, ...] = DEFAULT_RULES
    index: IndexSettings = IndexSettings()
    daily_budget: int = Field(default=6, ge=0)
    timezone: Zone = "Asia/Yerevan"
    quiet: QuietSettings | None = None
    people: tuple[PersonSettings, ...] = ()
    group_wait: float = Field(default=10.0, ge=0, le=MOST_WAIT)
    update_interval: float = Field(default=60.0, ge=0, le=MOST_WAIT)
    close_days: float = Field(default=14.0, gt=0, le=365)
    story_days: float = Field(default=3.0, gt=0, le=30)
    base_url: str = ""
    link_keys: tuple[SecretStr, ...] = ()
    link_keys_file: Path | None = None

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("not an http or https address; write https://pivotwatch.example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("rules: two rules have the same name; rename one")
        if INDEX_RULE in names:
            raise ValueError(
                f"rules: {INDEX_RULE} is the rule on the realignment index, which [alerts.index] "
                "sets; rename yours"
            )
        addresses = [person.address for person in self.people]
        if len(set(addresses)) != len(addresses):
            raise ValueError("people: two entries have the same address; merge them")
        one_of(self.link_keys or None, self.link_keys_file, "link_keys")
        if any(len(key.get_secret_value()) < 32 for key in self.link_keys):
            raise ValueError("link_keys: a key is shorter than 32 characters; use random ones")
        return self

    @property
    def every_rule(self) -> tuple[RuleSettings, ...]:
        """The rules, and the one on the realignment index."""
        return (*self.rules, self.index.as_rule())

    def person(self, address: str) -> PersonSettings:
        """Return what applies to an address: its own entry, or an empty one."""
        return next(
            (p for p in self.people if p.address == address), PersonSettings(address=address)
        )

    def link_secrets(self) -> tuple[SecretStr, ...]:
        """Return the keys that sign links, from the configuration or from its file, a line each.

        Not called ``keys``: what has a method of that name is taken for a mapping by ``dict``,
        with which Prefect looks through what a task is given.

        Raises:
            ValueError: ``link_keys_file`` cannot be read or is empty.
        """
        found = read_secret(self.link_keys_file, "link_keys_file")
        if found is None:
            return self.link_keys
        return tuple(SecretStr(line) for line in found.get_secret_value().split())
