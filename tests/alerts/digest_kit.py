"""What the tests of the digest share: one built at a fixed time, and its two parts as words."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from alerts_kit import NAMES, NOW, PERSON, email_to, make
from alerts_page import Page
from test_alerts_message import parts
from test_alerts_trimmings import Links

from alerts import Digest, Recipient, build_digest
from alerts.digest_mail import digest_mail
from alerts.index import Index, IndexDay
from archive import Archive
from archive.types import Article, Score, Traits

DAY = timedelta(days=1)
OTHER = Recipient("email", "davit@desk.example")
HOUR = timedelta(hours=1)


def build(archive: Archive, *, back: timedelta = DAY, **more: Any) -> Digest:
    now = NOW + HOUR
    return build_digest(archive, now - back, now, "2 of 2 sources healthy.", NAMES, **more)


def event(number: int, **more: Any) -> tuple[Article, Score]:
    """An article on an event that no other article is on."""
    traits = Traits(
        frozenset({f"concept{number}", f"matter{number}"}),
        frozenset({f"place{number}", str(500 + number)}),
        frozenset({f"stem{number}", f"root{number}"}),
    )
    values: dict[str, Any] = {"title": f"Event {number}.", "traits": traits}
    return make(f"e{number}", **(values | more))


def mail_of(digest: Digest, to: str = PERSON.address, **settings: Any) -> EmailMessage:
    return digest_mail(digest, email_to(25, **settings), to, Links())


def words(mail: EmailMessage) -> tuple[str, str]:
    """The words of both parts, each on one line."""
    text, html = parts(mail)
    return " ".join(text.split()), " ".join(" ".join(Page(html).text).split())


def index_of(*values: float | None) -> Index:
    first = NOW.date() - timedelta(days=len(values) - 1)
    days = (
        IndexDay(
            first + timedelta(days=n), 2.0, 1.0, value,
            None if value is None else value - 0.1, None if value is None else value + 0.1, 12, 6,
        )
        for n, value in enumerate(values)
    )  # fmt: skip
    return Index(tuple(days), ())
