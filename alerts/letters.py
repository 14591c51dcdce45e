"""What is sent beside alerts: a catch-up after an outage, and word of another channel's trouble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Literal, Protocol, runtime_checkable

from alerts.buttons import AlertLinks
from alerts.channels import Receipt, Recipient
from alerts.message import fill, new_mail
from alerts.payload import AlertPayload
from alerts.settings import EmailSettings
from archive.types import Endpoint, Message

MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One alert in a catch-up: what it says in a line or two, and where to read more."""

    alert_id: str
    revision: int
    title: str
    lang: str
    news: str
    reason: str
    likelihood: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Something to say that is no alert; ``more`` counts the items that are left out."""

    kind: Literal["catch_up", "notice"]
    subject: str
    text: str
    created: datetime
    items: tuple[Item, ...] = ()
    more: int = 0


@runtime_checkable
class Carrier(Protocol):
    """A channel that can carry letters, too."""

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Those who can be reached through the channel."""
        ...

    async def carry(self, message: Message, letter: Letter) -> Receipt:
        """Hand over one letter; return once the other side has taken it.

        Raises:
            ChannelError: it was not taken, or nobody knows whether it was.
        """
        ...


def catch_up(message: Message, payloads: Sequence[AlertPayload]) -> Letter:
    """Return the letter that stands for the alerts of an outage, the same on every attempt."""
    count = len(payloads)
    first, last = payloads[0].created, payloads[-1].created
    return Letter(
        kind="catch_up",
        subject=f"[pivotwatch] {count} alerts while mail was down",
        text=(
            f"{count} alerts could not be mailed when they were made, from {_when(first)} to "
            f"{_when(last)}. This mail stands for all of them, the oldest first. "
            "`pivotwatch alerts show ID` prints one whole."
        ),
        created=message.created,
        items=tuple(_item(one) for one in payloads[:MOST_ITEMS]),
        more=max(0, count - MOST_ITEMS),
    )


def notice(message: Message, fare: Endpoint) -> Letter:
    """Return word of how another channel, or one of its addresses, fares at the moment."""
    name = f'channel "{fare.channel}"'
    if fare.recipient:
        name = f"{fare.recipient} in {name}"
    if fare.disabled is not None:
        head = f"{name} is disabled"
        text = (
            f"{name} is tried no more since {_when(fare.disabled)}: {fare.reason}. "
            "What is due to it is kept for 30 days. When it works again, run "
            f"`pivotwatch alerts replay --channel {fare.channel}`."
        )
    elif fare.failing_since is not None:
        head = f"{name} fails"
        text = (
            f"{name} has taken nothing since {_when(fare.failing_since)}: {fare.reason}. "
            "It is tried again by itself; correct what is wrong, then run "
            f"`pivotwatch alerts test {fare.channel}`."
        )
    else:
        head, text = f"{name} works again", f"{name} had failed and works again."
    return Letter("notice", f"[pivotwatch] {head}", text, message.created)


def letter_mail(
    letter: Letter, message: Message, settings: EmailSettings, links: AlertLinks | None = None
) -> EmailMessage:
    """Return a letter as an email to one person, who can unsubscribe when there are ``links``."""
    mail = new_mail(settings, message.recipient, letter.subject, message.id, letter.created, links)
    return fill(mail, "letter", l=letter)


def _item(payload: AlertPayload) -> Item:
    return Item(
        alert_id=payload.alert_id,
        revision=payload.revision,
        title=payload.story.title,
        lang=payload.story.lang,
        news=payload.news,
        reason=payload.reason.value.replace("_", " "),
        likelihood=payload.likelihood,
        at=payload.created,
        url=next((s.url for s in payload.articles), ""),
    )


def _when(at: datetime) -> str:
    return f"{at:%-d %b %Y, %H:%M} UTC"
