"""The digest as text and as one mail a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

from alerts.buttons import AlertLinks
from alerts.chart import HEIGHT, WIDTH, index_png, sparks
from alerts.digest_index import index_bars
from alerts.digest_types import Digest, DigestDelivery, DigestStory
from alerts.errors import ChannelError
from alerts.message import MAX_HTML, add_html, new_mail
from alerts.picture import MAX_PNG, Picture
from alerts.rendering import MAX_URL, link, render
from alerts.settings import EmailSettings
from alerts.smtp import EmailChannel
from archive import ids

_BAR = 26  # pixels of the highest bar of the index


@dataclass(frozen=True, slots=True)
class Room:
    """How many lines each list of a digest's HTML has; ``url`` is in characters."""

    alerts: int = 40
    stories: int = 20
    feeds: int = 30
    short: int = 20
    url: int = MAX_URL


_ROOMS = (
    Room(),
    Room(alerts=20, stories=10, feeds=20, short=12, url=300),
    Room(alerts=8, stories=4, feeds=8, short=5, url=200),
    Room(alerts=3, stories=1, feeds=3, short=3, url=200),  # fits, whatever the lines are made of
)


@dataclass(frozen=True, slots=True)
class _Reader:
    """What one reader's digest has of its own: the stories over their budget, the way out, and
    the links that ask whether a story was a miss, by the id of its article."""

    over: tuple[DigestStory, ...]
    total: int
    said: tuple[str, ...]
    leave: str = ""
    misses: Mapping[str, str] = field(default_factory=dict)


async def send_digest(
    channel: EmailChannel,
    digest: Digest,
    *,
    have: Collection[str] = (),
    taken: Callable[[str], None] | None = None,
) -> DigestDelivery:
    """Mail a digest to every recipient of the email channel.

    It does not go through the outbox: the flow that calls this retries it. The message id comes
    from the time that the digest covers, so that a second copy is recognised as one.

    Args:
        channel: the mail server and the recipients.
        digest: what is mailed.
        have: addresses that have it already.
        taken: is told each address as soon as the server has taken its mail.
    """
    sent, failed = 0, []
    try:
        for one in channel.recipients:
            if one.address in have:
                continue
            mail = digest_mail(digest, channel.settings, one.address, channel.links)
            try:
                await channel.submit(mail, one.address)
            except ChannelError as error:
                failed.append(f"digest to {one.address}: {error}")
                continue
            sent += 1
            if taken is not None:
                taken(one.address)
    finally:
        await channel.close()
    return DigestDelivery(sent, tuple(failed))


def digest_mail(
    digest: Digest, settings: EmailSettings, address: str, links: AlertLinks | None = None
) -> EmailMessage:
    """Return a digest as an email to one person, with what their own budget kept from them."""
    covered = (digest.kind, digest.since.isoformat(), digest.day)
    local_id = "digest_" + ids.digest("digest", *covered, address)
    subject = f"[pivotwatch] {digest.title}"
    mail = new_mail(settings, address, subject, local_id, digest.now, links)
    reader = _reader(digest, address)
    if links is not None:
        asked = {
            one.article_id: link(links.miss(one.article_id, address)) for one in digest.sampled
        }
        reader = replace(reader, leave=link(links.unsubscribe(address)), misses=asked)
    mail.set_content(_text(digest, reader), charset="utf-8")
    picture = _picture(digest, f"{local_id}.index@{settings.domain}") if settings.picture else None
    html = _html(digest, reader, picture)
    if html:
        add_html(mail, html, picture, "index")
    return mail


def digest_text(digest: Digest) -> str:
    """Return a digest as text, as the text part of its email says it, with everybody's budget."""
    said = tuple(f"{one.address}: {one.sentence}" for one in digest.overruns)
    people = {one.address.lower() for one in digest.overruns}
    over = tuple(
        _told_apart(
            one, f"the budget of {', '.join(a for a in one.over if not people or a in people)}"
        )
        for one in digest.budget
    )
    return _text(digest, _Reader(over, digest.totals["budget"], said))


def _reader(digest: Digest, address: str) -> _Reader:
    over = tuple(_told_apart(one, "your budget") for one in digest.budget if one.is_over(address))
    own = next((one for one in digest.overruns if one.address == address), None)
    if own is None:
        return _Reader(over, len(over), ())
    return _Reader(over, own.stories, (own.sentence,))


def _told_apart(one: DigestStory, budget: str) -> DigestStory:
    """Say of a story why it stands among the alerts, too: it was told, though not to everybody."""
    if not one.over:
        return one
    return replace(one, detail=f"others were told, so it is among the alerts; over {budget}")


def _text(digest: Digest, reader: _Reader) -> str:
    shown = "" if digest.index is None else sparks(digest.index)
    return render("digest.txt.jinja", d=digest, reader=reader, sparks=shown)


def _html(digest: Digest, reader: _Reader, picture: Picture | None) -> str:
    """Return the HTML of at most 80,000 bytes, shorter where lines are long; the last resort is
    an empty string, as the text says the same."""
    bars = () if digest.index is None else index_bars(digest.index, _BAR)
    for room in _ROOMS:
        html = render(
            "digest.html.jinja",
            d=digest, reader=reader, bars=bars, full=_BAR, room=room, picture=picture,
        )  # fmt: skip
        if len(html.encode("utf-8")) <= MAX_HTML:
            return html
    return ""


def _picture(digest: Digest, cid: str) -> Picture | None:
    """Draw the index; None when there is none, or its file would be too large."""
    if digest.index is None:
        return None
    png = index_png(digest.index)
    return Picture(png, cid, digest.index.sentence, WIDTH, HEIGHT) if len(png) <= MAX_PNG else None
