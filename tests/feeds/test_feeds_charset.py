from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.charset import decode

RU = "Армения приостановила участие в учениях «Северный гребень», сообщили в Ереване. " * 5
HY = "Հայաստանը չի մասնակցի զորավարժություններին, հայտնեց նախարարությունը։ " * 5


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (RU.encode("cp1251"), "text/xml; charset=windows-1251", RU),
        (RU.encode("cp1251"), "text/xml", RU),
        (RU.encode("cp1251"), "text/xml; charset=utf-8", RU),
        ("Учения".encode("koi8-r"), "text/html; charset=KOI8-R", "Учения"),
        (RU.encode("utf-8"), "text/xml; charset=windows-1251", RU),
        (HY.encode("utf-8"), "text/html; charset=iso-8859-1", HY),
        (codecs.BOM_UTF8 + HY.encode(), "text/html; charset=windows-1251", HY),
        (codecs.BOM_UTF16_LE + RU.encode("utf-16-le"), "", RU),
        (("<a>" + RU).encode("utf-16-be"), "", "<a>" + RU),
        (b"caf\xe9 \x93x\x94", "text/html; charset=iso-8859-1", "café “x”"),
        (RU.encode("cp1251"), "text/html; charset=no-such-charset", RU),
        (RU.encode("cp1251"), "text/html; charset=base64", RU),
    ],
)
def test_labels_may_be_wrong(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


@pytest.mark.parametrize(
    "head",
    ['<?xml version="1.0" encoding="windows-1251"?>', '<html><meta charset="windows-1251">'],
)
def test_the_document_declares_its_charset(head: str) -> None:
    assert decode((head + "Ёлка").encode("cp1251")).endswith("Ёлка")


@pytest.mark.parametrize("content_type", ["", "text/xml; charset=windows-1251"])
def test_one_stray_byte_does_not_cost_the_alphabet(content_type: str) -> None:
    body = RU.encode() + b"\x92" + RU.encode()
    assert decode(body, content_type) == RU + "\ufffd" + RU


@given(st.binary(), st.text())
def test_never_fails(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type), str)


@given(st.text())
def test_utf8_is_read_whatever_the_label(text: str) -> None:
    body = ("x" + text).encode("utf-8", "ignore")
    assert decode(body, "text/html; charset=windows-1251") == body.decode()
