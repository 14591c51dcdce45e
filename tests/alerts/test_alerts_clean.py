"""No foreign text becomes a mail header, on any Python."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from alerts_kit import NOW, email_to
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.clean import UNTITLED, WITHHELD, clean, readable, seal
from alerts.message import new_mail

INJECTION = "=?utf-8?q?x=0D=0ABcc:_a@b.c?="
_PIECES = st.sampled_from(
    [
        "=?", "?=", "=", "?", "utf-8", "q", "Q", "b", "=0D=0A", "=0d", "\r\n", "\n", "Bcc: a@b.c",
        "\u2028", "\u202e", "\x00", "\ud800", " ", "\t", "=\u200e?", "=?utf-8?b?DQpCY2M6IGFAYi5j?=",
        "Հայաստան", "Россия", "=?us-ascii*en?q?", ",", ";", "<x@y>", '"', "😀", "a" * 120,
    ]
)  # fmt: skip
_TITLES = st.one_of(
    st.text(st.characters(), max_size=300), st.lists(_PIECES, max_size=12).map("".join)
)


@example(INJECTION)
@example("=\u202e?utf-8?q?x=0D=0ABcc:_a@b.c?=")
@example("= =?= =?utf-8?q?x=0D=0ABcc:_a@b.c?=")
@example("=?utf-8?b?eA0KQmNjOiBhQGIuYw==?=")
@example("\ud83d")
@given(_TITLES)
def test_a_title_never_changes_the_set_of_headers(title: str) -> None:
    mail = new_mail(
        email_to(25), "analyst@desk.example", f"[pivotwatch] likely: {title}", "m1", NOW
    )
    wanted = sorted(mail.keys())
    mail.set_content("body")
    raw = seal(mail)
    for one in (
        message_from_bytes(raw),
        message_from_bytes(raw, policy=policy.default),
        message_from_bytes(message_from_bytes(raw, policy=policy.default).as_bytes()),
    ):
        extra = set(one.keys()) - set(wanted)
        assert extra <= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
        assert one["To"] == "analyst@desk.example"
        assert one["Bcc"] is None
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))


@given(_TITLES)
def test_cleaning_is_bounded_and_settles(title: str) -> None:
    once = clean(title)
    assert 0 < len(once) <= 200
    assert once.isprintable() or once == once.strip()
    assert not {"\n", "\r"} & set(once)
    assert clean(once) == once


def test_an_honest_title_stays_as_it_is() -> None:
    for title in ("What now? Armenia = CSTO?", "«Северный гребень»: без роты", "Երևան՝ ՀԱՊԿ"):
        assert clean(title) == title
    assert clean(" \n ") == UNTITLED


def test_a_subject_is_read_back_as_it_was_in_short_encoded_words() -> None:
    title = "Հայաստանը հրաժարվեց ՀԱՊԿ-ի զորավարժություններին մասնակցելուց և նամակ ուղարկեց"
    mail = new_mail(email_to(25), "analyst@desk.example", title, "m1", NOW)
    mail["References"] = " ".join(f"<{c * 60}@pivot.example>" for c in "abc")
    mail.set_content("body")
    raw = seal(mail)
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii")
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == title
    assert all(len(word) <= 75 for word in head.split() if word.startswith("=?"))
    assert "References: <aaa" in head
    assert "=?" not in next(line for line in head.split("\r\n") if line.startswith("References"))


def test_what_cannot_be_sealed_is_withheld() -> None:
    class Odd(EmailMessage):
        """A message whose encoding shows a header that nobody set, as old Pythons do."""

        def as_bytes(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            raw = super().as_bytes(*args, **kwargs)
            return raw.replace(b"x\n", b"x\nBcc: a@b.c\n", 1)

    mail = Odd()
    mail["Subject"] = "x"
    mail.set_content("body")
    assert b"Bcc" not in seal(mail)
    assert mail["Subject"] == WITHHELD


def test_a_message_that_never_encodes_is_refused() -> None:
    class Broken(EmailMessage):
        def as_bytes(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "no")

    mail = Broken()
    mail["Subject"] = "x"
    with pytest.raises(ValueError, match="headers"):
        seal(mail)


def test_quotes_keep_their_lines_and_lose_what_misleads() -> None:
    assert readable("one\ntwo\u202e\x00 three\ud800") == "one\ntwo   three?"
