"""The email: complete, threaded, escaped, readable."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from alerts_kit import NAMES, NOW, PERSON, email_to, make
from alerts_page import TAGS, Page, contrast
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.clean import seal
from alerts.compose import Surroundings, compose
from alerts.message import MAX_HTML, alert_mail, link, stamp
from alerts.payload import AlertPayload, read_payload
from alerts.reasons import News
from alerts.rules import examine
from alerts.settings import AlertsSettings
from archive.ids import message_id
from archive.types import (
    Article,
    Contribution,
    Message,
    OutboxState,
    Passage,
    Reason,
    Score,
    Story,
    StoryMember,
)

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(1)>"\'><a href="javascript:x">{{ 7*7 }}'
    "{% raw %}]]></blockquote><!-- &lt;b&gt; \u202e\x00"
)


def payload_of(
    *pairs: tuple[Article, Score], last: AlertPayload | None = None, news: News | None = None
) -> AlertPayload:
    members = tuple(StoryMember(a, s) for a, s in pairs)
    story = Story("s_story", pairs[0][0].title, members, NOW, NOW)
    finding = examine(story, AlertsSettings().rules[0], {})
    around = Surroundings(NAMES, (), "11 of 12 sources healthy.", NOW)
    return compose(finding, news or News(Reason.FIRST, "New story."), last, around)


def message_for(payload: AlertPayload, to: str = PERSON.address) -> Message:
    key = message_id("email", to, payload.alert_id, payload.revision)
    return Message(
        key, payload.alert_id, payload.revision, "email", to, OutboxState.DUE, 0, NOW, NOW
    )


def mail_of(payload: AlertPayload) -> EmailMessage:
    return alert_mail(payload, message_for(payload), email_to(25))


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def three_languages() -> AlertPayload:
    return payload_of(
        make("a"),
        make(
            "b",
            outlet="Кавказская пристань",
            lang="ru",
            title="Без горной роты",
            text="Минобороны Армении уведомило штаб ОДКБ. Письмо передали.",
            hours=1,
            probability=0.81,
        ),
        make(
            "c",
            outlet="Զանգվի լրաբեր",
            lang="hy",
            title="Հայաստանը չի մասնակցի",
            text="Հայաստանը չի մասնակցի զորավարժություններին. Նամակն ուղարկվել է.",
            hours=2,
        ),
        make("d", outlet="Ledger", origin="a", hours=3),
    )


def test_text_and_html_say_all_that_an_alert_must_say() -> None:
    text, html = parts(mail_of(three_languages()))
    shown = " ".join(Page(html).text)
    for said in (
        "CSTO and Moscow-led bodies snubbed",
        "away from Russia",
        "0.81",
        "80–95 %",
        "Минобороны Армении уведомило штаб ОДКБ",
        "Հայաստանը չի մասնակցի զորավարժություններին",
        "will not take part",
        "+1.42",
        "Кавказская пристань",
        "4 Mar 2026, 03:00 UTC",
        "Ledger",
        "None found in 4 articles",
        "11 of 12 sources healthy.",
        "m_test",
        "csto-snub",
    ):
        assert said in text, said
        assert said in shown, said
    assert "ery likely" in shown
    assert "very likely" in text
    assert "https://b.example/news" in text


def test_quotes_are_marked_with_their_language() -> None:
    quotes = Page(parts(mail_of(three_languages()))[1]).quotes
    assert set(quotes) == {"en", "ru", "hy"}
    assert "Минобороны" in quotes["ru"]


def test_every_text_can_be_read_on_its_ground() -> None:
    last = three_languages()
    gone = News(Reason.CORRECTED, "An edit.", last.passages)
    pages = [
        Page(parts(mail_of(p))[1]) for p in (last, payload_of(make("a"), last=last, news=gone))
    ]
    pairs = set().union(*(p.colours for p in pages))
    assert len(pairs) > 5
    poor = {pair for pair in pairs if contrast(*pair) < 4.5}
    assert not poor


def test_a_story_keeps_one_thread_and_one_subject() -> None:
    first = payload_of(make("a", probability=0.6))
    second = payload_of(make("a", probability=0.97), last=first)
    one, two = mail_of(first), mail_of(second)
    root = "<s_story@pivot.example>"
    assert one["References"] == one["In-Reply-To"] == root
    assert two["In-Reply-To"] == one["Message-ID"]
    assert two["References"] == f"{root} {one['Message-ID']}"
    assert one["Subject"] == two["Subject"]
    assert one["Subject"] == "[pivotwatch] likely: Armenia will skip the CSTO exercise"
    assert "almost certain" in parts(two)[0]


def test_headers_mark_a_machine_and_one_reader() -> None:
    mail = mail_of(three_languages())
    assert mail["To"] == PERSON.address
    assert mail["From"] == "pivotwatch <alerts@pivot.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["List-Id"] == "pivotwatch alerts <alerts.pivotwatch.pivot.example>"
    assert len(mail["Message-ID"]) < 60
    assert mail["Date"].datetime == NOW


def test_the_same_payload_is_the_same_message_but_for_the_boundary() -> None:
    payload = three_languages()
    stored = read_payload(payload.as_json())
    assert stored == payload
    first, again = mail_of(payload), mail_of(stored)
    assert parts(first) == parts(again)
    assert first["Message-ID"] == again["Message-ID"]


@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
def test_foreign_text_never_becomes_markup(text: str) -> None:
    _check_hostile(text)


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE * 40, '" onmouseover="x', "</title><script>"])
def test_hostile_text_never_becomes_markup(text: str) -> None:
    _check_hostile(text)


def _check_hostile(text: str) -> None:
    article, score = make("a", title=text, outlet=text, text=f"{text}. More.", lang=text[:9])
    why = (Contribution(text, text, 2.0), Contribution(text, text, -2.0))
    body = article.text
    evidence = tuple(
        type(e)(
            e.article_id, e.version, e.signal, e.model_id, e.probability, e.direction,
            (Passage(body, 0, len(body), why),), (Passage(body, 0, len(body), why),),
        )
        for e in score.evidence
    )  # fmt: skip
    hostile = (
        type(article)(
            **{f: getattr(article, f) for f in article.__slots__}
            | {"url": f"javascript:{text}", "kind": text, "reliability": text}
        ),
        type(score)(**{f: getattr(score, f) for f in score.__slots__} | {"evidence": evidence}),
    )
    payload = payload_of(hostile, news=News(Reason.FIRST, text))
    mail = mail_of(payload)
    page = Page(parts(mail)[1])
    assert page.tags <= TAGS
    assert not any(name.startswith("on") for name in page.attributes)
    assert page.links == []
    assert b"\x00" not in seal(mail)


def test_a_story_of_a_hundred_outlets_still_fits() -> None:
    long = "Հայաստանը չի մասնակցի & " * 60
    pairs = [
        make(
            f"k{i}", outlet=f"Outlet <{i}> " * 20, title=long, text=long, quote=long, family=f"f{i}"
        )
        for i in range(100)
    ]
    html = parts(mail_of(payload_of(*pairs)))[1]
    assert len(html.encode()) < MAX_HTML
    assert "and 88 more" in html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "//x.example", "ftp://x.example/", "",
        "https://user@x.example/", "https://x.example/a b", "https://x.example/\n", "http://[::1",
        "https://", " https://x.example/", "https://x.example/" + "a" * 3000, "JAVASCRIPT:x",
    ],
)  # fmt: skip
def test_only_plain_web_addresses_are_linked(url: str) -> None:
    assert link(url) == ""


def test_web_addresses_are_linked_as_they_are() -> None:
    for url in ("https://x.example/а?b=1&c=2#d", "http://x.example:8080/"):
        assert link(url) == url


def test_times_are_given_in_utc() -> None:
    assert stamp(NOW) == "4 Mar 2026, 12:00 UTC"
    assert stamp(None) == "undated"
