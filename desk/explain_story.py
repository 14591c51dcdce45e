"""What `explain` says of decisions: why somebody did, or did not, get an alert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from desk.finding import Found

if TYPE_CHECKING:
    from classifiers import Explanation


def decision_lines(found: Found, explanation: Explanation) -> Iterator[str]:
    """Yield the answer to "why did I (not) get this?", line by line."""
    if found.answers:
        yield f"story {found.story_id}:"
        for answer in found.answers:
            first, *rest = answer.lines
            yield f"  {first}"
            yield from (f"    {line}" for line in rest)
    elif found.story_id is not None:
        yield f"story {found.story_id}: no rule has decided on it yet; the next cycle does"
    elif found.kept:
        yield f"no story, so no alert: below every rule; {_nearest(explanation)}"
    else:
        yield "not in the archive: no rule has looked at it"


def decisions_json(found: Found) -> list[dict[str, object]]:
    """Return the decisions for a program to read, each with the lines that say it in words."""
    return [
        {
            "story": one.decision.story_id,
            "rule": one.decision.rule,
            "outcome": one.decision.outcome.value,
            "signal": one.decision.signal,
            "score": one.decision.score,
            "threshold": one.decision.threshold,
            "severity": one.decision.severity,
            "model": one.decision.model_id,
            "corpus": one.decision.corpus,
            "config": one.decision.config,
            "detail": one.decision.detail,
            "decided": one.decision.decided.isoformat(),
            "why": list(one.lines),
        }
        for one in found.answers
    ]


def _nearest(explanation: Explanation) -> str:
    """Say which signal came nearest to being evidence."""
    if not explanation.signals:
        return "no signal was found in it"
    best = max(explanation.signals, key=lambda v: v.probability / v.threshold)
    return (
        f"nearest is {best.name} ({best.code}), {best.probability:.2f} where "
        f"{best.threshold:.2f} makes evidence"
    )
