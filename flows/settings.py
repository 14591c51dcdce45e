"""The configuration: one TOML file and the environment, checked as a whole."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from alerts import (
    AlertsSettings,
    EmailSettings,
    WebhookSettings,
    recipients_of,
    unknown_channels,
)
from alerts.apprise_channel import AppriseSettings
from alerts.chat import ChatSettings
from alerts.faults import VARIABLE as FAULT_VARIABLE
from alerts.receivers import ReceiverSettings
from archive import ArchiveError
from archive.engine import parse_url
from classifiers import CorpusError, load_signals
from feeds import FeedsSettings
from flows.audit_settings import AuditSettings
from flows.home import SHIPPED_SEEDS, Home
from flows.home import VARIABLE as HOME_VARIABLE
from flows.mistakes import lines
from flows.page_settings import PageSettings
from flows.schedule_settings import ScheduleSettings
from net import NetSettings

PREFIX = "PIVOTWATCH_"
RESERVED = {HOME_VARIABLE, FAULT_VARIABLE}  # not settings


class ConfigError(Exception):
    """The configuration has mistakes; ``lines`` has one for each, with the remedy."""

    def __init__(self, lines: list[str]) -> None:
        """Keep the lines; they are also the message."""
        super().__init__("\n".join(lines))
        self.lines = lines


class DatabaseSettings(BaseModel):
    """Where the archive is. The URL may hold a password, so it is a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr | None = None
    url_file: Path | None = None


class ModelSettings(BaseModel):
    """What the classifier learns from, and the alert budget that its thresholds keep."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seeds: Path | None = None
    alerts_per_day: float | None = Field(
        None, ge=0, le=10_000, description="stories a day; default: [alerts] daily_budget"
    )
    stream_days: float = Field(14.0, ge=3, le=90, description="days that thresholds look back")


class CapturesSettings(BaseModel):
    """How much is kept of the raw responses that became evidence; without ``days`` only their
    size counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    most_megabytes: int = Field(2000, ge=1, le=10_000_000, description="the oldest go first")
    days: float | None = Field(None, ge=1, le=36_500, description="none: kept for good")

    @property
    def most_bytes(self) -> int:
        """The most bytes that what is kept may take."""
        return self.most_megabytes * 1_000_000


class Settings(BaseSettings):
    """Everything that can be configured, section by section."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    email: EmailSettings | None = None
    webhook: tuple[WebhookSettings, ...] = ()
    chat: tuple[ChatSettings, ...] = ()
    apprise: tuple[AppriseSettings, ...] = ()
    alerts: AlertsSettings = Field(default_factory=AlertsSettings)
    page: PageSettings = Field(default_factory=PageSettings)
    net: NetSettings = Field(default_factory=NetSettings)
    feeds: FeedsSettings = Field(default_factory=FeedsSettings)
    captures: CapturesSettings = Field(default_factory=CapturesSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    audit: AuditSettings = Field(default_factory=AuditSettings)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, which arrives as the initial values."""
        assert isinstance(init_settings, InitSettingsSource)
        assert isinstance(env_settings, EnvSettingsSource)
        return env_settings, init_settings

    def database_url(self, home: Home) -> str:
        """Return the archive's URL: from a file, from the configuration, or the SQLite default.

        Raises:
            ConfigError: the file that should hold the URL cannot be read.
        """
        if self.database.url_file is not None:
            try:
                return self.database.url_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
                raise ConfigError(
                    [
                        f"{home.config}: [database] url_file = {str(self.database.url_file)!r}: "
                        f"{reason}; name a file that holds the URL"
                    ]
                ) from error
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{home.database}"

    @property
    def receivers(self) -> tuple[ReceiverSettings, ...]:
        """All that alerts are posted to."""
        return (*self.webhook, *self.chat, *self.apprise)

    @property
    def alerts_per_day(self) -> float:
        """Stories a day that the thresholds may let through; 0: no limit."""
        own = self.model.alerts_per_day
        return self.alerts.daily_budget if own is None else own

    @property
    def watch_interval(self) -> timedelta:
        """Time between two cycles."""
        return timedelta(minutes=self.schedule.watch_every)


