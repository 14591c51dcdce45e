"""What the settings of this room are made of: a strict base, addresses, names, zones, times."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?|::1")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _address(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or ".." in value or len(value) > 254:
        raise ValueError(
            f"{value!r} is not one plain email address; write one address such as "
            "analyst@example.org, several as a list"
        )
    return value


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError(
            f"{value!r} is not a name; use up to 40 lower-case letters, digits and hyphens"
        )
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is not a host name or address; write smtp.example.org")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia"
        raise ValueError(
            f"{value!r} is no time zone; write one like Asia/Yerevan or UTC"
        ) from error
    return value


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError(f"{value!r} is no time of day; write HH:MM, such as 22:00")
    return value


Address = Annotated[str, AfterValidator(_address)]
Slug = Annotated[str, AfterValidator(_slug)]
Host = Annotated[str, AfterValidator(_host)]
Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[str, AfterValidator(_clock)]


class StrictModel(BaseModel):
    """Settings that cannot be changed, know every key, and show no value in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )


def time_of(clock: str) -> time:
    """Return the time of day that ``clock`` (HH:MM) says."""
    return time.fromisoformat(clock)


def is_web_address(url: str) -> bool:
    """Whether ``url`` is an http or https address with a host and no login in it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False


def one_of(value: object, file: object, key: str) -> None:
    """Check that a secret is not given both in place and by a file.

    Raises:
        ValueError: it is.
    """
    if value is not None and file is not None:
        raise ValueError(f"{key} and {key}_file are both given; keep one")


def read_secret(path: Path | None, key: str) -> SecretStr | None:
    """Return the secret that a file holds, or None without a file.

    Raises:
        ValueError: the file cannot be read or is empty.
    """
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{key}: {path} cannot be read ({type(error).__name__})") from error
    if not text:
        raise ValueError(f"{key}: {path} is empty; put the secret in it")
    return SecretStr(text)
