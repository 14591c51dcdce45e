"""The configuration: one TOML file and the environment, checked as a whole."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
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
from classifiers import CorpusError, load_signals
from feeds import FeedsSettings
from flows.home import SHIPPED_SEEDS, VARIABLE, Home
from net import NetSettings

PREFIX = "PIVOTWATCH_"


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


class ScheduleSettings(BaseModel):
    """When the flows run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    watch_every: float = Field(5.0, ge=0.5, le=1440, description="minutes between cycles")
    digest_at: str = Field("07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM")
    timezone: str = Field("Asia/Yerevan", description="zone of digest_at")
    retrain_at: str = Field("03:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM")
    ui_port: int = Field(4200, ge=1, le=65535, description="port of the Prefect UI on loopback")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("no such time zone; write one like Asia/Yerevan or UTC") from error
        return value


class ModelSettings(BaseModel):
    """Where the labelled corpus is that the classifier learns from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seeds: Path | None = None


class Settings(BaseSettings):
    """Everything that can be configured, section by section."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__"
    )

    email: EmailSettings | None = None
    webhook: tuple[WebhookSettings, ...] = ()
    alerts: AlertsSettings = Field(default_factory=AlertsSettings)
    net: NetSettings = Field(default_factory=NetSettings)
    feeds: FeedsSettings = Field(default_factory=FeedsSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)

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
    def watch_interval(self) -> timedelta:
        """Time between two cycles."""
        return timedelta(minutes=self.schedule.watch_every)


def load(home: Home) -> Settings:
    """Read and check the configuration of ``home``.

    Raises:
        ConfigError: the file is missing or malformed, or a key, type or value is wrong.
    """
    values = _read(home.config)
    problems = list(_switches(home.config, values))
    if problems:
        raise ConfigError(problems)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise ConfigError(_lines(home.config, error.errors(include_url=False))) from None
    except ValueError as error:  # the environment held something that is not JSON
        raise ConfigError([f"environment: {error}; write a plain value or valid JSON"]) from None
    problems = [
        *_spacing(home.config, settings),
        *_signals(home.config, settings),
        *_channels(home.config, settings),
    ]
    if problems:
        raise ConfigError(problems)
    return settings


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
    """Yield a line for each true or false: no key takes one, but Pydantic reads them as 1 and 0."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _switches(path, value, f"{place}[{key}] ")
        elif isinstance(value, bool):
            yield f"{path}: {place}{key} = {str(value).lower()}: not a number; write a number"


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
    recipients = recipients_of(settings.email, settings.webhook)
    known = sorted({r.channel for r in recipients})
    return [
        f"{path}: [alerts] rules: channel {name!r} is not configured; "
        f"there are: {', '.join(known) or 'none'}"
        for name in unknown_channels(settings.alerts, recipients)
    ]


def _spacing(path: Path, settings: Settings) -> list[str]:
    """Politeness: no spacing at all only when nothing but named private ranges is open."""
    return [
        f"{path}: [feeds] {key} = 0: only for hosts inside [net] allow; "
        f'add their range, such as "{ip_network("127.0.0.0/8")}", or write 1.0 or more'
        for key in ("feed_spacing", "page_spacing")
        if getattr(settings.feeds, key) == 0 and not settings.net.allow
    ]


def _lines(path: Path, errors: list[ErrorDetails]) -> list[str]:
    """Return one line a place; of a union's several complaints the first is enough."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(_place(error["loc"]), _line(path, error))
    return list(found.values())


def _line(path: Path, error: ErrorDetails) -> str:
    place = _place(error["loc"])
    source = _variable(error["loc"]) or str(path)
    kind = error["type"]
    if kind == "extra_forbidden":
        return f"{source}: {place}: unknown key; {_suggest(error['loc'])}"
    if kind == "missing":
        return f"{source}: {place}: missing; add it"
    value = _shown(error)
    message = error["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    remedy = "" if ";" in message else "; correct it or remove the line to use the default"
    return f"{source}: {place}{value}: {message}{remedy}"


def _place(location: tuple[int | str, ...]) -> str:
    section, *rest = location
    numbers = "".join(f" #{part + 1}" for part in rest if isinstance(part, int))
    names = [part for part in rest if isinstance(part, str) and part.isidentifier()]
    return f"[{section}]{numbers} {'.'.join(names)}".rstrip()


def _shown(error: ErrorDetails) -> str:
    """Show a wrong value, unless it might be a secret or is a whole section."""
    value = error.get("input")
    names = {str(part) for part in error["loc"]}
    secret = names & {"password", "secret", "url", "username"}
    whole = not any(isinstance(part, str) for part in error["loc"][1:])  # a section, a secret in it
    if secret or whole or not isinstance(value, str | int | float | bool):
        return ""
    return f" = {value!r}"


def _variable(location: tuple[int | str, ...]) -> str | None:
    """Name the environment variable that a value came from, if any."""
    parts = [str(part).upper() for part in location]
    for length in range(len(parts), 0, -1):
        name = PREFIX + "__".join(parts[:length])
        if name in os.environ and name != VARIABLE:
            return f"environment {name}"
    return None


def _suggest(location: tuple[int | str, ...]) -> str:
    model: Any = Settings
    for part in location[:-1]:
        if isinstance(part, str):
            model = _model_of(model.model_fields[part].annotation)
    known = [field.alias or name for name, field in model.model_fields.items()]
    close = get_close_matches(str(location[-1]), known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known keys are {', '.join(sorted(known))}"


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if inner is not type(None) and inner is not Ellipsis:
            return _model_of(inner)
    return annotation
