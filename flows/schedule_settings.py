"""When the flows run: the ``[schedule]`` section of the configuration."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
_WEEKLY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) ((?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)


class ScheduleSettings(BaseModel):
    """When the flows run; ``weekly_at`` is a weekday and a time, or empty for no weekly digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    watch_every: float = Field(5.0, ge=0.5, le=1440, description="minutes between cycles")
    digest_at: str = Field("07:00", pattern=_TIME, description="HH:MM")
    weekly_at: str = Field("mon 08:00", description="weekday HH:MM, or empty")
    timezone: str = Field("Asia/Yerevan", description="zone of the times of day")
    retrain_at: str = Field("03:30", pattern=_TIME, description="HH:MM")
    ui_port: int = Field(4200, ge=1, le=65535, description="port of the Prefect UI on loopback")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia"
            raise ValueError("no such time zone; write one like Asia/Yerevan or UTC") from error
        return value

    @field_validator("weekly_at")
    @classmethod
    def _weekday_and_time(cls, value: str) -> str:
        plain = " ".join(value.lower().split())
        if plain and not _WEEKLY.fullmatch(plain):
            raise ValueError(
                'not a weekday and a time; write one like "mon 08:00", or "" for no weekly digest'
            )
        return plain

    @property
    def retrain_cron(self) -> str:
        """When corpus and model are looked at, as cron says it."""
        return _cron(self.retrain_at)

    @property
    def digest_cron(self) -> str:
        """When the daily digest goes out, as cron says it."""
        return _cron(self.digest_at)

    @property
    def weekly_cron(self) -> str:
        """When the weekly digest goes out, as cron says it; empty when it does not."""
        weekday, _, at = self.weekly_at.partition(" ")
        return _cron(at, weekday) if weekday else ""


def _cron(at: str, weekday: str = "*") -> str:
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * {weekday}"