def load(home: Home) -> Settings:
    """Read and check the configuration of ``home``.

    Raises:
        ConfigError: the file is missing or malformed, or a key, type or value is wrong.
    """
    values = _read(home.config)
    problems = [*_switches(home.config, values), *_variables()]
    if problems:
        raise ConfigError(problems)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError(
            lines(home.config, error.errors(include_url=False), Settings, PREFIX)
        ) from None
    except ValueError as error:  # the environment held something that is not JSON
        raise ConfigError([f"environment: {error}; write a plain value or valid JSON"]) from None
    problems = [
        *_spacing(home.config, settings),
        *_signals(home.config, settings),
        *_channels(home.config, settings),
        *_names(home.config, settings),
        *_database(home, settings),
    ]
    if problems:
        raise ConfigError(problems)
    return settings


def _variables() -> Iterator[str]:
    """Yield a line for each environment variable of ours that names no section."""
    for name in sorted(os.environ):
        section, _, key = name.removeprefix(PREFIX).partition("__")
        if not name.startswith(PREFIX) or (not key and name in RESERVED):
            continue
        if section.lower() not in Settings.model_fields:
            known = ", ".join(f"{PREFIX}{field.upper()}" for field in Settings.model_fields)
            yield f"environment {name}: names no section; they are {known}, then __KEY"


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; run `pivotwatch init` first"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: not UTF-8 text; save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML: {error}; correct that line"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}; check its permissions"]) from None


def _switches(path: Path, values: dict[str, Any], place: str = "") -> Iterator[str]:
    """Yield a line for each true or false where it is none: Pydantic reads them as 1 and 0."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _switches(path, value, f"{place}[{key}] ")
        elif isinstance(value, list):
            for number, one in enumerate(value, 1):
                tables = one if isinstance(one, dict) else {"": one}
                yield from _switches(path, tables, f"{place}{key} #{number} ")
        elif isinstance(value, bool) and not _is_switch(place, key):
            yield f"{path}: {place}{key} = {str(value).lower()}: not a number; write a number"


def _is_switch(place: str, key: str) -> bool:
    """Whether a key of a section is one that is true or false."""
    section = Settings.model_fields.get(place.strip("[] "))
    if section is None:
        return False
    models = [section.annotation, *get_args(section.annotation)]
    found = (one.model_fields.get(key) for one in models if hasattr(one, "model_fields"))
    return any(one is not None and one.annotation is bool for one in found)


def _signals(path: Path, settings: Settings) -> list[str]:
    """Rules may only name signals that the codebook defines."""
    seeds = settings.model.seeds or SHIPPED_SEEDS
    try:
        known = {signal.code for signal in load_signals(seeds / "signals.toml")}
    except CorpusError as error:
        return list(error.problems)
    return [
        f"{path}: [alerts] rule {rule.name}: signal {code!r} is not in {seeds / 'signals.toml'}; "
        f"the signals are {', '.join(sorted(known))}"
        for rule in settings.alerts.rules
        for code in rule.signals
        if code not in known
    ]


def _channels(path: Path, settings: Settings) -> list[str]:
    """Rules may only name channels that are configured: otherwise nobody would be told."""
    recipients = recipients_of(settings.email, settings.receivers)
    known = sorted({r.channel for r in recipients})
    return [
        f"{path}: [alerts] rules: channel {name!r} is not configured; "
        f"there are: {', '.join(known) or 'none'}"
        for name in unknown_channels(settings.alerts, recipients)
    ]


def _names(path: Path, settings: Settings) -> list[str]:
    """Webhooks, chats and services are told apart by their names."""
    names = [one.name for one in settings.receivers]
    return [
        f"{path}: {_section_of(name, settings)} name {name!r} is given twice; rename one"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def _section_of(name: str, settings: Settings) -> str:
    """Return the first section in which a receiver of that name stands."""
    if name in {one.name for one in settings.webhook}:
        return "[webhook]"
    return "[chat]" if name in {one.name for one in settings.chat} else "[apprise]"


def _database(home: Home, settings: Settings) -> list[str]:
    try:
        parse_url(settings.database_url(home))
    except ArchiveError as error:
        return [f"{home.config}: {error}"]
    return []


def _spacing(path: Path, settings: Settings) -> list[str]:
    """Politeness: no spacing at all only when nothing but named private ranges is open."""
    return [
        f"{path}: [feeds] {key} = 0: only for hosts inside [net] allow; "
        f'add their range, such as "{ip_network("127.0.0.0/8")}", or write 1.0 or more'
        for key in ("feed_spacing", "page_spacing")
        if getattr(settings.feeds, key) == 0 and not settings.net.allow
    ]
