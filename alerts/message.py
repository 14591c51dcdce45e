"""From a payload to an email: text and HTML parts, and headers that keep a story in one thread."""

from __future__ import annotations

from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2

from alerts.clean import clean, readable
from alerts.payload import AlertPayload
from alerts.settings import EmailSettings
from archive import ids
from archive.types import Direction, Message, Reason

MAX_HTML = 80_000  # bytes; Gmail clips near 102,000
_MAX_URL = 2_000
_LIST_NAME = "pivotwatch alerts"
_DIRECTIONS = {
    Direction.AWAY: "away from Russia",
    Direction.TOWARD: "toward Russia",
    Direction.MIXED: "mixed",
    Direction.NONE: "none",
}
_REASONS = {
    Reason.FIRST: "new alert",
    Reason.SEVERITY_UP: "more likely than before",
    Reason.NEW_INDEPENDENT_SOURCE: "new independent source",
    Reason.CONTRADICTED: "contradicted",
    Reason.CORRECTED: "corrected by its outlet",
    Reason.RETRACTED: "withdrawn by its outlet",
    Reason.REOPENED: "reopened",
    Reason.CATCH_UP: "catching up",
    Reason.TEST: "test",
}
_LANGUAGES = {"en": "English", "ru": "Russian", "hy": "Armenian"}


class _MailPolicy(EmailPolicy):
    """SMTP's, with message ids on one line and subjects in encoded words by the older encoder.

    At its usual line length Python encodes long ids, which breaks threading; in subjects its
    newer encoder loses the blanks between encoded words (3.11) and, with long lines, makes words
    longer than the 75 characters that RFC 2047 allows.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return a header as it goes over the wire."""
        if name.lower() != "subject":
            return str(super().fold(name, value))
        text = str(value)
        if not text.isascii():
            text = Header(text, "utf-8", 75, name).encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as it goes over the wire, in bytes."""
        return self.fold(name, value).encode("ascii", "surrogateescape")


_POLICY = _MailPolicy(linesep="\r\n", max_line_length=998, cte_type="7bit")


def alert_mail(payload: AlertPayload, message: Message, settings: EmailSettings) -> EmailMessage:
    """Return an alert as an email to one person, the same on every attempt but for its date."""
    root = f"<{payload.story.id}@{settings.domain}>"
    references = [root]
    if payload.revision > 1:
        before = ids.message_id(
            message.channel, message.recipient, payload.alert_id, payload.revision - 1
        )
        references.append(f"<{before}@{settings.domain}>")
    mail = new_mail(settings, message.recipient, payload.subject, message.id, payload.created)
    mail["In-Reply-To"] = references[-1]
    mail["References"] = " ".join(references)
    return fill(mail, "alert", a=payload)


def plain_text(payload: AlertPayload) -> str:
    """Return an alert as text, as the text part of its email says it."""
    return render("alert.txt.jinja", a=payload)


def new_mail(
    settings: EmailSettings, recipient: str, subject: str, local_id: str, date: datetime
) -> EmailMessage:
    """Return an email without content, with the headers that every one of ours has."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address("pivotwatch", addr_spec=settings.sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = clean(subject)
    mail["Date"] = date
    mail["Message-ID"] = f"<{local_id}@{settings.domain}>"
    mail["List-Id"] = f"{_LIST_NAME} <alerts.pivotwatch.{settings.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail


def fill(mail: EmailMessage, template: str, **content: object) -> EmailMessage:
    """Render a template's text and HTML into an email.

    HTML that is larger than mail programs show is left out: the text says the same.
    """
    text = render(f"{template}.txt.jinja", **content)
    html = render(f"{template}.html.jinja", **content)
    mail.set_content(text, charset="utf-8")
    if len(html.encode("utf-8")) <= MAX_HTML:
        mail.add_alternative(html, subtype="html", charset="utf-8")
    return mail


def render(template: str, **content: object) -> str:
    """Return a template of this room with its content, everything in HTML escaped."""
    return _environment().get_template(template).render(content)


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(["html.jinja"], default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "line": clean,
        "readable": readable,
        "stamp": stamp,
        "link": link,
        "host": host,
        "heading": lambda direction: _DIRECTIONS[direction],
        "because": lambda reason: _REASONS[reason],
        "language": lambda code: _LANGUAGES.get(code, clean(code, 12)),
        "plain": lambda concept: clean(concept, 60).replace("_", " "),
    }
    return made


def stamp(when: datetime | None) -> str:
    """Return a time as a reader wants it, in UTC."""
    return "undated" if when is None else f"{when.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def link(url: str) -> str:
    """Return a URL that may be linked: http or https with a host; otherwise an empty string."""
    if len(url) > _MAX_URL or not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and named else ""


def host(url: str) -> str:
    """Return the host a URL leads to, as a link's visible text."""
    return (urlsplit(url).hostname or "") if link(url) else ""
