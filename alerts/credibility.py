"""The Admiralty number of what is reported, 1 to 6, kept apart from the outlets' letters.

Source: NATO, AJP-2.1, "Allied Joint Doctrine for Intelligence Procedures", for the six steps and
the outlets' letters A to F. Which step applies is counted, never judged by hand, and nothing is
multiplied into the probability: of graders who judge both scales, most put letter and number on
one diagonal (Baker, McKendry and Mace, 1968).
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts.payload import NOT_GRADED, Credibility, Origin, Source

PRIMARY_KIND = "official"  # a government's or an organisation's own site is a primary document
UNGRADED = "F"
RELIABILITY = {
    "A": "completely reliable",
    "B": "usually reliable",
    "C": "fairly reliable",
    "D": "not usually reliable",
    "E": "unreliable",
    "F": "not judged",
}
_STEPS = {
    1: "confirmed by other sources",
    2: "probably true",
    3: "possibly true",
    4: "doubtful",
    5: "improbable",
}


def credibility(origins: Sequence[Origin], opposing: Sequence[Source]) -> Credibility:
    """Return the number of what ``origins`` report, when ``opposing`` articles say otherwise.

    1: two or more independent origins, a primary document among them. 2: two or more. 3: one.
    4: an opposing article's outlet has a better letter than every origin's. 5: opposed, and no
    origin carries it any more. 6: there is nothing to judge it by.
    """
    if not origins:
        return _step(5, "opposed, and no outlet carries it any more") if opposing else NOT_GRADED
    better = better_graded(origins, opposing)
    if better is not None:
        return _step(4, f"{better.outlet} ({better.reliability}) is graded better and opposes it")
    if len(origins) == 1:
        return _step(3, "one origin")
    if has_primary(origins):
        return _step(1, f"{len(origins)} independent origins, a primary document among them")
    return _step(2, f"{len(origins)} independent origins, none of them a primary document")


def has_primary(origins: Sequence[Origin]) -> bool:
    """Whether an origin is an official source, speaking for itself."""
    return any(s.kind == PRIMARY_KIND for o in origins for s in o.articles)


def better_graded(origins: Sequence[Origin], opposing: Sequence[Source]) -> Source | None:
    """Return the best opposing article, if its outlet's letter is better than every origin's.

    An outlet that nobody has judged (F) is better than none and worse than all others.
    """
    best = min(opposing, key=lambda s: _grade(s.reliability), default=None)
    if best is None or _grade(best.reliability) == UNGRADED:
        return None
    own = min((_grade(s.reliability) for o in origins for s in o.articles), default=UNGRADED)
    return best if _grade(best.reliability) < own else None


def _grade(letter: str) -> str:
    return letter if letter in RELIABILITY else UNGRADED


def _step(number: int, why: str) -> Credibility:
    return Credibility(number=number, words=_STEPS[number], why=why)
