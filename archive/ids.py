"""Identifiers derived from content: the same thing has the same id on every run and machine."""

from __future__ import annotations

import base64
import hashlib


def digest(*parts: str, length: int = 26) -> str:
    """Return a lower-case base32 SHA-256 of ``parts``, ``length`` characters long."""
    raw = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(raw).decode("ascii").rstrip("=").lower()[:length]


def feed_id(url: str) -> str:
    """Return the id of the feed at ``url``."""
    return "f_" + digest(url, length=16)


def article_id(canonical_url: str) -> str:
    """Return the id of the article at ``canonical_url``."""
    return "a_" + digest(canonical_url, length=20)


def story_id(first_article_id: str) -> str:
    """Return the id of the story that ``first_article_id`` opened."""
    return "s_" + digest(first_article_id, length=16)


def alert_id(rule: str, story: str) -> str:
    """Return the id of the alert that ``rule`` raises on ``story``."""
    return "al_" + digest(rule, story, length=16)


def message_id(channel: str, recipient: str, alert: str, revision: int) -> str:
    """Return the id of a message; Standard Webhooks 1.0 forbids a dot in it."""
    return "msg_" + digest(channel, recipient, alert, str(revision))


def content_hash(title: str, text: str) -> str:
    """Return the SHA-256 of what an article says, in hexadecimal."""
    return hashlib.sha256(f"{title}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
