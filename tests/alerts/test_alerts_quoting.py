"""An alert quotes three sentences in all, verbatim: those that its reasons stand in."""

from __future__ import annotations

import pytest
from alerts_kit import NOW
from hypothesis import given
from hypothesis import strategies as st

from alerts.payload import Quote, Why
from alerts.quoting import spans, trimmed
from alerts.trial import trial_payload


def a_quote(text: str, *surfaces: str, start: int = 100, cut: bool = False) -> Quote:
    reasons = tuple(Why(concept=s, surface=s, weight=1.0) for s in surfaces)
    sample = trial_payload(NOW).passages[0]
    end = start + len(text)
    return sample.model_copy(
        update={"text": text, "start": start, "end": end, "cut": cut, "reasons": reasons}
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Yerevan will stay away. A letter was sent on Monday. Moscow has not answered.", 3),
        ("Военные не приедут. «Письмо передали». Штаб молчит!", 3),
        ("Հայաստանը չի մասնակցի։ Նամակն ուղարկվել է: Շտաբը լռում է։", 3),
        ("Prof. Sargsyan met Mr. Smith of the U.S. Army in Sept. 2026", 1),
        ("He met the EU. Then he said so. It was late.", 3),
        ("Экспорт дал 5 млрд. Россия молчит", 1),
        ("Это он. Так и было.", 2),
        ("საქართველო უარს ამბობს. წერილი გაიგზავნა.", 2),
        ("По замыслу г. Ереван даст 180 чел. из роты", 1),
        ("It fell by 3.5 per cent in 2026. Exports rose.", 2),
        ("", 1),
    ],
)
def test_sentences_are_told_apart(text: str, count: int) -> None:
    assert len(spans(text)) == count


def test_one_passage_has_three_sentences_and_three_have_one_each() -> None:
    text = "First one here. Second one there. Third about CSTO. Fourth at last."
    (alone,) = trimmed([a_quote(text, "CSTO")])
    assert alone.text == "First one here. Second one there. Third about CSTO."
    first, second = trimmed([a_quote(text, "CSTO", "Fourth"), a_quote(text, "Second")])
    assert first.text == "Third about CSTO. Fourth at last."
    assert second.text == "Second one there."
    each = trimmed([a_quote(text, "CSTO")] * 3)
    assert {one.text for one in each} == {"Third about CSTO."}


def test_a_cut_quote_is_cut_only_where_its_end_is_kept() -> None:
    text = "Nothing of that matters. All about CSTO. And so it goes o"
    (last,) = trimmed([a_quote(text, "CSTO", cut=True)] * 3)[:1]
    assert (last.text, last.cut) == ("All about CSTO.", False)
    (end,) = trimmed([a_quote(text, "goes", cut=True)] * 3)[:1]
    assert (end.text, end.cut) == ("And so it goes o", True)


@given(st.text("aB.! »«։: Ա3бВ…\n", max_size=80), st.integers(1, 3))
def test_what_is_quoted_stands_at_its_place(text: str, count: int) -> None:
    for one in trimmed([a_quote(text, "aB", start=7)] * count):
        assert one.text == text[one.start - 7 : one.end - 7]
        assert one.text or not text.strip()
