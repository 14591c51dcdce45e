"""The parts of a digest: budgets by person, mutes, the index, a random sample, the week."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from alerts_kit import NAMES, NOW, PERSON, email_to, take
from alerts_markup import BARE
from alerts_page import TAGS, Page, contrast
from alerts_servers import Mailbox
from decisions_kit import ruled, set_to
from digest_kit import DAY, HOUR, OTHER, build, event, index_of, mail_of, words
from loopback_kit import mail_server
from test_alerts_message import parts
from test_alerts_trimmings import Links

from alerts import EmailChannel, build_digest, digest_text, send_digest
from alerts import digest_mail as digest_mail_module
from alerts import mutes as muting
from alerts.budget import budgets_of
from alerts.digest_mail import digest_mail
from alerts.digest_types import MuteCount, Overrun, SignalLine, TroubledFeed
from archive import Archive, digests, endpoints
from archive.types import Direction, Endpoint, Mute, MuteKind


@contextmanager
def statements(archive: Archive) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(archive.engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(archive.engine, "before_cursor_execute", note)


def test_everybody_reads_what_their_own_budget_kept_from_them(archive: Archive) -> None:
    settings = set_to(
        daily_budget=3, people=[{"address": PERSON.address, "daily_budget": 1}], group_wait=0
    )
    pairs = [event(n, probability=0.9 - n / 100) for n in range(5)]
    take(archive, *pairs, settings=settings, recipients=(PERSON, OTHER))
    people = (PERSON.address, OTHER.address)
    digest = build(archive, budgets=budgets_of(settings, people))
    assert digest.totals["budget"] == 4
    assert digest.overruns == (Overrun(PERSON.address, 1, 4), Overrun(OTHER.address, 3, 2))
    text, page = words(mail_of(digest))
    for shown in (text, page):
        assert "4 alerts over your budget of 1." in shown
        assert OTHER.address not in shown
        for number in (1, 2, 3, 4):
            assert f"Event {number}." in shown
    text, page = words(mail_of(digest, OTHER.address))
    begin, end = text.index("HELD BACK BY THE DAILY BUDGET (2)"), text.index("HELD BY A RULE")
    assert "2 alerts over your budget of 3." in text
    assert [n for n in range(5) if f"Event {n}." in text[begin:end]] == [3, 4]
    assert PERSON.address not in text + page
    everybody = digest_text(digest)
    assert f"{PERSON.address}: 4 alerts over your budget of 1." in everybody
    assert f"{OTHER.address}: 2 alerts over your budget of 3." in everybody


def test_what_only_some_were_told_says_why_it_stands_in_two_lists(archive: Archive) -> None:
    settings = set_to(
        daily_budget=3, people=[{"address": PERSON.address, "daily_budget": 1}], group_wait=0
    )
    take(
        archive,
        *(event(n, probability=0.9 - n / 100) for n in range(5)),
        settings=settings,
        recipients=(PERSON, OTHER),
    )
    both = build(archive, budgets=budgets_of(settings, (PERSON.address, OTHER.address)))
    apart = "others were told, so it is among the alerts; over "
    text, page = words(mail_of(both))
    for shown in (text, page):
        assert shown.count(f"{apart}your budget") == 2, "the other two nobody was told"
    assert apart not in "".join(words(mail_of(both, OTHER.address)))
    assert digest_text(both).count(f"{apart}the budget of {PERSON.address}") == 2
    left = build(archive, budgets=budgets_of(settings, (OTHER.address,)))
    shown = digest_text(left)
    assert "HELD BACK BY THE DAILY BUDGET (2)" in shown, "nothing of whoever is not mailed any more"
    assert f"{OTHER.address}: 2 alerts over your budget of 3." in shown
    assert PERSON.address not in shown
    assert apart not in shown


def test_a_digest_says_how_many_stories_a_mute_kept_back(archive: Archive) -> None:
    with archive.write() as connection:
        for kind, value in ((MuteKind.OUTLET, "Ararat Wire"), (MuteKind.SIGNAL, "csto_snub")):
            muting.mute(
                connection, kind, value, author="ani", reason="drills <b>", until=NOW + DAY, now=NOW
            )
    own = {"signal": "trade_retaliation", "probability": 0.9}
    take(archive, event(1, **own), event(2, **own), event(3, outlet="Other"), recipients=(PERSON,))
    digest = build(archive)
    assert [(m.mute.value, m.stories) for m in digest.mutes] == [
        ("Ararat Wire", 2),
        ("csto_snub", 1),
    ]
    assert (digest.totals["muted"], digest.totals["below"], digest.sampled) == (3, 0, ())
    for shown in words(mail_of(digest)):
        assert "outlet Ararat Wire" in shown
        assert "drills <b>" in shown
        assert "ani until 5 Mar 2026, 12:00 UTC" in shown


def test_five_stories_below_the_thresholds_are_drawn_by_the_day(archive: Archive) -> None:
    low = [event(n, probability=0.2 + n / 100) for n in range(12)]
    told = event(40, probability=0.9)
    take(archive, *low, told, settings=ruled(threshold=0.5), recipients=(PERSON,))
    digest = build(archive)
    drawn = [one.title for one in digest.sampled]
    assert len(drawn) == len(set(drawn)) == 5
    assert "Event 40." not in drawn
    assert [one.title for one in build(archive).sampled] == drawn
    days = [build_digest(archive, NOW - DAY, NOW + n * DAY, "", NAMES).sampled for n in range(1, 9)]
    assert len({frozenset(one.title for one in day) for day in days}) > 4
    assert {one.title for day in days for one in day} == {a.title for a, _ in low}
    article = next(a for a, _ in low if a.title == drawn[0])
    command = f"pivotwatch labels add {article.id} --signal csto_snub --direction away"
    for shown in words(digest_mail(digest, email_to(25), PERSON.address)):
        assert command in shown
    text, html = parts(mail_of(digest))
    for one in digest.sampled:
        url = Links().miss(one.article_id, PERSON.address)
        assert f"a miss? {url}" in text
        assert f'href="{url}"' in html
    assert command not in text + html


def test_the_index_is_a_sentence_with_signs_bars_or_a_picture(archive: Archive) -> None:
    index = index_of(None, 0.3, -0.1, 0.2)
    digest = build(archive, index=index)
    mail = mail_of(digest)
    text, html = parts(mail)
    for shown in words(mail):
        assert index.sentence in shown
    assert "·▆▄▅" in text
    assert html.count("background:#a4262c") == 2
    assert html.count("background:#1d5c9b") == 1
    assert not [part for part in mail.walk() if part.get_content_type() == "image/png"]
    drawn = mail_of(digest, picture=True)
    (picture,) = [part for part in drawn.walk() if part.get_content_type() == "image/png"]
    cid = str(picture["Content-ID"]).strip("<>")
    page = parts(drawn)[1]
    assert f'src="cid:{cid}"' in page
    assert index.sentence in page
    assert "background:#a4262c" not in page
    without = mail_of(build(archive, index=index_of(None, None)))
    assert "not enough evidence" in words(without)[0]
    assert "up is away" not in words(without)[1]


def test_what_cannot_be_delivered_is_said_with_its_reason(archive: Archive) -> None:
    with archive.write() as connection:
        endpoints.save(connection, Endpoint("room", disabled=NOW, reason="410 <i>gone</i>"))
        endpoints.save(connection, Endpoint("ops", failing_since=NOW, reason="500", tries=3))
        endpoints.save(connection, Endpoint("well", last_ok=NOW))
    digest = replace(build(archive), dead=2)
    assert [one.channel for one in digest.channels] == ["room", "ops"]
    for shown in words(mail_of(digest)):
        assert "410 <i>gone</i>" in shown
        assert "disabled since 4 Mar 2026, 12:00 UTC" in shown
        assert "failing since 4 Mar 2026, 12:00 UTC" in shown
        assert "0 messages waiting, 2 given up." in shown
        assert "pivotwatch alerts dead" in shown


def test_the_week_is_summed_up_by_signal_and_begins_with_the_likeliest(archive: Archive) -> None:
    toward = {"signal": "russia_reengagement", "direction": Direction.TOWARD}
    take(
        archive,
        *(event(n, probability=0.6 + n / 100) for n in range(3)),
        event(1, probability=0.61),
        event(4, probability=0.8, **toward),
        event(5, probability=0.95, signal="csto_snub", direction=Direction.MIXED),
        recipients=(PERSON,),
    )
    digest = build(archive, back=7 * DAY, weekly=True)
    counted = [(s.name, s.count.stories, s.count.away, s.count.toward) for s in digest.signals]
    assert counted == [(NAMES["csto_snub"], 4, 4, 1), (NAMES["russia_reengagement"], 1, 0, 1)]
    assert [one.title for one in digest.top][:2] == ["Event 5.", "Event 4."]
    assert len(digest.top) == 5
    mail, daily = mail_of(digest), mail_of(build(archive, back=7 * DAY))
    assert mail["Subject"] == "[pivotwatch] weekly digest of 26 February 2026 to 4 March 2026"
    assert daily["Subject"] == "[pivotwatch] digest of 4 March 2026"
    assert mail["Message-ID"] != daily["Message-ID"]
    for shown in words(mail):
        assert NAMES["russia_reengagement"] in shown
    assert "3 Mar" not in words(daily)[0].split("ALERTS")[1].split("HELD")[0]


def test_the_stories_of_a_digest_are_read_together(archive: Archive) -> None:
    """However many stories are listed, the database is asked as often."""
    low = ruled(threshold=0.99)
    asked = []
    for count in (2, 30):
        take(archive, *(event(n) for n in range(count)), settings=low, recipients=(PERSON,))
        with statements(archive) as said:
            digest = build(archive)
        asked.append(len(said))
        assert len(digest.below) == min(count, 20)
    assert asked[0] == asked[1]


def test_a_try_for_those_who_are_left_mails_nobody_twice(archive: Archive) -> None:
    digest, taken = build(archive), list[str]()
    people = (PERSON.address, OTHER.address)
    box = Mailbox(at_rcpt=["450 later"])
    with mail_server(box) as port:
        channel = EmailChannel(email_to(port, to=people))
        first = asyncio.run(send_digest(channel, digest, taken=taken.append))
        assert (first.sent, taken) == (1, [OTHER.address])
        assert first.failed == (f"digest to {PERSON.address}: 450: later",)
        again = asyncio.run(send_digest(channel, digest, have=taken, taken=taken.append))
    assert (again.sent, again.failed) == (1, ())
    assert [mail["To"] for mail in box.mails] == [OTHER.address, PERSON.address]


def test_where_a_persons_digest_ended_is_known_by_kind(any_archive: Archive) -> None:
    with any_archive.write() as connection:
        assert digests.ends(connection, "daily", [PERSON.address]) == {}
        digests.taken(connection, "daily", PERSON.address, NOW)
        digests.taken(connection, "daily", PERSON.address.upper(), NOW + HOUR)
        ended = digests.ends(connection, "daily", [PERSON.address, OTHER.address])
        assert ended == {PERSON.address: NOW + HOUR}
        assert digests.ends(connection, "weekly", [PERSON.address]) == {}


@pytest.mark.parametrize(
    "markup", ["".join(BARE) + "\r\nBcc: all@desk.example\r\n", "\"'" * 900, "\U0001f600" * 900]
)
def test_whatever_is_in_it_the_page_is_small_and_shows_words_as_words(
    archive: Archive, markup: str
) -> None:
    """Every list full, every field as long as it can be and made of markup."""
    take(
        archive,
        *(event(n, probability=0.6 - n / 1000) for n in range(30)),
        settings=ruled(threshold=0.5),
        recipients=(PERSON,),
    )
    digest = build(archive, back=7 * DAY, weekly=True, index=index_of(*[0.1, -0.2, None] * 18))
    url = "https://x.example/?" + "&" * 1_900
    story = replace(
        _any_story(archive),
        title=markup, url=url, outlets=(markup,) * 9, signal=markup, detail="&" * 900, code="x",
    )  # fmt: skip
    payload = replace_deep(digest.alerts[0], markup)
    totals = {**digest.totals, "alerts": 500, "budget": 500, "below": 500}
    hostile = replace(
        digest,
        alerts=(payload,) * 40,
        budget=(story,) * 20, held=(story,) * 20, below=(story,) * 20,
        sampled=(story,) * 5, top=(story,) * 10, totals=totals,
        unheard=(markup,) * 20, coverage=markup,
        troubled=(TroubledFeed(markup, markup, markup, NOW),) * 30,
        channels=(Endpoint(markup, markup, disabled=NOW, reason=markup),) * 20,
        mutes=(MuteCount(Mute("m", MuteKind.RULE, markup, markup, markup, NOW, NOW), 3),) * 20,
        signals=(SignalLine(markup, digest.signals[0].count),) * 20,
    )  # fmt: skip
    mail = mail_of(hostile)
    assert mail["Bcc"] is None
    html = parts(mail)[1]
    assert len(html.encode()) <= 80_000
    page = Page(html)
    assert page.tags <= TAGS
    assert "img" not in page.tags
    assert all(contrast(*pair) >= 4.5 for pair in page.colours)
    assert re.search(r"and 49\d more", " ".join(page.text))
    assert page.links[-1] == "https://watch.example/u/analyst"


def test_a_digest_that_fits_no_page_is_mailed_as_text_alone(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_mail_module, "MAX_HTML", 100)
    mail = mail_of(build(archive), picture=True)  # and without an index there is no picture
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]
    assert "ALERTS (0)" in mail.get_content()


def _any_story(archive: Archive) -> Any:
    """A line on a story, to be filled with something worse."""
    take(archive, event(99, probability=0.1), settings=ruled(threshold=0.5), recipients=())
    return build(archive).below[0]


def replace_deep(payload: Any, markup: str) -> Any:
    """A payload whose foreign words are markup."""
    changes: Mapping[str, Any] = {
        "story": payload.story.model_copy(update={"title": markup, "lang": markup}),
        "signal": payload.signal.model_copy(update={"name": markup}),
    }
    return payload.model_copy(update=changes)
