"""How much of its evidence an alert quotes: three sentences in all, those that say the most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alerts.payload import Quote, Why

SENTENCES = 3
"""Sentences that an alert quotes; one that tells more is not read."""

# Before the blank: the mark that ends a sentence, in quotes or not. In Armenian text a colon often
# stands for the full stop. After it: what a sentence begins with; Georgian has no capitals.
_END = re.compile(
    r"(?P<mark>[.!?։…]+[»”\")\]]*|(?<=[ա-և]):)\s+"
    r"(?=[«“\"(—–-]?\s?[\dA-ZÀ-ÞЀ-ЯԱ-Ֆა-ჿ])"
)
_ABBREVIATED = re.compile(
    r"(?:^|[\s«“\"(])(?:\w|Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Maj|Capt|Sgt|Sen|Rep|Gov|St|No|vs|Jan|Feb|"
    r"Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|U\.S|U\.N|E\.U|[аА]кад|[пП]роф|[гГ]ен|[иИ]м|[рР]уб|"
    r"[тТ]ыс|[мМ]лн|[мМ]лрд|[дД]олл|[дД]ир|[тТ]ел|[уУ]л|[дД]р|[пП]р|[сС]м|[сС]тр|[чЧ]ел|"
    r"[թԹ]|[պՊ]րոֆ)\.$"
)


def trimmed(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """Return quotes that have three sentences together, or one each when they are three or more.

    The first one has what the others leave. Of each the sentences in a row are kept that have
    most of the weight of its reasons; offsets stay those of the article.
    """
    spare = max(0, SENTENCES - len(quotes))
    return tuple(_kept(one, 1 + spare * (at == 0)) for at, one in enumerate(quotes))


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each sentence of a text begins and ends."""
    found = [one for one in _END.finditer(text) if not _is_abbreviated(text, one)]
    starts = [0, *(one.end() for one in found)]
    ends = [*(one.end("mark") for one in found), len(text)]
    return tuple(zip(starts, ends, strict=True))


def _is_abbreviated(text: str, end: re.Match[str]) -> bool:
    """Whether the full stop belongs to a short form ("Prof. Hakobyan", "5 млрд. Россия")."""
    return _ABBREVIATED.search(text[max(0, end.start() - 12) : end.start() + 1]) is not None


def _kept(quote: Quote, most: int) -> Quote:
    found = spans(quote.text)
    if len(found) <= most:
        return quote
    rows = ((found[at][0], found[at + most - 1][1]) for at in range(len(found) - most + 1))
    begin, end = max(rows, key=lambda row: (_weight(quote.text[slice(*row)], quote), -row[0]))
    whole = end == len(quote.text)
    return quote.model_copy(
        update={
            "text": quote.text[begin:end],
            "start": quote.start + begin,
            "end": quote.start + end,
            "cut": quote.cut and whole,
        }
    )


def _weight(text: str, quote: Quote) -> float:
    """Return the weight of the reasons for the quote whose words stand in ``text``."""
    return sum(why.weight for why in quote.reasons_for if any(one in text for one in _words(why)))


def _words(why: Why) -> Iterator[str]:
    return (one for one in why.surface.split(", ") if one)
