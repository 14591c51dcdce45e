"""The test alert: made up, marked as a test, sent through a channel as a real one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from tempfile import TemporaryDirectory

from alerts.channels import Channel
from alerts.errors import ChannelError
from alerts.payload import AlertPayload, Counter, Quote, Signal, Source, StoryPart, Why
from alerts.queueing import TRIAL, queued
from alerts.sender import deliver
from archive import Archive, articles, outbox, stories, upgrade
from archive import alerts as alert_store
from archive.types import (
    Alert,
    AlertRevision,
    Article,
    Delivery,
    Direction,
    Message,
    Reason,
)

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
        alert_id=TRIAL,
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

    It goes the way of a real alert: it is stored, queued, claimed, sent by the channel's lane and
    settled. The archive is one of its own that is thrown away, so that no list, digest or budget
    counts a test, and a channel that was given up can be tried.

    Raises:
        ChannelError: a recipient was not accepted; the message is the other side's own answer.
    """
    with (
        TemporaryDirectory(prefix="pivotwatch-") as folder,
        closing(Archive(f"sqlite:///{folder}/trial.db")) as archive,
    ):
        upgrade(archive)
        waiting = _queue(archive, channel, now)
        await deliver(archive, {one.channel: channel for one in waiting}, lambda: now)
        with archive.read() as connection:
            answers = {one.message_id: one for one in outbox.tries(connection, TRIAL)}
    return _lines(waiting, answers)


def _queue(archive: Archive, channel: Channel, now: datetime) -> list[Message]:
    payload = trial_payload(now)
    article = _article(payload.passages[0], now)
    alert = Alert(TRIAL, payload.rule, payload.story.id, article.title, 1, now, now)
    revision = AlertRevision(TRIAL, 1, payload.reason, payload.as_json(), now)
    test = f"test {now.isoformat()}"
    waiting = [queued(one, TRIAL, 1, now, key=test, number=1) for one in channel.recipients]
    with archive.write() as connection:
        articles.put(connection, article)
        stories.open_story(connection, payload.story.id, article, now)
        alert_store.revise(connection, alert, revision)
        outbox.enqueue(connection, waiting)
    return waiting


def _article(quote: Quote, now: datetime) -> Article:
    said = quote.source
    return Article(
        said.article_id, said.url, said.title, quote.text, said.lang, said.outlet, now, now
    )


def _lines(waiting: Sequence[Message], answers: Mapping[str, Delivery]) -> list[str]:
    """Return a line for each message that was taken.

    Raises:
        ChannelError: not all were; it names everybody.
    """
    lines: list[str] = []
    refused: list[tuple[str, str]] = []
    for message in waiting:
        answer, who = answers.get(message.id), message.recipient
        if answer is None:
            refused.append(("", f"{who}: not tried after these"))
        elif answer.ok:
            said = f"{answer.code} {answer.detail}".rstrip()
            lines.append(f"{who}: accepted ({said})")
        else:
            refused.append((answer.code, f"{who}: {answer.detail}"))
    if refused:
        raise ChannelError(refused[0][0], "; ".join([*(said for _, said in refused), *lines]))
    return lines
