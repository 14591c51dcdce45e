"""The keys that sign links, made once where none are configured, and what signs with them."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress

from pydantic import SecretStr

from alerts.links import Links
from flows.home import Home
from flows.settings import ConfigError, Settings

SHORTEST = 32
"""Characters of a key."""


def mail_links(home: Home, settings: Settings) -> Links | None:
    """Return what signs the links in mails; None without a ``base_url``, as nothing would answer.

    Raises:
        ConfigError: the keys cannot be read, or none can be stored.
    """
    base_url = settings.alerts.base_url
    return Links(base_url, link_keys(home, settings)) if base_url else None


def page_links(home: Home, settings: Settings) -> Links:
    """Return what reads the links that the page is asked for.

    Raises:
        ConfigError: the keys cannot be read, or none can be stored.
    """
    base_url = settings.alerts.base_url or settings.page.local_url
    return Links(base_url, link_keys(home, settings))


def link_keys(home: Home, settings: Settings) -> tuple[SecretStr, ...]:
    """Return the configured keys, or else the one in ``home``, which is made when first needed.

    Raises:
        ConfigError: the keys cannot be read, or none can be stored.
    """
    where = f"{home.config}: [alerts] link_keys_file"
    try:
        keys = settings.alerts.link_secrets()
        if not keys:
            where = str(home.link_key)
            keys = (SecretStr(_own(home)),)
    except ValueError as error:
        raise ConfigError([f"{where}: {error}"]) from None
    except OSError as error:
        raise ConfigError([f"{where}: {error.strerror}; check its permissions"]) from None
    if any(len(key.get_secret_value()) < SHORTEST for key in keys):
        raise ConfigError(
            [f"{where}: a key is shorter than {SHORTEST} characters; use random ones"]
        )
    return keys


def _own(home: Home) -> str:
    """Return the key in ``home``. It appears there whole or not at all, for its owner alone."""
    if not home.link_key.exists():
        draft = home.link_key.with_name(
            f"{home.link_key.name}.{os.getpid()}.{secrets.token_hex(4)}"
        )
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        with suppress(FileExistsError):  # another process was faster: its key is the one
            os.link(draft, home.link_key)
        draft.unlink()
    return home.link_key.read_text(encoding="ascii").strip()
