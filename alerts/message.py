"""From a payload to an email: text and HTML parts, and headers that keep a story in one thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any

from alerts.buttons import AlertLinks, Button
from alerts.clean import clean
from alerts.payload import AlertPayload
from alerts.picture import Picture, days_picture
from alerts.rendering import MAX_URL, host, link, render, stamp
from alerts.settings import EmailSettings
from archive import ids
from archive.types import Message

__all__ = [
    "MAX_HTML",
    "add_html",
    "alert_html",
    "alert_mail",
    "fill",
    "host",
    "link",
    "new_mail",
    "plain_text",
    "render",
    "stamp",
]

MAX_HTML = 80_000  # bytes; Gmail clips near 102,000
_LIST_NAME = "pivotwatch alerts"


@dataclass(frozen=True, slots=True)
class Room:
    """How much of an alert its HTML shows; ``quote`` and ``url`` are in characters."""

    origins: int = 12
    articles: int = 4
    copies: int = 8
    against: int = 5
    earlier: int = 8
    quote: int = 1_200
    url: int = MAX_URL


_ROOMS = (
    Room(),
    Room(origins=6, articles=2, copies=5, against=3, earlier=4, url=800),
    Room(origins=3, articles=1, copies=3, against=1, earlier=2, quote=400, url=250),
)


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


def alert_mail(
    payload: AlertPayload,
    message: Message,
    settings: EmailSettings,
    links: AlertLinks | None = None,
) -> EmailMessage:
    """Return an alert as an email to one person, the same on every attempt but for its date.

    Args:
        payload: what the alert says.
        message: the outbox row: to whom, under which id.
        settings: the sender, and whether a picture goes along.
        links: whoever signs links; without one there are no buttons and no unsubscribing.
    """
    root = f"<{payload.story.id}@{settings.domain}>"
    references = [root]
    if payload.revision > 1:
        before = ids.message_id(
            message.channel, message.recipient, payload.alert_id, payload.revision - 1
        )
        references.append(f"<{before}@{settings.domain}>")
    mail = new_mail(
        settings, message.recipient, payload.subject, message.id, payload.created, links
    )
    mail["In-Reply-To"] = references[-1]
    mail["References"] = " ".join(references)
    picture = None
    if settings.picture and payload.days:
        picture = days_picture(payload.days, f"{message.id}.days@{settings.domain}")
    buttons, leave = _pressable(payload, message, links)
    text = render("alert.txt.jinja", a=payload, buttons=buttons, leave=leave)
    mail.set_content(text, charset="utf-8")
    html = alert_html(payload, buttons, leave, picture)
    if html:
        add_html(mail, html, picture)
    return mail


def plain_text(payload: AlertPayload) -> str:
    """Return an alert as text, as the text part of its email says it."""
    return render("alert.txt.jinja", a=payload, buttons=(), leave="")


def alert_html(
    payload: AlertPayload,
    buttons: tuple[Button, ...] = (),
    leave: str = "",
    picture: Picture | None = None,
) -> str:
    """Return an alert as HTML of at most 80,000 bytes.

    A story of very many or very long parts is shown shorter; what cannot be shown even so is
    left out altogether (an empty string), as the text says the same.

    Args:
        payload: what the alert says.
        buttons: what can be pressed.
        leave: the URL that ends these mails for the reader, or an empty string.
        picture: the chart that goes along, or None for bars.
    """
    for room in _ROOMS:
        html = render(
            "alert.html.jinja",
            a=payload, room=room, buttons=buttons, leave=leave, picture=picture,
        )  # fmt: skip
        if len(html.encode("utf-8")) <= MAX_HTML:
            return html
    return ""


def new_mail(
    settings: EmailSettings,
    recipient: str,
    subject: str,
    local_id: str,
    date: datetime,
    links: AlertLinks | None = None,
) -> EmailMessage:
    """Return an email without content, with the headers that every one of ours has."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address("pivotwatch", addr_spec=settings.sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = clean(subject)
    mail["Date"] = date
    mail["Message-ID"] = f"<{local_id}@{settings.domain}>"
    mail["List-Id"] = f"{_LIST_NAME} <alerts.pivotwatch.{settings.domain}>"
    leave = "" if links is None else link(links.unsubscribe(recipient))
    if leave:
        mail["List-Unsubscribe"] = f"<{leave}>"
    if leave.startswith("https://"):  # RFC 8058 knows no other scheme
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
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
        add_html(mail, html)
    return mail


def add_html(
    mail: EmailMessage, html: str, picture: Picture | None = None, name: str = "last-days"
) -> None:
    """Add the HTML part to an email, with the picture that it shows as a file called ``name``."""
    mail.add_alternative(html, subtype="html", charset="utf-8")
    if picture is None:
        return
    page = mail.get_body(("html",))
    assert page is not None
    page.add_related(
        picture.png,
        "image",
        "png",
        cid=f"<{picture.cid}>",
        filename=f"{name}.png",
        disposition="inline",
    )


def _pressable(
    payload: AlertPayload, message: Message, links: AlertLinks | None
) -> tuple[tuple[Button, ...], str]:
    if links is None:
        return (), ""
    made = links.buttons(payload.alert_id, payload.revision, message.recipient)
    return tuple(b for b in made if link(b.url)), link(links.unsubscribe(message.recipient))
