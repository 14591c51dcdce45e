"""The test alert: made up, marked as a test, sent through a channel as a real one is."""

from __future__ import annotations

from datetime import datetime

from alerts.channels import Channel
from alerts.errors import ChannelError
from alerts.payload import AlertPayload, Counter, Quote, Signal, Source, StoryPart, Why
from archive import ids
from archive.types import Direction, Message, OutboxState, Reason

_SENTENCE = "This sentence stands where an article's own words stand in a real alert."


def trial_payload(now: datetime) -> AlertPayload:
    """Return the content of a test alert."""
    source = Source(
        article_id="a_test",
        version=1,
        origin="a_test",
        outlet="Test Outlet",
        family="test",
        kind="independent",
        reliability="F",
        title="A test of pivotwatch's delivery",
        url="https://outlet.example/test",
        lang="en",
        published=now,
        first_seen=now,
    )
    return AlertPayload(
        alert_id="al_test",
        rule="test",
        revision=1,
        reason=Reason.TEST,
        created=now,
        subject="[pivotwatch] test: a test of pivotwatch's delivery",
        signal=Signal(code="test", name="Test"),
        direction=Direction.NONE,
        probability=0.5,
        likelihood="roughly even chance",
        likelihood_span="45–55 %",
        confidence="low",
        confidence_why="nothing has happened: this is a test",
        story=StoryPart(id="s_test", title=source.title, lang="en", languages=("en",)),
        news="This is a test; nothing has happened.",
        passages=(
            Quote(
                source=source,
                text=_SENTENCE,
                start=0,
                end=len(_SENTENCE),
                reasons=(Why(concept="test", surface="test", weight=1.0),),
            ),
        ),
        outlets=(source.outlet,),
        origins=(),
        counter=Counter(summary="Nothing was searched: this is a test."),
        coverage="not looked at",
        model_id="none",
        threshold=0.5,
    )


async def send_test(channel: Channel, now: datetime) -> list[str]:
    """Send a test alert to each recipient of a channel; return a line for each answer.

    Raises:
        ChannelError: a recipient was not accepted; the message is the other side's own answer.
    """
    payload = trial_payload(now)
    lines: list[str] = []
    try:
        for one in channel.recipients:
            message = Message(
                id=ids.message_id(one.channel, one.address, f"test {now.isoformat()}", 1),
                alert_id=payload.alert_id,
                revision=1,
                channel=one.channel,
                recipient=one.address,
                state=OutboxState.DUE,
                attempts=0,
                next_at=now,
                created=now,
            )
            try:
                receipt = await channel.send(message, payload)
            except ChannelError as error:
                raise ChannelError(error.code, f"{one.address}: {error.detail}") from None
            lines.append(f"{one.address}: accepted ({receipt.code} {receipt.detail})")
    finally:
        await channel.close()
    return lines
