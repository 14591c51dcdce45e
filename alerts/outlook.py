"""What would change an assessment: what is missing that a reader could look out for."""

from __future__ import annotations

from collections.abc import Sequence

from alerts import likelihood
from alerts.credibility import better_graded, has_primary
from alerts.payload import Counter, Origin

_FULL = 3  # independent origins from which on confidence is high


def outlook(origins: Sequence[Origin], counter: Counter) -> tuple[str, ...]:
    """Return up to three sentences, the strongest first."""
    opposed = bool(counter.articles)
    found = [_opposition(origins, counter), _further_origin(len(origins), opposed=opposed)]
    if not has_primary(origins):
        found.append("Missing: an official statement; none of the origins is an official source.")
    return tuple(sentence for sentence in found if sentence)


def _opposition(origins: Sequence[Origin], counter: Counter) -> str:
    if not counter.articles:
        return "A denial, or an account from the other side, would lower the confidence."
    against = better_graded(origins, counter.articles) or counter.articles[0]
    return f"Open: which account stands; {against.outlet} opposes it."


def _further_origin(origins: int, *, opposed: bool) -> str:
    now = likelihood.confidence(origins, contradicted=opposed)
    more = likelihood.confidence(origins + 1, contradicted=opposed)
    if origins >= _FULL or now == more:
        return ""
    return f"Missing: one more independent origin; the confidence would be {more}, not {now}."
