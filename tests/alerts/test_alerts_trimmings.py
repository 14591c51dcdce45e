"""What a mail has beside its words: buttons, unsubscribing, a picture, grades, a dark page."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from alerts_kit import email_to
from alerts_page import Page, contrast
from test_alerts_message import mail_of, message_for, parts, three_languages

import alerts.message
import alerts.picture
from alerts.buttons import Button
from alerts.clean import seal
from alerts.message import Room, alert_mail, fill
from alerts.picture import MAX_PNG, days_picture


class Links:
    """Links as the page makes them; one button's address is not one that may be linked."""

    base = "https://watch.example"

    def buttons(self, alert_id: str, revision: int, person: str) -> tuple[Button, ...]:
        made = f"{self.base}/a/{alert_id}.{revision}.{person.partition('@')[0]}"
        names = ("Relevant", "Not relevant", "Wrong signal", "Snooze", "Mute")
        bad = Button("bad", "Bad", "javascript:alert(1)")
        return (bad, *(Button(n.lower(), n, f"{made}.{n[:3]}") for n in names))

    def miss(self, article_id: str, person: str) -> str:
        return f"{self.base}/m/{article_id}.{person.partition('@')[0]}"

    def unsubscribe(self, address: str) -> str:
        return f"{self.base}/u/{address.partition('@')[0]}"


def mail_with(links: Links | None = None, **settings: object) -> EmailMessage:
    payload = three_languages()
    return alert_mail(payload, message_for(payload), email_to(25, **settings), links)


def test_buttons_are_links_of_this_alert_and_this_person() -> None:
    text, html = parts(mail_with(Links()))
    page = Page(html)
    made = [one for one in page.links if "/a/al_" in one]
    assert len(made) == 5
    assert all(".1.analyst." in one for one in made)
    for label in ("Relevant", "Not relevant", "Wrong signal", "Snooze", "Mute"):
        assert label in page.text
        assert f" * {label}: https://watch.example/a/al_" in text
    assert "Bad" not in page.text
    assert "https://watch.example/u/analyst" in page.links
    assert "Stop these mails: https://watch.example/u/analyst" in text


def test_without_a_page_there_is_nothing_to_press() -> None:
    mail = mail_with()
    text, html = parts(mail)
    assert "verdict" not in (text + html).lower()
    assert "Stop these mails" not in text + html
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


def test_one_click_unsubscribing_is_offered_over_https_only() -> None:
    mail = mail_with(Links())
    assert mail["List-Unsubscribe"] == "<https://watch.example/u/analyst>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    near = Links()
    near.base = "http://127.0.0.1:4201"
    mail = mail_with(near)
    assert mail["List-Unsubscribe"] == "<http://127.0.0.1:4201/u/analyst>"
    assert mail["List-Unsubscribe-Post"] is None


def test_a_long_unsubscribe_address_stays_readable_on_the_wire() -> None:
    links = Links()
    links.base = "https://watch.example/" + "t" * 300
    raw = seal(mail_with(links))
    line = next(x for x in raw.split(b"\r\n") if x.startswith(b"List-Unsubscribe:"))
    assert line == b"List-Unsubscribe: <" + links.base.encode() + b"/u/analyst>"


def test_the_picture_goes_along_only_when_it_is_asked_for() -> None:
    mail = mail_with(picture=True)
    page = mail.get_body(("related",))
    assert page is not None
    html, picture = page.iter_parts()
    assert isinstance(picture, EmailMessage)
    assert picture.get_content_type() == "image/png"
    png = picture.get_content()
    assert png.startswith(b"\x89PNG")
    assert 0 < len(png) <= MAX_PNG
    assert isinstance(html, EmailMessage)
    shown = html.get_content()
    assert f'src="cid:{str(picture["Content-ID"])[1:-1]}"' in shown
    assert 'alt="3 texts on this story in 14 days' in shown
    assert "3 texts on this story in 14 days" in parts(mail)[0]
    assert "image/png" not in str(mail_with())
    assert "cid:" not in parts(mail_with())[1]


def test_a_picture_is_the_same_every_time_and_never_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = three_languages().days
    one, again = days_picture(days, "a@b.c"), days_picture(days, "a@b.c")
    assert one == again
    assert days_picture(tuple(d.model_copy(update={"every": 0, "story": 0}) for d in days), "x")
    monkeypatch.setattr(alerts.picture, "MAX_PNG", 100)
    assert days_picture(days, "a@b.c") is None


def test_an_alert_without_days_has_no_picture() -> None:
    payload = three_languages().model_copy(update={"days": ()})
    mail = alert_mail(payload, message_for(payload), email_to(25, picture=True))
    assert mail.get_body(("related",)) is None
    assert "Last 14 days" not in parts(mail)[1]


def test_letter_and_number_stand_apart_from_likelihood_and_confidence() -> None:
    text, html = parts(mail_of(three_languages()))
    for line in (
        "Severity:    notable",
        "Outlets:     F, not judged",
        "Reported:    2, probably true",
    ):
        assert line in text, line
    shown = " ".join(Page(html).text)
    for said in ("What they report", "probably true", "not judged", "Last 14 days", "Notable"):
        assert said in shown, said
    assert "What would change this" in shown
    assert "Missing: an official statement" in text


def test_html_that_is_too_large_even_so_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts.message, "MAX_HTML", 2_000)
    mail = mail_of(three_languages())
    assert mail.get_body(("html",)) is None
    assert mail.get_content_type() == "text/plain"
    filled = fill(EmailMessage(), "alert", a=three_languages(), **NOTHING_TO_PRESS)
    assert filled.get_content_type() == "text/plain"


NOTHING_TO_PRESS = {"buttons": (), "leave": "", "room": Room(), "picture": None}


def test_a_dark_page_can_be_read_too() -> None:
    """The colours that a dark screen shows in place of ours, by the page's own rules."""
    html = parts(mail_with(Links()))[1]
    text = dict(re.findall(r';color:(#\w{6})"\]\{color:(#\w{6})', html))
    ground = dict(re.findall(r'background:(#\w{6})"\]\{background:(#\w{6})', html))
    pairs = {
        (text.get(colour, colour), ground.get(under, under)) for colour, under in Page(html).colours
    }
    assert len(text) > 5
    assert len(ground) > 5
    assert not {pair for pair in pairs if contrast(*pair) < 4.5}
