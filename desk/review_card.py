"""How an article under review looks on the terminal. All text from outside is made harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from alerts.clean import clean, readable
from archive.types import Article, Contribution, Passage
from desk.console import table
from desk.review_offer import Offer

if TYPE_CHECKING:
    from classifiers import Choice, Signal

LEAD = 700
"""Characters of the text's beginning on the card."""

WHOLE = 20_000
"""Characters of the text that can be paged through."""

_WHY = {
    "near": "near the threshold",
    "above": "above the threshold",
    "below": "below the thresholds",
}
HELP = """\
y  relevant, with the marked signals        n  not relevant
1–9 0 - …  mark or unmark a signal          a t m  direction away, toward, mixed; twice: none
f  full text                                s  skip
u  back to the last one, undo its judgement q  quit; all that was judged is stored"""


def one_line(text: str, limit: int = 200) -> str:
    """Return foreign text as one harmless line."""
    return " ".join(readable(text[: 4 * limit]).split())[:limit]


def reason(choice: Choice) -> str:
    """Return why an article is offered and, if it was drawn, with which chance."""
    drawn = "" if choice.why == "near" else f", drawn with chance {choice.chance:.2g}"
    return f"{_WHY[choice.why]} ({choice.signal}){drawn}"


def card(
    offer: Offer,
    place: str,
    signals: Mapping[str, Signal],
    thresholds: Mapping[str, float],
) -> RenderableType:
    """Return the whole card of an article; ``signals`` are those that a key stands for."""
    article, score = offer.article, offer.score
    legend = Table("key", "signal", "meaning", box=None, header_style="bold", padding=(0, 1))
    for name in ("probability", "threshold"):
        legend.add_column(name, justify="right")
    for key, s in signals.items():
        probability, threshold = score.signals[s.code], thresholds[s.code]
        cells = key, s.code, s.name, f"{probability:.2f}", f"{threshold:.2f}"
        legend.add_row(*map(Text, cells), style="bold" if probability >= threshold else "dim")
    return Group(
        Rule(Text(f"{place} · {reason(offer.choice)}")),
        Text(clean(article.title), style="bold"),
        Text(_origin(article)),
        Text(one_line(article.url, 500), style="cyan"),
        Text(f"\n{lead(article)}\n"),
        *_evidence(offer),
        Text(f"relevance {score.relevance:.2f} · direction {score.direction}"),
        legend,
    )


def lead(article: Article) -> str:
    """Return the beginning of an article's text, its paragraphs kept."""
    text = article.text.strip()
    return readable(text[:LEAD]) + (" …" if len(text) > LEAD else "")


def whole(article: Article) -> Text:
    """Return an article's text as it can be paged through."""
    text = Text(readable(article.text[:WHOLE]))
    if len(article.text) > WHOLE:
        text.append(f"\n… and {len(article.text) - WHOLE} characters more", style="dim")
    return text


def listing(offers: Sequence[Offer]) -> Table:
    """Return the choice as a table."""
    rows = [
        (
            o.choice.why,
            f"{o.choice.chance:.2g}",
            o.choice.signal,
            f"{o.score.signals.get(o.choice.signal, o.score.relevance):.2f}",
            o.article.lang,
            one_line(o.article.outlet, 40),
            f"{o.article.published or o.article.first_seen:%Y-%m-%d}",
            clean(o.article.title),
            o.article.id,
        )
        for o in offers
    ]
    columns = ["why", "chance", "signal", "probability", "lang", "outlet", "date", "title", "id"]
    return table(f"{len(rows)} to review", columns, rows)


def _origin(article: Article) -> str:
    when = article.published or article.first_seen
    seen = "" if article.published else ", first seen"
    facts = article.outlet[:80], f"{when:%Y-%m-%d %H:%M} UTC{seen}", article.lang
    return one_line(" · ".join(facts))


def _evidence(offer: Offer) -> Iterable[Text]:
    for one in offer.score.evidence:
        for passage in one.passages:
            yield Text.assemble((f"{one.signal}: ", "bold"), _quote(passage))
            yield _reasons(passage.reasons)
    against = {p.start: p for one in offer.score.evidence for p in one.counter}
    for passage in against.values():
        yield Text.assemble(("against it: ", "bold"), _quote(passage))


def _quote(passage: Passage) -> Text:
    """Return a passage with the words that count for or against it highlighted."""
    text = Text(f"“{readable(passage.text)}”")
    for one in passage.reasons:
        style = "green" if one.weight > 0 else "red"
        for word in filter(None, one.surface.split(", ")):
            text.highlight_regex(rf"(?<!\w){re.escape(word)}(?!\w)", style)
    return text


def _reasons(reasons: Sequence[Contribution]) -> Text:
    said = (f"{r.concept} ({r.surface}) {r.weight:+.2f}" for r in reasons)
    return Text(f"  {one_line(', '.join(said), 400)}\n", style="dim")
