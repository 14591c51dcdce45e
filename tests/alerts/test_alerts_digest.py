"""The digest: what was not told, and a sign of life even when there is nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from alerts_kit import DAIRY, NAMES, NOW, PERSON, SIMPLE, email_to, make, take
from alerts_page import TAGS, Page
from alerts_servers import Mailbox
from loopback_kit import mail_server
from test_alerts_message import parts

from alerts import Digest, EmailChannel, build_digest, send_digest
from archive import Archive, feeds, notices
from archive.types import Feed, FeedNotice, FeedState

DAY = timedelta(days=1)


def build(archive: Archive, now_in: timedelta = timedelta(hours=1)) -> Digest:
    coverage, unheard = "1 of 2 sources healthy", ("no Azerbaijani source is watched",)
    return build_digest(archive, NOW - DAY, NOW + now_in, coverage, NAMES, unheard)


def send(digest: Digest, box: Mailbox, **more: object) -> tuple[int, tuple[str, ...]]:
    with mail_server(box) as port:
        done = asyncio.run(send_digest(EmailChannel(email_to(port, **more)), digest))
    return done.sent, done.failed


def fleet(archive: Archive) -> None:
    """Two feeds, one of which fails."""
    with archive.write() as connection:
        feeds.add(
            connection,
            [
                Feed("f1", "https://a.example/rss", "Ararat Wire", "en"),
                Feed("f2", "https://b.example/rss", "Broken <b>", "en"),
            ],
            NOW,
        )
        feeds.save_state(connection, FeedState("f1", last_polled=NOW))
        feeds.save_state(connection, FeedState("f2", failures=4, last_polled=NOW - 2 * DAY))
        notices.put(connection, [FeedNotice("f2", "failing", "HTTP 500 <i>", NOW - 2 * DAY)])


def test_an_empty_day_still_says_that_we_are_alive(archive: Archive) -> None:
    digest = build(archive)
    assert digest.alive.startswith("Alive: 0 new articles from 0 of 0 feeds since 3 Mar 2026")
    box = Mailbox()
    assert send(digest, box) == (1, ())
    text, html = parts(box.mails[0])
    assert digest.alive in text
    for said in ("1 of 2 sources healthy", "no Azerbaijani source is watched"):
        assert said in text
        assert said in " ".join(Page(html).text)
    assert digest.alive in " ".join(Page(html).text)


def test_a_feed_is_heard_when_it_was_read_not_when_it_was_asked(archive: Archive) -> None:
    fleet(archive)
    states = (
        (FeedState("f2", last_polled=NOW, failures=1, failed_since=NOW, domain=None), 1),
        (FeedState("f2", last_polled=NOW, failures=1, failed_since=NOW, domain="b.example"), 2),
        (FeedState("f2", last_polled=NOW, failures=9, failed_since=NOW - 2 * DAY, domain="b"), 1),
        (FeedState("f2", last_polled=NOW - 2 * DAY), 1),
        (FeedState("f2", last_polled=NOW), 2),
    )
    for state, heard in states:
        with archive.write() as connection:
            feeds.save_state(connection, state)
        assert f"from {heard} of 2 feeds" in build(archive).alive, state


def test_what_was_not_told_is_listed_with_its_reason(archive: Archive) -> None:
    fleet(archive)
    rule = SIMPLE.rules[0]
    settings = SIMPLE.model_copy(
        update={"rules": (rule.model_copy(update={"threshold": 0.7}),), "daily_budget": 1}
    )
    take(
        archive,
        make("a", probability=0.9),
        make("b", hours=90, probability=0.8, title="Over the budget"),
        make("c", traits=DAIRY, signal="trade_retaliation", probability=0.6, title="Too weak <i>"),
        settings=settings,
        recipients=(PERSON,),
    )
    digest = build(archive)
    assert [p.probability for p in digest.alerts] == [0.9]
    assert [s.title for s in digest.budget] == ["Over the budget"]
    assert [(s.title, s.score, s.threshold) for s in digest.below] == [("Too weak <i>", 0.6, 0.7)]
    assert [(f.outlet, f.kind) for f in digest.troubled] == [("Broken <b>", "failing")]
    assert "2 new articles from 1 of 2 feeds" in digest.alive, "the third is seen later"
    assert "3 articles held" in digest.alive
    assert digest.waiting == 1
    box = Mailbox()
    send(digest, box)
    text, html = parts(box.mails[0])
    page = Page(html)
    assert page.tags <= TAGS
    assert "i" not in page.tags
    for said in ("Over the budget", "Too weak <i>", "Russian economic pressure", "HTTP 500 <i>"):
        assert said in text
        assert said in " ".join(page.text)


def test_a_story_that_a_rule_has_told_is_not_listed_as_below_another(archive: Archive) -> None:
    take(archive, make("a"), recipients=(PERSON,))
    digest = build(archive)
    assert (digest.below, digest.held, digest.budget) == ((), (), ())


def test_a_days_digest_has_one_id_a_person(archive: Archive) -> None:
    box = Mailbox(at_rcpt=[])
    people = (PERSON.address, "second@desk.example")
    send(build(archive), box, to=people)
    send(build(archive, timedelta(hours=3)), box, to=people)
    send(build(archive, DAY), box, to=people)
    ids = [m["Message-ID"] for m in box.mails]
    assert ids[:2] == ids[2:4]
    assert len(set(ids)) == 4


def test_a_person_who_cannot_be_reached_is_reported(archive: Archive) -> None:
    box = Mailbox(at_rcpt=["550 gone"])
    sent, failed = send(build(archive), box, to=(PERSON.address, "second@desk.example"))
    assert sent == 1
    assert failed == (f"digest to {PERSON.address}: 550: gone",)
